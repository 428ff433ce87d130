package elementkit

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import uniffi.elementkit_mobile.GrantArguments
import uniffi.elementkit_mobile.NativeElements
import uniffi.elementkit_mobile.oauthCode

/** The elements of a platform; each is named by its key or its id. */
public class Elements internal constructor(private val native: NativeElements) {
    /** Returns all elements. */
    public suspend fun list(): List<JsonObject> = jsonObjects { native.list() }

    /**
     * Returns one element.
     *
     * @throws ElementKitException.NotFound if no element has that key or id
     */
    public suspend fun get(element: String): JsonObject = jsonObject { native.get(element) }

    /** Returns the capabilities of an element, such as its `authenticationType` (spec P 5). */
    public suspend fun metadata(element: String): JsonObject = jsonObject { native.metadata(element) }

    /** Returns the configuration that instances of an element accept: `key`, `name`, `required`, defaults. */
    public suspend fun configuration(element: String): List<JsonObject> = jsonObjects { native.configuration(element) }

    /**
     * Returns the address at which a user grants access to an element with OAuth 2 (spec E 4.24).
     *
     * Open its [OauthUrl.url], for instance in a custom tab. The vendor sends the user to the callback of the app with a
     * code: [OauthUrl.grant] reads it. Pass the grant to [Instances.connect] with the configuration `oauth.api.key`,
     * `oauth.api.secret` and `oauth.callback.url`.
     *
     * @param callbackUrl the address of the app to which the vendor sends the user; by default the element's own
     * @param apiKey the client id of the app; by default the element's own
     * @param scope the scopes, separated as the vendor expects it; by default the element's own
     * @param state the state that the vendor repeats to the callback; random by default
     * @param parameters values for placeholders of the address, for instance `siteAddress`
     * @throws ElementKitException.InvalidRequest if the element does not use OAuth 2, or a value is missing that has no
     *   default
     */
    @JvmOverloads
    public suspend fun oauthUrl(
        element: String,
        callbackUrl: String? = null,
        apiKey: String? = null,
        scope: String? = null,
        state: String? = null,
        parameters: Map<String, String> = emptyMap(),
    ): OauthUrl {
        val named = mapOf("callbackUrl" to callbackUrl, "apiKey" to apiKey, "scope" to scope, "state" to state)
        val given = parameters + named.filterValues { it != null }
        val options = JsonObject(given.mapValues { JsonPrimitive(it.value) })
        return call({ native.oauthUrl(element, options.toString()) }) { answer ->
            val found = answer.element().jsonObject
            fun text(member: String) = found[member]?.jsonPrimitive?.contentOrNull.orEmpty()
            OauthUrl(text("oauthUrl"), text("element"), text("state"))
        }
    }
}

/**
 * The address at which a user grants access to an element with OAuth 2.
 *
 * @property url the address to open in a browser
 * @property element the key of the element
 * @property state the state by which the redirect of this user is recognized
 */
public class OauthUrl internal constructor(
    public val url: String,
    public val element: String,
    public val state: String,
) {
    /**
     * Returns the grant in the address of the callback: the whole address with which the app was opened.
     *
     * @throws ElementKitException.Authentication if the user or the vendor denied access
     * @throws ElementKitException.Config if the address has another state, so that it belongs to another login, or has
     *   no code
     */
    @Throws(ElementKitException::class)
    public fun grant(redirect: String): Grant = Grant(guarded { oauthCode(redirect, state) }, state)
}

/**
 * The code and the state that a vendor sent to the callback after a user granted access.
 *
 * @property code the code: a secret that serves once and is short-lived
 * @property state the state of the login
 */
public class Grant(public val code: String, public val state: String) {
    internal fun native() = GrantArguments(code, state)

    /** The state. */
    override fun toString(): String = "Grant($state)"
}
