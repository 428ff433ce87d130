internal import ElementKitNative
import Foundation

/// The elements of a platform; each is named by its key or its id.
public struct Elements: Sendable {
    let native: NativeElements

    /// Returns all elements.
    public func list() async throws -> [JSONObject] { try await perform(native.list()).decoded() }

    /// Returns one element; ``ElementKitError/notFound(_:)`` if no element has that key or id.
    public func get(_ element: String) async throws -> JSONObject {
        try await perform(native.get(element: element)).decoded()
    }

    /// Returns the capabilities of an element, such as its `authenticationType` (spec P 5).
    public func metadata(_ element: String) async throws -> JSONObject {
        try await perform(native.metadata(element: element)).decoded()
    }

    /// Returns the configuration that instances of an element accept: `key`, `name`, `required`, defaults.
    public func configuration(_ element: String) async throws -> [JSONObject] {
        try await perform(native.configuration(element: element)).decoded()
    }

    /// Imports a definition as a new element of the organization, which can be connected at once by its key (spec E 2.1).
    ///
    /// - Throws: ``ElementKitError/invalidRequest(_:)`` if the definition has a problem (``check(_:)`` finds all of
    ///   them), ``ElementKitError/conflict(_:)`` if an element has its key, ``ElementKitError/permissionDenied(_:)`` if
    ///   the caller may not write elements.
    @discardableResult
    public func `import`(_ definition: JSONObject) async throws -> JSONObject {
        try await perform(native.create(definition: try text(definition))).decoded()
    }

    /// Replaces the definition of an element (spec E 2.3); fails as ``import(_:)``.
    ///
    /// It applies to calls from then on; running bulk jobs finish with the one they began with.
    @discardableResult
    public func replace(_ element: String, _ definition: JSONObject) async throws -> JSONObject {
        try await perform(native.replace(element: element, definition: try text(definition))).decoded()
    }

    /// Returns the definition of an element: what was imported, with ids and defaults (spec E 1.97).
    public func export(_ element: String) async throws -> JSONObject {
        try await perform(native.exportDefinition(element: element)).decoded()
    }

    /// Removes an element of the organization (spec E 2.4); ``ElementKitError/conflict(_:)`` while it has instances.
    public func remove(_ element: String) async throws {
        _ = try await perform(native.remove(element: element))
    }

    /// Returns the findings in a definition, without a call to the platform (spec E 1.10).
    public func check(_ definition: JSONObject) throws -> DefinitionReport {
        let report = try now { try checkDefinition(definition: try text(definition)) }
        return try decode(DefinitionReport.self, Data(report.utf8))
    }

    /// Returns the definition in a file or folder: one JSON or YAML, or a folder with scripts in files (spec E 1.91).
    ///
    /// - Throws: ``ElementKitError/storage(_:)`` if a file cannot be read, ``ElementKitError/config(_:)`` if there is no
    ///   definition, or several.
    public func read(_ path: String) throws -> JSONObject {
        try decode(JSONObject.self, Data(try now { try readDefinition(path: path) }.utf8))
    }

    /// Returns the address at which a user grants access to an element with OAuth 2 (spec E 4.24).
    ///
    /// Open its ``OauthURL/url``, for instance in an `ASWebAuthenticationSession`. The vendor sends the user to the
    /// callback of the app with a code: ``OauthURL/grant(_:)`` reads it. Pass the grant to
    /// ``Instances/connect(element:name:configuration:tags:granted:)`` with the configuration `oauth.api.key`,
    /// `oauth.api.secret` and `oauth.callback.url`.
    ///
    /// - Parameters:
    ///   - element: Its key or id.
    ///   - callbackURL: The address of the app to which the vendor sends the user; by default the element's own.
    ///   - apiKey: The client id of the app; by default the element's own.
    ///   - scope: The scopes, separated as the vendor expects it; by default the element's own.
    ///   - state: The state that the vendor repeats to the callback; random by default.
    ///   - parameters: Values for placeholders of the address, for instance `siteAddress`. OAuth 1 needs the client
    ///     secret, as `apiSecret`.
    /// - Throws: ``ElementKitError/invalidRequest(_:)`` if the element does not use OAuth 2, or a value is missing that
    ///   has no default.
    public func oauthURL(
        _ element: String,
        callbackURL: String? = nil,
        apiKey: String? = nil,
        scope: String? = nil,
        state: String? = nil,
        parameters: [String: String] = [:]
    ) async throws -> OauthURL {
        var options = parameters
        let named = ["callbackUrl": callbackURL, "apiKey": apiKey, "scope": scope, "state": state]
        options.merge(named.compactMapValues { $0 }) { $1 }
        let answer = try await perform(native.oauthUrl(element: element, options: try text(options)))
        return try OauthURL(answer.decoded())
    }
}

/// The findings in a definition.
public struct DefinitionReport: Codable, Sendable, Equatable {
    /// A problem or a remark about a definition.
    public struct Finding: Codable, Sendable, Equatable {
        /// JSON pointer of the value, or of the object that lacks it.
        public let pointer: String
        /// Kind of the finding: a word that programs compare.
        public let code: String
        /// One sentence, without the pointer.
        public let message: String
        /// Advice, if there is any.
        public let hint: String?
    }

    /// With one of them no import succeeds.
    public let problems: [Finding]
    /// Parts that are stored and do not run, or run with a risk.
    public let remarks: [Finding]
}

/// The address at which a user grants access to an element with OAuth 2.
public struct OauthURL: Sendable, Equatable {
    /// The address to open in a browser.
    public let url: URL
    /// The key of the element.
    public let element: String
    /// The state by which the redirect of this user is recognized.
    public let state: String

    init(_ found: JSONObject) throws {
        guard let url = found["oauthUrl"]?.text.flatMap({ URL(string: $0) }) else {
            throw problem("decode", "the platform returned no address")
        }
        self.url = url
        element = found["element"]?.text ?? ""
        state = found["state"]?.text ?? ""
    }

    /// Returns the grant in the address of the callback: the whole address with which the app was opened.
    ///
    /// - Throws: ``ElementKitError/authentication(_:)`` if the user or the vendor denied access;
    ///   ``ElementKitError/config(_:)`` if the address has another state, so that it belongs to another login, or has no
    ///   code.
    public func grant(_ redirect: URL) throws -> Grant {
        Grant(code: try now { try oauthCode(redirect: redirect.absoluteString, state: state) }, state: state)
    }
}

/// The code and the state that a vendor sent to the callback after a user granted access.
public struct Grant: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The code: a secret that serves once and is short-lived.
    public let code: String
    /// The state of the login.
    public let state: String

    /// A grant that was received in another way, for instance by a server.
    public init(code: String, state: String) {
        self.code = code
        self.state = state
    }

    var native: GrantArguments { GrantArguments(code: code, state: state) }

    /// The state.
    public var description: String { "Grant(\(state))" }

    /// The state.
    public var customMirror: Mirror { Mirror(self, children: ["state": state]) }
}
