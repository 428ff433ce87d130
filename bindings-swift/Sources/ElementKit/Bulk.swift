internal import ElementKitNative
import Foundation

/// The bulk jobs of an instance.
public struct Bulk: Sendable {
    let native: NativeInstance

    /// Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
    ///
    /// - Parameters:
    ///   - statement: A `select` statement in CEQL.
    ///   - from: Only records changed at or after this ISO-8601 date.
    ///   - to: Only records changed at or before this ISO-8601 date.
    ///   - continueFrom: Id of an earlier job, to start where its limit stopped it.
    ///   - callbackURL: URL that is called when the job has ended; see ``Webhook``.
    ///   - callbackPayload: JSON to send with the callback.
    ///   - fileName: Name of the file in downloads.
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
        return try Job(try await perform(native.bulkQuery(statement: statement, options: arguments)))
    }

    /// Starts a job with the newer form of the call, without a statement; the members are those of the platform.
    public func download(_ object: String, _ members: JSONObject = [:]) async throws -> Job {
        try Job(try await perform(native.bulkDownload(object: object, members: try text(members))))
    }

    /// Returns the job of an id.
    public func job(_ id: String) async throws -> Job {
        try Job(try await perform(native.job(id: id)))
    }

    /// Returns one page of the newest jobs, newest first.
    public func list() async throws -> [JSONObject] {
        try await perform(native.jobs()).decoded()
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

    /// Warnings about the request that started it.
    ///
    /// For a job found by its id, they are those of its status; some platforms omit them there.
    public var warnings: [Warning] { native.warnings().map { Warning($0) } }

    /// Returns its status.
    public func status() async throws -> JSONObject { try await perform(native.status()).decoded() }

    /// Returns its figures.
    public func report() async throws -> JSONObject { try await perform(native.report()).decoded() }

    /// Requests its cancellation.
    public func cancel() async throws -> JSONObject { try await perform(native.cancel()).decoded() }

    /// Resumes an aborted or cancelled job; nothing is lost or repeated.
    public func resume() async throws -> JSONObject { try await perform(native.resume()).decoded() }

    /// Polls its status until it has ended; then throws ``ElementKitError/jobFailed(_:)`` or
    /// ``ElementKitError/jobCancelled(_:)`` if it ended without success.
    ///
    /// A job that no worker runs, because its process ended or jobs do not resume by themselves, is resumed. One that
    /// stays parked, as while the platform is suspended, ends the sequence with ``ElementKitError/timeout(_:)``.
    public var statuses: Statuses { Statuses(native: native.statuses()) }

    /// Waits for the end and returns the last of ``statuses``. The closure is called on the caller's actor, so it may
    /// change the actor's state.
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

    /// Returns the rows that failed.
    public func errors() async throws -> [JSONObject] {
        var found: [JSONObject] = []
        var token: String?
        repeat {
            let answer = try await perform(native.errors(token: token))
            found += try answer.decoded([JSONObject].self)
            token = answer.next
        } while token != nil
        return found
    }

    /// Returns the records of an upload that failed, as the bytes of a file of its format, which can be corrected and
    /// uploaded again.
    ///
    /// - Parameter unknown: Returns the records whose outcome is not known instead: they were sent, and no answer
    ///   arrived. Look for them at the vendor before sending them again.
    /// - Throws: ``ElementKitError/notFound(_:)`` if the job is no upload, its file has expired, or the platform is not
    ///   ElementKit's own engine.
    public func failedRecords(unknown: Bool = false) async throws -> Chunks {
        Chunks(native: try await perform(native.failed(unknown: unknown)).part(\.stream))
    }

    /// Writes the records of ``failedRecords(unknown:)`` to a file and returns its size in bytes; the file appears only
    /// when it is complete.
    @discardableResult
    public func downloadFailed(_ path: String, unknown: Bool = false) async throws -> UInt64 {
        try await perform(native.downloadFailed(path: path, unknown: unknown)).total ?? 0
    }

    /// Writes the result to a file and returns its size; the file appears only when it is complete.
    @discardableResult
    public func download(_ path: String, format: String? = nil) async throws -> UInt64 {
        try await perform(native.download(path: path, format: format)).total ?? 0
    }

    /// Returns the records in order, in arrays of at most `size`.
    public func batches(size: Int = 1000) async throws -> Batches {
        try Batches(try await perform(native.pages(records: Int64(size))))
    }

    /// Returns the result as chunks of bytes: `csv`, `json` or `jsonl`.
    public func stream(_ format: String = "csv") async throws -> Chunks {
        Chunks(native: try await perform(native.stream(format: format)).part(\.stream))
    }
}

/// The statuses of a job until its end.
public struct Statuses: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let native: NativeStatuses

    /// Returns the next status; `nil` after the last.
    public func next() async throws -> JSONObject? {
        let answer = try await perform(native.next())
        return answer.json == nil ? nil : try answer.decoded()
    }

    public func makeAsyncIterator() -> Statuses { self }
}

/// The bytes of a result.
public struct Chunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let native: NativeStream

    /// Returns the next chunk; `nil` after the last.
    public func next() async throws -> Data? {
        try await perform(native.next()).bytes.map { Data($0) }
    }

    public func makeAsyncIterator() -> Chunks { self }
}
