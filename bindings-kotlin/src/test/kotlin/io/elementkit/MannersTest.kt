package io.elementkit

import ChannelsModel
import io.elementkit.internal.ErrorInfo
import io.elementkit.internal.JobFailureInfo
import io.elementkit.internal.errorCodes
import io.elementkit.internal.panicForTest
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.measureTime

/** Behaviour of the package in a process. */
internal class MannersTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a panic is an error`() {
        val failure = assertThrows(ElementKitException.Internal::class.java) { runBlocking { call { panicForTest() } } }
        assertEquals("internal", failure.code)
    }

    @Test
    fun `errors carry the messages of platform and vendor`() = connected(folder) { _, platform, instance ->
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
    fun `cancelling a coroutine ends the vendor call`() = connected(folder) { simulator, _, instance ->
        simulator.slowDown(60_000)
        runBlocking(Dispatchers.Default) {
            val reading = launch { instance.records("channels/1001/contacts").page() }
            eventually("it asks") { simulator.requests().any { it.endsWith("/subscribers") } }
            val took = measureTime {
                reading.cancel()
                reading.join()
                eventually("the vendor sees it end") { simulator.wasAbandoned() }
                // The instance's four vendor slots are free again: other calls proceed at once.
                List(8) { async { instance.ping() } }.awaitAll()
            }
            assertTrue(took.inWholeSeconds < 20, "$took")
        }
    }

    @Test
    fun `a flow may be left early and records have types`() = connected(folder) { simulator, _, instance ->
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

    @Test
    fun `flows that are left early release what they read`() = connected(folder, mapOf("subscribers" to "6000")) {
            _,
            _,
            instance,
        ->
        val job = instance.bulk.query("select * from contacts")
        job.wait()
        // Otherwise each would keep one of the engine's 512 threads waiting for its reader.
        withTimeout(120_000) {
            repeat(600) { assertTrue(job.stream("csv").first().isNotEmpty()) }
            assertEquals(10, job.batches(10).first().size)
        }
    }

    @Test
    fun `every kind of error has a class`() {
        assertEquals(errorCodes().toSet(), ElementKitException.KINDS.keys)
        errorCodes().forEach { code ->
            val summary = "what (status 418, request r1). do"
            val failure = ElementKitException.of(
                ErrorInfo(
                    code, "what", 418u, "vendor", "r1", "do", 7u, true, true,
                    JobFailureInfo(
                        "vendor",
                        "why",
                        "reading",
                    ),
                    summary,
                ),
            )
            assertEquals(code.replace("_", ""), failure::class.simpleName!!.lowercase())
            assertEquals(
                listOf(summary, "what", code, 418),
                listOf(failure.message, failure.what, failure.code, failure.status),
            )
            assertEquals(
                listOf(true, true, "reading"),
                failure.run {
                    listOf(isRetryable, isUnreachable, jobFailure?.phase)
                },
            )
            assertEquals(
                listOf("vendor", "r1", "do", 7L),
                failure.run {
                    listOf(providerMessage, requestId, hint, retryAfterMs)
                },
            )
        }
    }

    @Test
    fun `nothing is called after shutdown`() = connected(folder) { simulator, platform, instance ->
        simulator.slowDown(100)
        val job = instance.bulk.query("select id from contacts")
        val told = AtomicInteger()
        coroutineScope {
            val waiting = async { runCatching { job.wait { told.incrementAndGet() } } }
            eventually("it tells of progress") { told.get() > 0 }
            platform.shutdown()
            val calls = told.get()
            assertTrue(waiting.await().exceptionOrNull() is ElementKitException.Closed)
            // The simulator lists a request that was under way once it has read it.
            delay(500)
            val asked = simulator.requests().size
            delay(500)
            assertEquals(calls to asked, told.get() to simulator.requests().size)
        }
    }

    @Test
    fun `suspend parks jobs and resume continues them`() = connected(folder, mapOf("subscribers" to "2000")) {
            simulator,
            platform,
            instance,
        ->
        simulator.slowDown(100)
        val job = instance.bulk.query("select id from contacts")
        eventually("it has read something") { job.status().number("recordsCount") > 0 }
        platform.suspend()
        val asked = simulator.requests().size
        delay(400)
        assertEquals(asked, simulator.requests().size)
        assertEquals("parked", job.status().getValue("progress").jsonObject.getValue("phase").jsonPrimitive.content)
        platform.resume()
        assertEquals(2000, job.wait().number("recordsCount"))
    }

    @Test
    fun `a full disk is reported and the job resumes with free space`() {
        val disk = System.getenv("ELEMENTKIT_SMALL_DISK")
        assumeTrue(disk != null, "needs a small disk that may be filled")
        val ballast = File(disk, "ballast")
        connected(File(disk), mapOf("subscribers" to "12000")) { _, _, instance ->
            fill(File(disk), ballast)
            val job = instance.bulk.query("select * from contacts")
            val failure = runCatching { job.wait() }.exceptionOrNull()
            assertTrue(failure is ElementKitException.JobFailed && "Free some space" in failure.message!!, "$failure")
            assertEquals("storage", (failure as ElementKitException).jobFailure?.kind)
            // Other disk errors have the same class as a file that cannot be opened.
            val fields = List(8000) {
                JsonObject(
                    mapOf(
                        "path" to JsonPrimitive("field$it".repeat(8)),
                        "type" to JsonPrimitive("string"),
                    ),
                )
            }
            val large = JsonObject(mapOf("fields" to JsonArray(fields)))
            val refused = runCatching { instance.definitions.create("large", large) }.exceptionOrNull()
            assertTrue(refused is ElementKitException.Storage, "$refused")
            ballast.delete()
            job.resume()
            assertEquals(12_000, job.wait().number("recordsCount"))
        }
    }

    @Test
    fun `secrets come from a provider`(): Unit = Sandbox().use { simulator ->
        Served(File(folder, "served.db"), simulator.url).use { server ->
            runBlocking {
                val kept = mutableMapOf(
                    SecretName.USER_SECRET to USER,
                    SecretName.ORGANIZATION_SECRET to ORGANIZATION,
                    SecretName.BRIGHTTALK_KEY to KEY,
                    SecretName.BRIGHTTALK_SECRET to SECRET,
                )
                val provider = CredentialProvider { kept[it] }
                val platform = Platform.hosted(provider, server.baseUrl)
                BrightTalk.connect(platform, provider).ping()
                kept -= SecretName.BRIGHTTALK_SECRET
                val failure = runCatching { BrightTalk.connect(platform, provider) }.exceptionOrNull()
                assertTrue(failure is ElementKitException && "brighttalk.api.secret" in failure.message!!, "$failure")
                kept -= SecretName.USER_SECRET
                assertTrue(
                    runCatching {
                        Platform.hosted(provider, server.baseUrl)
                    }.exceptionOrNull() is ElementKitException.Config,
                )
            }
        }
    }

    @Test
    fun `the example shows channels and a bar`() = connected(folder, mapOf("subscribers" to "2000")) {
            simulator,
            platform,
            instance,
        ->
        coroutineScope {
            val model = ChannelsModel(this, platform, instance)
            model.load().join()
            assertEquals(5, model.screen.value.channels.size)
            simulator.slowDown(50)
            val shown = mutableListOf<Double>()
            val watching = launch { model.screen.collect { screen -> screen.progress?.let(shown::add) } }
            model.pullContacts("$folder/contacts.csv").join()
            watching.cancelAndJoin()
            assertEquals(null, model.screen.value.problem)
            assertEquals(null, model.screen.value.progress)
            assertEquals(shown.sorted(), shown)
            assertTrue(shown.distinct().size > 2, "$shown")
            assertEquals(2001, File(folder, "contacts.csv").readLines().size)
            model.onStop().join()
            model.onStart().join()
            assertEquals(null, model.screen.value.problem)
        }
    }

    /** Fills a disk except for 300 KiB. */
    private fun fill(disk: File, ballast: File) {
        val room = File(disk, "room").apply { writeBytes(ByteArray(300 shl 10)) }
        val block = ByteArray(64 shl 10) { 7 }
        ballast.outputStream().use { file -> runCatching { while (true) file.write(block) } }
        room.delete()
    }
}

private fun JsonObject.number(name: String): Int = getValue(name).jsonPrimitive.int
