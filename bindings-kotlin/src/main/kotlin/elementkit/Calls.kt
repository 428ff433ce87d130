package elementkit

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import uniffi.elementkit_mobile.Answer
import uniffi.elementkit_mobile.NativeException
import uniffi.elementkit_mobile.Pending

internal val jsonFormat = Json { ignoreUnknownKeys = true }

/**
 * Makes a call of the native library; cancelling the coroutine drops it with whatever it does at the vendor. Parts of a
 * call run on the thread that waits for it, so that is never the caller's, which may be the one of the user interface.
 */
internal suspend fun call(pending: Pending): Answer = pending.use { withContext(Dispatchers.Default) { run(it) } }

private suspend fun run(pending: Pending): Answer = try {
    pending.run()
} catch (failure: NativeException.Failed) {
    throw ElementKitException.of(failure.info)
} catch (failure: NativeException.Cancelled) {
    throw CancellationException("cancelled")
} catch (cancelled: CancellationException) {
    pending.cancel()
    throw cancelled
}

internal fun <T> now(make: () -> T): T = try {
    make()
} catch (failure: NativeException.Failed) {
    throw ElementKitException.of(failure.info)
}

/** A call whose answer is JSON, decoded where it is made. */
internal suspend fun json(pending: Pending): JsonElement = withContext(Dispatchers.Default) { call(pending).element() }

internal fun Answer.element(): JsonElement = jsonFormat.parseToJsonElement(checkNotNull(this.json) { "no JSON" })

internal fun Answer.records(): List<JsonObject> = element().jsonArray.map { it.jsonObject }
