/// What a secret is for.
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

/// Where an app keeps its secrets, for instance the Keychain; `Examples/KeychainCredentials.swift` is one to take over.
///
/// A provider is asked when a secret is needed. What it throws reaches the caller as it is.
public protocol CredentialProvider: Sendable {
    /// The secret; nil when there is none.
    func secret(_ name: SecretName) async throws -> String?
}

extension Platform {
    /// A hosted platform whose secrets come from a provider; one that it does not have comes from the environment. The
    /// other options are those of ``hosted(baseURL:userSecret:organizationSecret:allowInsecureHTTP:timeoutMs:caFile:warnings:onWarning:)``.
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
    /// A hosted platform, with any of its options, whose secrets come from a provider; one that it does not have is that of
    /// the options or of the environment.
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
    /// Creates an instance whose key and secret come from a provider; the platform says so when one is missing.
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
