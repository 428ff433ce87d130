package io.elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.TimeUnit

internal val ROOT: File = File("..").canonicalFile
private val COMMAND = System.getenv("ELEMENTKIT") ?: "$ROOT/target/release/elementkit"
internal const val KEY = "1"
internal const val SECRET = "0123456789ABCDEF0123456789ABCDEF"
internal const val USER = "test-user-secret"
internal const val ORGANIZATION = "test-organization-secret"

/** A child process; [line] is its first line of output. */
internal class Started(
    arguments: List<String>,
    environment: Map<String, String> = emptyMap(),
    program: String = COMMAND,
) : AutoCloseable {
    private val process: Process = ProcessBuilder(listOf(program) + arguments)
        .apply { environment().putAll(environment) }
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
    val line: String = process.inputReader().readLine() ?: error("$arguments printed nothing")

    override fun close() {
        process.destroy()
        check(process.waitFor(20, TimeUnit.SECONDS))
    }
}

/** A simulated vendor. */
internal class Sandbox private constructor(private val started: Started, val url: String) : AutoCloseable {
    /** BrightTALK. */
    @JvmOverloads
    constructor(options: Map<String, String> = emptyMap()) : this(Started(listOf("sandbox") + arguments(options)))

    private constructor(started: Started) : this(started, started.line)

    /** Description of the vendor that can be written to, with a platform that has its elements. */
    val testbed: JsonObject by lazy { Json.parseToJsonElement(started.line).jsonObject }

    /** Returns the platform that has the elements of the testbed. */
    fun platform(): Platform {
        fun text(member: String) = testbed.getValue(member).jsonPrimitive.content
        return Platform.hosted(text("baseUrl"), text("user"), text("organization"))
    }

    companion object {
        /** Starts the vendor that can be written to. */
        fun testbed(options: Map<String, String>): Sandbox {
            val started = Started(arguments(options), program = "${File(COMMAND).parent}/testbed-serve")
            val url = Json.parseToJsonElement(started.line).jsonObject.getValue("vendorUrl").jsonPrimitive.content
            return Sandbox(started, url)
        }

        private fun arguments(options: Map<String, String>) =
            options.flatMap { (name, value) -> listOf("--" + name.replace('_', '-'), value) }
    }

    private fun admin(method: String, what: String, body: String? = null): JsonElement {
        val publisher = body?.let(HttpRequest.BodyPublishers::ofString) ?: HttpRequest.BodyPublishers.noBody()
        val request = HttpRequest.newBuilder(URI("$url/__sim/$what")).method(method, publisher).build()
        val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { answer.body() }
        return Json.parseToJsonElement(answer.body())
    }

    fun fault(rules: JsonElement) {
        admin("POST", "faults", rules.toString())
    }

    fun clearFaults() {
        admin("DELETE", "faults")
    }

    /** Delays pages of people in the middle. */
    fun slowDown(milliseconds: Int) {
        val slow = """{"type": "slow_body", "stall_after": 10, "ms": $milliseconds}"""
        fault(Json.parseToJsonElement("""{"match": {"path": "*/subscribers"}, "fault": $slow}"""))
    }

    /** Returns whether a caller left a response before its end. */
    fun wasAbandoned(): Boolean = admin("GET", "requests").jsonArray.any {
        it.jsonObject["abandoned"]!!.jsonPrimitive.boolean
    }

    fun requests(): List<String> = admin("GET", "requests").jsonArray.map {
        it.jsonObject["path"]!!.jsonPrimitive.content
    }

    override fun close() = started.close()
}

/** Returns where an address leads, as to an app that receives the redirect of a browser. */
internal fun location(url: String): String {
    val answer = HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI(url)).build(), HttpResponse.BodyHandlers.discarding())
    return answer.headers().firstValue("location").orElseThrow()
}

/** Waits for a condition, for at most half a minute. */
internal suspend fun eventually(what: String, holds: suspend () -> Boolean) {
    repeat(1500) {
        if (holds()) return
        delay(20)
    }
    error("never: $what")
}

/** A simulated vendor and an engine on a new file in a folder, with an instance. */
internal fun connected(
    folder: File,
    options: Map<String, String> = emptyMap(),
    test: suspend (Sandbox, Platform, Instance) -> Unit,
): Unit = Sandbox(options).use { simulator ->
    runBlocking(Dispatchers.Default) {
        val platform = Platform.embedded("$folder/test.db", simulator.url)
        platform.use { test(simulator, it, BrightTalk.connect(it, KEY, SECRET, keepWithoutEmail = true)) }
    }
}

/** A served engine. */
internal class Served(database: File, brighttalkUrl: String) : AutoCloseable {
    private val started = Started(
        listOf("--database", "$database", "--brighttalk-url", brighttalkUrl, "serve", "--listen", "127.0.0.1:0"),
        mapOf(
            "ELEMENTKIT_BOOTSTRAP_USER_SECRET" to USER,
            "ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET" to ORGANIZATION,
        ),
    )
    val baseUrl: String = Json.parseToJsonElement(started.line).jsonObject["baseUrl"]!!.jsonPrimitive.content

    override fun close() = started.close()
}

internal fun array(elements: List<JsonElement>) = JsonArray(elements)
