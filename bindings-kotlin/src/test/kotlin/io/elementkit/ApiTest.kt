package io.elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.time.Instant
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/** HMAC-SHA-256 with an empty key, which the JDK rejects; equal to a key of zeros of the block size. */
private fun signedWithEmptyKey(body: ByteArray): ByteArray =
    Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(ByteArray(64), "HmacSHA256")) }.doFinal(body)

/** Features of the client beyond the scenarios. */
internal class ApiTest {
    @TempDir
    lateinit var folder: File

    private fun json(text: String): JsonObject = Json.parseToJsonElement(text).jsonObject

    @Test
    fun `shapes, changes and pulls`(): Unit = Sandbox().use { simulator ->
        runBlocking(Dispatchers.Default) {
            Platform.embedded("$folder/test.db", simulator.url).use { platform ->
                val bt = BrightTalk.connect(platform, KEY, SECRET)
                val definitions = platform.definitions()
                val mappings = platform.transformations()
                definitions.create("people", json("""{"fields": [{"path": "mail", "type": "string"}]}"""))
                mappings.create(
                    "people",
                    json(
                        """{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}],
                        "configuration": [{"type": "passThrough", "properties": {"fromVendor": false, "toVendor": false}}]}""",
                    ),
                )
                val made = mappings.execute("people", json("""{"email": "a@example.org", "id": 1}"""))
                assertEquals("a@example.org", made.jsonObject.getValue("mail").jsonPrimitive.content)
                assertTrue("people" in bt.objects())

                bt.patch(json("""{"tags": ["emea"]}"""))
                assertEquals(1, platform.instances.list("BRIGHT", listOf("emea")).size)
                val nulls = bt.configuration().first {
                    it.getValue("key").jsonPrimitive.content ==
                        "filter.response.nulls"
                }
                val entry = bt.configure(nulls.getValue("id").jsonPrimitive.long, "false")
                assertEquals("false", entry.getValue("propertyValue").jsonPrimitive.content)
                // The id is known after the first response.
                val known = platform.instances.withToken(bt.token)
                assertEquals(null, known.id)
                known.ping()
                assertEquals(bt.id, known.id)
                val old = bt.token
                assertNotEquals(old, bt.rotateToken())

                val pull = bt.sync("contacts")
                assertTrue(pull.batches(300).toList().flatten().size > 900)
                assertTrue(pull.pending().isEmpty())
                val again = bt.sync("contacts", pull.state())
                assertTrue(again.batches().toList().flatten().size < 900)

                val contacts = bt.records("contacts", where = Field("channelId") eq 1002).toList(3)
                assertEquals(setOf("1002"), contacts.map { it.getValue("channelId").jsonPrimitive.content }.toSet())
            }
        }
    }

    @Test
    fun `conditions are those of every language`() {
        val cases = Json.parseToJsonElement(File(ROOT, "tests/scenarios/conditions.json").readText()).jsonArray
        assertTrue(cases.size > 20)
        for (case in cases) {
            val (given, text) = listOf("condition", "text").map { case.jsonObject.getValue(it) }
            assertEquals(text.jsonPrimitive.content, condition(given.jsonObject).toString())
        }
    }

    private fun condition(given: JsonObject): Expression {
        given["and"]?.let { both -> return both.jsonArray.map { condition(it.jsonObject) }.reduce { a, b -> a and b } }
        given["or"]?.let { both -> return both.jsonArray.map { condition(it.jsonObject) }.reduce { a, b -> a or b } }
        given["not"]?.let { return !condition(it.jsonObject) }
        val field = Field(given.getValue("field").jsonPrimitive.content)
        val value = given["value"]
        fun one() = scalar(checkNotNull(value).jsonPrimitive)
        return when (val operator = given.getValue("is").jsonPrimitive.content) {
            "=" -> field eq one()
            "!=" -> field ne one()
            "<" -> field lt one()
            "<=" -> field le one()
            ">" -> field gt one()
            ">=" -> field ge one()
            "like" -> field like one() as String
            "in" -> field.isIn(*checkNotNull(value).jsonArray.map { scalar(it.jsonPrimitive) }.toTypedArray())
            "null" -> field.isNull()
            "not null" -> field.isNotNull()
            else -> error("no operator $operator")
        }
    }

    private fun scalar(value: JsonPrimitive): Any =
        if (value.isString) value.content else value.booleanOrNull ?: value.longOrNull ?: value.double

    @Test
    fun `conditions are quoted`() {
        assertEquals("name = 'O''Brien'", (Field("name") eq "O'Brien").toString())
        assertEquals("`a b` = 1", (Field("a b") eq 1).toString())
        assertEquals(
            "(id > 7) AND (NOT (email LIKE '%@x.org'))",
            (
                (Field("id") gt 7) and
                    !(Field("email") like "%@x.org")
                ).toString(),
        )
        assertEquals("at > '1970-01-01T00:00:00Z'", (Field("at") gt Instant.EPOCH).toString())
        assertEquals("id IN (1, 2)", Field("id").isIn(1, 2).toString())
        assertThrows(ElementKitException.Config::class.java) { Field("id") eq listOf(1) }
        assertThrows(ElementKitException.Config::class.java) { Field("id").isIn() }
        for (number in listOf(Double.NaN, Double.POSITIVE_INFINITY, Float.NaN)) {
            assertThrows(ElementKitException.Config::class.java) { Field("id") lt number }
        }
    }

    @Test
    fun `callbacks are verified`() {
        val body = """{"id":"1","status":"COMPLETED"}""".encodeToByteArray()
        val signature = "sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw="
        assertTrue(verifyWebhook("S1gn-me", body, signature))
        assertFalse(verifyWebhook("S1gn-me", body + 32, signature))
        assertFalse(verifyWebhook("S1gn-me", body, null))
        // Anyone can sign with an empty key.
        assertFalse(verifyWebhook("", body, "sha256=${Base64.getEncoder().encodeToString(signedWithEmptyKey(body))}"))
    }
}
