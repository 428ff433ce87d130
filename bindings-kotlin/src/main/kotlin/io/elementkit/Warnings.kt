package io.elementkit

import io.elementkit.internal.NativeWarningHandler
import io.elementkit.internal.WarningInfo
import java.util.logging.Logger

private val logger: Logger = Logger.getLogger("elementkit")

/**
 * Policy of a platform for warnings: parts of a successful call that were ignored, adjusted or are probably a mistake.
 */
public enum class Warnings(internal val word: String) {
    /** Passes them to the handler of the platform; the call continues. */
    REPORT("report"),

    /** Fails the call with [ElementKitException.InvalidRequest]; a bulk job that was started is cancelled. */
    DENY("deny"),

    /** Does nothing; pages and jobs still carry them. */
    IGNORE("ignore"),
}

/**
 * A warning of the platform, most often about a name that no record has.
 *
 * @property code the stable code of its kind, such as `unknown_field`
 * @property message the message
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

/** Receives the warnings of a platform, on a background thread; its exceptions are logged and otherwise ignored. */
public fun interface WarningHandler {
    /** Receives a warning. */
    public fun handle(warning: Warning)

    /** The default handler. */
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
