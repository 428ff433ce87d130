internal import ElementKitNative
import Foundation

/// The bulk jobs of an instance.
public struct Bulk: Sendable {
    let native: NativeInstance

    /// Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
    ///
    /// - Parameters:
    ///   - statement: What to pull.
    ///   - from: Only records changed at or after this ISO-8601 date.
    ///   - to: Only records changed at or before this ISO-8601 date.
    ///   - continueFrom: The id of an earlier job, to start where its limit stopped it.
    ///   - callbackURL: Where the platform tells of the end; see ``Webhook``.
    ///   - callbackPayload: JSON it sends along.
    ///   - fileName: The name of the file when others download it.
    public func query(
        _ statement: String,
        from: String? = nil,
        to: String? = nil,
        continueFrom: String? = nil,
        callbackURL: String? = nil,
        callbackPayload: JSONValue? = nil,
        fileName: String? = nil
    ) async throws -> Job {
        let arguments = QueryArguments(
            from: from, to: to, continueFrom: continueFrom, callbackUrl: callbackURL,
            callbackPayload: try callbackPayload.map { try text($0) }, fileName: fileName)
        return try Job(try await call(native.bulkQuery(statement: statement, options: arguments)))
    }

    /// Starts a job by the newer form, without a statement; the members are those the platform knows.
    public func download(_ object: String, _ members: JSONObject = [:]) async throws -> Job {
        try Job(try await call(native.bulkDownload(object: object, members: try text(members))))
    }

    /// A job known by its id.
    public func job(_ id: String) async throws -> Job {
        try Job(try await call(native.job(id: id)))
    }

    /// The newest jobs, newest first; at most one page of them.
    public func list() async throws -> [JSONObject] {
        try await call(native.jobs()).decoded()
    }
}

/// A bulk job.
public struct Job: Sendable {
    private let native: NativeJob

    init(native: NativeJob) {
        self.native = native
    }

    init(_ answer: Answer) throws {
        native = try answer.part(\.job)
    }

    /// Its id.
    public var id: String { native.id() }

    /// What the platform ignored, adjusted or doubts about the request that started it; empty for a job found by its id.
    public var warnings: [Warning] { native.warnings().map { Warning($0) } }

    /// Where it stands.
    public func status() async throws -> JSONObject { try await call(native.status()).decoded() }

    /// Its figures.
    public func report() async throws -> JSONObject { try await call(native.report()).decoded() }

    /// Asks it to end.
    public func cancel() async throws -> JSONObject { try await call(native.cancel()).decoded() }

    /// Goes on with an aborted or cancelled job; nothing is lost or repeated.
    public func resume() async throws -> JSONObject { try await call(native.resume()).decoded() }

    /// Its status now and again, until it has ended; then throws ``ElementKitError/jobFailed(_:)`` or
    /// ``ElementKitError/jobCancelled(_:)`` when it ended without success.
    ///
    /// A job that nothing works on, because its process ended or jobs are not taken up by themselves, is resumed. One that
    /// stays parked, as while the platform is suspended, ends the sequence with ``ElementKitError/timeout(_:)``.
    public var statuses: Statuses { Statuses(native: native.statuses()) }

    /// Waits for the end and returns the last status, as the last of ``statuses``. The closure is called where the caller is, so it may change what
    /// belongs to the caller's actor.
    public func wait(
        isolation: isolated (any Actor)? = #isolation, onProgress: (JSONObject) -> Void = { _ in }
    ) async throws -> JSONObject {
        var last: JSONObject = [:]
        for try await status in statuses {
            onProgress(status)
            last = status
        }
        return last
    }

    /// The rows that failed.
    public func errors() async throws -> [JSONObject] {
        var found: [JSONObject] = []
        var token: String?
        repeat {
            let answer = try await call(native.errors(token: token))
            found += try answer.decoded([JSONObject].self)
            token = answer.next
        } while token != nil
        return found
    }

    /// Writes the result into a file and answers its size; the file appears only when it is whole.
    @discardableResult
    public func download(_ path: String, format: String? = nil) async throws -> UInt64 {
        try await call(native.download(path: path, format: format)).total ?? 0
    }

    /// The records in arrays of at most `size`, in their order.
    public func batches(size: Int = 1000) async throws -> Batches {
        try Batches(try await call(native.pages(records: Int64(size))))
    }

    /// The result as chunks of bytes: `csv`, `json` or `jsonl`.
    public func stream(_ format: String = "csv") async throws -> Chunks {
        Chunks(native: try await call(native.stream(format: format)).part(\.stream))
    }
}

/// The statuses of a job until its end.
public struct Statuses: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let native: NativeStatuses

    /// The next status; nil behind the last.
    public func next() async throws -> JSONObject? {
        let answer = try await call(native.next())
        return answer.json == nil ? nil : try answer.decoded()
    }

    public func makeAsyncIterator() -> Statuses { self }
}

/// The bytes of a result.
public struct Chunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let native: NativeStream

    /// The next chunk; nil behind the last.
    public func next() async throws -> Data? {
        try await call(native.next()).bytes.map { Data($0) }
    }

    public func makeAsyncIterator() -> Chunks { self }
}
