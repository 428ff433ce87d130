package io.elementkit

import io.elementkit.internal.Answer
import io.elementkit.internal.CallArguments
import io.elementkit.internal.NativeInstance
import io.elementkit.internal.Pending
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.withContext
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.serializer

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

    /**
     * Makes any other call that the element of this instance offers (spec P 7.1).
     *
     * Anything but `GET` is sent once. It is repeated only if no connection could be made. If the coroutine is
     * cancelled, a change may have been made.
     *
     * @param method the HTTP method, in any case
     * @param path the path of a resource, without a hub, for instance `accounts/7/merge`
     * @param body a JSON body
     * @param query query parameters
     * @param headers headers; those of the library itself, such as `Authorization`, cannot be set
     * @param bytes a body of bytes instead of [body]
     * @param contentType the media type of [bytes]; `application/octet-stream` by default
     * @throws ElementKitException.NotFound if the element does not offer the path
     * @throws ElementKitException.InvalidRequest with status 405 if it does not offer the method there, otherwise if the
     *   vendor rejects it; further exceptions are those of [Records.create]
     */
    @JvmOverloads
    public suspend fun call(
        method: String,
        path: String,
        body: JsonElement? = null,
        query: Map<String, String> = emptyMap(),
        headers: Map<String, String> = emptyMap(),
        bytes: ByteArray? = null,
        contentType: String? = null,
    ): CallAnswer {
        if (contentType != null && bytes == null) {
            throw problem("config", "a content type is given without bytes", "JSON has its own type.")
        }
        val arguments = CallArguments(method, path, query, headers, body?.toString(), bytes, contentType)
        return call({ native.call(arguments) }) {
            CallAnswer(it.headers, it.requestId, it.warnings.own(), it.bytes ?: ByteArray(0))
        }
    }
}

/**
 * The answer to [Instance.call]. A failure is an exception, so it has no status.
 *
 * @property headers the headers by their names in lower case; values of a repeated one are joined by commas
 * @property requestId the request id, to quote to support
 * @property warnings warnings about the request
 * @property bytes the body; empty if there is none
 */
public class CallAnswer internal constructor(
    public val headers: Map<String, String>,
    public val requestId: String?,
    public val warnings: List<Warning>,
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

    /**
     * Creates a record and returns it as the vendor has it, usually with its id; null if the vendor returns none
     * (spec P 7.1).
     *
     * Writes are sent once; they are repeated only if no connection could be made. Restrictions of the list, such as
     * `where`, do not apply to them; other `params` are sent. A field that the object does not have is a [Warning]; it
     * is sent nevertheless. If the coroutine is cancelled, the change may have been made.
     *
     * @throws ElementKitException.NotFound if the element does not have the resource
     * @throws ElementKitException.InvalidRequest with status 405 if it does not create such records, otherwise if the
     *   vendor rejects it
     * @throws ElementKitException.Vendor after which the record may have been created, as after `Timeout` and
     *   `Transport`; the hint says so if that is possible
     */
    public suspend fun create(record: JsonObject): JsonObject? = written { list.value.create(record.toString()) }

    /**
     * Replaces the record with this id: fields that the new one leaves out are gone. Exceptions are those of [create].
     *
     * @throws ElementKitException.NotFound if there is no such record
     * @throws ElementKitException.Config if the id is empty
     */
    public suspend fun replace(id: String, record: JsonObject): JsonObject? =
        written { list.value.replace(id, record.toString()) }

    /** Replaces the record with this id. */
    public suspend fun replace(id: Long, record: JsonObject): JsonObject? = replace(id.toString(), record)

    /** Changes fields of the record with this id; the others stay. Exceptions are those of [replace]. */
    public suspend fun update(id: String, changes: JsonObject): JsonObject? =
        written { list.value.update(id, changes.toString()) }

    /** Changes fields of the record with this id. */
    public suspend fun update(id: Long, changes: JsonObject): JsonObject? = update(id.toString(), changes)

    /** Deletes the record with this id. Exceptions are those of [replace]. */
    public suspend fun delete(id: String): Unit = call { list.value.delete(id) }

    /** Deletes the record with this id. */
    public suspend fun delete(id: Long): Unit = delete(id.toString())

    /**
     * Creates a record of a serializable class and returns it as one; see the form for JSON. Properties with their
     * default values are not sent.
     *
     * @throws ElementKitException.Decode if the returned record does not fit; it was created
     */
    public suspend inline fun <reified T : Any> create(record: T): T? =
        create(encoded(serializer<T>(), record))?.writtenAs(serializer<T>())

    /** Replaces a record by one of a serializable class and returns it as one; see the form for JSON. */
    public suspend inline fun <reified T : Any> replace(id: String, record: T): T? =
        replace(id, encoded(serializer<T>(), record))?.writtenAs(serializer<T>())

    /** Changes the fields of a record that a serializable class gives and returns it as one; see the form for JSON. */
    public suspend inline fun <reified T : Any> update(id: String, changes: T): T? =
        update(id, encoded(serializer<T>(), changes))?.writtenAs(serializer<T>())

    private suspend fun written(make: () -> Pending): JsonObject? =
        call(make) { answer -> answer.json?.let { answer.element().jsonObject } }

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
