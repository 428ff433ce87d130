package io.elementkit

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import java.io.File
import java.net.URLEncoder
import kotlin.io.path.createTempDirectory

/** The client scenarios, embedded and hosted. */
internal class ScenarioTest {
    @TestFactory
    fun scenarios(): List<DynamicTest> {
        val files = File(ROOT, "tests/scenarios/client").listFiles { file -> file.extension == "json" }!!.sorted()
        check(files.isNotEmpty())
        return files.flatMap { file ->
            listOf(false, true).map { hosted ->
                DynamicTest.dynamicTest("${file.nameWithoutExtension}, ${if (hosted) "hosted" else "embedded"}") {
                    run(Json.parseToJsonElement(file.readText()).jsonObject, hosted)
                }
            }
        }
    }

    private fun run(scenario: JsonObject, hosted: Boolean) {
        scenario["testbed"]?.let {
            val values = scenario["values"]?.jsonObject
            assumeTrue(hosted || values != null, "the engine in this process has the built-in elements only")
            val given = it.jsonObject.mapValues { option -> option.value.jsonPrimitive.content }
            val database = createTempDirectory("elementkit").toFile()
            return Sandbox.testbed(given).use { vendor ->
                val platform = runBlocking {
                    if (hosted) vendor.platform() else Platform.embedded("$database/test.db", resumeJobs = true)
                }
                platform.use {
                    val world = Steps(platform, vendor)
                    world.values.putAll(values.orEmpty() + ("testbed" to vendor.testbed))
                    run(scenario, world)
                }
                database.deleteRecursively()
            }
        }
        val options = scenario["simulator"]?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content }
        val folder = createTempDirectory("elementkit").toFile()
        Sandbox(options).use { simulator ->
            val server = if (hosted) Served(File(folder, "served.db"), simulator.url) else null
            try {
                val platform = runBlocking {
                    server?.let { Platform.hosted(it.baseUrl, USER, ORGANIZATION) }
                        ?: Platform.embedded("$folder/test.db", simulator.url, resumeJobs = true)
                }
                platform.use {
                    run(scenario, Steps(it, simulator))
                }
            } finally {
                server?.close()
                folder.deleteRecursively()
            }
        }
    }

    private fun run(scenario: JsonObject, world: Steps) {
        scenario.getValue("steps").jsonArray.forEachIndexed { index, step ->
            try {
                runBlocking { world.step(step) }
            } catch (failure: Exception) {
                val verb = step.jsonObject["do"]
                throw AssertionError("step ${index + 1} ($verb): ${failure.message}", failure)
            }
        }
    }
}

private class Steps(val platform: Platform, val simulator: Sandbox) {
    val values = mutableMapOf<String, JsonElement>()
    val instances = mutableMapOf<String, Instance>()
    val jobs = mutableMapOf<String, Job>()
    val logins = mutableMapOf<String, OauthUrl>()

    suspend fun step(raw: JsonElement) {
        val step = fill(raw, values).jsonObject
        val name = step["as"]?.jsonPrimitive?.content.orEmpty()
        val value = try {
            act(step, name)
        } catch (failure: ElementKitException) {
            val pattern = step["error"] ?: throw failure
            return check(pattern, view(failure), "error")
        }
        check("error" !in step) { "expected an error, got $value" }
        step["expect"]?.let { check(it, value, "") }
        values[name] = value
    }

    private suspend fun act(step: JsonObject, name: String): JsonElement {
        val given = step["with"] as? JsonObject ?: JsonObject(emptyMap())
        fun text(member: String): String? = given[member]?.jsonPrimitive?.content
        val on = step["on"]?.jsonPrimitive?.content.orEmpty()
        return when (val verb = step.getValue("do").jsonPrimitive.content) {
            "create_instance", "connect_instance" -> {
                val extra = given["configuration"]?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content }
                val element = text("element") ?: "brighttalk"
                val own = mapOf("brighttalk.api.key" to KEY, "brighttalk.api.secret" to SECRET)
                val configuration = if (element == "brighttalk") own + extra else extra
                val granted = given["granted"]?.jsonObject?.let {
                    Grant(it.getValue("code").jsonPrimitive.content, it.getValue("state").jsonPrimitive.content)
                }
                val all = platform.instances
                instances[name] = when (verb) {
                    "create_instance" -> all.create(element, text("name")!!, configuration, granted = granted)
                    else -> all.connect(element, text("name")!!, configuration, granted = granted)
                }
                instances.getValue(name).details!!
            }
            "get_instance" -> {
                instances[name] = platform.instances.get(given.getValue("id").jsonPrimitive.long)
                instances.getValue(name).details!!
            }
            "list_instances" -> JsonArray(platform.instances.list())
            "delete_instance" -> JsonNull.also { platform.instances.delete(given.getValue("id").jsonPrimitive.long) }
            "ping" -> JsonNull.also { instances.getValue(on).ping() }
            "objects" -> JsonArray(instances.getValue(on).objects().map(::JsonPrimitive))
            "records" -> JsonArray(list(on, given).toList(given["limit"]?.jsonPrimitive?.int ?: Int.MAX_VALUE))
            "page" -> list(on, given).page(text("token")).let {
                JsonObject(
                    mapOf(
                        "records" to JsonArray(it.records),
                        "next" to JsonPrimitive(it.next),
                        "total" to JsonPrimitive(it.total),
                    ),
                )
            }
            "create_record" -> list(on, given).create(given.getValue("record").jsonObject) ?: JsonNull
            "replace_record" ->
                list(on, given).replace(text("id")!!, given.getValue("record").jsonObject) ?: JsonNull
            "update_record" -> list(on, given).update(text("id")!!, given.getValue("record").jsonObject) ?: JsonNull
            "delete_record" -> JsonNull.also { list(on, given).delete(text("id")!!) }
            "call" -> called(instances.getValue(on), given)
            "element" -> platform.elements.get(text("element")!!)
            "check_element" -> {
                val report = platform.elements.check(given.getValue("definition").jsonObject)
                Json.encodeToJsonElement(DefinitionReport.serializer(), report)
            }
            "import_element" -> platform.elements.import(given.getValue("definition").jsonObject)
            "replace_element" ->
                platform.elements.replace(text("element")!!, given.getValue("definition").jsonObject)
            "export_element" -> platform.elements.export(text("element")!!)
            "remove_element" -> JsonNull.also { platform.elements.remove(text("element")!!) }
            "oauth_url" -> {
                val login = platform.elements
                    .oauthUrl(text("element")!!, text("callbackUrl"), text("apiKey"), text("scope"), text("state"))
                logins[name] = login
                texts("url" to login.url, "element" to login.element, "state" to login.state)
            }
            "browse" -> JsonPrimitive(location(text("url")!!))
            "grant" -> logins.getValue(on).grant(text("redirect")!!)
                .let { texts("code" to it.code, "state" to it.state) }
            "request" -> platform.request(
                text("method")!!,
                text("path")!!,
                body = given["json"],
                token = instances[on]?.token,
            )
                .let { JsonObject(mapOf("status" to JsonPrimitive(it.status), "json" to (it.json() ?: JsonNull))) }
            "bulk_query" -> {
                jobs[name] = instances.getValue(on).bulk.query(text("q")!!, text("from"), text("to"))
                JsonObject(mapOf("id" to JsonPrimitive(jobs.getValue(name).id)))
            }
            "bulk_upload" -> {
                jobs[name] = upload(instances.getValue(on).bulk, given)
                JsonObject(mapOf("id" to JsonPrimitive(jobs.getValue(name).id)))
            }
            "bulk_failed" -> {
                val chunks = jobs.getValue(on).failedRecords(text("unknown").toBoolean()).toList()
                JsonPrimitive(chunks.fold(ByteArray(0)) { all, chunk -> all + chunk }.decodeToString())
            }
            "bulk_wait" -> jobs.getValue(on).wait()
            "bulk_status" -> jobs.getValue(on).status()
            "bulk_report" -> jobs.getValue(on).report()
            "bulk_cancel" -> jobs.getValue(on).cancel()
            "bulk_resume" -> jobs.getValue(on).resume()
            "bulk_errors" -> JsonArray(jobs.getValue(on).errors().toList())
            "bulk_download" -> {
                val chunks = jobs.getValue(on).stream(text("format")!!).toList()
                val text = chunks.fold(ByteArray(0)) { all, chunk -> all + chunk }.decodeToString()
                if (text("format") == "json") Json.parseToJsonElement(text) else JsonPrimitive(text)
            }
            "sync" -> {
                val pull = instances.getValue(on).sync(text("object")!!, text("state"))
                val rows = pull.batches().toList().flatten()
                JsonObject(mapOf("rows" to JsonArray(rows), "state" to JsonPrimitive(pull.state())))
            }
            "fault" -> JsonNull.also { simulator.fault(step.getValue("with")) }
            "clear_faults" -> JsonNull.also { simulator.clearFaults() }
            else -> error("no verb $verb")
        }
    }

    /** Starts an upload of records, of bytes, or of a file with the text. */
    private suspend fun upload(bulk: Bulk, given: JsonObject): Job {
        fun text(member: String): String? = given[member]?.jsonPrimitive?.content
        val options = UploadOptions().apply {
            // Core refuses unknown words; this type has none.
            mode = text("mode")?.let { word ->
                UploadMode.entries.find { it.word == word } ?: throw problem("config", word, "upsert")
            }
            format = text("format")?.let { word -> UploadFormat.entries.single { it.word == word } }
            key = text("key")
            concurrency = text("concurrency")?.toLong()
        }
        val target = text("object")!!
        given["records"]?.let { records ->
            return bulk.upload(target, records.jsonArray.map { it.jsonObject }, options)
        }
        val bytes = text("text")!!.encodeToByteArray()
        val name = text("file") ?: return bulk.upload(target, bytes, options)
        val folder = createTempDirectory("elementkit").toFile()
        try {
            val file = File(folder, name).apply { writeBytes(bytes) }
            return bulk.upload(target, file.path, options)
        } finally {
            folder.deleteRecursively()
        }
    }

    private fun texts(vararg members: Pair<String, String?>) =
        JsonObject(members.associate { (name, value) -> name to JsonPrimitive(value) })

    private suspend fun called(instance: Instance, given: JsonObject): JsonObject {
        fun text(member: String): String? = given[member]?.jsonPrimitive?.content
        fun pairs(member: String) = given[member]?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content }
        val path = given.getValue("path").jsonArray.joinToString("/") {
            URLEncoder.encode(it.jsonPrimitive.content, Charsets.UTF_8).replace("+", "%20")
        }
        val bytes = text("text")?.encodeToByteArray()
        val (query, headers) = listOf(pairs("query"), pairs("headers"))
        val answer =
            instance.call(text("method")!!, path, given["json"], query, headers, bytes, text("contentType"))
        val told = texts("requestId" to answer.requestId, "contentType" to answer.headers["content-type"])
        val warnings = JsonArray(answer.warnings.map { JsonPrimitive(it.message) })
        return JsonObject(told + mapOf("json" to (answer.json() ?: JsonNull), "warnings" to warnings))
    }

    private fun list(on: String, given: JsonObject): Records {
        fun text(member: String): String? = given[member]?.jsonPrimitive?.content
        return instances.getValue(on).records(
            text("resource")!!,
            text("where"),
            text("fields"),
            text("orderBy"),
            given["pageSize"]?.jsonPrimitive?.int,
            given["params"]?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content },
        )
    }

    private fun view(failure: ElementKitException) = JsonObject(
        mapOf(
            "kind" to JsonPrimitive(failure.code),
            "status" to JsonPrimitive(failure.status),
            "message" to JsonPrimitive(failure.what),
            "providerMessage" to JsonPrimitive(failure.providerMessage),
            "requestId" to JsonPrimitive(failure.requestId),
            "hint" to JsonPrimitive(failure.hint),
        ),
    )
}
