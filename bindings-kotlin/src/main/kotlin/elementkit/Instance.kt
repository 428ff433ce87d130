package elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.withContext
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.serializer
import uniffi.elementkit_mobile.Answer
import uniffi.elementkit_mobile.NativeInstance

/** An instance: an element connected with credentials. */
public class Instance internal constructor(
    private val native: NativeInstance,
    /** Its description by the platform, with its token; secrets are masked. */
    public val details: JsonObject?,
) {
    internal constructor(
        answer: Answer,
    ) : this(checkNotNull(answer.instance), answer.json?.let { answer.element().jsonObject })

    /** Its id; null if only its token is known. */
    public val id: Long? get() = native.id()

    /** Its Element token. A secret. */
    public val token: String get() = native.token()

    /** Returns the same instance with another policy for warnings. */
    @Throws(ElementKitException::class)
    public fun withWarnings(policy: Warnings): Instance =
        Instance(guarded { native.withWarnings(policy.word) }, details)

    /** Its bulk jobs. */
    public val bulk: Bulk = Bulk(native)

    /** Its own object definitions. */
    public val definitions: Definitions get() = Definitions(native.definitions())

    /** Its own transformations. */
    public val transformations: Transformations get() = Transformations(native.transformations())

    /** Replaces `name`, `tags` and `configuration` if given; other configuration is reset to its default. */
    public suspend fun update(change: JsonObject): JsonObject = jsonObject { native.change(change.toString(), true) }

    /** Changes only the given members; a configuration value of null is reset to its default. */
    public suspend fun patch(change: JsonObject): JsonObject = jsonObject { native.change(change.toString(), false) }

    /** Enables it again. */
    public suspend fun enable() {
        call { native.setEnabled(true) }
    }

    /** Disables it: resource calls and new bulk jobs are rejected until it is enabled again. */
    public suspend fun disable() {
        call { native.setEnabled(false) }
    }

    /** Deletes it with its jobs and their files. */
    public suspend fun delete() {
        call { native.delete() }
    }

    /** Returns the entries of its configuration; secrets are masked. */
    public suspend fun configuration(): List<JsonObject> = jsonObjects { native.configuration() }

    /** Sets one entry of [configuration] by its id; null resets it to its default. */
    public suspend fun configure(item: Long, value: String?): JsonObject = jsonObject { native.configure(item, value) }

    /** Replaces its Element token and returns the new one; the old one is invalid at once. */
    public suspend fun rotateToken(): String = text { native.rotateToken() }

    /** Returns the platform's extensions for it, for instance `bulk-resume`. */
    public suspend fun capabilities(): List<String> = texts { native.capabilities() }

    /**
     * Pulls the records that changed since the last pull, or all records without a [state]. Read the rows, then store
     * [Sync.state] for the next pull. Upsert rows by their primary key: pulls overlap, so that nothing is missed.
     */
    @JvmOverloads
    public suspend fun sync(target: String, state: String? = null): Sync =
        call({ native.sync(target, state) }) { Sync(checkNotNull(it.sync)) }

    /** Checks with the vendor that the credentials work. */
    public suspend fun ping() {
        call { native.ping() }
    }

    /** Returns the names of its objects. */
    public suspend fun objects(): List<String> = texts { native.objects() }

    /**
     * Returns a list of records, which is read when it is collected.
     *
     * @param resource a path such as `channels`, `contacts` or `channels/1001/webcasts`
     * @param where a CEQL condition, for instance `lastUpdated > '2026-01-01'` or an [Expression]
     * @param fields only these fields, comma-separated
     * @param orderBy for instance `lastUpdated desc`; the platform then reads the whole list first
     * @param pageSize 1 to 5000; 200 by default
     * @param params other query parameters, for instance `since`
     */
    @JvmOverloads
    public fun records(
        resource: String,
        where: Any? = null,
        fields: String? = null,
        orderBy: String? = null,
        pageSize: Int? = null,
        params: Map<String, String> = emptyMap(),
    ): Records {
        val named = mapOf("where" to where, "fields" to fields, "orderBy" to orderBy, "pageSize" to pageSize)
        return Records(native, resource, named + params)
    }
}

/**
 * One page of records.
 *
 * @property records the records
 * @property next token of the next page; null on the last
 * @property total total number of records, if requested with `returnCount`
 * @property warnings warnings about the request of this page
 */
public class Page internal constructor(
    public val records: List<JsonObject>,
    public val next: String?,
    public val total: Long?,
    public val warnings: List<Warning>,
)

/** A list of records. The next page is requested when the reader reaches it. */
public class Records internal constructor(
    private val instance: NativeInstance,
    private val resource: String,
    private val options: Map<String, Any?>,
) {
    // The native library writes conditions, so the list is made when it is read.
    private val list = lazy {
        val pairs = options.flatMap { (name, value) -> value?.let { listOf(name, it.toString()) }.orEmpty() }
        instance.records(resource, pairs)
    }

    /** The warnings that arrived while this list was read in any form, each once. */
    public val warnings: List<Warning> get() = if (list.isInitialized()) list.value.warnings().own() else emptyList()

    /** Returns the first page, or the page of a token. */
    @JvmOverloads
    public suspend fun page(token: String? = null): Page {
        return call({ list.value.page(token) }) {
            Page(it.records(), it.next, it.total?.toLong(), it.warnings.own())
        }
    }

    /** Returns the pages in order. */
    public fun pages(): Flow<Page> = flow {
        var token: String? = null
        do {
            val page = page(token)
            emit(page)
            token = page.next
        } while (token != null)
    }

    /** Returns the records in order. */
    public fun flow(): Flow<JsonObject> = flow { pages().collect { page -> page.records.forEach { emit(it) } } }

    /** Returns the records in order, as one of the record types such as [Contact]. */
    public inline fun <reified T> typed(): Flow<T> = typed(serializer<T>())

    /**
     * Returns the records in order, as the type of a deserializer.
     *
     * @throws ElementKitException.Decode at a record that does not fit
     */
    public fun <T> typed(type: DeserializationStrategy<T>): Flow<T> = flow {
        pages().collect { page ->
            // Decodes off the collector's thread; the records before one that does not fit are emitted.
            val decoded = withContext(Dispatchers.Default) { page.records.map { runCatching { it.decodedBy(type) } } }
            decoded.forEach { emit(it.getOrThrow()) }
        }
    }

    /** Returns the records as a list, at most [limit]. */
    @JvmOverloads
    public suspend fun toList(limit: Int = Int.MAX_VALUE): List<JsonObject> = when {
        limit < 0 -> throw problem(
            "config",
            "a limit of $limit records is negative",
            "Pass a positive number, or no limit.",
        )
        limit == 0 -> emptyList()
        else -> flow().take(limit).toList()
    }
}
