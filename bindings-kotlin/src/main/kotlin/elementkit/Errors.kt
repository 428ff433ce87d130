package elementkit

import uniffi.elementkit_mobile.ErrorInfo

/**
 * The root of all errors: what happened, what both sides said about it, and what to do.
 *
 * @property code the stable code of the kind
 * @property status the HTTP status, if there was an answer
 * @property providerMessage the vendor's own words
 * @property requestId to quote to support
 * @property hint what to do about it
 * @property retryAfterMs how long to wait before trying again
 */
public sealed class ElementKitException(
    message: String,
    public val code: String,
    public val status: Int?,
    public val providerMessage: String?,
    public val requestId: String?,
    public val hint: String?,
    public val retryAfterMs: Long?,
) : Exception(message) {
    private constructor(info: ErrorInfo) : this(
        info.text,
        info.code,
        info.status?.toInt(),
        info.providerMessage,
        info.requestId,
        info.hint,
        info.retryAfterMs?.toLong(),
    )

    /** An option or argument cannot be used; nothing was sent. */
    public class Config internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform refused what was asked. */
    public class InvalidRequest internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** Credentials were refused: the platform's or, with a provider message, the vendor's. */
    public class Authentication internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The credentials are right but do not allow this. */
    public class PermissionDenied internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** What was addressed does not exist. */
    public class NotFound internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The vendor or the platform failed for now, or could not be reached; trying again may help. */
    public class Unavailable internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** A bulk job ended without success; it can be resumed. */
    public class JobEnded internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The database or a file failed. */
    public class Storage internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** The platform was closed. */
    public class Closed internal constructor(info: ErrorInfo) : ElementKitException(info)

    /** Anything else; [code] tells what. */
    public class Other internal constructor(info: ErrorInfo) : ElementKitException(info)

    internal companion object {
        fun of(info: ErrorInfo): ElementKitException = when (info.code) {
            "config" -> Config(info)
            "invalid_request" -> InvalidRequest(info)
            "authentication" -> Authentication(info)
            "permission_denied" -> PermissionDenied(info)
            "not_found" -> NotFound(info)
            "rate_limited", "vendor", "timeout", "server", "connect", "transport" -> Unavailable(info)
            "job_failed", "job_cancelled" -> JobEnded(info)
            "storage" -> Storage(info)
            "closed" -> Closed(info)
            else -> Other(info)
        }
    }
}
