package elementkit

import java.time.Instant
import java.time.LocalDate
import uniffi.elementkit_mobile.ceqlField
import uniffi.elementkit_mobile.ceqlText
import uniffi.elementkit_mobile.verifyWebhook as verifyNative

/** A condition; as a text it is CEQL, with everything quoted as it must be. */
public class Expression internal constructor(private val text: String) {
    /** Both. */
    public infix fun and(other: Expression): Expression = Expression("($this) AND ($other)")

    /** At least one. */
    public infix fun or(other: Expression): Expression = Expression("($this) OR ($other)")

    /** Not this one. */
    public operator fun not(): Expression = Expression("NOT ($this)")

    override fun toString(): String = text
}

/** A field of a record, by its name or dotted path; what is asked of it makes an [Expression]. */
public class Field(name: String) {
    private val name = ceqlField(name)

    /** Equals. Values are texts, numbers, truth values, [Instant] and [LocalDate]. */
    public infix fun eq(value: Any): Expression = compare("=", value)

    /** Is there and does not equal. */
    public infix fun ne(value: Any): Expression = compare("!=", value)

    /** Less. */
    public infix fun lt(value: Any): Expression = compare("<", value)

    /** Less or equal. */
    public infix fun le(value: Any): Expression = compare("<=", value)

    /** Greater. */
    public infix fun gt(value: Any): Expression = compare(">", value)

    /** Greater or equal. */
    public infix fun ge(value: Any): Expression = compare(">=", value)

    /** Matches a pattern in which `%` stands for anything, in any letter case. */
    public infix fun like(pattern: String): Expression = compare("LIKE", pattern)

    /** Equals one of these; at least one is needed. */
    public fun isIn(vararg values: Any): Expression {
        require(values.isNotEmpty()) { "isIn needs at least one value" }
        return Expression("$name IN (${values.joinToString(", ") { literal(it) }})")
    }

    /** Is absent. */
    public fun isNull(): Expression = Expression("$name IS NULL")

    /** Is there. */
    public fun isNotNull(): Expression = Expression("$name IS NOT NULL")

    private fun compare(operator: String, value: Any) = Expression("$name $operator ${literal(value)}")
}

private fun literal(value: Any): String = when (value) {
    is Boolean, is Int, is Long, is Double -> value.toString()
    is String -> ceqlText(value)
    is Instant, is LocalDate -> ceqlText(value.toString())
    else -> throw IllegalArgumentException("a condition cannot hold ${value::class.simpleName}")
}

/**
 * Whether a callback was signed with this key (the instance's `event.notification.signature.key`); compared in constant
 * time. Verify before parsing the body.
 *
 * @param signature the header `Elements-Webhook-Signature`; false when it is missing
 */
public fun verifyWebhook(key: String, body: ByteArray, signature: String?): Boolean = verifyNative(key, body, signature)
