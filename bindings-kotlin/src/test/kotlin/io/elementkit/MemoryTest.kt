package io.elementkit

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** Memory of the whole process, the native heap included. The long form: `ELEMENTKIT_CALLS=10000 ./test kotlin` */
internal class MemoryTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `many calls keep memory flat`() = connected(folder) { _, _, instance ->
        val calls = System.getenv("ELEMENTKIT_CALLS")?.toIntOrNull() ?: 1000
        make(3000, instance)
        val before = residentKiB()
        make(calls, instance)
        val after = residentKiB()
        println("memory: $before KiB after 3000 calls, $after KiB after $calls more")
        assertTrue(after < before + 24 * 1024, "$before KiB, then $after KiB")
    }

    /** Makes calls with results, errors and cancellations, eight at a time. */
    private suspend fun make(calls: Int, instance: Instance) = coroutineScope {
        (0 until 8).map { async { (it until calls step 8).forEach { number -> one(number, instance) } } }.awaitAll()
    }

    private suspend fun one(number: Int, instance: Instance) {
        when (number % 5) {
            0 -> instance.records("contacts", pageSize = 20).page()
            1 -> check(
                runCatching {
                    instance.records("nothing").page()
                }.exceptionOrNull() is ElementKitException.NotFound,
            )
            2 -> coroutineScope {
                val left = launch { instance.records("channels").flow().toList() }
                left.cancel()
                left.join()
            }
            3 -> instance.objects()
            else -> instance.bulk.list()
        }
    }

    /** Measures after a garbage collection, so that the heap of the JVM is minimal. */
    private fun residentKiB(): Int {
        System.gc()
        val line = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }
        return line.filter(Char::isDigit).toInt()
    }
}
