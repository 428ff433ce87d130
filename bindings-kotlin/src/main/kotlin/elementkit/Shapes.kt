package elementkit

import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import uniffi.elementkit_mobile.Answer
import uniffi.elementkit_mobile.NativeCommonResources
import uniffi.elementkit_mobile.NativeDefinitions
import uniffi.elementkit_mobile.NativeTransformations

/** Whose shapes and mappings. */
public enum class Level(internal val word: String) {
    /** For all accounts of the organization. */
    ORGANIZATION("organization"),

    /** For all users of an account. */
    ACCOUNT("account"),
}

/** Object definitions of a level: shapes of one's own. */
public class Definitions internal constructor(private val native: NativeDefinitions) {
    /** All of the level, by name. */
    public suspend fun list(): Map<String, JsonObject> = call({ native.list() }) { it.byName() }

    /** One of them. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /** Creates one, for instance of `{"fields": [{"path": "mail", "type": "string"}]}`. */
    public suspend fun create(name: String, definition: JsonObject): JsonObject =
        jsonObject { native.create(name, definition.toString()) }

    /** Replaces its fields. */
    public suspend fun replace(name: String, definition: JsonObject): JsonObject =
        jsonObject { native.replace(name, definition.toString()) }

    /** Renames it with its transformations at this level. */
    public suspend fun rename(name: String, newName: String) {
        call { native.rename(name, newName) }
    }

    /** Deletes it; refused while a transformation of the level uses it. */
    public suspend fun delete(name: String) {
        call { native.delete(name) }
    }
}

/** Transformations of a level: how shapes map to the objects of an element. */
public class Transformations internal constructor(private val native: NativeTransformations) {
    /** All of the level, by the name of their shape. */
    public suspend fun list(): Map<String, JsonObject> = call({ native.list() }) { it.byName() }

    /** One of them. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /** Maps a shape: `{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}`. */
    public suspend fun create(name: String, transformation: JsonObject): JsonObject =
        jsonObject { native.create(name, transformation.toString()) }

    /** Replaces it. */
    public suspend fun replace(name: String, transformation: JsonObject): JsonObject =
        jsonObject { native.replace(name, transformation.toString()) }

    /** Deletes it. */
    public suspend fun delete(name: String) {
        call { native.delete(name) }
    }

    /** What the mapping makes of a record, or of an array of them; the vendor is not asked. */
    @JvmOverloads
    public suspend fun execute(name: String, payload: JsonElement, toVendor: Boolean = false): JsonElement =
        json { native.execute(name, payload.toString(), toVendor) }
}

/** Shapes as all levels together make them. */
public class CommonResources internal constructor(private val native: NativeCommonResources) {
    /** All that the caller sees. */
    public suspend fun list(): List<JsonObject> = jsonObjects { native.list() }

    /** One of them. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /** Creates or replaces one by its `name`. */
    public suspend fun save(resource: JsonObject): JsonObject = jsonObject { native.save(resource.toString()) }

    /** Renames it. */
    public suspend fun rename(name: String, newName: String) {
        call { native.rename(name, newName) }
    }

    /** Deletes it. */
    public suspend fun delete(name: String) {
        call { native.delete(name) }
    }
}

private fun Answer.byName(): Map<String, JsonObject> = element().jsonObject.mapValues { it.value.jsonObject }
