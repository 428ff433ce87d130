package io.elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.URLEncoder
import kotlin.io.path.createTempDirectory

/** An account as an app declares it. */
@Serializable
internal data class Account(val id: String? = null, val name: String = "", val employees: Int? = null)

@Serializable
internal data class Strict(@SerialName("x_motto") val motto: String)

/** Writes, other calls, and logins that a user grants, beyond the scenarios. */
internal class WritesTest {
    @Test
    fun `records of own types are written, and a user grants access`(): Unit =
        Sandbox.testbed(mapOf("accounts" to "5")).use { vendor ->
            runBlocking(Dispatchers.Default) { vendor.platform().use { write(vendor, it) } }
        }

    private suspend fun write(vendor: Sandbox, platform: Platform) {
        fun told(member: String) = vendor.testbed.getValue(member).jsonPrimitive.content
        val callback = "https://app.example/callback"
        val login = platform.elements.oauthUrl("testbedUser", callback, told("clientId"))
        val granted = login.grant(location(login.url))
        assertFalse(granted.code in "$granted")
        val configuration = mapOf(
            "oauth.api.key" to told("clientId"),
            "oauth.api.secret" to told("clientSecret"),
            "oauth.callback.url" to callback,
        )
        val crm = platform.instances.connect("testbedUser", "user", configuration, granted = granted)
        val metadata = platform.elements.metadata("testbedUser")
        assertEquals("oauth2Pkce", metadata["authenticationType"]?.jsonPrimitive?.content)
        assertTrue(platform.elements.configuration("testbedUser").isNotEmpty() && platform.elements.list().size > 3)

        // As in README.md.
        val accounts = crm.records("accounts")
        val account = accounts.create(Account(name = "Acme"))!!
        accounts.update(account.id!!, buildJsonObject { put("employees", 12) })
        val other = accounts.create(buildJsonObject { put("name", "Bcme") })!!
        val path = "accounts/${URLEncoder.encode(account.id, Charsets.UTF_8)}/merge"
        val answer = crm.call("POST", path, buildJsonObject { put("from", other.getValue("id")) })
        val merged = answer.json()!!.jsonObject.getValue("account").jsonObject
        assertEquals(account.id, merged.getValue("id").jsonPrimitive.content)

        val records = (1..3000).map { buildJsonObject { put("name", "Company $it " + "x".repeat(150)) } }
        val options = UploadOptions().apply {
            mode = UploadMode.UPSERT
            key = "id"
            concurrency = 10
        }
        val job = crm.bulk.upload("accounts", records, options)
        val ended = job.wait()
        assertEquals(listOf(3000, 0, 0), COUNTS.map { ended.getValue(it).jsonPrimitive.int })
        assertEquals(0, job.downloadFailed("${createTempDirectory("elementkit")}/failed.jsonl"))
        val broken = flow {
            records.forEach { emit(it) }
            error("the source broke")
        }
        assertThrows<IllegalStateException> { runBlocking { crm.bulk.upload("accounts", broken) } }
        val endless = flow {
            while (true) emit(records.first())
        }
        assertThrows<TimeoutCancellationException> {
            runBlocking { withTimeout(500) { crm.bulk.upload("accounts", endless) } }
        }
        assertEquals(1, crm.bulk.list().size)

        assertEquals(Account(account.id, "Ccme"), accounts.replace(account.id, Account(name = "Ccme")))
        val unfit = assertThrows<ElementKitException.Decode> {
            runBlocking { accounts.update(account.id, Strict("ever onward")) }
        }
        assertFalse("ever onward" in unfit.message.orEmpty())
        accounts.delete(account.id)
        assertThrows<ElementKitException.NotFound> { runBlocking { accounts.delete(account.id) } }
        assertThrows<ElementKitException.Config> { runBlocking { crm.call("GET", "accounts", contentType = "a/b") } }
    }

    private companion object {
        val COUNTS = listOf("recordsCount", "recordsFailedCount", "recordsUnknownCount")
    }
}
