package elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import uniffi.elementkit_mobile.panicForTest
import java.io.File
import kotlin.time.measureTime

/** How the package behaves. */
internal class MannersTest {
    @TempDir
    lateinit var folder: File

    private fun connected(test: suspend (Sandbox, Platform, Instance) -> Unit) = Sandbox().use { simulator ->
        runBlocking(Dispatchers.Default) {
            val platform = Platform.embedded("$folder/test.db", simulator.url)
            platform.use { test(simulator, it, BrightTalk.connect(it, KEY, SECRET, keepWithoutEmail = true)) }
        }
    }

    @Test
    fun `a panic is an error`() {
        val failure = assertThrows(ElementKitException.Other::class.java) { runBlocking { call(panicForTest()) } }
        assertEquals("internal", failure.code)
    }

    @Test
    fun `errors carry what both sides said`() = connected { _, platform, instance ->
        val missing = assertThrows(ElementKitException.NotFound::class.java) {
            runBlocking { instance.records("channels/9/contacts").page() }
        }
        assertEquals(404, missing.status)
        assertNotNull(missing.requestId)
        assertTrue("ChannelNotFound" in missing.providerMessage!!)
        assertThrows(ElementKitException.Config::class.java) { Platform.hosted("http://platform.example", "u", "o") }
        platform.shutdown()
        platform.shutdown()
        assertThrows(ElementKitException.Closed::class.java) { runBlocking { instance.ping() } }
    }

    @Test
    fun `cancelling a coroutine ends the vendor call`() = connected { simulator, _, instance ->
        val slow = """{"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 10, "ms": 60000}}"""
        simulator.fault(Json.parseToJsonElement(slow))
        runBlocking(Dispatchers.Default) {
            val reading = launch { instance.records("channels/1001/contacts").page() }
            while (simulator.requests().none { it.endsWith("/subscribers") }) delay(20)
            val took = measureTime {
                reading.cancel()
                reading.join()
                // The instance's four places at the vendor are free again: other calls go through at once.
                List(8) { async { instance.ping() } }.awaitAll()
            }
            assertTrue(took.inWholeSeconds < 20, "$took")
        }
    }

    @Test
    fun `a flow may be left early and records have types`() = connected { simulator, _, instance ->
        val before = simulator.requests().size
        val contacts = instance.records("contacts", pageSize = 10).typed<Contact>().take(5).toList()
        assertEquals(5, contacts.map { it.id }.distinct().size)
        assertTrue(simulator.requests().size - before <= 3)
        val job = instance.bulk.query("select id from contacts")
        val phases = job.statuses().toList().map { it.getValue("status") }
        assertTrue(phases.isNotEmpty())
        assertTrue(job.download("$folder/contacts.csv") > 1000)
        assertEquals("id", job.stream("csv").first().decodeToString().lines().first())
    }
}
