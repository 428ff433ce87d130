internal import ElementKitNative
import Foundation

/// An instance: an element connected with credentials.
public struct Instance: Sendable {
    private let native: NativeInstance
    /// Its description by the platform, with its token; secrets are masked.
    public let details: JSONObject?

    init(native: NativeInstance, details: JSONObject?) {
        self.native = native
        self.details = details
    }

    init(_ answer: Answer) throws {
        self.init(native: try answer.part(\.instance), details: try answer.decoded())
    }

    /// Its id; `nil` if only its token is known.
    public var id: Int64? { native.id() }

    /// Its Element token. A secret.
    public var token: String { native.token() }

    /// Returns the same instance with another policy for warnings.
    public func withWarnings(_ policy: Warnings) throws -> Instance {
        Instance(native: try now { try native.withWarnings(policy: policy.rawValue) }, details: details)
    }

    /// Its bulk jobs.
    public var bulk: Bulk { Bulk(native: native) }

    /// Its own object definitions.
    public var definitions: Definitions { Definitions(native: native.definitions()) }

    /// Its own transformations.
    public var transformations: Transformations { Transformations(native: native.transformations()) }

    /// Replaces `name`, `tags` and `configuration` if given; other configuration is reset to its default.
    @discardableResult
    public func update(_ change: JSONObject) async throws -> JSONObject {
        try await perform(native.change(change: try text(change), replace: true)).decoded()
    }

    /// Changes only the given members; a configuration value of null is reset to its default.
    @discardableResult
    public func patch(_ change: JSONObject) async throws -> JSONObject {
        try await perform(native.change(change: try text(change), replace: false)).decoded()
    }

    /// Enables it again.
    public func enable() async throws { _ = try await perform(native.setEnabled(enabled: true)) }

    /// Disables it: resource calls and new bulk jobs are rejected until it is enabled again.
    public func disable() async throws { _ = try await perform(native.setEnabled(enabled: false)) }

    /// Deletes it with its jobs and their files.
    public func delete() async throws { _ = try await perform(native.delete()) }

    /// Returns the entries of its configuration; secrets are masked.
    public func configuration() async throws -> [JSONObject] { try await perform(native.configuration()).decoded() }

    /// Sets one entry of ``configuration()`` by its id; `nil` resets it to its default.
    @discardableResult
    public func configure(_ item: Int64, _ value: String?) async throws -> JSONObject {
        try await perform(native.configure(item: item, value: value)).decoded()
    }

    /// Replaces its Element token and returns the new one; the old one is invalid at once.
    public func rotateToken() async throws -> String { try await perform(native.rotateToken()).decoded() }

    /// Returns the platform's extensions for it, for instance `bulk-resume`.
    public func capabilities() async throws -> [String] { try await perform(native.capabilities()).decoded() }

    /// Pulls the records that changed since the last pull, or all records without a state.
    ///
    /// Read the rows, then store ``Sync/state()`` for the next pull. Upsert rows by their primary key: pulls overlap,
    /// so that nothing is missed.
    public func sync(_ object: String, state: String? = nil) async throws -> Sync {
        try Sync(try await perform(native.sync(object: object, state: state)))
    }

    /// Checks with the vendor that the credentials work.
    public func ping() async throws {
        _ = try await perform(native.ping())
    }

    /// Returns the names of its objects.
    public func objects() async throws -> [String] {
        try await perform(native.objects()).decoded()
    }

    /// Returns a list of records, which is read when it is iterated over.
    ///
    /// - Parameters:
    ///   - resource: A path such as `channels`, `contacts` or `channels/1001/webcasts`.
    ///   - type: A record type such as ``Contact``, or ``JSONObject``.
    ///   - where: A CEQL condition, for instance `lastUpdated > '2026-01-01'`, or a ``Condition``.
    ///   - fields: Only these fields, comma-separated.
    ///   - orderBy: For instance `lastUpdated desc`; the platform then reads the whole list first.
    ///   - pageSize: 1 to 5000; 200 by default.
    ///   - params: Other query parameters, for instance `since`.
    public func records<Record: Decodable & Sendable>(
        _ resource: String,
        as type: Record.Type = JSONObject.self,
        where condition: (any ConditionText)? = nil,
        fields: String? = nil,
        orderBy: String? = nil,
        pageSize: Int? = nil,
        params: [String: String] = [:]
    ) -> Records<Record> {
        let named = [
            ("where", condition?.ceqlCondition), ("fields", fields), ("orderBy", orderBy),
            ("pageSize", pageSize.map { String($0) }),
        ]
        let pairs =
            named.flatMap { name, value in value.map { [name, $0] } ?? [] } + params.flatMap { [$0.key, $0.value] }
        return Records(native: native.records(resource: resource, query: pairs))
    }
}

extension Instance {
    /// Makes any other call that the element of this instance offers (spec P 7.1).
    ///
    /// Anything but `GET` is sent once. It is repeated only if no connection could be made. If the task is cancelled, a
    /// change may have been made.
    ///
    /// - Parameters:
    ///   - method: The HTTP method, in any case.
    ///   - path: The path of a resource, without a hub, for instance `accounts/7/merge`.
    ///   - query: Query parameters.
    ///   - headers: Headers. Those of the library itself, such as `Authorization`, cannot be set.
    ///   - json: A JSON body.
    ///   - body: A body of bytes instead.
    ///   - contentType: The media type of `body`; `application/octet-stream` by default.
    /// - Throws: ``ElementKitError/notFound(_:)`` if the element does not offer the path,
    ///   ``ElementKitError/invalidRequest(_:)`` with status 405 if it does not offer the method there, otherwise as
    ///   ``Records/create(_:)``.
    public func call(
        _ method: String,
        _ path: String,
        query: [String: String] = [:],
        headers: [String: String] = [:],
        json: JSONValue? = nil,
        body: Data? = nil,
        contentType: String? = nil
    ) async throws -> CallAnswer {
        if contentType != nil && body == nil {
            throw problem("config", "a content type is given without a body", hint: "JSON has its own type.")
        }
        let arguments = CallArguments(
            method: method, path: path, query: query, headers: headers, body: try json.map { try text($0) },
            content: body, contentType: contentType)
        let answer = try await perform(native.call(arguments: arguments))
        return CallAnswer(
            headers: answer.headers, requestId: answer.requestId, warnings: answer.warnings.map { Warning($0) },
            body: answer.bytes.map { Data($0) } ?? Data())
    }
}

/// The answer to ``Instance/call(_:_:query:headers:json:body:contentType:)``. A failure is thrown, so it has no status.
public struct CallAnswer: Sendable {
    /// The headers by their names in lower case; values of a repeated one are joined by commas.
    public let headers: [String: String]
    /// The request id, to quote to support.
    public let requestId: String?
    /// Warnings about the request.
    public let warnings: [Warning]
    /// The body; empty if there is none.
    public let body: Data

    /// The body as JSON; null if it is empty.
    ///
    /// - Throws: ``ElementKitError/decode(_:)`` if it is anything else.
    public func json() throws -> JSONValue { body.isEmpty ? .null : try decode(JSONValue.self, body) }

    /// The body as a type.
    ///
    /// - Throws: ``ElementKitError/decode(_:)`` if it does not fit.
    public func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T { try decode(type, body) }
}

/// Printing and dumping an instance shows only its id, since its details contain the Element token.
extension Instance: CustomStringConvertible, CustomReflectable {
    /// The id.
    public var description: String { "Instance(\(id.map(String.init) ?? "known by its token"))" }

    /// The id.
    public var customMirror: Mirror { Mirror(self, children: ["id": id as Any]) }
}

/// One page of records.
public struct Page<Record: Sendable>: Sendable {
    /// The records.
    public let records: [Record]
    /// Token of the next page; `nil` on the last.
    public let next: String?
    /// Total number of records, if requested with `returnCount`.
    public let total: UInt64?
    /// Warnings about the request of this page.
    public let warnings: [Warning]
}

/// A list of records. The next page is requested when the reader reaches it.
public struct Records<Element: Decodable & Sendable>: AsyncSequence, Sendable {
    let native: NativeRecords

    /// The warnings that arrived while this list was read in any form, each once.
    public var warnings: [Warning] { native.warnings().map { Warning($0) } }

    /// Returns the first page, or the page of a token.
    public func page(_ token: String? = nil) async throws -> Page<Element> {
        let answer = try await perform(native.page(token: token))
        return Page(
            records: try answer.decoded(), next: answer.next, total: answer.total,
            warnings: answer.warnings.map { Warning($0) })
    }

    /// Returns the records as an array, at most `limit`.
    public func array(limit: Int = .max) async throws -> [Element] {
        var found: [Element] = []
        guard limit >= 0 else {
            throw problem(
                "config", "a limit of \(limit) records is negative", hint: "Pass a positive number, or no limit.")
        }
        if limit == 0 { return found }
        for try await record in self {
            found.append(record)
            if found.count == limit { break }
        }
        return found
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(list: self)
    }

    /// Reads the list page by page.
    public struct Iterator: AsyncIteratorProtocol {
        let list: Records
        var rest: ArraySlice<Element> = []
        var token: String?
        var started = false

        init(list: Records) {
            self.list = list
        }

        /// Returns the next record; `nil` after the last.
        public mutating func next() async throws -> Element? {
            while rest.isEmpty {
                if started && token == nil { return nil }
                let page = try await list.page(token)
                started = true
                token = page.next
                rest = page.records[...]
            }
            return rest.popFirst()
        }
    }
}
