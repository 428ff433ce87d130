package elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.decodeFromJsonElement
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import uniffi.elementkit_mobile.Answer
import uniffi.elementkit_mobile.NativeInstance

/** An instance: an element connected with credentials. */
public class Instance internal constructor(private val native: NativeInstance, details: String?) {
    internal constructor(answer: Answer) : this(checkNotNull(answer.instance), answer.json)

    /** Its id; null as long as only its token is known. */
    public val id: Long? get() = native.id()

    /** Its Element token. A secret. */
    public val token: String get() = native.token()

    /** What the platform says of it; secrets are masked, the token is there. */
    public val details: JsonObject? = details?.let { jsonFormat.parseToJsonElement(it).jsonObject }

    /** Its bulk jobs. */
    public val bulk: Bulk = Bulk(native)

    /** Its own object definitions. */
    public val definitions: Definitions get() = Definitions(native.definitions())

    /** Its own transformations. */
    public val transformations: Transformations get() = Transformations(native.transformations())

    /** Replaces `name`, `tags` and `configuration` as far as given; other configuration goes back to its default. */
    public suspend fun update(change: JsonObject): JsonObject =
        json(native.change(change.toString(), true)).jsonObject

    /** Changes what is given and nothing else; a configuration of null goes back to its default. */
    public suspend fun patch(change: JsonObject): JsonObject =
        json(native.change(change.toString(), false)).jsonObject

    /** Lets it be used again. */
    public suspend fun enable() {
        call(native.setEnabled(true))
    }

    /** Refuses resource calls and new bulk jobs until it is enabled again. */
    public suspend fun disable() {
        call(native.setEnabled(false))
    }

    /** Deletes it with its jobs and their files. */
    public suspend fun delete() {
        call(native.delete())
    }

    /** Its configuration, one entry each; secrets are masked. */
    public suspend fun configuration(): List<JsonObject> = json(native.configuration()).jsonArray.map { it.jsonObject }

    /** Sets one entry of [configuration] by its id; null sets it back to its default. */
    public suspend fun configure(item: Long, value: String?): JsonObject = json(native.configure(item, value)).jsonObject

    /** Gives it a new Element token, which is answered; the old one is invalid at once. */
    public suspend fun rotateToken(): String = json(native.rotateToken()).jsonPrimitive.content

    /** The extensions the platform has for it, for instance `bulk-resume`. */
    public suspend fun capabilities(): List<String> =
        json(native.capabilities()).jsonArray.map { it.jsonPrimitive.content }

    /**
     * Pulls what changed since the last time; everything without a [state]. Take the rows, then keep [Sync.state] for
     * the next time. Rows are to be upserted by their primary key: pulls overlap, so that nothing is missed.
     */
    public suspend fun sync(target: String, state: String? = null): Sync =
        Sync(checkNotNull(call(native.sync(target, state)).sync))

    /** Checks with the vendor that the credentials work. */
    public suspend fun ping() {
        call(native.ping())
    }

    /** The names of its objects. */
    public suspend fun objects(): List<String> = json(native.objects()).jsonArray.map { it.jsonPrimitive.content }

    /**
     * A list of records, read when it is collected.
     *
     * @param resource a path such as `channels`, `contacts` or `channels/1001/webcasts`
     * @param where a CEQL condition, for instance `lastUpdated > '2026-01-01'` or an [Expression]
     * @param fields only these, comma-separated
     * @param orderBy for instance `lastUpdated desc`; the platform then reads the whole list first
     * @param pageSize 1 to 5000; 200
     * @param params other query parameters, for instance `since`
     */
    public fun records(
        resource: String,
        where: Any? = null,
        fields: String? = null,
        orderBy: String? = null,
        pageSize: Int? = null,
        params: Map<String, String> = emptyMap(),
    ): Records {
        val named = mapOf("where" to where?.toString(), "fields" to fields, "orderBy" to orderBy, "pageSize" to pageSize?.toString())
        val pairs = (named + params).flatMap { (name, value) -> value?.let { listOf(name, it) } ?: emptyList() }
        return Records(native, resource, pairs)
    }
}

/**
 * One page of records.
 *
 * @property records the records
 * @property next leads to the next page; null on the last
 * @property total how many there are, when asked for with `returnCount`
 * @property warning what the platform remarks
 */
public class Page internal constructor(
    public val records: List<JsonObject>,
    public val next: String?,
    public val total: Long?,
    public val warning: String?,
)

/** A list of records. The next page is asked for when the reader gets there. */
public class Records internal constructor(
    private val native: NativeInstance,
    private val resource: String,
    private val pairs: List<String>,
) {
    /** One page: the first, or the one a token leads to. */
    public suspend fun page(token: String? = null): Page {
        val answer = call(native.page(resource, pairs, token))
        val records = withContext(Dispatchers.Default) { answer.records() }
        return Page(records, answer.next, answer.total?.toLong(), answer.warning)
    }

    /** Every page in order. */
    public fun pages(): Flow<Page> = flow {
        var token: String? = null
        do {
            val page = page(token)
            emit(page)
            token = page.next
        } while (token != null)
    }

    /** Every record in order. */
    public fun flow(): Flow<JsonObject> = flow { pages().collect { page -> page.records.forEach { emit(it) } } }

    /** Every record in order, as one of the record types such as [Contact]. */
    public inline fun <reified T> typed(): Flow<T> = flow { flow().collect { emit(decode<T>(it)) } }

    /** A record as a type. */
    @PublishedApi
    internal inline fun <reified T> decode(record: JsonObject): T = format.decodeFromJsonElement(record)

    /** The records as a list, at most [limit]. */
    public suspend fun toList(limit: Int = Int.MAX_VALUE): List<JsonObject> =
        if (limit <= 0) emptyList() else flow().take(limit).toList()

    @PublishedApi
    internal val format: kotlinx.serialization.json.Json get() = jsonFormat
}
