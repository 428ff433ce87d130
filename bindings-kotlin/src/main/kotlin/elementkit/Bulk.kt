package elementkit

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.flow.onEach
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import uniffi.elementkit_mobile.NativeInstance
import uniffi.elementkit_mobile.NativeJob
import uniffi.elementkit_mobile.QueryArguments

/** The bulk jobs of an instance. */
public class Bulk internal constructor(private val native: NativeInstance) {
    /**
     * Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
     *
     * @param from only records changed at or after this ISO-8601 date
     * @param to only records changed at or before this ISO-8601 date
     * @param continueFrom the id of an earlier job, to start where its limit stopped it
     * @param callbackUrl where the platform tells of the end; see [verifyWebhook]
     * @param callbackPayload JSON it sends along
     * @param fileName the name of the file when others download it
     */
    public suspend fun query(
        statement: String,
        from: String? = null,
        to: String? = null,
        continueFrom: String? = null,
        callbackUrl: String? = null,
        callbackPayload: JsonElement? = null,
        fileName: String? = null,
    ): Job {
        val payload = callbackPayload?.toString()
        val arguments = QueryArguments(from, to, continueFrom, callbackUrl, payload, fileName)
        return Job(checkNotNull(call(native.bulkQuery(statement, arguments)).job))
    }

    /** Starts a job by the newer form, without a statement; [members] are those the platform knows. */
    public suspend fun download(target: String, members: JsonObject = JsonObject(emptyMap())): Job =
        Job(checkNotNull(call(native.bulkDownload(target, members.toString())).job))

    /** A job known by its id. */
    public suspend fun job(id: String): Job = Job(checkNotNull(call(native.job(id)).job))

    /** The newest jobs, newest first; at most one page of them. */
    public suspend fun list(): List<JsonObject> = json(native.jobs()).jsonArray.map { it.jsonObject }
}

/** A bulk job. */
public class Job internal constructor(private val native: NativeJob) {
    /** Its id. */
    public val id: String = native.id()

    /** Where it stands. */
    public suspend fun status(): JsonObject = json(native.status()).jsonObject

    /** Its figures. */
    public suspend fun report(): JsonObject = json(native.report()).jsonObject

    /**
     * Its status now and again, until it has ended.
     *
     * @throws ElementKitException.JobFailed after the last status, when it ended without success
     * @throws ElementKitException.JobCancelled after the last status, when it was cancelled
     */
    public fun statuses(): Flow<JsonObject> = flow {
        native.statuses().use { statuses ->
            while (true) {
                val answer = call(statuses.next())
                if (answer.json == null) break
                emit(answer.element().jsonObject)
            }
        }
    }

    /**
     * Waits for the end and answers the last status.
     *
     * @throws ElementKitException.JobFailed when it ended without success; [resume] goes on where it stopped
     * @throws ElementKitException.JobCancelled when it was cancelled; [resume] goes on, too
     */
    public suspend fun wait(onProgress: (JsonObject) -> Unit = {}): JsonObject = statuses().onEach(onProgress).last()

    /** Asks it to end. */
    public suspend fun cancel(): JsonObject = json(native.cancel()).jsonObject

    /** Goes on with an aborted or cancelled job; nothing is lost or repeated. */
    public suspend fun resume(): JsonObject = json(native.resume()).jsonObject

    /** The rows that failed. */
    public fun errors(): Flow<JsonObject> = flow {
        var token: String? = null
        do {
            val answer = call(native.errors(token))
            answer.element().jsonArray.forEach { emit(it.jsonObject) }
            token = answer.next
        } while (token != null)
    }

    /** Writes the result into a file and answers its size; the file appears only when it is whole. */
    public suspend fun download(path: String, format: String? = null): Long =
        checkNotNull(call(native.download(path, format)).total).toLong()

    /** The records in lists of at most [size], in their order. */
    public fun batches(size: Int = 1000): Flow<List<JsonObject>> = flow {
        checkNotNull(call(native.pages(size.toUInt())).pages).use { it.emitAll(this) }
    }

    /** The result as chunks of bytes: `csv`, `json` or `jsonl`. */
    public fun stream(format: String = "csv"): Flow<ByteArray> = flow {
        checkNotNull(call(native.stream(format)).stream).use { stream ->
            while (true) emit(call(stream.next()).bytes ?: break)
        }
    }
}
