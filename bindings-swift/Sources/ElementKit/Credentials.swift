/// Purpose of a secret.
public enum SecretName: String, Sendable, CaseIterable {
    /// The user secret of a hosted platform.
    case userSecret
    /// The organization secret of a hosted platform.
    case organizationSecret
    /// The API key of BrightTALK.
    case brightTalkKey
    /// The API secret of BrightTALK.
    case brightTalkSecret
}

/// Store of an app's secrets, for instance the Keychain; `Examples/KeychainCredentials.swift` is an example to copy.
///
/// A provider is called when a secret is needed. Its errors are thrown to the caller unchanged.
public protocol CredentialProvider: Sendable {
    /// Returns the secret, or `nil`.
    func secret(_ name: SecretName) async throws -> String?
}

extension Platform {
    /// Connects to a hosted platform with the secrets of a provider; those that it lacks come from the environment. The
    /// other options are those of
    /// ``hosted(baseURL:userSecret:organizationSecret:allowInsecureHTTP:timeoutMs:caFile:warnings:onWarning:)``.
    public static func hosted(
        baseURL: String? = nil,
        credentials: some CredentialProvider,
        allowInsecureHTTP: Bool = false,
        timeoutMs: UInt64? = nil,
        caFile: String? = nil,
        warnings: Warnings = .report,
        onWarning: @escaping WarningHandler = printWarning
    ) async throws -> Platform {
        try hosted(
            baseURL: baseURL,
            userSecret: try await credentials.secret(.userSecret),
            organizationSecret: try await credentials.secret(.organizationSecret),
            allowInsecureHTTP: allowInsecureHTTP,
            timeoutMs: timeoutMs,
            caFile: caFile,
            warnings: warnings,
            onWarning: onWarning
        )
    }
}

extension Platform {
    /// Connects to a hosted platform with any of its options and the secrets of a provider; those that it lacks come
    /// from the options or the environment.
    public static func hosted(
        _ options: HostedOptions,
        credentials: some CredentialProvider,
        onWarning: @escaping WarningHandler = printWarning
    ) async throws -> Platform {
        var options = options
        options.userSecret = try await credentials.secret(.userSecret) ?? options.userSecret
        options.organizationSecret = try await credentials.secret(.organizationSecret) ?? options.organizationSecret
        return try hosted(options, onWarning: onWarning)
    }
}

extension BrightTalk {
    /// Creates an instance whose key and secret come from a provider; the platform returns an error if one is missing.
    public static func connect(
        _ platform: Platform,
        credentials: some CredentialProvider,
        name: String = "BrightTALK",
        staging: Bool = false,
        keepWithoutEmail: Bool = false
    ) async throws -> Instance {
        try await connect(
            platform,
            apiKey: try await credentials.secret(.brightTalkKey) ?? "",
            apiSecret: try await credentials.secret(.brightTalkSecret) ?? "",
            name: name,
            staging: staging,
            keepWithoutEmail: keepWithoutEmail
        )
    }
}
