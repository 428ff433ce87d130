// Options of platforms and of uploads. Generated from the option tables of core; do not edit.
package io.elementkit

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields that
 * the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not exist or have
 * no key, `delete` deletes.
 */
public enum class UploadMode(internal val word: String) {
    CREATE("create"),
    UPDATE("update"),
    REPLACE("replace"),
    UPSERT("upsert"),
    DELETE("delete"),
}

/**
 * Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file
 * extension by default, else `csv`.
 */
public enum class UploadFormat(internal val word: String) {
    CSV("csv"),
    JSON("json"),
}

/**
 * Options of a hosted platform. Values in the environment need not be given.
 *
 * ```kotlin
 * val options = HostedOptions().apply { timeoutMs = 30_000 }
 * ```
 */
public class HostedOptions {
    /**
     * The base URL of the platform, or the name of a published region such as `eu`. US production by default. From
     * `ELEMENTKIT_BASE_URL` when not given.
     */
    public var baseUrl: String? = null

    /** The user secret. Required. From `ELEMENTKIT_USER_SECRET` when not given. */
    public var userSecret: String? = null

    /** The organization secret. Required. From `ELEMENTKIT_ORGANIZATION_SECRET` when not given. */
    public var organizationSecret: String? = null

    /** Allows plain HTTP to hosts other than this machine. Off by default. */
    public var allowInsecureHttp: Boolean? = null

    /** Time limit of a call, retries included, until its response begins. Unlimited by default. In milliseconds. */
    public var timeoutMs: Long? = null

    /** Time limit for connecting, TLS included. 10 seconds by default. In milliseconds. */
    public var connectTimeoutMs: Long? = null

    /**
     * Maximum silence of the platform, before a response begins and within it. 130 seconds by default. In milliseconds.
     */
    public var readTimeoutMs: Long? = null

    /** Maximum number of retries of a failed read. 3 by default. */
    public var retries: Long? = null

    /** A proxy, `http://[user:password@]host:port`. By default that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`. */
    public var proxy: String? = null

    /** Ignores the proxy of the environment. Off by default. */
    public var noProxy: Boolean? = null

    /**
     * PEM files of certificate authorities to trust in addition to the public ones. From `ELEMENTKIT_CA_FILE` when not
     * given.
     */
    public var caFiles: List<String> = emptyList()

    /**
     * The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default.
     */
    public var answerLimit: Long? = null

    /** Policy for warnings of the platform. They are reported by default. */
    public var warnings: Warnings = Warnings.REPORT

    /** Returns the options that are set, by the names of the native library. */
    internal fun members(): JsonObject = buildJsonObject {
        baseUrl?.let { put("base_url", it) }
        userSecret?.let { put("user_secret", it) }
        organizationSecret?.let { put("organization_secret", it) }
        allowInsecureHttp?.let { put("allow_insecure_http", it) }
        timeoutMs?.let { put("timeout_ms", it) }
        connectTimeoutMs?.let { put("connect_timeout_ms", it) }
        readTimeoutMs?.let { put("read_timeout_ms", it) }
        retries?.let { put("retries", it) }
        proxy?.let { put("proxy", it) }
        noProxy?.let { put("no_proxy", it) }
        if (caFiles.isNotEmpty()) put("ca_file", JsonArray(caFiles.map { JsonPrimitive(it) }))
        answerLimit?.let { put("answer_limit", it) }
        put("warnings", warnings.word)
    }
}

/**
 * Options of the engine in this process.
 *
 * ```kotlin
 * val options = EmbeddedOptions().apply { timeoutMs = 30_000 }
 * ```
 */
public class EmbeddedOptions {
    /** Whether parked bulk jobs resume when the database is opened. Off by default, as apps want it. */
    public var resumeJobs: Boolean = false

    /** Time limit of a call until its response begins. Limited only by the engine by default. In milliseconds. */
    public var timeoutMs: Long? = null

    /** Policy for warnings of the platform. They are reported by default. */
    public var warnings: Warnings = Warnings.REPORT

    /** The file of the vault key. By default a file beside the database, unless `ELEMENTKIT_VAULT_KEY` is set. */
    public var keyFile: String? = null

    /**
     * PEM files of certificate authorities to trust in addition to the public ones, at the vendor. From
     * `ELEMENTKIT_CA_FILE` when not given.
     */
    public var caFiles: List<String> = emptyList()

    /**
     * A host that is called instead of BrightTALK's, for a sandbox or a gateway. From `ELEMENTKIT_BRIGHTTALK_URL` when
     * not given.
     */
    public var brighttalkUrl: String? = null

    /** Accepts a host of the vendor in the configuration of an instance, as `acme.base.url`. Off by default. */
    public var allowVendorOverride: Boolean? = null

    /** Maximum number of attempts of a call to the vendor. 4 by default. */
    public var vendorAttempts: Long? = null

    /** The longest `Retry-After` of the vendor that a live call waits for. 5 minutes by default. In milliseconds. */
    public var vendorRetryAfterMs: Long? = null

    /** Time limit for connecting to the vendor. 10 seconds by default. In milliseconds. */
    public var vendorConnectTimeoutMs: Long? = null

    /**
     * Maximum silence of the vendor, before a response begins and within it. 60 seconds by default. In milliseconds.
     */
    public var vendorReadTimeoutMs: Long? = null

    /** Time limit of the whole response of the vendor. 5 minutes by default. In milliseconds. */
    public var vendorTimeoutMs: Long? = null

    /** Time limit of a call that reads from the vendor, except bulk jobs. 2 minutes by default. In milliseconds. */
    public var callTimeLimitMs: Long? = null

    /** Maximum time that a bulk job waits for an unreachable vendor. 2 hours by default. In milliseconds. */
    public var maxOutageMs: Long? = null

    /**
     * Time for which results and checkpoints are kept after the end of their job. 3 days by default. In milliseconds.
     */
    public var retentionMs: Long? = null

    /**
     * Time after which the job of a dead process is taken over by another on the same file. 10 seconds by default. In
     * milliseconds.
     */
    public var leaseMs: Long? = null

    /** Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default. */
    public var sortMemory: Long? = null

    /** Bytes of rows that a bulk job commits at once; 0 commits every page. 512 KiB by default. */
    public var commitBytes: Long? = null

    /**
     * Time limit of scripts for the records of a live call, or for one record of a bulk job. 30 seconds by default. In
     * milliseconds.
     */
    public var scriptTimeLimitMs: Long? = null

    /** Bytes of memory that a script may use. 64 MiB by default. */
    public var scriptMemory: Long? = null

    /** Gives scripts of transformations the secrets of the call in their `configuration`. Off by default. */
    public var exposeScriptSecrets: Boolean? = null

    /** Hosts, separated by commas, that scripts of elements may call with `http` and `https`. None by default. */
    public var scriptNetwork: String? = null

    /** Hides the objects and paths that the published element does not have. Off by default. */
    public var publishedOnly: Boolean? = null

    /** Adds `activityUrl`, `activityType` and `totalViewingDurationMinutes` to activities. Off by default. */
    public var derivedActivityFields: Boolean? = null

    /** Keeps a record of each call for 7 days, which `GET /usage` returns. Off by default. */
    public var recordUsage: Boolean? = null

    /** Whether callbacks may go to private, link-local and loopback addresses. On by default. */
    public var allowPrivateCallbacks: Boolean? = null

    /**
     * Whether elements of documents may call private, link-local and loopback addresses, and plain http. On by default.
     */
    public var allowPrivateVendors: Boolean? = null

    /** Returns the options that are set, by the names of the native library. */
    internal fun members(): JsonObject = buildJsonObject {
        put("resume_jobs", resumeJobs)
        timeoutMs?.let { put("timeout_ms", it) }
        put("warnings", warnings.word)
        keyFile?.let { put("key_file", it) }
        if (caFiles.isNotEmpty()) put("ca_file", JsonArray(caFiles.map { JsonPrimitive(it) }))
        brighttalkUrl?.let { put("brighttalk_url", it) }
        allowVendorOverride?.let { put("allow_vendor_override", it) }
        vendorAttempts?.let { put("vendor_attempts", it) }
        vendorRetryAfterMs?.let { put("vendor_retry_after_ms", it) }
        vendorConnectTimeoutMs?.let { put("vendor_connect_timeout_ms", it) }
        vendorReadTimeoutMs?.let { put("vendor_read_timeout_ms", it) }
        vendorTimeoutMs?.let { put("vendor_timeout_ms", it) }
        callTimeLimitMs?.let { put("call_time_limit_ms", it) }
        maxOutageMs?.let { put("max_outage_ms", it) }
        retentionMs?.let { put("retention_ms", it) }
        leaseMs?.let { put("lease_ms", it) }
        sortMemory?.let { put("sort_memory", it) }
        commitBytes?.let { put("commit_bytes", it) }
        scriptTimeLimitMs?.let { put("script_time_limit_ms", it) }
        scriptMemory?.let { put("script_memory", it) }
        exposeScriptSecrets?.let { put("expose_script_secrets", it) }
        scriptNetwork?.let { put("script_network", it) }
        publishedOnly?.let { put("published_only", it) }
        derivedActivityFields?.let { put("derived_activity_fields", it) }
        recordUsage?.let { put("record_usage", it) }
        allowPrivateCallbacks?.let { put("allow_private_callbacks", it) }
        allowPrivateVendors?.let { put("allow_private_vendors", it) }
    }
}

/**
 * Options of a bulk upload.
 *
 * ```kotlin
 * val options = UploadOptions().apply { mode = UploadMode.UPSERT }
 * ```
 */
public class UploadOptions {
    /**
     * Effect on the records of the object: `create` (the default) creates every record, `update` changes the fields
     * that the file has, `replace` replaces whole records, `upsert` changes records and creates those that do not exist
     * or have no key, `delete` deletes.
     */
    public var mode: UploadMode? = null

    /**
     * Field with the key of a record, which becomes the last part of its path. The primary key of the object by
     * default, but none for `upsert`, which then creates every record.
     */
    public var key: String? = null

    /**
     * Format of the file: `csv` with a header line, or `json`, an array or one object on each line. That of the file
     * extension by default, else `csv`.
     */
    public var format: UploadFormat? = null

    /**
     * Path of the list that records are written to, for instance `/lists/42/members`. Without it, columns named like
     * the variables of the path have their values.
     */
    public var path: String? = null

    /** Number of records sent at a time, from 1 to 10. 4 by default. */
    public var concurrency: Long? = null

    /** Sends columns that the object does not have, in place of refusing the file. Off by default. */
    public var unknownColumns: Boolean? = null

    /** URL that is called when the job has ended, or a path of the platform. */
    public var callbackUrl: String? = null

    /** JSON to send with the callback. */
    public var callbackPayload: JsonElement? = null

    /** Returns the options that are set, by the names of the native library. */
    internal fun members(): JsonObject = buildJsonObject {
        mode?.let { put("mode", it.word) }
        key?.let { put("key", it) }
        format?.let { put("format", it.word) }
        path?.let { put("path", it) }
        concurrency?.let { put("concurrency", it) }
        unknownColumns?.let { put("unknown_columns", it) }
        callbackUrl?.let { put("callback_url", it) }
        callbackPayload?.let { put("callback_payload", it) }
    }
}
