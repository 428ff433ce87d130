package elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import uniffi.elementkit_mobile.NativePlatform
import uniffi.elementkit_mobile.NewInstanceArguments
import uniffi.elementkit_mobile.RequestArguments
import uniffi.elementkit_mobile.errorCodes
import uniffi.elementkit_mobile.moveVaultKey
import uniffi.elementkit_mobile.openEmbedded
import uniffi.elementkit_mobile.rotateVaultKey

/**
 * A platform: the engine in this process, or one on the network. Everything behind it is the same.
 *
 * Use it with `use { }`, or [shutdown] it: bulk jobs of an embedded platform are then parked. An app that goes to the
 * background should [suspend] it, and [resume] it when it is back.
 */
public class Platform private constructor(private val native: NativePlatform) : AutoCloseable {
    /** The instances of the calling user. */
    public val instances: Instances = Instances(native)

    /** Object definitions of a level; one's own account when no [id] is given. */
    @JvmOverloads
    @Throws(ElementKitException::class)
    public fun definitions(level: Level = Level.ORGANIZATION, id: Long? = null): Definitions =
        Definitions(guarded { native.definitions(level.word, id) })

    /** Transformations of a level, of an element. */
    @JvmOverloads
    @Throws(ElementKitException::class)
    public fun transformations(
        level: Level = Level.ORGANIZATION,
        id: Long? = null,
        element: String = "brighttalk",
    ): Transformations = Transformations(guarded { native.transformations(element, level.word, id) })

    /** Shapes as all levels together make them. */
    public val commonResources: CommonResources get() = CommonResources(native.commonResources())

    /**
     * Any call of any platform, by its path below `/elements/api-v2`.
     *
     * @param token an instance's Element token, for calls that are its own
     */
    @JvmOverloads
    public suspend fun request(
        method: String,
        path: String,
        query: Map<String, String> = emptyMap(),
        body: JsonElement? = null,
        token: String? = null,
    ): Response = call({ native.request(RequestArguments(method, path, query, body?.toString(), token)) }) {
        Response(checkNotNull(it.status).toInt(), it.requestId, it.bytes ?: ByteArray(0))
    }

    /**
     * For an app that goes to the background: parks the bulk jobs of an embedded platform at their next page, within
     * about two seconds, and starts none until [resume]. Calls are still answered. That holds for every platform of this
     * process on the same database, also after this one was shut down: the jobs of the others are parked too.
     */
    public suspend fun suspend() {
        call { native.suspend() }
    }

    /** For an app that is back: what [suspend] parked, and what was started since, goes on. */
    public suspend fun resume() {
        call { native.resume() }
    }

    /** Ends the platform, which parks its bulk jobs; twice does no harm. */
    public suspend fun shutdown() {
        call { native.shutdown() }
    }

    /**
     * As [shutdown], for code that is not a coroutine: blocks the calling thread until the jobs are parked, at most about two
     * seconds. It needs no other thread of the caller's, so it may be called on any dispatcher.
     */
    @Throws(ElementKitException::class)
    override fun close(): Unit = guarded { native.shutdownBlocking() }

    /** Where platforms come from. */
    public companion object {
        /**
         * The engine on a database file; no platform account is needed. The file is created when it is not there.
         *
         * @param brighttalkUrl another host instead of BrightTALK's, for a sandbox or a proxy
         * @param resumeJobs whether parked bulk jobs go on by themselves; off, as apps want it
         * @param timeoutMs milliseconds a call may take until its answer begins
         * @param vaultKeys keeps the key that seals the database; without it the key is in a file beside the database
         * @param warnings what is done with warnings of the platform
         * @param onWarning takes them; logs them when no other handler is given
         */
        @JvmStatic
        @JvmOverloads
        public suspend fun embedded(
            database: String,
            brighttalkUrl: String? = null,
            resumeJobs: Boolean = false,
            timeoutMs: Long? = null,
            vaultKeys: VaultKeyProvider? = null,
            warnings: Warnings = Warnings.REPORT,
            onWarning: WarningHandler = WarningHandler.LOG,
        ): Platform {
            val options = EmbeddedOptions()
            options.brighttalkUrl = brighttalkUrl
            options.resumeJobs = resumeJobs
            options.timeoutMs = timeoutMs
            options.warnings = warnings
            return embedded(database, options, vaultKeys, onWarning)
        }

        /**
         * The engine on a database file, with any of its options. The file is created when it does not exist.
         *
         * @param options the options
         * @param vaultKeys keeps the key that seals the database; without it the key is in a file beside the database
         * @param onWarning takes warnings; logs them when no other handler is given
         */
        @JvmStatic
        @JvmOverloads
        public suspend fun embedded(
            database: String,
            options: EmbeddedOptions,
            vaultKeys: VaultKeyProvider? = null,
            onWarning: WarningHandler = WarningHandler.LOG,
        ): Platform {
            val members = JsonObject(options.members() + ("database" to JsonPrimitive(database)))
            return call({ openEmbedded(members.toString(), vaultKeys?.native(), onWarning.native()) }) {
                Platform(checkNotNull(it.platform))
            }
        }

        /**
         * Moves the key that seals a database from the file beside it into a provider; the file is deleted. From then on
         * [embedded] needs the provider.
         */
        @JvmStatic
        public suspend fun moveVaultKey(database: String, vaultKeys: VaultKeyProvider): Unit =
            call { moveVaultKey(database, vaultKeys.native()) }

        /** Replaces the key that seals a database; the provider keeps the new one under a new name. */
        @JvmStatic
        public suspend fun rotateVaultKey(database: String, vaultKeys: VaultKeyProvider): Unit =
            call { rotateVaultKey(database, vaultKeys.native()) }

        /**
         * Loads the native library, which takes a moment. Every suspending function does so by itself, off the caller's
         * thread; call this before functions that are not suspending, such as [hosted], on the thread of a user interface.
         */
        @JvmStatic
        public suspend fun loadLibrary() {
            withContext(Dispatchers.Default) { guarded { errorCodes() } }
        }

        /**
         * A Cloud Elements or Open Connectors platform, or an `elementkit serve`. Nothing is sent yet. What is not
         * given comes from `ELEMENTKIT_BASE_URL`, `ELEMENTKIT_USER_SECRET` and `ELEMENTKIT_ORGANIZATION_SECRET`.
         *
         * @param warnings what is done with warnings of the platform
         * @param onWarning takes them; logs them when no other handler is given
         * @throws ElementKitException.Config when an option cannot be used
         */
        @JvmStatic
        @JvmOverloads
        @Throws(ElementKitException::class)
        public fun hosted(
            baseUrl: String? = null,
            userSecret: String? = null,
            organizationSecret: String? = null,
            allowInsecureHttp: Boolean = false,
            timeoutMs: Long? = null,
            caFile: String? = null,
            warnings: Warnings = Warnings.REPORT,
            onWarning: WarningHandler = WarningHandler.LOG,
        ): Platform {
            val options = HostedOptions()
            options.baseUrl = baseUrl
            options.userSecret = userSecret
            options.organizationSecret = organizationSecret
            options.allowInsecureHttp = allowInsecureHttp
            options.timeoutMs = timeoutMs
            options.caFiles = listOfNotNull(caFile)
            options.warnings = warnings
            return hosted(options, onWarning)
        }

        /**
         * A hosted platform, with any of its options. Nothing is sent yet.
         *
         * @param onWarning takes warnings; logs them when no other handler is given
         * @throws ElementKitException.Config when an option cannot be used
         */
        @JvmStatic
        @JvmOverloads
        @Throws(ElementKitException::class)
        public fun hosted(options: HostedOptions, onWarning: WarningHandler = WarningHandler.LOG): Platform =
            hosted(options.members(), onWarning)

        internal fun hosted(members: JsonObject, onWarning: WarningHandler): Platform =
            guarded { Platform(NativePlatform.hosted(members.toString(), onWarning.native())) }
    }
}

/** The answer of [Platform.request]. */
public class Response(
    /** The HTTP status. */
    public val status: Int,
    /** The request id. */
    public val requestId: String?,
    /** The body. */
    public val bytes: ByteArray,
) {
    /**
     * The body as JSON; null when it is empty.
     *
     * @throws ElementKitException.Decode when it is something else
     */
    @Throws(ElementKitException::class)
    public fun json(): JsonElement? = if (bytes.isEmpty()) null else guarded { strictJson(bytes.decodeToString()) }
}

/** The instances of a platform. */
public class Instances internal constructor(private val native: NativePlatform) {
    /**
     * Creates an instance; the vendor checks the credentials first.
     *
     * @throws ElementKitException.Authentication when the vendor refuses the credentials
     * @throws ElementKitException.InvalidRequest when something required is missing
     */
    @JvmOverloads
    public suspend fun create(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
    ): Instance = call({
        native.createInstance(NewInstanceArguments(element, name, configuration, tags))
    }) { Instance(it) }

    /**
     * The instance of this element and name: created when there is none, else given this configuration, and these tags if
     * any. So an app may connect each time it starts. The oldest, where several have the name.
     *
     * @throws ElementKitException.Authentication when the vendor refuses the credentials; an instance there was is then
     *   as before
     * @throws ElementKitException.InvalidRequest when something required is missing
     */
    @JvmOverloads
    public suspend fun connect(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
    ): Instance = call({
        native.connectInstance(NewInstanceArguments(element, name, configuration, tags))
    }) { Instance(it) }

    /** Connects BrightTALK; the options are JSON, those of the native library. */
    internal suspend fun connectBrightTalk(options: String): Instance =
        call({ native.connectBrighttalk(options) }) { Instance(it) }

    /** One instance by its id. */
    public suspend fun get(id: Long): Instance = call({ native.getInstance(id) }) { Instance(it) }

    /** The instances, by ascending id, without configuration; those that match [search] and have all of the [tags]. */
    @JvmOverloads
    public suspend fun list(search: String? = null, tags: List<String> = emptyList()): List<JsonObject> =
        jsonObjects { native.listInstances(search, tags) }

    /** Deletes an instance with its jobs and their files. */
    public suspend fun delete(id: Long) {
        call { native.deleteInstance(id) }
    }

    /** An instance of which only the Element token is known; it is not looked up. */
    @Throws(ElementKitException::class)
    public fun withToken(token: String): Instance = Instance(guarded { native.instanceWithToken(token) }, null)
}

/** BrightTALK, the first element. */
public object BrightTalk {
    /**
     * The instance of this name, made when there is none, with these credentials and settings from now on. Another account
     * of the vendor's is to have a name of its own.
     */
    @JvmStatic
    @JvmOverloads
    public suspend fun connect(
        platform: Platform,
        apiKey: String,
        apiSecret: String,
        name: String = "BrightTALK",
        staging: Boolean = false,
        keepWithoutEmail: Boolean = false,
    ): Instance {
        val options = buildJsonObject {
            put("name", name)
            put("api_key", apiKey)
            put("api_secret", apiSecret)
            put("staging", staging)
            put("keep_without_email", keepWithoutEmail)
        }
        return platform.instances.connectBrightTalk(options.toString())
    }
}
