package io.elementkit

import io.elementkit.internal.NativePlatform
import io.elementkit.internal.NewInstanceArguments
import io.elementkit.internal.RequestArguments
import io.elementkit.internal.errorCodes
import io.elementkit.internal.moveVaultKey
import io.elementkit.internal.openEmbedded
import io.elementkit.internal.rotateVaultKey
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * A platform: the engine in this process, or one on the network. Everything else is the same.
 *
 * Use it with `use { }`, or [shutdown] it: bulk jobs of an embedded platform are then parked. An app that goes to the
 * background should [suspend] it, and [resume] it when it is back.
 */
public class Platform private constructor(private val native: NativePlatform) : AutoCloseable {
    /** The instances of the calling user. */
    public val instances: Instances = Instances(native)

    /** The elements of the platform. */
    public val elements: Elements get() = Elements(native.elements())

    /** Returns the object definitions of a level; the account is the caller's if [id] is null. */
    @JvmOverloads
    @Throws(ElementKitException::class)
    public fun definitions(level: Level = Level.ORGANIZATION, id: Long? = null): Definitions =
        Definitions(guarded { native.definitions(level.word, id) })

    /** Returns the transformations of a level and an element. */
    @JvmOverloads
    @Throws(ElementKitException::class)
    public fun transformations(
        level: Level = Level.ORGANIZATION,
        id: Long? = null,
        element: String = "brighttalk",
    ): Transformations = Transformations(guarded { native.transformations(element, level.word, id) })

    /** Shapes as the result of all levels. */
    public val commonResources: CommonResources get() = CommonResources(native.commonResources())

    /**
     * Sends any call, by its path below `/elements/api-v2`.
     *
     * @param token Element token of an instance, for calls of that instance
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
     * Parks the bulk jobs of an embedded platform at their next page, within about two seconds, and starts none until
     * [resume]. For an app that goes to the background. Calls still work. Applies to every platform of this process on
     * the same database, also after this one was shut down: the jobs of the others are parked too.
     */
    public suspend fun suspend() {
        call { native.suspend() }
    }

    /** Resumes the jobs that [suspend] parked and those that were started since. For an app that is back in front. */
    public suspend fun resume() {
        call { native.resume() }
    }

    /** Closes the platform, which parks its bulk jobs. Calling it again has no effect. */
    public suspend fun shutdown() {
        call { native.shutdown() }
    }

    /**
     * Closes the platform as [shutdown], for code that is not a coroutine: blocks the calling thread until the jobs are
     * parked, at most about two seconds. It needs no other thread of the caller, so it may be called on any dispatcher.
     */
    @Throws(ElementKitException::class)
    override fun close(): Unit = guarded { native.shutdownBlocking() }

    /** Constructors of platforms. */
    public companion object {
        /**
         * Opens the engine on a database file; no platform account is needed. The file is created if it does not exist.
         *
         * @param brighttalkUrl host to call instead of BrightTALK's, for a sandbox or a proxy
         * @param resumeJobs whether parked bulk jobs resume by themselves; off by default, as suits apps
         * @param timeoutMs milliseconds a call may take until its response begins
         * @param vaultKeys store of the key that seals the database; by default the key is in a file beside the
         * database
         * @param warnings policy for warnings of the platform
         * @param onWarning receives them; by default they are logged
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
         * Opens the engine on a database file, with any of its options. The file is created if it does not exist.
         *
         * @param options the options
         * @param vaultKeys store of the key that seals the database; by default the key is in a file beside the
         * database
         * @param onWarning receives warnings; by default they are logged
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
         * Moves the key that seals a database from the file beside it into a provider; the file is deleted. Afterwards
         * [embedded] needs the provider.
         */
        @JvmStatic
        public suspend fun moveVaultKey(database: String, vaultKeys: VaultKeyProvider): Unit =
            call { moveVaultKey(database, vaultKeys.native()) }

        /** Replaces the key that seals a database; the provider stores the new one under a new name. */
        @JvmStatic
        public suspend fun rotateVaultKey(database: String, vaultKeys: VaultKeyProvider): Unit =
            call { rotateVaultKey(database, vaultKeys.native()) }

        /**
         * Loads the native library, which takes some time. Every suspending function does so by itself, off the
         * caller's thread; call this before functions that are not suspending, such as [hosted], on the thread of a
         * user interface.
         */
        @JvmStatic
        public suspend fun loadLibrary() {
            withContext(Dispatchers.Default) { guarded { errorCodes() } }
        }

        /**
         * Connects to a Cloud Elements or Open Connectors platform, or to `elementkit serve`. Nothing is sent yet.
         * Missing values come from `ELEMENTKIT_BASE_URL`, `ELEMENTKIT_USER_SECRET` and
         * `ELEMENTKIT_ORGANIZATION_SECRET`.
         *
         * @param warnings policy for warnings of the platform
         * @param onWarning receives them; by default they are logged
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
         * Connects to a hosted platform, with any of its options. Nothing is sent yet.
         *
         * @param onWarning receives warnings; by default they are logged
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

/** The response of [Platform.request]. */
public class Response(
    /** The HTTP status. */
    public val status: Int,
    /** The request id. */
    public val requestId: String?,
    /** The body. */
    public val bytes: ByteArray,
) {
    /**
     * The body as JSON; null if it is empty.
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
     * @param configuration its configuration by key
     * @param tags tags; by default its name
     * @param granted the grant of a user, for elements with OAuth 2; see [Elements.oauthUrl]
     * @throws ElementKitException.Authentication if the vendor rejects the credentials
     * @throws ElementKitException.InvalidRequest if a required value is missing
     */
    @JvmOverloads
    public suspend fun create(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
        granted: Grant? = null,
    ): Instance = call({
        native.createInstance(NewInstanceArguments(element, name, configuration, tags, granted?.native()))
    }) { Instance(it) }

    /**
     * Returns the instance of this element and name, and creates it if it does not exist. An existing instance gets
     * this configuration, and these tags if any, so an app can connect on each start. If several instances have the
     * name, the oldest is used. The parameters are those of [create].
     *
     * @throws ElementKitException.Authentication if the vendor rejects the credentials; an existing instance is then
     *   unchanged
     * @throws ElementKitException.InvalidRequest if a required value is missing
     */
    @JvmOverloads
    public suspend fun connect(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
        granted: Grant? = null,
    ): Instance = call({
        native.connectInstance(NewInstanceArguments(element, name, configuration, tags, granted?.native()))
    }) { Instance(it) }

    /** Connects BrightTALK; the options are JSON, those of the native library. */
    internal suspend fun connectBrightTalk(options: String): Instance =
        call({ native.connectBrighttalk(options) }) { Instance(it) }

    /** Returns an instance by its id. */
    public suspend fun get(id: Long): Instance = call({ native.getInstance(id) }) { Instance(it) }

    /** Returns the instances that match [search] and have all of the [tags], by ascending id, without configuration. */
    @JvmOverloads
    public suspend fun list(search: String? = null, tags: List<String> = emptyList()): List<JsonObject> =
        jsonObjects { native.listInstances(search, tags) }

    /** Deletes an instance with its jobs and their files. */
    public suspend fun delete(id: Long) {
        call { native.deleteInstance(id) }
    }

    /** Returns the instance of an Element token, without looking it up. */
    @Throws(ElementKitException::class)
    public fun withToken(token: String): Instance = Instance(guarded { native.instanceWithToken(token) }, null)
}

/** BrightTALK, the first element. */
public object BrightTalk {
    /**
     * Returns the instance of this name with these credentials and settings; creates it if it does not exist. Use a
     * distinct name for each vendor account.
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
