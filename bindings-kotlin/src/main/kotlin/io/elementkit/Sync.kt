package io.elementkit

import io.elementkit.internal.NativePages
import io.elementkit.internal.NativeSync
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.json.JsonObject

/** A pull of changed records: its job, its rows, and the state for the next pull once they were read. */
public class Sync internal constructor(private val native: NativeSync) {
    /** Its job. */
    public val job: Job get() = Job(native.job())

    /** Waits, then writes the rows to a file and returns its size. */
    @JvmOverloads
    public suspend fun download(path: String, format: String? = null): Long =
        call({ native.download(path, format) }) { checkNotNull(it.total).toLong() }

    /** Waits, then returns the rows in lists of at most [size]. */
    @JvmOverloads
    public fun batches(size: Int = 1000): Flow<List<JsonObject>> = flow {
        call({ native.pages(size.toLong()) }) { checkNotNull(it.pages) }.use { it.emitAll(this) }
    }

    /**
     * Returns the partitions that this pull could not read: `partition`, `reason`, `failedRows`, `message`. The next
     * pull reads them again.
     */
    public suspend fun pending(): List<JsonObject> = jsonObjects { native.pending() }

    /**
     * Returns the state for the next pull, a line of text.
     *
     * @throws ElementKitException.Config until the rows were read completely: a state must never be ahead of them
     */
    public suspend fun state(): String = text { native.state() }
}

/** Collects every page. A flow that is left early closes its source, so that its work ends, too. */
internal suspend fun NativePages.emitAll(collector: kotlinx.coroutines.flow.FlowCollector<List<JsonObject>>) {
    while (true) {
        collector.emit(call({ next() }) { answer -> answer.json?.let { answer.records() } } ?: break)
    }
}
