package elementkit

import kotlinx.coroutines.CancellationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import uniffi.elementkit_mobile.Answer
import uniffi.elementkit_mobile.NativeException
import uniffi.elementkit_mobile.Pending

internal val jsonFormat = Json { ignoreUnknownKeys = true }

/** Makes a call of the native library; cancelling the coroutine drops it with whatever it does at the vendor. */
internal suspend fun call(pending: Pending): Answer = pending.use {
    try {
        it.run()
    } catch (failure: NativeException.Failed) {
        throw ElementKitException.of(failure.info)
    } catch (failure: NativeException.Cancelled) {
        throw CancellationException("cancelled")
    } catch (cancelled: CancellationException) {
        it.cancel()
        throw cancelled
    }
}

internal fun <T> now(make: () -> T): T = try {
    make()
} catch (failure: NativeException.Failed) {
    throw ElementKitException.of(failure.info)
}

internal fun Answer.element(): JsonElement = jsonFormat.parseToJsonElement(checkNotNull(this.json) { "no JSON" })
