package elementkit

import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import uniffi.elementkit_mobile.EmbeddedArguments
import uniffi.elementkit_mobile.HostedArguments
import uniffi.elementkit_mobile.NativePlatform
import uniffi.elementkit_mobile.NewInstanceArguments
import uniffi.elementkit_mobile.RequestArguments
import uniffi.elementkit_mobile.openEmbedded

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
    public fun definitions(level: Level = Level.ORGANIZATION, id: Long? = null): Definitions =
        Definitions(now { native.definitions(level.word, id) })

    /** Transformations of a level, of an element. */
    public fun transformations(
        level: Level = Level.ORGANIZATION,
        id: Long? = null,
        element: String = "brighttalk",
    ): Transformations = Transformations(now { native.transformations(element, level.word, id) })

    /** Shapes as all levels together make them. */
    public val commonResources: CommonResources get() = CommonResources(native.commonResources())

    /**
     * Any call of any platform, by its path below `/elements/api-v2`.
     *
     * @param token an instance's Element token, for calls that are its own
     */
    public suspend fun request(
        method: String,
        path: String,
        query: Map<String, String> = emptyMap(),
        body: JsonElement? = null,
        token: String? = null,
    ): Response {
        val answer = call(native.request(RequestArguments(method, path, query, body?.toString(), token)))
        return Response(checkNotNull(answer.status).toInt(), answer.requestId, answer.bytes ?: ByteArray(0))
    }

    /**
     * For an app that goes to the background: parks the bulk jobs of an embedded platform at their next page, within
     * about two seconds, and starts none until [resume]. Calls are still answered.
     */
    public suspend fun suspend() {
        call(native.suspend())
    }

    /** For an app that is back: what [suspend] parked, and what was started since, goes on. */
    public suspend fun resume() {
        call(native.resume())
    }

    /** Ends the platform, which parks its bulk jobs; twice does no harm. */
    public suspend fun shutdown() {
        call(native.shutdown())
    }

    /** As [shutdown], for code that is not a coroutine. */
    override fun close(): Unit = runBlocking { shutdown() }

    /** Where platforms come from. */
    public companion object {
        /**
         * The engine on a database file; no platform account is needed. The file is created when it is not there.
         *
         * @param brighttalkUrl another host instead of BrightTALK's, for a sandbox or a proxy
         * @param resumeJobs whether parked bulk jobs go on by themselves; off, as apps want it
         * @param timeoutMs milliseconds a call may take until its answer begins
         */
        public suspend fun embedded(
            database: String,
            brighttalkUrl: String? = null,
            resumeJobs: Boolean = false,
            timeoutMs: Long? = null,
        ): Platform {
            val answer = call(openEmbedded(database, EmbeddedArguments(brighttalkUrl, resumeJobs, timeoutMs?.toULong())))
            return Platform(checkNotNull(answer.platform))
        }

        /**
         * A Cloud Elements or Open Connectors platform, or an `elementkit serve`. Nothing is sent yet. What is not
         * given comes from `ELEMENTKIT_BASE_URL`, `ELEMENTKIT_USER_SECRET` and `ELEMENTKIT_ORGANIZATION_SECRET`.
         */
        public fun hosted(
            baseUrl: String? = null,
            userSecret: String? = null,
            organizationSecret: String? = null,
            allowInsecureHttp: Boolean = false,
            timeoutMs: Long? = null,
            caFile: String? = null,
        ): Platform {
            val limit = timeoutMs?.toULong()
            val arguments =
                HostedArguments(baseUrl, userSecret, organizationSecret, allowInsecureHttp, limit, caFile)
            return Platform(now { NativePlatform.hosted(arguments) })
        }
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
    /** The body as JSON; null when it is empty. */
    public fun json(): JsonElement? =
        if (bytes.isEmpty()) null else jsonFormat.parseToJsonElement(bytes.decodeToString())
}

/** The instances of a platform. */
public class Instances internal constructor(private val native: NativePlatform) {
    /**
     * Creates an instance; the vendor checks the credentials first.
     *
     * @throws ElementKitException.Authentication when the vendor refuses the credentials
     * @throws ElementKitException.InvalidRequest when something required is missing
     */
    public suspend fun create(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
    ): Instance = Instance(call(native.createInstance(NewInstanceArguments(element, name, configuration, tags))))

    /**
     * The instance of this element and name: created when there is none, else given this configuration, and these tags if
     * any. So an app may connect each time it starts. The oldest, where several have the name.
     *
     * @throws ElementKitException.Authentication when the vendor refuses the credentials; an instance there was is then
     *   as before
     * @throws ElementKitException.InvalidRequest when something required is missing
     */
    public suspend fun connect(
        element: String,
        name: String,
        configuration: Map<String, String>,
        tags: List<String>? = null,
    ): Instance = Instance(call(native.connectInstance(NewInstanceArguments(element, name, configuration, tags))))

    /** One instance by its id. */
    public suspend fun get(id: Long): Instance = Instance(call(native.getInstance(id)))

    /** The instances, by ascending id, without configuration; those that match [search] and have all of the [tags]. */
    public suspend fun list(search: String? = null, tags: List<String> = emptyList()): List<JsonObject> =
        json(native.listInstances(search, tags)).jsonArray.map { it.jsonObject }

    /** Deletes an instance with its jobs and their files. */
    public suspend fun delete(id: Long) {
        call(native.deleteInstance(id))
    }

    /** An instance of which only the Element token is known; it is not looked up. */
    public fun withToken(token: String): Instance = Instance(native.instanceWithToken(token), null)
}

/** BrightTALK, the first element. */
public object BrightTalk {
    /**
     * The instance of this name, made when there is none, with these credentials and settings from now on. Another account
     * of the vendor's is to have a name of its own.
     */
    public suspend fun connect(
        platform: Platform,
        apiKey: String,
        apiSecret: String,
        name: String = "BrightTALK",
        staging: Boolean = false,
        keepWithoutEmail: Boolean = false,
    ): Instance = platform.instances.connect(
        "brighttalk",
        name,
        mapOf(
            "brighttalk.api.key" to apiKey,
            "brighttalk.api.secret" to apiSecret,
            "brighttalk.isstaging" to staging.toString(),
            "brighttalk.bulkignore.emailnotpresent" to (!keepWithoutEmail).toString(),
        ),
    )
}
