package io.elementkit

import io.elementkit.internal.ceqlField
import io.elementkit.internal.ceqlText
import java.time.Instant
import java.time.LocalDate
import io.elementkit.internal.verifyWebhook as verifyNative

/**
 * A condition; as a string it is CEQL, with correct quoting.
 *
 * The native library quotes values. It is first needed when the condition is sent or printed.
 */
public class Expression internal constructor(private val write: () -> String) {
    /** Matches records that meet both conditions. */
    public infix fun and(other: Expression): Expression = Expression { "($this) AND ($other)" }

    /** Matches records that meet at least one condition. */
    public infix fun or(other: Expression): Expression = Expression { "($this) OR ($other)" }

    /** Matches records that do not meet this condition. */
    public operator fun not(): Expression = Expression { "NOT ($this)" }

    override fun toString(): String = guarded(write)
}

/** A field of a record, by its name or dotted path; its comparisons are an [Expression]. */
public class Field(private val name: String) {
    /**
     * Equals. Values are strings, numbers, booleans, [Instant] and [LocalDate].
     *
     * @throws ElementKitException.Config for another value, and for a number that is not finite
     */
    public infix fun eq(value: Any): Expression = compare("=", value)

    /** Is present and does not equal. */
    public infix fun ne(value: Any): Expression = compare("!=", value)

    /** Less. */
    public infix fun lt(value: Any): Expression = compare("<", value)

    /** Less or equal. */
    public infix fun le(value: Any): Expression = compare("<=", value)

    /** Greater. */
    public infix fun gt(value: Any): Expression = compare(">", value)

    /** Greater or equal. */
    public infix fun ge(value: Any): Expression = compare(">=", value)

    /** Matches a pattern in which `%` matches anything, ignoring case. */
    public infix fun like(pattern: String): Expression = compare("LIKE", pattern)

    /** Equals one of these values; at least one is required. */
    public fun isIn(vararg values: Any): Expression {
        if (values.isEmpty()) throw problem("config", "isIn needs at least one value")
        val members = values.map(::literal)
        return Expression { "${ceqlField(name)} IN (${members.joinToString(", ") { it() }})" }
    }

    /** Is absent. */
    public fun isNull(): Expression = Expression { "${ceqlField(name)} IS NULL" }

    /** Is present. */
    public fun isNotNull(): Expression = Expression { "${ceqlField(name)} IS NOT NULL" }

    private fun compare(operator: String, value: Any): Expression {
        val literal = literal(value)
        return Expression { "${ceqlField(name)} $operator ${literal()}" }
    }
}

/** Returns the writer of a value; a value that no condition can contain is rejected at once. */
private fun literal(value: Any): () -> String = when (value) {
    is Boolean, is Byte, is Short, is Int, is Long -> ({ value.toString() })
    is Float, is Double -> number(value as Number)
    is String -> ({ ceqlText(value) })
    is Instant, is LocalDate -> ({ ceqlText(value.toString()) })
    else -> throw problem("config", "a condition cannot compare with a ${value::class.simpleName}")
}

private fun number(value: Number): () -> String {
    if (!value.toDouble().isFinite()) {
        throw problem(
            "config",
            "a condition cannot compare with $value",
            "Compare with a finite number.",
        )
    }
    return { value.toString() }
}

/**
 * Returns whether a callback was signed with this key (the instance's `event.notification.signature.key`); compared in
 * constant time. Verify before parsing the body.
 *
 * @param signature the header `Elements-Webhook-Signature`; the result is false if it is missing
 */
@Throws(ElementKitException::class)
public fun verifyWebhook(key: String, body: ByteArray, signature: String?): Boolean =
    guarded { verifyNative(key, body, signature) }
