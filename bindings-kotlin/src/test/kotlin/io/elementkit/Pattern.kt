package io.elementkit

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.jsonPrimitive

/** Fails with the path at which a value does not match; see tests/scenarios/README.md. */
internal fun check(pattern: JsonElement, value: JsonElement?, at: String) {
    val present = value.takeUnless { it is JsonNull }
    fun ok(holds: Boolean) = check(holds) { "$at: expected $pattern, got $value" }
    when (pattern) {
        is JsonObject -> {
            pattern["\$length"]?.let { length ->
                ok(value is JsonArray && JsonPrimitive(value.size).content == length.jsonPrimitive.content)
                return
            }
            ok(value is JsonObject)
            pattern.forEach { (name, member) -> check(member, (value as JsonObject)[name], "$at/$name") }
        }
        is JsonArray -> {
            ok(value is JsonArray && value.size == pattern.size)
            pattern.forEachIndexed { index, each -> check(each, (value as JsonArray)[index], "$at/$index") }
        }
        JsonNull -> ok(present == null)
        is JsonPrimitive -> {
            val found = present as? JsonPrimitive
            when {
                !pattern.isString || !pattern.content.startsWith("$") -> ok(present == pattern)
                pattern.content == "\$any" -> ok(value != null)
                pattern.content == "\$absent" -> ok(present == null)
                pattern.content == "\$text" -> ok(found != null && found.isString && found.content.isNotEmpty())
                pattern.content == "\$number" -> ok(found != null && !found.isString && found.doubleOrNull != null)
                pattern.content == "\$bool" -> ok(found != null && !found.isString && found.booleanOrNull != null)
                else -> {
                    val part = pattern.content.removePrefix("\$contains:")
                    ok(found != null && found.isString && part in found.content)
                }
            }
        }
    }
}

private val REFERENCE = Regex("""\{\{([^{}]+)}}""")

/** Replaces references by stored values: `{{name/path}}`. */
internal fun fill(template: JsonElement, values: Map<String, JsonElement>): JsonElement = when (template) {
    is JsonObject -> JsonObject(template.mapValues { (_, member) -> fill(member, values) })
    is JsonArray -> JsonArray(template.map { fill(it, values) })
    is JsonPrimitive -> when {
        !template.isString -> template
        else -> REFERENCE.matchEntire(template.content)?.let { lookUp(it.groupValues[1], values) }
            ?: JsonPrimitive(
                REFERENCE.replace(template.content) {
                    lookUp(it.groupValues[1], values).jsonPrimitive.content
                },
            )
    }
}

private fun lookUp(reference: String, values: Map<String, JsonElement>): JsonElement {
    val parts = reference.split('/')
    return parts.drop(1).fold(values.getValue(parts[0])) { value, part ->
        if (value is JsonArray) value[part.toInt()] else (value as JsonObject).getValue(part)
    }
}
