internal import ElementKitNative
import Foundation

/// A platform: the engine in this process, or one on the network. Everything else is the same.
///
/// ``suspend()`` it when the app goes to the background and ``resume()`` it when it is back; ``shutdown()`` ends it.
public final class Platform: Sendable {
    private let native: NativePlatform

    private init(_ native: NativePlatform) {
        self.native = native
    }

    /// Opens the engine on a database file; no platform account is needed. The file is created if it does not exist.
    ///
    /// - Parameters:
    ///   - database: The path of the file.
    ///   - brighttalkURL: Host to call instead of BrightTALK's, for a sandbox or a proxy.
    ///   - resumeJobs: Whether parked bulk jobs resume by themselves; off by default, as suits apps.
    ///   - timeoutMs: Milliseconds a call may take until its response begins.
    ///   - vaultKeys: Store of the key that seals the database; by default the key is in a file beside the database.
    ///   - warnings: Policy for warnings of the platform.
    ///   - onWarning: Receives them; by default they are printed on the standard error.
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

    /// Opens the engine on a database file, with any of its options.
    ///
    /// - Parameters:
    ///   - database: The path of the file; it is created if it does not exist.
    ///   - options: The options.
    ///   - vaultKeys: Store of the key that seals the database; by default the key is in a file beside the database.
    ///   - onWarning: Receives warnings; by default they are printed on the standard error.
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
        let answer = try await perform(opening)
        return Platform(try answer.part(\.platform))
    }

    /// Opens the engine on a database file at a URL; see
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
    /// Afterwards ``embedded(_:brighttalkURL:resumeJobs:timeoutMs:vaultKeys:warnings:onWarning:)`` needs the provider.
    public static func moveVaultKey(of database: String, to vaultKeys: some VaultKeyProvider) async throws {
        _ = try await perform(ElementKitNative.moveVaultKey(database: database, keys: Keys(vaultKeys)))
    }

    /// Replaces the key that seals a database; the provider stores the new one under a new name.
    public static func rotateVaultKey(of database: String, in vaultKeys: some VaultKeyProvider) async throws {
        _ = try await perform(ElementKitNative.rotateVaultKey(database: database, keys: Keys(vaultKeys)))
    }

    /// Connects to a Cloud Elements or Open Connectors platform, or to `elementkit serve`. Nothing is sent yet.
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

    /// Connects to a hosted platform, with any of its options. Nothing is sent yet.
    public static func hosted(
        _ options: HostedOptions, onWarning: @escaping WarningHandler = printWarning
    ) throws -> Platform {
        let json = try text(JSONValue.object(options.members))
        return Platform(try now { try NativePlatform.hosted(options: json, warnings: NativeHandler(onWarning)) })
    }

    /// The instances of the calling user.
    public var instances: Instances { Instances(native: native) }

    /// The elements of the platform.
    public var elements: Elements { Elements(native: native.elements()) }

    /// Returns the object definitions of a level; the account is the caller's by default.
    public func definitions(_ level: Level = .organization, id: Int64? = nil) throws -> Definitions {
        Definitions(native: try now { try native.definitions(level: level.rawValue, id: id) })
    }

    /// Returns the transformations of a level and an element.
    public func transformations(
        _ level: Level = .organization, id: Int64? = nil, element: String = "brighttalk"
    ) throws -> Transformations {
        Transformations(
            native: try now { try native.transformations(element: element, level: level.rawValue, id: id) })
    }

    /// Shapes as the result of all levels.
    public var commonResources: CommonResources { CommonResources(native: native.commonResources()) }

    /// Sends any call, by its path below `/elements/api-v2`; with a token as a call of that instance.
    public func request(
        _ method: String,
        _ path: String,
        query: [String: String] = [:],
        json: JSONValue? = nil,
        token: String? = nil
    ) async throws -> Response {
        let body = try json.map { try text($0) }
        let arguments = RequestArguments(method: method, path: path, query: query, body: body, token: token)
        let answer = try await perform(native.request(arguments: arguments))
        return Response(
            status: Int(answer.status ?? 0), requestId: answer.requestId, body: answer.bytes.map { Data($0) } ?? Data())
    }

    /// Parks the bulk jobs of an embedded platform at their next page, within about two seconds, and starts none until
    /// ``resume()``. For an app that goes to the background. Calls still work.
    ///
    /// Applies to every platform of this process on the same database, also after this one was shut down: the jobs of
    /// the others are parked too.
    public func suspend() async throws {
        _ = try await perform(native.suspend())
    }

    /// Resumes the jobs that ``suspend()`` parked and those that were started since. For an app that is back in front.
    public func resume() async throws {
        _ = try await perform(native.resume())
    }

    /// Closes the platform, which parks its bulk jobs. Calling it again has no effect.
    public func shutdown() async throws {
        _ = try await perform(native.shutdown())
    }
}

/// The response of ``Platform/request(_:_:query:json:token:)``.
public struct Response: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The request id.
    public let requestId: String?
    /// The body.
    public let body: Data

    /// The body as JSON; null if it is empty.
    public func json() throws -> JSONValue {
        body.isEmpty ? .null : try decode(JSONValue.self, body)
    }
}

/// The instances of a platform.
public struct Instances: Sendable {
    let native: NativePlatform

    /// Creates an instance; the vendor checks the credentials first.
    ///
    /// - Parameters:
    ///   - element: The element's key.
    ///   - name: A name, 1 to 255 characters.
    ///   - configuration: Its configuration by key.
    ///   - tags: Tags; by default its name.
    ///   - granted: The grant of a user, for elements with OAuth 2; see
    ///     ``Elements/oauthURL(_:callbackURL:apiKey:scope:state:parameters:)``.
    public func create(
        element: String,
        name: String,
        configuration: [String: String],
        tags: [String]? = nil,
        granted: Grant? = nil
    ) async throws -> Instance {
        let arguments = NewInstanceArguments(
            element: element, name: name, configuration: configuration, tags: tags, granted: granted?.native)
        return try Instance(try await perform(native.createInstance(arguments: arguments)))
    }

    /// Returns the instance of this element and name, and creates it if it does not exist. An existing instance gets
    /// this configuration, and these tags if any, so an app can connect on each start. If several instances have the
    /// name, the oldest is used. The parameters are those of ``create(element:name:configuration:tags:granted:)``.
    public func connect(
        element: String,
        name: String,
        configuration: [String: String],
        tags: [String]? = nil,
        granted: Grant? = nil
    ) async throws -> Instance {
        let arguments = NewInstanceArguments(
            element: element, name: name, configuration: configuration, tags: tags, granted: granted?.native)
        return try Instance(try await perform(native.connectInstance(arguments: arguments)))
    }

    /// Connects BrightTALK; the options are those of the native library.
    func connectBrightTalk(_ options: JSONObject) async throws -> Instance {
        try Instance(try await perform(native.connectBrighttalk(options: try text(JSONValue.object(options)))))
    }

    /// Returns an instance by its id.
    public func get(_ id: Int64) async throws -> Instance {
        try Instance(try await perform(native.getInstance(id: id)))
    }

    /// Returns the instances that match the text and have all of the tags, by ascending id, without configuration.
    public func list(search: String? = nil, tags: [String] = []) async throws -> [JSONObject] {
        try await perform(native.listInstances(search: search, tags: tags)).decoded()
    }

    /// Deletes an instance with its jobs and their files.
    public func delete(_ id: Int64) async throws {
        _ = try await perform(native.deleteInstance(id: id))
    }

    /// Returns the instance of an Element token, without looking it up.
    public func withToken(_ token: String) -> Instance {
        Instance(native: native.instanceWithToken(token: token), details: nil)
    }
}

/// BrightTALK, the first element.
public enum BrightTalk {
    /// Returns the instance of this name with these credentials and settings; creates it if it does not exist. Use a
    /// distinct name for each vendor account.
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
