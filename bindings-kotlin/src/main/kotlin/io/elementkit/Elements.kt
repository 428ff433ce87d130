package io.elementkit

import io.elementkit.internal.GrantArguments
import io.elementkit.internal.NativeElements
import io.elementkit.internal.checkDefinition
import io.elementkit.internal.oauthCode
import io.elementkit.internal.readDefinition
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

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
     * Imports a definition as a new element of the organization, which can be connected at once by its key (spec E 2.1).
     * Java calls it `importDefinition`.
     *
     * @throws ElementKitException.InvalidRequest if the definition has a problem; [check] finds all of them
     * @throws ElementKitException.Conflict if an element has its key
     * @throws ElementKitException.PermissionDenied if the caller may not write elements
     */
    @JvmName("importDefinition")
    public suspend fun import(definition: JsonObject): JsonObject = jsonObject { native.create(definition.toString()) }

    /**
     * Replaces the definition of an element (spec E 2.3); exceptions are those of [import]. It applies to calls from
     * then on; running bulk jobs finish with the one they began with.
     */
    public suspend fun replace(element: String, definition: JsonObject): JsonObject =
        jsonObject { native.replace(element, definition.toString()) }

    /** Returns the definition of an element: what was imported, with ids and defaults (spec E 1.97). */
    public suspend fun export(element: String): JsonObject = jsonObject { native.exportDefinition(element) }

    /**
     * Removes an element of the organization (spec E 2.4).
     *
     * @throws ElementKitException.Conflict while it has instances
     */
    public suspend fun remove(element: String) {
        call { native.remove(element) }
    }

    /** Returns the findings in a definition, without a call to the platform (spec E 1.10). */
    @Throws(ElementKitException::class)
    public fun check(definition: JsonObject): DefinitionReport =
        guarded { jsonFormat.decodeFromString<DefinitionReport>(checkDefinition(definition.toString())) }

    /**
     * Returns the definition in a file or folder: one JSON or YAML, or a folder with scripts in files (spec E 1.91).
     *
     * @throws ElementKitException.Storage if a file cannot be read
     * @throws ElementKitException.Config if there is no definition, or several
     */
    @Throws(ElementKitException::class)
    public fun read(path: String): JsonObject =
        guarded { jsonFormat.parseToJsonElement(readDefinition(path)).jsonObject }

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
     * @param parameters values for placeholders of the address, for instance `siteAddress`; OAuth 1 needs the client
     *   secret, as `apiSecret`
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
 * The findings in a definition.
 *
 * @property problems with one of them no import succeeds
 * @property remarks parts that are stored and do not run, or run with a risk
 */
@Serializable
public class DefinitionReport internal constructor(
    public val problems: List<Finding>,
    public val remarks: List<Finding>,
)

/**
 * A problem or a remark about a definition.
 *
 * @property pointer JSON pointer of the value, or of the object that lacks it
 * @property code kind of the finding: a word that programs compare
 * @property message one sentence, without the pointer
 * @property hint advice, if there is any
 */
@Serializable
public class Finding internal constructor(
    public val pointer: String,
    public val code: String,
    public val message: String,
    public val hint: String? = null,
)

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
