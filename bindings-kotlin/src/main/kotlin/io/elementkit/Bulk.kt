package io.elementkit

import io.elementkit.internal.NativeInstance
import io.elementkit.internal.NativeJob
import io.elementkit.internal.QueryArguments
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.flow.onEach
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** The bulk jobs of an instance. */
public class Bulk internal constructor(private val native: NativeInstance) {
    /**
     * Starts a job, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
     *
     * @param from only records changed at or after this ISO-8601 date
     * @param to only records changed at or before this ISO-8601 date
     * @param continueFrom id of an earlier job, to start where its limit stopped it
     * @param callbackUrl URL that is called when the job has ended; see [verifyWebhook]
     * @param callbackPayload JSON to send with the callback
     * @param fileName name of the file in downloads
     */
    @JvmOverloads
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
        return call({ native.bulkQuery(statement, arguments) }) { Job(checkNotNull(it.job)) }
    }

    /** Starts a job with the newer form of the call, without a statement; [members] are those of the platform. */
    @JvmOverloads
    public suspend fun download(target: String, members: JsonObject = JsonObject(emptyMap())): Job =
        call({ native.bulkDownload(target, members.toString()) }) { Job(checkNotNull(it.job)) }

    /**
     * Starts a job that sends the records of a file, which is streamed: CSV, a JSON array or JSON lines (spec P 10.9,
     * E 9.21 to 9.27).
     *
     * Returns when the platform has all records; the job then sends them, also after a restart of the process. The
     * status counts the records that the vendor refused as `recordsFailedCount`, and those of them that were sent
     * without an answer as `recordsUnknownCount`. [Job.errors] has the reasons, [Job.downloadFailed] the records, to be
     * corrected and uploaded again. The rows of the job are the vendor's answers, each with the line of its record, or
     * its position from 1, as `_row`.
     *
     * ```kotlin
     * val options = UploadOptions().apply { mode = UploadMode.UPSERT; key = "email" }
     * val job = instance.bulk.upload("contacts", "contacts.csv", options)
     * ```
     *
     * @throws ElementKitException.Config if an option cannot be used
     * @throws ElementKitException.InvalidRequest if the object takes no uploads, or has no resource for the mode
     * @throws ElementKitException.NotFound if the object does not exist
     * @throws ElementKitException.Storage if the file cannot be read
     */
    @JvmOverloads
    public suspend fun upload(target: String, path: String, options: UploadOptions = UploadOptions()): Job {
        val given = options.members().toString()
        return call({ native.bulkUpload(target, path, null, given) }) { Job(checkNotNull(it.job)) }
    }

    /** Starts a job that sends the records of a file in memory; see the upload of a file. */
    @JvmOverloads
    public suspend fun upload(target: String, bytes: ByteArray, options: UploadOptions = UploadOptions()): Job {
        val given = options.members().toString()
        return call({ native.bulkUpload(target, null, bytes, given) }) { Job(checkNotNull(it.job)) }
    }

    /**
     * Starts a job that sends records; see the upload of a file. A lazy iterable is read as fast as the platform takes
     * its records, which have no `format`.
     */
    @JvmOverloads
    public suspend fun upload(
        target: String,
        records: Iterable<JsonObject>,
        options: UploadOptions = UploadOptions(),
    ): Job = upload(target, records.asFlow(), options)

    /**
     * Starts a job that sends records as they arrive; see the upload of a file. They are collected as fast as the
     * platform takes them, and have no `format`.
     */
    @JvmOverloads
    public suspend fun upload(
        target: String,
        records: Flow<JsonObject>,
        options: UploadOptions = UploadOptions(),
    ): Job {
        val given = options.members().toString()
        return call({ native.bulkFeed(target, given) }) { checkNotNull(it.feed) }.use { feed ->
            try {
                val lines = StringBuilder()
                records.collect { record ->
                    lines.append(record).append('\n')
                    if (lines.length >= BLOCK) {
                        val block = lines.toString()
                        lines.setLength(0)
                        call({ feed.push(block) })
                    }
                }
                call({ feed.push(lines.toString()) })
                call({ feed.finish() }) { Job(checkNotNull(it.job)) }
            } finally {
                // Without effect after the end.
                feed.abandon()
            }
        }
    }

    /** Returns the job of an id. */
    public suspend fun job(id: String): Job = call({ native.job(id) }) { Job(checkNotNull(it.job)) }

    /** Returns one page of the newest jobs, newest first. */
    public suspend fun list(): List<JsonObject> = jsonObjects { native.jobs() }

    private companion object {
        /** Number of characters of JSON lines that are passed together. */
        private const val BLOCK = 256 * 1024
    }
}

/** A bulk job. */
public class Job internal constructor(private val native: NativeJob) {
    /** Its id. */
    public val id: String = native.id()

    /**
     * Warnings about the request that started it.
     *
     * For a job found by its id, they are those of its status; some platforms omit them there.
     */
    public val warnings: List<Warning> get() = native.warnings().own()

    /** Returns its status. */
    public suspend fun status(): JsonObject = jsonObject { native.status() }

    /** Returns its figures. */
    public suspend fun report(): JsonObject = jsonObject { native.report() }

    /**
     * Polls its status until it has ended. A job that no worker runs, because its process ended or jobs do not resume
     * by themselves, is resumed.
     *
     * @throws ElementKitException.JobFailed after the last status, if it ended without success
     * @throws ElementKitException.JobCancelled after the last status, if it was cancelled
     * @throws ElementKitException.Timeout if it stays parked, as while the platform is suspended
     */
    public fun statuses(): Flow<JsonObject> = flow {
        native.statuses().use { statuses ->
            while (true) {
                emit(call({ statuses.next() }) { answer -> answer.json?.let { answer.element().jsonObject } } ?: break)
            }
        }
    }

    /**
     * Waits for the end and returns the last status. A job that no worker runs is resumed.
     *
     * @throws ElementKitException.JobFailed if it ended without success; [resume] continues where it stopped
     * @throws ElementKitException.JobCancelled if it was cancelled; [resume] continues, too
     * @throws ElementKitException.Timeout if it stays parked, as while the platform is suspended; it is not lost
     */
    @JvmOverloads
    public suspend fun wait(onProgress: (JsonObject) -> Unit = {}): JsonObject = statuses().onEach(onProgress).last()

    /** Requests its cancellation. */
    public suspend fun cancel(): JsonObject = jsonObject { native.cancel() }

    /** Resumes an aborted or cancelled job; nothing is lost or repeated. */
    public suspend fun resume(): JsonObject = jsonObject { native.resume() }

    /** The rows that failed. */
    public fun errors(): Flow<JsonObject> = flow {
        var token: String? = null
        do {
            val (rows, next) = call({ native.errors(token) }) { it.records() to it.next }
            rows.forEach { emit(it) }
            token = next
        } while (token != null)
    }

    /**
     * Returns the records of an upload that failed, as the bytes of a file of its format, which can be corrected and
     * uploaded again.
     *
     * @param unknown whether those whose outcome is not known are returned instead: they were sent, and no answer
     *   arrived; look for them at the vendor before sending them again
     * @throws ElementKitException.NotFound if the job is no upload, its file has expired, or the platform is not
     *   ElementKit's own engine
     */
    @JvmOverloads
    public fun failedRecords(unknown: Boolean = false): Flow<ByteArray> = flow {
        call({ native.failed(unknown) }) { checkNotNull(it.stream) }.use { stream ->
            while (true) emit(call({ stream.next() }) { it.bytes } ?: break)
        }
    }

    /**
     * Writes the records of [failedRecords] to a file and returns its size in bytes; the file appears only when it is
     * complete.
     */
    @JvmOverloads
    public suspend fun downloadFailed(path: String, unknown: Boolean = false): Long =
        call({ native.downloadFailed(path, unknown) }) { checkNotNull(it.total).toLong() }

    /** Writes the result to a file and returns its size; the file appears only when it is complete. */
    @JvmOverloads
    public suspend fun download(path: String, format: String? = null): Long =
        call({ native.download(path, format) }) { checkNotNull(it.total).toLong() }

    /** Returns the records in order, in lists of at most [size]. */
    @JvmOverloads
    public fun batches(size: Int = 1000): Flow<List<JsonObject>> = flow {
        call({ native.pages(size.toLong()) }) { checkNotNull(it.pages) }.use { it.emitAll(this) }
    }

    /** Returns the result as chunks of bytes: `csv`, `json` or `jsonl`. */
    @JvmOverloads
    public fun stream(format: String = "csv"): Flow<ByteArray> = flow {
        call({ native.stream(format) }) { checkNotNull(it.stream) }.use { stream ->
            while (true) emit(call({ stream.next() }) { it.bytes } ?: break)
        }
    }
}
