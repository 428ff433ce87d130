import io.elementkit.Platform
import io.elementkit.VaultKeyProvider
import java.io.File

/** Keeps the vault key outside of the folder of the database. */
suspend fun vault() {
    // show
    // Stores keys in a folder; encrypt them with the Android Keystore, or use a secret manager instead.
    val keys = object : VaultKeyProvider {
        override fun load(name: String) = File("keys", name).takeIf { it.exists() }?.readBytes()

        override fun store(name: String, key: ByteArray) {
            File("keys").mkdirs()
            File("keys", name).writeBytes(key)
        }
    }
    Platform.embedded("sealed.db", vaultKeys = keys).use { platform -> println(platform.instances.list().size) }
    // end
}
