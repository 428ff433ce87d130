package elementkit

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
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

/** A process of its own; [line] is the first it prints. */
internal class Started(arguments: List<String>, environment: Map<String, String> = emptyMap()) : AutoCloseable {
    private val process: Process = ProcessBuilder(listOf(COMMAND) + arguments)
        .apply { environment().putAll(environment) }
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
    val line: String = process.inputReader().readLine() ?: error("$arguments printed nothing")

    override fun close() {
        process.destroy()
        check(process.waitFor(20, TimeUnit.SECONDS))
    }
}

/** A simulated BrightTALK. */
internal class Sandbox(options: Map<String, String> = emptyMap()) : AutoCloseable {
    private val started =
        Started(listOf("sandbox") + options.flatMap { (name, value) -> listOf("--" + name.replace('_', '-'), value) })
    val url: String = started.line

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

    fun requests(): List<String> = admin("GET", "requests").jsonArray.map { it.jsonObject["path"]!!.jsonPrimitive.content }

    override fun close() = started.close()
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
