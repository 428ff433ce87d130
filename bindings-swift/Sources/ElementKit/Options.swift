// Options of platforms and of uploads. Generated from the option tables of core; do not edit.

/// Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields that
/// the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not exist or have
/// no key, `delete` deletes.
public enum UploadMode: String, Sendable, CaseIterable {
    case create, update, replace, upsert, delete
}

/// Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file
/// extension by default, else `csv`.
public enum UploadFormat: String, Sendable, CaseIterable {
    case csv, json
}

/// Options of a hosted platform. Values in the environment need not be given.
///
/// ```swift
/// var options = HostedOptions()
/// options.timeoutMs = 30_000
/// ```
public struct HostedOptions: Sendable {
    /// The base URL of the platform, or the name of a published region such as `eu`. US production by default. From
    /// `ELEMENTKIT_BASE_URL` when not given.
    public var baseURL: String?
    /// The user secret. Required. From `ELEMENTKIT_USER_SECRET` when not given.
    public var userSecret: String?
    /// The organization secret. Required. From `ELEMENTKIT_ORGANIZATION_SECRET` when not given.
    public var organizationSecret: String?
    /// Allows plain HTTP to hosts other than this machine. Off by default.
    public var allowInsecureHTTP: Bool?
    /// Time limit of a call, retries included, until its response begins. Unlimited by default. In milliseconds.
    public var timeoutMs: UInt64?
    /// Time limit for connecting, TLS included. 10 seconds by default. In milliseconds.
    public var connectTimeoutMs: UInt64?
    /// Maximum silence of the platform, before a response begins and within it. 130 seconds by default. In
    /// milliseconds.
    public var readTimeoutMs: UInt64?
    /// Maximum number of retries of a failed read. 3 by default.
    public var retries: Int?
    /// A proxy, `http://[user:password@]host:port`. By default that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`.
    public var proxy: String?
    /// Ignores the proxy of the environment. Off by default.
    public var noProxy: Bool?
    /// PEM files of certificate authorities to trust in addition to the public ones. From `ELEMENTKIT_CA_FILE` when not
    /// given.
    public var caFiles: [String] = []
    /// The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default.
    public var answerLimit: Int?
    /// Policy for warnings of the platform. They are reported by default.
    public var warnings: Warnings = .report

    /// Creates options with their defaults.
    public init() {}

    /// Returns the options that are set, by the names of the native library.
    var members: JSONObject {
        var members = JSONObject()
        members["base_url"] = baseURL.map { .string($0) }
        members["user_secret"] = userSecret.map { .string($0) }
        members["organization_secret"] = organizationSecret.map { .string($0) }
        members["allow_insecure_http"] = allowInsecureHTTP.map { .bool($0) }
        members["timeout_ms"] = timeoutMs.map { .int(Int64(clamping: $0)) }
        members["connect_timeout_ms"] = connectTimeoutMs.map { .int(Int64(clamping: $0)) }
        members["read_timeout_ms"] = readTimeoutMs.map { .int(Int64(clamping: $0)) }
        members["retries"] = retries.map { .int(Int64($0)) }
        members["proxy"] = proxy.map { .string($0) }
        members["no_proxy"] = noProxy.map { .bool($0) }
        members["ca_file"] = caFiles.isEmpty ? nil : .array(caFiles.map { .string($0) })
        members["answer_limit"] = answerLimit.map { .int(Int64($0)) }
        members["warnings"] = .string(warnings.rawValue)
        return members
    }
}

extension HostedOptions: CustomStringConvertible, CustomReflectable {
    public var description: String { "HostedOptions" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Options of the engine in this process.
///
/// ```swift
/// var options = EmbeddedOptions()
/// options.timeoutMs = 30_000
/// ```
public struct EmbeddedOptions: Sendable {
    /// Whether parked bulk jobs resume when the database is opened. Off by default, as apps want it.
    public var resumeJobs: Bool = false
    /// Time limit of a call until its response begins. Limited only by the engine by default. In milliseconds.
    public var timeoutMs: UInt64?
    /// Policy for warnings of the platform. They are reported by default.
    public var warnings: Warnings = .report
    /// The file of the vault key. By default a file beside the database, unless `ELEMENTKIT_VAULT_KEY` is set.
    public var keyFile: String?
    /// PEM files of certificate authorities to trust in addition to the public ones, at the vendor. From
    /// `ELEMENTKIT_CA_FILE` when not given.
    public var caFiles: [String] = []
    /// A host that is called instead of BrightTALK's, for a sandbox or a gateway. From `ELEMENTKIT_BRIGHTTALK_URL` when
    /// not given.
    public var brighttalkURL: String?
    /// Accepts a host of the vendor in the configuration of an instance, as `acme.base.url`. Off by default.
    public var allowVendorOverride: Bool?
    /// Maximum number of attempts of a call to the vendor. 4 by default.
    public var vendorAttempts: Int?
    /// The longest `Retry-After` of the vendor that a live call waits for. 5 minutes by default. In milliseconds.
    public var vendorRetryAfterMs: UInt64?
    /// Time limit for connecting to the vendor. 10 seconds by default. In milliseconds.
    public var vendorConnectTimeoutMs: UInt64?
    /// Maximum silence of the vendor, before a response begins and within it. 60 seconds by default. In milliseconds.
    public var vendorReadTimeoutMs: UInt64?
    /// Time limit of the whole response of the vendor. 5 minutes by default. In milliseconds.
    public var vendorTimeoutMs: UInt64?
    /// Time limit of a call that reads from the vendor, except bulk jobs. 2 minutes by default. In milliseconds.
    public var callTimeLimitMs: UInt64?
    /// Maximum time that a bulk job waits for an unreachable vendor. 2 hours by default. In milliseconds.
    public var maxOutageMs: UInt64?
    /// Time for which results and checkpoints are kept after the end of their job. 3 days by default. In milliseconds.
    public var retentionMs: UInt64?
    /// Time after which the job of a dead process is taken over by another on the same file. 10 seconds by default. In
    /// milliseconds.
    public var leaseMs: UInt64?
    /// Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default.
    public var sortMemory: Int?
    /// Bytes of rows that a bulk job commits at once; 0 commits every page. 512 KiB by default.
    public var commitBytes: Int?
    /// Time limit of scripts for the records of a live call, or for one record of a bulk job. 30 seconds by default. In
    /// milliseconds.
    public var scriptTimeLimitMs: UInt64?
    /// Bytes of memory that a script may use. 64 MiB by default.
    public var scriptMemory: Int?
    /// Gives scripts of transformations the secrets of the call in their `configuration`. Off by default.
    public var exposeScriptSecrets: Bool?
    /// Hosts, separated by commas, that scripts of elements may call with `http` and `https`. None by default.
    public var scriptNetwork: String?
    /// Hides the objects and paths that the published element does not have. Off by default.
    public var publishedOnly: Bool?
    /// Adds `activityUrl`, `activityType` and `totalViewingDurationMinutes` to activities. Off by default.
    public var derivedActivityFields: Bool?
    /// Keeps a record of each call for 7 days, which `GET /usage` returns. Off by default.
    public var recordUsage: Bool?
    /// Whether callbacks may go to private, link-local and loopback addresses. On by default.
    public var allowPrivateCallbacks: Bool?
    /// Whether elements of documents may call private, link-local and loopback addresses, and plain http. On by
    /// default.
    public var allowPrivateVendors: Bool?

    /// Creates options with their defaults.
    public init() {}

    /// Returns the options that are set, by the names of the native library.
    var members: JSONObject {
        var members = JSONObject()
        members["resume_jobs"] = .bool(resumeJobs)
        members["timeout_ms"] = timeoutMs.map { .int(Int64(clamping: $0)) }
        members["warnings"] = .string(warnings.rawValue)
        members["key_file"] = keyFile.map { .string($0) }
        members["ca_file"] = caFiles.isEmpty ? nil : .array(caFiles.map { .string($0) })
        members["brighttalk_url"] = brighttalkURL.map { .string($0) }
        members["allow_vendor_override"] = allowVendorOverride.map { .bool($0) }
        members["vendor_attempts"] = vendorAttempts.map { .int(Int64($0)) }
        members["vendor_retry_after_ms"] = vendorRetryAfterMs.map { .int(Int64(clamping: $0)) }
        members["vendor_connect_timeout_ms"] = vendorConnectTimeoutMs.map { .int(Int64(clamping: $0)) }
        members["vendor_read_timeout_ms"] = vendorReadTimeoutMs.map { .int(Int64(clamping: $0)) }
        members["vendor_timeout_ms"] = vendorTimeoutMs.map { .int(Int64(clamping: $0)) }
        members["call_time_limit_ms"] = callTimeLimitMs.map { .int(Int64(clamping: $0)) }
        members["max_outage_ms"] = maxOutageMs.map { .int(Int64(clamping: $0)) }
        members["retention_ms"] = retentionMs.map { .int(Int64(clamping: $0)) }
        members["lease_ms"] = leaseMs.map { .int(Int64(clamping: $0)) }
        members["sort_memory"] = sortMemory.map { .int(Int64($0)) }
        members["commit_bytes"] = commitBytes.map { .int(Int64($0)) }
        members["script_time_limit_ms"] = scriptTimeLimitMs.map { .int(Int64(clamping: $0)) }
        members["script_memory"] = scriptMemory.map { .int(Int64($0)) }
        members["expose_script_secrets"] = exposeScriptSecrets.map { .bool($0) }
        members["script_network"] = scriptNetwork.map { .string($0) }
        members["published_only"] = publishedOnly.map { .bool($0) }
        members["derived_activity_fields"] = derivedActivityFields.map { .bool($0) }
        members["record_usage"] = recordUsage.map { .bool($0) }
        members["allow_private_callbacks"] = allowPrivateCallbacks.map { .bool($0) }
        members["allow_private_vendors"] = allowPrivateVendors.map { .bool($0) }
        return members
    }
}

extension EmbeddedOptions: CustomStringConvertible, CustomReflectable {
    public var description: String { "EmbeddedOptions" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Options of a bulk upload.
///
/// ```swift
/// var options = UploadOptions()
/// options.mode = .upsert
/// ```
public struct UploadOptions: Sendable {
    /// Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields
    /// that the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not
    /// exist or have no key, `delete` deletes.
    public var mode: UploadMode?
    /// Field with the key of a record, which becomes the last part of its path. The primary key of the object by
    /// default, but none for `upsert`, which then creates every record.
    public var key: String?
    /// Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file
    /// extension by default, else `csv`.
    public var format: UploadFormat?
    /// Path of the list that records are written to, for instance `/lists/42/members`. Without it, columns named like
    /// the variables of the path have their values.
    public var path: String?
    /// Number of records sent at a time, from 1 to 10. 4 by default.
    public var concurrency: Int?
    /// Sends columns that the object does not have, in place of refusing the file. Off by default.
    public var unknownColumns: Bool?
    /// URL that is called when the job has ended, or a path of the platform.
    public var callbackURL: String?
    /// JSON to send with the callback.
    public var callbackPayload: JSONValue?

    /// Creates options with their defaults.
    public init() {}

    /// Returns the options that are set, by the names of the native library.
    var members: JSONObject {
        var members = JSONObject()
        members["mode"] = mode.map { .string($0.rawValue) }
        members["key"] = key.map { .string($0) }
        members["format"] = format.map { .string($0.rawValue) }
        members["path"] = path.map { .string($0) }
        members["concurrency"] = concurrency.map { .int(Int64($0)) }
        members["unknown_columns"] = unknownColumns.map { .bool($0) }
        members["callback_url"] = callbackURL.map { .string($0) }
        members["callback_payload"] = callbackPayload
        return members
    }
}
