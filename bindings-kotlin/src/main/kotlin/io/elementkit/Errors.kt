package io.elementkit

import io.elementkit.internal.ErrorInfo

/**
 * Root of all errors, one class per kind, with the messages of the platform and the vendor and a hint.
 *
 * The message contains all of it in one line. It is unchecked, so Java may catch one class or all of them.
 *
 * @property what description of the error alone
 * @property code the stable code of the kind
 * @property status the HTTP status, if there was a response
 * @property providerMessage the vendor's message
 * @property requestId id of the request, to quote to support
 * @property hint suggested solution
 * @property retryAfterMs time to wait before trying again
 * @property isRetryable whether the same call, or resuming the failed job, may succeed later without a change
 * @property isUnreachable whether no connection could be made, to the platform or from it to the vendor: the same when
 *   this device is offline, hosted and embedded
 * @property jobFailure the cause of a failed bulk job
 */
public sealed class ElementKitException(
    message: String,
    public val what: String,
    public val code: String,
    public val status: Int?,
    public val providerMessage: String?,
    public val requestId: String?,
    public val hint: String?,
    public val retryAfterMs: Long?,
    public val isRetryable: Boolean,
    public val isUnreachable: Boolean,
    public val jobFailure: JobFailure?,
) : RuntimeException(message) {
    private constructor(info: ErrorInfo) : this(
        info.summary,
        info.text,
        info.code,
        info.status?.toInt(),
        info.providerMessage,
        info.requestId,
        info.hint,
        info.retryAfterMs?.toLong(),
        info.retryable,
        info.unreachable,
        info.job?.let { JobFailure(it.kind, it.text, it.phase) },
    )

    // Classes of the kinds, generated from core.

    /** An option, a setting or an argument cannot be used; nothing was sent. */
    public class Config internal constructor(info: ErrorInfo) : ElementKitException(info)

    /**
     * The platform rejected the request: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415,
     * 416, 431).
     */
    public class InvalidRequest internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** Credentials were refused (401): those of the platform or, with a provider message, those of the vendor. */
    public class Authentication internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The credentials are right but do not allow this, or the instance is disabled (403). */
    public class PermissionDenied internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The requested object does not exist (404). */
    public class NotFound internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The object already exists, or another one still refers to it (409). */
    public class Conflict internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The vendor's rate limit was exceeded (429); the error has the time to wait, if it is known. */
    public class RateLimited internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The vendor failed, could not be reached or sent an unreadable response (502). */
    public class Vendor internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** No response in time (504, or a deadline of the client). */
    public class Timeout internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform itself failed (500 and other 5xx). */
    public class Server internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform could not be reached; nothing was sent. */
    public class Connect internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The connection to the platform broke; a change may or may not have been made. */
    public class Transport internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform's response could not be understood, or led elsewhere. */
    public class Decode internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** A bulk job ended without success; resume it when the cause is resolved. */
    public class JobFailed internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** A bulk job was cancelled. */
    public class JobCancelled internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The database, the vault or a file failed: full disk, read-only path, newer version, missing key. */
    public class Storage internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** This build or this platform lacks the feature. */
    public class Unsupported internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform object was closed. */
    public class Closed internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** A fault in ElementKit itself. */
    public class Internal internal constructor(info: ErrorInfo) : ElementKitException(info)

    // End of Classes of the kinds.

    internal companion object {
        val KINDS: Map<String, (ErrorInfo) -> ElementKitException> = mapOf(
            // Codes of the kinds, generated from core.
            "config" to ::Config,
            "invalid_request" to ::InvalidRequest,
            "authentication" to ::Authentication,
            "permission_denied" to ::PermissionDenied,
            "not_found" to ::NotFound,
            "conflict" to ::Conflict,
            "rate_limited" to ::RateLimited,
            "vendor" to ::Vendor,
            "timeout" to ::Timeout,
            "server" to ::Server,
            "connect" to ::Connect,
            "transport" to ::Transport,
            "decode" to ::Decode,
            "job_failed" to ::JobFailed,
            "job_cancelled" to ::JobCancelled,
            "storage" to ::Storage,
            "unsupported" to ::Unsupported,
            "closed" to ::Closed,
            "internal" to ::Internal,
            // End of Codes of the kinds.
        )

        fun of(info: ErrorInfo): ElementKitException = (KINDS[info.code] ?: ::Internal)(info)
    }
}

/**
 * Cause of a failed bulk job. Its status, provider message, request id and hint are those of the exception.
 *
 * @property kind the code of the error that a live read with the same failure has, such as `rate_limited`
 * @property message description of the failure
 * @property phase the phase the job was in
 */
public class JobFailure internal constructor(
    public val kind: String,
    public val message: String,
    public val phase: String,
)
