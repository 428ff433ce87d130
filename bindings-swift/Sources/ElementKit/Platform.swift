internal import ElementKitNative
import Foundation

/// A platform: the engine in this process, or one on the network. Everything behind it is the same.
///
/// ``suspend()`` it when the app goes to the background and ``resume()`` it when it is back; ``shutdown()`` ends it.
public final class Platform: Sendable {
    private let native: NativePlatform

    private init(_ native: NativePlatform) {
        self.native = native
    }

    /// The engine on a database file; no platform account is needed. The file is created when it is not there.
    ///
    /// - Parameters:
    ///   - database: The path of the file.
    ///   - brighttalkURL: Another host instead of BrightTALK's, for a sandbox or a proxy.
    ///   - resumeJobs: Whether parked bulk jobs go on by themselves; off, as apps want it.
    ///   - timeoutMs: Milliseconds a call may take until its answer begins.
    ///   - vaultKeys: Keeps the key that seals the database; without it the key is in a file beside the database.
    ///   - warnings: What is done with warnings of the platform.
    ///   - onWarning: Takes them; prints them on the standard error when no other handler is given.
    public static func embedded(
        _ database: String,
        brighttalkURL: String? = nil,
        resumeJobs: Bool = false,
        timeoutMs: UInt64? = nil,
        vaultKeys: (any VaultKeyProvider)? = nil,
        warnings: Warnings = .report,
        onWarning: @escaping WarningHandler = printWarning
    ) async throws -> Platform {
        var options = EmbeddedOptions()
        options.brighttalkURL = brighttalkURL
        options.resumeJobs = resumeJobs
        options.timeoutMs = timeoutMs
        options.warnings = warnings
        return try await embedded(database, options: options, vaultKeys: vaultKeys, onWarning: onWarning)
    }

    /// The engine on a database file, with any of its options.
    ///
    /// - Parameters:
    ///   - database: The path of the file; it is created when it does not exist.
    ///   - options: The options.
    ///   - vaultKeys: Keeps the key that seals the database; without it the key is in a file beside the database.
    ///   - onWarning: Takes warnings; prints them on the standard error when no other handler is given.
    public static func embedded(
        _ database: String,
        options: EmbeddedOptions,
        vaultKeys: (any VaultKeyProvider)? = nil,
        onWarning: @escaping WarningHandler = printWarning
    ) async throws -> Platform {
        var members = options.members
        members["database"] = .string(database)
        let keys = vaultKeys.map { Keys($0) }
        let opening = openEmbedded(
            options: try text(JSONValue.object(members)), vaultKeys: keys, warnings: NativeHandler(onWarning))
        let answer = try await call(opening)
        return Platform(try answer.part(\.platform))
    }

    /// The engine on a database file at a URL; see
    /// ``embedded(_:brighttalkURL:resumeJobs:timeoutMs:vaultKeys:warnings:onWarning:)``.
    public static func embedded(
        _ database: URL,
        brighttalkURL: String? = nil,
        resumeJobs: Bool = false,
        timeoutMs: UInt64? = nil,
        vaultKeys: (any VaultKeyProvider)? = nil,
        warnings: Warnings = .report,
        onWarning: @escaping WarningHandler = printWarning
    ) async throws -> Platform {
        guard database.isFileURL else {
            throw problem("config", "the database is not at a file URL", hint: "Use URL(fileURLWithPath:).")
        }
        return try await embedded(
            database.path, brighttalkURL: brighttalkURL, resumeJobs: resumeJobs, timeoutMs: timeoutMs,
            vaultKeys: vaultKeys, warnings: warnings, onWarning: onWarning)
    }

    /// Moves the key that seals a database from the file beside it into a provider; the file is deleted.
    ///
    /// From then on ``embedded(_:brighttalkURL:resumeJobs:timeoutMs:vaultKeys:warnings:onWarning:)`` needs the provider.
    public static func moveVaultKey(of database: String, to vaultKeys: some VaultKeyProvider) async throws {
        _ = try await call(ElementKitNative.moveVaultKey(database: database, keys: Keys(vaultKeys)))
    }

    /// Replaces the key that seals a database; the provider keeps the new one under a new name.
    public static func rotateVaultKey(of database: String, in vaultKeys: some VaultKeyProvider) async throws {
        _ = try await call(ElementKitNative.rotateVaultKey(database: database, keys: Keys(vaultKeys)))
    }

    /// A Cloud Elements or Open Connectors platform, or an `elementkit serve`. Nothing is sent yet.
    public static func hosted(
        baseURL: String? = nil,
        userSecret: String? = nil,
        organizationSecret: String? = nil,
        allowInsecureHTTP: Bool = false,
        timeoutMs: UInt64? = nil,
        caFile: String? = nil,
        warnings: Warnings = .report,
        onWarning: @escaping WarningHandler = printWarning
    ) throws -> Platform {
        var options = HostedOptions()
        options.baseURL = baseURL
        options.userSecret = userSecret
        options.organizationSecret = organizationSecret
        options.allowInsecureHTTP = allowInsecureHTTP
        options.timeoutMs = timeoutMs
        options.caFiles = caFile.map { [$0] } ?? []
        options.warnings = warnings
        return try hosted(options, onWarning: onWarning)
    }

    /// A hosted platform, with any of its options. Nothing is sent yet.
    public static func hosted(
        _ options: HostedOptions, onWarning: @escaping WarningHandler = printWarning
    ) throws -> Platform {
        let json = try text(JSONValue.object(options.members))
        return Platform(try now { try NativePlatform.hosted(options: json, warnings: NativeHandler(onWarning)) })
    }

    /// The instances of the calling user.
    public var instances: Instances { Instances(native: native) }

    /// Object definitions of a level; one's own account when no id is given.
    public func definitions(_ level: Level = .organization, id: Int64? = nil) throws -> Definitions {
        Definitions(native: try now { try native.definitions(level: level.rawValue, id: id) })
    }

    /// Transformations of a level, of an element.
    public func transformations(
        _ level: Level = .organization, id: Int64? = nil, element: String = "brighttalk"
    ) throws -> Transformations {
        Transformations(
            native: try now { try native.transformations(element: element, level: level.rawValue, id: id) })
    }

    /// Shapes as all levels together make them.
    public var commonResources: CommonResources { CommonResources(native: native.commonResources()) }

    /// Any call of any platform, by its path below `/elements/api-v2`; with a token as an instance's own.
    public func request(
        _ method: String,
        _ path: String,
        query: [String: String] = [:],
        json: JSONValue? = nil,
        token: String? = nil
    ) async throws -> Response {
        let body = try json.map { try text($0) }
        let arguments = RequestArguments(method: method, path: path, query: query, body: body, token: token)
        let answer = try await call(native.request(arguments: arguments))
        return Response(
            status: Int(answer.status ?? 0), requestId: answer.requestId, body: answer.bytes.map { Data($0) } ?? Data())
    }

    /// For an app that goes to the background: parks the bulk jobs of an embedded platform at their next page, within
    /// about two seconds, and starts none until ``resume()``. Calls are still answered.
    ///
    /// That holds for every platform of this process on the same database, also after this one was shut down: the jobs of
    /// the others are parked too.
    public func suspend() async throws {
        _ = try await call(native.suspend())
    }

    /// For an app that is back: what ``suspend()`` parked, and what was started since, goes on.
    public func resume() async throws {
        _ = try await call(native.resume())
    }

    /// Ends the platform, which parks its bulk jobs; twice does no harm.
    public func shutdown() async throws {
        _ = try await call(native.shutdown())
    }
}

/// The answer of ``Platform/request(_:_:query:json:token:)``.
public struct Response: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The request id.
    public let requestId: String?
    /// The body.
    public let body: Data

    /// The body as JSON; null when it is empty.
    public func json() throws -> JSONValue {
        body.isEmpty ? .null : try decode(JSONValue.self, body)
    }
}

/// The instances of a platform.
public struct Instances: Sendable {
    let native: NativePlatform

    /// Creates an instance; the vendor checks the credentials first.
    public func create(
        element: String,
        name: String,
        configuration: [String: String],
        tags: [String]? = nil
    ) async throws -> Instance {
        let arguments = NewInstanceArguments(element: element, name: name, configuration: configuration, tags: tags)
        return try Instance(try await call(native.createInstance(arguments: arguments)))
    }

    /// The instance of this element and name: created when there is none, else given this configuration, and these tags
    /// if any. So an app may connect each time it starts. The oldest, where several have the name.
    public func connect(
        element: String,
        name: String,
        configuration: [String: String],
        tags: [String]? = nil
    ) async throws -> Instance {
        let arguments = NewInstanceArguments(element: element, name: name, configuration: configuration, tags: tags)
        return try Instance(try await call(native.connectInstance(arguments: arguments)))
    }

    /// Connects BrightTALK; the options are those of the native library.
    func connectBrightTalk(_ options: JSONObject) async throws -> Instance {
        try Instance(try await call(native.connectBrighttalk(options: try text(JSONValue.object(options)))))
    }

    /// One instance by its id.
    public func get(_ id: Int64) async throws -> Instance {
        try Instance(try await call(native.getInstance(id: id)))
    }

    /// The instances, by ascending id, without configuration; those that match the text and have all of the tags.
    public func list(search: String? = nil, tags: [String] = []) async throws -> [JSONObject] {
        try await call(native.listInstances(search: search, tags: tags)).decoded()
    }

    /// Deletes an instance with its jobs and their files.
    public func delete(_ id: Int64) async throws {
        _ = try await call(native.deleteInstance(id: id))
    }

    /// An instance of which only the Element token is known; it is not looked up.
    public func withToken(_ token: String) -> Instance {
        Instance(native: native.instanceWithToken(token: token), details: nil)
    }
}

/// BrightTALK, the first element.
public enum BrightTalk {
    /// The instance of this name, made when there is none, with these credentials and settings from now on. Another
    /// account of the vendor's is to have a name of its own.
    public static func connect(
        _ platform: Platform,
        apiKey: String,
        apiSecret: String,
        name: String = "BrightTALK",
        staging: Bool = false,
        keepWithoutEmail: Bool = false
    ) async throws -> Instance {
        let options: JSONObject = [
            "name": .string(name),
            "api_key": .string(apiKey),
            "api_secret": .string(apiSecret),
            "staging": .bool(staging),
            "keep_without_email": .bool(keepWithoutEmail),
        ]
        return try await platform.instances.connectBrightTalk(options)
    }
}
