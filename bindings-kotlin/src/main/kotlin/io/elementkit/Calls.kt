package io.elementkit

import io.elementkit.internal.Answer
import io.elementkit.internal.ErrorInfo
import io.elementkit.internal.InternalException
import io.elementkit.internal.NativeException
import io.elementkit.internal.Pending
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.MissingFieldException
import kotlinx.serialization.SerializationException
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.descriptors.elementNames
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.nio.charset.CharacterCodingException

internal val jsonFormat = Json { ignoreUnknownKeys = true }

/**
 * Makes a call of the native library and reads its result; cancelling the coroutine drops the call with its calls to
 * the vendor. Loading the library, passing the arguments and decoding the result take time, so none of it happens on
 * the caller's thread, which may be that of the user interface.
 */
internal suspend fun <T> call(make: () -> Pending, read: (Answer) -> T): T =
    withContext(Dispatchers.Default) { guarded { make().use { read(run(it)) } } }

/** Makes a call without a result. */
internal suspend fun call(make: () -> Pending): Unit = call(make) {}

/** Makes a call that returns JSON. */
internal suspend fun json(make: () -> Pending): JsonElement = call(make) { it.element() }

/** Makes a call that returns a JSON object. */
internal suspend fun jsonObject(make: () -> Pending): JsonObject = call(make) { it.element().jsonObject }

/** Makes a call that returns a JSON string. */
internal suspend fun text(make: () -> Pending): String = call(make) { it.element().jsonPrimitive.content }

/** Makes a call that returns a list of JSON strings. */
internal suspend fun texts(make: () -> Pending): List<String> =
    call(make) { answer -> answer.element().jsonArray.map { it.jsonPrimitive.content } }

/** Makes a call that returns a list of JSON objects. */
internal suspend fun jsonObjects(make: () -> Pending): List<JsonObject> = call(make) { it.records() }

private suspend fun run(pending: Pending): Answer = try {
    pending.run()
} catch (cancelled: CancellationException) {
    pending.cancel()
    throw cancelled
}

/** Runs a call of the native library; every exception becomes an error of this package. */
internal inline fun <T> guarded(work: () -> T): T = try {
    work()
} catch (failure: NativeException.Failed) {
    throw ElementKitException.of(failure.info)
} catch (cancelled: NativeException.Cancelled) {
    throw CancellationException("cancelled")
} catch (ours: ElementKitException) {
    throw ours
} catch (cancelled: CancellationException) {
    throw cancelled
} catch (failure: Exception) {
    throw translated(failure)
} catch (failure: LinkageError) {
    throw unloadable(failure)
}

/** Messages of foreign exceptions may quote records, so they are neither repeated nor kept as a cause. */
@PublishedApi
internal fun translated(failure: Exception): ElementKitException = when (failure) {
    is CharacterCodingException ->
        problem(
            "config",
            "a string ends within a character",
            "Split strings between characters, not within a surrogate pair.",
        )
    is InternalException -> problem("internal", "the native library failed: ${failure.message}")
    is SerializationException, is IllegalArgumentException, is IllegalStateException ->
        problem("decode", "the platform's response has an unexpected form")
    else -> problem("internal", "the native library failed with ${failure::class.qualifiedName}")
}

@PublishedApi
internal fun unloadable(failure: LinkageError): ElementKitException = problem(
    "unsupported",
    "the native library cannot be loaded: ${failure.message}",
    "Put the library for this system on jna.library.path, into the JAR, or into jniLibs.",
)

/** Returns an error of this package that is detected on this side. */
internal fun problem(code: String, what: String, hint: String? = null): ElementKitException {
    val summary = listOfNotNull(what, hint).joinToString(". ")
    return ElementKitException.of(ErrorInfo(code, what, null, null, null, hint, null, false, false, null, summary))
}

/** Decodes a record as a type. */
internal fun <T> JsonObject.decodedBy(type: DeserializationStrategy<T>): T = try {
    jsonFormat.decodeFromJsonElement(type, this)
} catch (failure: SerializationException) {
    throw unfit(type, failure)
} catch (failure: IllegalArgumentException) {
    throw unfit(type, failure)
}

/** Decodes a written record as a type. */
@PublishedApi
internal fun <T> JsonObject.writtenAs(type: DeserializationStrategy<T>): T = try {
    decodedBy(type)
} catch (failure: ElementKitException.Decode) {
    throw problem("decode", "the record was written, but ${failure.what}", failure.hint)
}

/** Returns a record of a serializable class as JSON. The messages of the encoder may quote it. */
@PublishedApi
internal fun <T> encoded(type: SerializationStrategy<T>, record: T): JsonObject = try {
    jsonFormat.encodeToJsonElement(type, record).jsonObject
} catch (failure: IllegalArgumentException) {
    throw problem("config", "a ${type.descriptor.serialName} cannot be written as a JSON object")
}

/** Describes a mismatch by the names of the type only, since the messages of the decoder quote the record. */
@OptIn(ExperimentalSerializationApi::class)
private fun unfit(type: DeserializationStrategy<*>, failure: Exception): ElementKitException {
    val names = type.descriptor.elementNames.toSet()
    val missing = (failure as? MissingFieldException)?.missingFields.orEmpty()
    val path = Regex("""(?:at path|at element): \$\.([\p{Alnum}_]+)""").findAll(failure.message.orEmpty()).lastOrNull()
    val found = missing.ifEmpty { listOfNotNull(path?.groupValues?.get(1)) }.filter { it in names }
    val which = if (found.isEmpty()) "" else ": ${if (missing.isEmpty()) "wrong" else "no"} ${found.joinToString()}"
    val what = "a record does not fit ${type.descriptor.serialName}$which"
    return problem(
        "decode",
        what,
        "Give fields that may be absent a default, and fields the types of the object's metadata.",
    )
}

/** Parses foreign JSON. The parser accepts strings without quotes, which are not JSON. */
internal fun strictJson(text: String): JsonElement = jsonFormat.parseToJsonElement(text).also(::refuseBareWords)

private fun refuseBareWords(element: JsonElement): Unit = when (element) {
    is JsonArray -> element.forEach(::refuseBareWords)
    is JsonObject -> element.values.forEach(::refuseBareWords)
    is JsonPrimitive -> {
        val isNamed = element is JsonNull || element.booleanOrNull != null
        require(element.isString || isNamed || element.doubleOrNull != null) { "a bare word" }
    }
}

internal fun Answer.element(): JsonElement = jsonFormat.parseToJsonElement(checkNotNull(this.json) { "no JSON" })

internal fun Answer.records(): List<JsonObject> = element().jsonArray.map { it.jsonObject }
