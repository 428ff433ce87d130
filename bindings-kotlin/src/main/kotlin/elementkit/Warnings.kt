package elementkit

import uniffi.elementkit_mobile.NativeWarningHandler
import uniffi.elementkit_mobile.WarningInfo
import java.util.logging.Logger

private val logger: Logger = Logger.getLogger("elementkit")

/** What a platform does with warnings: what was ignored, adjusted or is probably not meant although a call succeeded. */
public enum class Warnings(internal val word: String) {
    /** They are passed to the handler of the platform; the call goes on. */
    REPORT("report"),

    /** The call fails with [ElementKitException.InvalidRequest]; a bulk job that was started is cancelled. */
    DENY("deny"),

    /** Nothing; pages and jobs still carry them. */
    IGNORE("ignore"),
}

/**
 * A warning of the platform, most often about a name that no record has.
 *
 * @property code the stable code of its kind, such as `unknown_field`
 * @property message what is wrong
 * @property field the field or parameter it is about
 * @property suggestion the name that was probably meant
 */
public class Warning internal constructor(
    public val code: String,
    public val message: String,
    public val field: String?,
    public val suggestion: String?,
    private val summary: String,
) {
    internal constructor(info: WarningInfo) : this(info.code, info.message, info.field, info.suggestion, info.summary)

    override fun toString(): String = summary
}

/** Takes the warnings of a platform, on a background thread; what it throws is logged and otherwise ignored. */
public fun interface WarningHandler {
    /** Takes a warning. */
    public fun handle(warning: Warning)

    /** The handler when no other is given. */
    public companion object {
        /** Logs warnings with `java.util.logging`, which prints them to the console or to the log of Android. */
        @JvmField
        public val LOG: WarningHandler = WarningHandler { logger.warning(it.toString()) }
    }
}

internal fun WarningHandler.native(): NativeWarningHandler = object : NativeWarningHandler {
    override fun handle(warning: WarningInfo) {
        try {
            this@native.handle(Warning(warning))
        } catch (failure: Throwable) {
            logger.warning("a warning handler failed with ${failure::class.java.name}")
        }
    }
}

internal fun List<WarningInfo>.own(): List<Warning> = map(::Warning)
