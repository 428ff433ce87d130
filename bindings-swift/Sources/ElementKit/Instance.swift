internal import ElementKitNative
import Foundation

/// An instance: an element connected with credentials.
public struct Instance: Sendable {
    private let native: NativeInstance
    /// What the platform says of it; secrets are masked, the token is there.
    public let details: JSONObject?

    init(native: NativeInstance, details: JSONObject?) {
        self.native = native
        self.details = details
    }

    init(_ answer: Answer) throws {
        self.init(native: try answer.part(\.instance), details: try answer.decoded())
    }

    /// Its id; nil when only its token is known.
    public var id: Int64? { native.id() }

    /// Its Element token. A secret.
    public var token: String { native.token() }

    /// The same instance with another policy for warnings.
    public func withWarnings(_ policy: Warnings) throws -> Instance {
        Instance(native: try now { try native.withWarnings(policy: policy.rawValue) }, details: details)
    }

    /// Its bulk jobs.
    public var bulk: Bulk { Bulk(native: native) }

    /// Its own object definitions.
    public var definitions: Definitions { Definitions(native: native.definitions()) }

    /// Its own transformations.
    public var transformations: Transformations { Transformations(native: native.transformations()) }

    /// Replaces `name`, `tags` and `configuration` as far as given; other configuration goes back to its default.
    @discardableResult
    public func update(_ change: JSONObject) async throws -> JSONObject {
        try await call(native.change(change: try text(change), replace: true)).decoded()
    }

    /// Changes what is given and nothing else; a configuration of null goes back to its default.
    @discardableResult
    public func patch(_ change: JSONObject) async throws -> JSONObject {
        try await call(native.change(change: try text(change), replace: false)).decoded()
    }

    /// Lets it be used again.
    public func enable() async throws { _ = try await call(native.setEnabled(enabled: true)) }

    /// Refuses resource calls and new bulk jobs until it is enabled again.
    public func disable() async throws { _ = try await call(native.setEnabled(enabled: false)) }

    /// Deletes it with its jobs and their files.
    public func delete() async throws { _ = try await call(native.delete()) }

    /// Its configuration, one entry each; secrets are masked.
    public func configuration() async throws -> [JSONObject] { try await call(native.configuration()).decoded() }

    /// Sets one entry of ``configuration()`` by its id; nil sets it back to its default.
    @discardableResult
    public func configure(_ item: Int64, _ value: String?) async throws -> JSONObject {
        try await call(native.configure(item: item, value: value)).decoded()
    }

    /// Gives it a new Element token, which is answered; the old one is invalid at once.
    public func rotateToken() async throws -> String { try await call(native.rotateToken()).decoded() }

    /// The extensions the platform has for it, for instance `bulk-resume`.
    public func capabilities() async throws -> [String] { try await call(native.capabilities()).decoded() }

    /// Pulls what changed since the last time; everything without a state.
    ///
    /// Take the rows, then keep ``Sync/state()`` for the next time. Rows are to be upserted by their primary key: pulls
    /// overlap, so that nothing is missed.
    public func sync(_ object: String, state: String? = nil) async throws -> Sync {
        try Sync(try await call(native.sync(object: object, state: state)))
    }

    /// Checks with the vendor that the credentials work.
    public func ping() async throws {
        _ = try await call(native.ping())
    }

    /// The names of its objects.
    public func objects() async throws -> [String] {
        try await call(native.objects()).decoded()
    }

    /// A list of records, read when it is iterated over.
    ///
    /// - Parameters:
    ///   - resource: A path such as `channels`, `contacts` or `channels/1001/webcasts`.
    ///   - type: A record type such as ``Contact``, or ``JSONObject``.
    ///   - where: A CEQL condition, for instance `lastUpdated > '2026-01-01'`, or a ``Condition``.
    ///   - fields: Only these, comma-separated.
    ///   - orderBy: For instance `lastUpdated desc`; the platform then reads the whole list first.
    ///   - pageSize: 1 to 5000; 200.
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

/// Printed and dumped, an instance shows its id alone: its details have the Element token.
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
    /// Leads to the next page; nil on the last.
    public let next: String?
    /// How many there are, when asked for with `returnCount`.
    public let total: UInt64?
    /// What the platform ignored, adjusted or doubts about the request of this page.
    public let warnings: [Warning]
}

/// A list of records. The next page is asked for when the reader gets there.
public struct Records<Element: Decodable & Sendable>: AsyncSequence, Sendable {
    let native: NativeRecords

    /// The warnings that came while this list was read, in whatever form; each once.
    public var warnings: [Warning] { native.warnings().map { Warning($0) } }

    /// One page: the first, or the one a token leads to.
    public func page(_ token: String? = nil) async throws -> Page<Element> {
        let answer = try await call(native.page(token: token))
        return Page(
            records: try answer.decoded(), next: answer.next, total: answer.total,
            warnings: answer.warnings.map { Warning($0) })
    }

    /// The records as an array, at most `limit`.
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

        /// The next record; nil behind the last.
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
