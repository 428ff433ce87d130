package io.elementkit

import io.elementkit.internal.NativeVaultKeys
import io.elementkit.internal.NativeVaultKeysException

/**
 * Stores the keys that seal the app's databases, for instance encrypted with a key of the Android Keystore.
 *
 * A database records the name of its key. A new database and a rotation store a new key under a new name; keep the old
 * ones as long as backups need them. Both functions run on a thread that may block; their exceptions fail the call with
 * [ElementKitException.Storage].
 */
public interface VaultKeyProvider {
    /** Returns the key of this name, 32 bytes, or `null` if the store has no such key. */
    public fun load(name: String): ByteArray?

    /** Stores a key under this name. */
    public fun store(name: String, key: ByteArray)
}

internal fun VaultKeyProvider.native(): NativeVaultKeys = object : NativeVaultKeys {
    override fun load(name: String): ByteArray? = reported { this@native.load(name) }

    override fun store(name: String, key: ByteArray) = reported { this@native.store(name, key) }
}

private inline fun <T> reported(work: () -> T): T = try {
    work()
} catch (failure: Throwable) {
    // A string that is not valid Unicode could not be passed on.
    val reason = (failure.message ?: failure::class.java.name).encodeToByteArray().decodeToString()
    throw NativeVaultKeysException.Failed(reason)
}
