package io.elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExecutorCoroutineDispatcher
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.net.ServerSocket
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

@Serializable
private data class Person(val id: String, val email: String)

@Serializable
private data class Incomplete(val id: Long, val shoeSize: Long)

/** Mistakes of apps, and faults of their environment. */
internal class FaultsTest {
    @TempDir
    lateinit var folder: File

    /** A string that was cut within a character, as search fields send it. */
    private val cut = "\uD83C\uDF89".take(1)

    private inline fun <reified E : ElementKitException> fails(crossinline work: suspend () -> Unit): E =
        assertThrows(E::class.java) { runBlocking { work() } }

    @Test
    fun `platforms are closed on every worker of a dispatcher at once`() {
        val workers = Runtime.getRuntime().availableProcessors()
        val closing = thread(isDaemon = true) {
            runBlocking {
                val open = List(workers) { Platform.embedded("$folder/$it.db") }
                val together = CountDownLatch(workers)
                open.map { platform ->
                    launch(Dispatchers.Default) {
                        platform.use {
                            together.countDown()
                            together.await()
                        }
                    }
                }.joinAll()
            }
        }
        closing.join(60_000)
        assertFalse(closing.isAlive, "close() waits for a worker that waits for close()")
    }

    @Test
    fun `a text that is cut within a character is refused`() = connected(folder) { _, platform, instance ->
        fails<ElementKitException.Config> { platform.instances.list(search = cut) }
        fails<ElementKitException.Config> { instance.records("contacts", where = Field("firstName") eq cut).toList(1) }
        fails<ElementKitException.Config> { instance.records("contacts", where = Field(cut) eq 1).page() }
        fails<ElementKitException.Config> { instance.bulk.query(cut) }
        assertThrows(ElementKitException.Config::class.java) { (Field("firstName") eq cut).toString() }
        assertThrows(ElementKitException.Config::class.java) { platform.instances.withToken(cut) }
        assertThrows(ElementKitException.Config::class.java) { verifyWebhook(cut, ByteArray(1), "sha256=x") }
        fails<ElementKitException.Config> { Platform.embedded(cut) }
    }

    @Test
    fun `a record that does not fit is named without what is in it`() = connected(folder) { _, _, instance ->
        val wrong = fails<ElementKitException.Decode> { instance.records("contacts").typed<Person>().first() }
        assertTrue(wrong.message!!.contains("Person: wrong id"), wrong.message)
        val missing = fails<ElementKitException.Decode> { instance.records("contacts").typed<Incomplete>().first() }
        assertTrue(missing.message!!.contains("no shoeSize"), missing.message)
        for (failure in listOf(wrong, missing)) {
            assertFalse("example" in failure.stackTraceToString() || "userId" in failure.stackTraceToString())
        }
        for (text in listOf("<a>secret</a>", "{\"a\": [secret]}", "{secret", "")) {
            val parse = { Response(200, null, text.encodeToByteArray()).json() }
            if (text.isEmpty()) {
                assertEquals(null, parse())
            } else {
                val failure = assertThrows(ElementKitException.Decode::class.java) { parse() }
                assertFalse("secret" in failure.stackTraceToString())
            }
        }
        assertEquals(
            "[null,true,1e5,\"a\"]",
            Response(200, null, "[null, true, 1e5, \"a\"]".encodeToByteArray()).json().toString(),
        )
    }

    @Test
    fun `numbers and URLs without a meaning are refused`() = connected(folder) { _, _, instance ->
        for (limit in listOf(0L, -1L, Long.MIN_VALUE)) {
            fails<ElementKitException.Config> { Platform.embedded("$folder/other.db", timeoutMs = limit) }
            assertThrows(ElementKitException.Config::class.java) { Platform.hosted("us", "u", "o", timeoutMs = limit) }
        }
        assertThrows(ElementKitException.Config::class.java) { Platform.hosted("", "u", "o") }
        fails<ElementKitException.Config> { Platform.embedded("$folder/other.db", brighttalkUrl = " ") }
        fails<ElementKitException.Config> { instance.records("channels").toList(-1) }
        assertEquals(0, instance.records("channels").toList(0).size)
        val job = instance.bulk.query("select id from channels")
        job.wait()
        for (size in listOf(0, -5)) fails<ElementKitException.Config> { job.batches(size).first() }
    }

    @Test
    fun `a device that is offline looks the same embedded and hosted`() {
        val unused = ServerSocket(0).use { "http://127.0.0.1:${it.localPort}" }
        val hosted = fails<ElementKitException.Connect> { Platform.hosted(unused, "u", "o").instances.list() }
        val embedded = fails<ElementKitException.Vendor> {
            Platform.embedded("$folder/test.db", unused).use { BrightTalk.connect(it, KEY, SECRET) }
        }
        assertTrue(hosted.isUnreachable && embedded.isUnreachable)
        assertTrue(hosted.isRetryable && embedded.isRetryable)
        assertTrue("network" in embedded.hint!!, embedded.hint)
    }

    @Test
    fun `warnings reach whoever reads a list, a flow or a job`(): Unit = Sandbox().use { simulator ->
        runBlocking {
            val seen = ConcurrentLinkedQueue<Warning>()
            Platform.embedded("$folder/test.db", simulator.url, onWarning = { seen += it }).use { platform ->
                val bt = BrightTalk.connect(platform, KEY, SECRET)
                val list = bt.records("contacts", where = Field("emial") eq "a", fields = "id", pageSize = 5)
                assertEquals(0, list.typed<Contact>().toList().size)
                assertEquals(
                    listOf("unknown_field emial email"),
                    seen.map {
                        "${it.code} ${it.field} ${it.suggestion}"
                    },
                )
                assertTrue("did you mean email" in seen.first().toString(), "${seen.first()}")
                assertEquals(seen.map { it.toString() }, list.warnings.map { it.toString() })
                assertEquals(1, list.page().warnings.size)

                val job = bt.bulk.query("select emial from contacts")
                assertEquals(2, seen.size)
                assertEquals("emial", job.warnings.single().field)

                val strict = bt.withWarnings(Warnings.DENY)
                fails<ElementKitException.InvalidRequest> {
                    strict.records("contacts", where = "emial = 'a'").flow().first()
                }
                fails<ElementKitException.InvalidRequest> { strict.bulk.query("select emial from contacts") }
                bt.withWarnings(Warnings.IGNORE).records("contacts", orderBy = "emial").toList(1)
                assertEquals(2, seen.size)
            }
            // A failing handler has no effect on the call.
            Platform.embedded("$folder/test.db", simulator.url, onWarning = { error("no") }).use { platform ->
                val bt = BrightTalk.connect(platform, KEY, SECRET)
                assertEquals(0, bt.records("contacts", where = "emial = 'a'").toList().size)
            }
        }
    }

    @Test
    fun `connecting at once makes one instance`(): Unit = Sandbox().use { simulator ->
        runBlocking {
            Platform.embedded("$folder/test.db", simulator.url).use { platform ->
                val made = List(4) { async { BrightTalk.connect(platform, KEY, SECRET).id } }.awaitAll()
                assertEquals(1, made.distinct().size)
                assertEquals(made.first(), platform.instances.list().single().getValue("id").jsonPrimitive.long)
            }
        }
    }

    @Test
    fun `half-read lists end when the platform is closed`() = connected(folder, mapOf("subscribers" to "6000")) {
            simulator,
            platform,
            instance,
        ->
        val job = instance.bulk.query("select * from contacts")
        job.wait()
        var rows = 0
        fails<ElementKitException.Closed> {
            job.batches(10).collect {
                if (rows == 0) platform.shutdown()
                rows += it.size
            }
        }
        assertTrue(rows < 6000, "$rows")
        fails<ElementKitException.Closed> { instance.records("channels").page() }
        Served(File(folder, "served.db"), simulator.url).use { server ->
            val hosted = Platform.hosted(server.baseUrl, USER, ORGANIZATION)
            hosted.request("GET", "/elements")
            hosted.close()
            fails<ElementKitException.Closed> { hosted.request("GET", "/elements") }
        }
    }

    @Test
    fun `a stalled job is resumed by its waiter, or the wait ends`(): Unit = Sandbox().use { simulator ->
        runBlocking {
            suspend fun open(): Pair<Platform, Instance> {
                val platform = Platform.embedded("$folder/test.db", simulator.url)
                return platform to BrightTalk.connect(platform, KEY, SECRET)
            }
            val (first, before) = open()
            simulator.slowDown(50)
            val id = before.bulk.query("select * from contacts").id
            first.shutdown()
            val (second, after) = open()
            withTimeout(60_000) {
                assertEquals("COMPLETED", after.bulk.job(id).wait().getValue("status").jsonPrimitive.content)
            }
            // A second platform suspends the jobs of all platforms and is closed.
            val (third, _) = open()
            third.suspend()
            third.shutdown()
            val parked = after.bulk.query("select id from contacts")
            val ended = withTimeout(60_000) { runCatching { parked.wait() }.exceptionOrNull() }
            assertTrue(ended is ElementKitException.Timeout && "suspended" in ended.hint!!, "$ended")
            second.resume()
            withTimeout(60_000) { parked.wait() }
            second.shutdown()
        }
    }

    @Test
    fun `records are decoded beside the thread that collects them`() = connected(folder) { _, _, instance ->
        val threads = ConcurrentLinkedQueue<String>()
        val watched = object : DeserializationStrategy<Contact> {
            override val descriptor: SerialDescriptor = Contact.serializer().descriptor

            override fun deserialize(decoder: Decoder): Contact {
                threads += Thread.currentThread().name
                return Contact.serializer().deserialize(decoder)
            }
        }
        Executors.newSingleThreadExecutor {
            Thread(it, "user interface")
        }.asCoroutineDispatcher().use { screen: ExecutorCoroutineDispatcher ->
            withContext(screen) { instance.records("contacts", pageSize = 50).typed(watched).first() }
        }
        assertTrue(threads.isNotEmpty() && threads.none { "user interface" in it }, "$threads")
    }

    @Test
    fun `conditions need no native library until they are sent`() {
        // In a separate process, where nothing has loaded the library: it would fail here.
        val java = File(System.getProperty("java.home"), "bin/java").path
        val command =
            listOf(
                java,
                "-Djna.library.path=/none",
                "-cp",
                System.getProperty("java.class.path"),
                "io.elementkit.Unloaded",
            )
        val process = ProcessBuilder(command).redirectErrorStream(true).start()
        val output = process.inputReader().readText()
        assertTrue(process.waitFor(60, TimeUnit.SECONDS))
        assertEquals("made, unsupported", output.trim())
    }

    private class Keys(val kept: MutableMap<String, ByteArray> = mutableMapOf()) : VaultKeyProvider {
        var failure: Throwable? = null

        override fun load(name: String): ByteArray? = failure?.let { throw it } ?: kept[name]

        override fun store(name: String, key: ByteArray) {
            kept[name] = key
        }
    }

    @Test
    fun `the app keeps the vault key`(): Unit = runBlocking {
        val (database, keys) = "$folder/test.db" to Keys()
        suspend fun open(provider: VaultKeyProvider?) =
            Platform.embedded(database, vaultKeys = provider).use { it.definitions().list() }
        open(keys)
        assertEquals(listOf(32), keys.kept.values.map { it.size })
        assertFalse(File("$database.key").exists())
        Platform.rotateVaultKey(database, keys)
        assertEquals(2, keys.kept.size)
        open(keys)

        assertTrue("is missing" in fails<ElementKitException.Storage> { open(Keys()) }.message!!)
        assertTrue("application" in fails<ElementKitException.Storage> { open(null) }.message!!)
        val wrong = Keys(keys.kept.mapValuesTo(mutableMapOf()) { ByteArray(32) { 7 } })
        assertTrue("not the one" in fails<ElementKitException.Storage> { open(wrong) }.message!!)
        val short = Keys(keys.kept.mapValuesTo(mutableMapOf()) { ByteArray(16) { 7 } })
        fails<ElementKitException.Config> { open(short) }
        for (cause in listOf(
            IllegalStateException("the device is locked $cut"),
            StackOverflowError("the device is locked"),
        )) {
            keys.failure = cause
            assertTrue("the device is locked" in fails<ElementKitException.Storage> { open(keys) }.message!!)
        }

        val moved = "$folder/moved.db"
        Platform.embedded(moved).close()
        keys.failure = null
        Platform.moveVaultKey(moved, keys)
        assertFalse(File("$moved.key").exists())
        Platform.embedded(moved, vaultKeys = keys).close()
    }
}

/** Code that needs no native library, in a process without it. */
internal object Unloaded {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val condition = (Field("id") eq 7) and !(Field("email") like "%@x.org")
        val printed = runCatching { condition.toString() }.exceptionOrNull()
        val opened = runCatching { runBlocking { Platform.embedded("never.db") } }.exceptionOrNull()
        check(printed is ElementKitException.Unsupported && opened is ElementKitException.Unsupported) {
            "$printed $opened"
        }
        println("made, ${printed.code}")
    }
}
