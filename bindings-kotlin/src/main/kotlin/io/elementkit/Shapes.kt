package io.elementkit

import io.elementkit.internal.Answer
import io.elementkit.internal.NativeCommonResources
import io.elementkit.internal.NativeDefinitions
import io.elementkit.internal.NativeTransformations
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** Owner of shapes and mappings. */
public enum class Level(internal val word: String) {
    /** For all accounts of the organization. */
    ORGANIZATION("organization"),

    /** For all users of an account. */
    ACCOUNT("account"),
}

/** Object definitions of a level: custom shapes. */
public class Definitions internal constructor(private val native: NativeDefinitions) {
    /** Returns the definitions of the level by name. */
    public suspend fun list(): Map<String, JsonObject> = call({ native.list() }) { it.byName() }

    /** Returns it by its name. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /** Creates a definition, for instance `{"fields": [{"path": "mail", "type": "string"}]}`. */
    public suspend fun create(name: String, definition: JsonObject): JsonObject =
        jsonObject { native.create(name, definition.toString()) }

    /** Replaces its fields. */
    public suspend fun replace(name: String, definition: JsonObject): JsonObject =
        jsonObject { native.replace(name, definition.toString()) }

    /** Renames it with its transformations at this level. */
    public suspend fun rename(name: String, newName: String) {
        call { native.rename(name, newName) }
    }

    /** Deletes it; rejected while a transformation of the level uses it. */
    public suspend fun delete(name: String) {
        call { native.delete(name) }
    }
}

/** Transformations of a level, which map shapes to the objects of an element. */
public class Transformations internal constructor(private val native: NativeTransformations) {
    /** Returns the transformations of the level by the name of their shape. */
    public suspend fun list(): Map<String, JsonObject> = call({ native.list() }) { it.byName() }

    /** Returns it by its name. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /**
     * Creates the transformation of a shape, for instance
     * `{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}`.
     */
    public suspend fun create(name: String, transformation: JsonObject): JsonObject =
        jsonObject { native.create(name, transformation.toString()) }

    /** Replaces it. */
    public suspend fun replace(name: String, transformation: JsonObject): JsonObject =
        jsonObject { native.replace(name, transformation.toString()) }

    /** Deletes it. */
    public suspend fun delete(name: String) {
        call { native.delete(name) }
    }

    /** Returns a record, or an array of them, as mapped by the transformation, without calling the vendor. */
    @JvmOverloads
    public suspend fun execute(name: String, payload: JsonElement, toVendor: Boolean = false): JsonElement =
        json { native.execute(name, payload.toString(), toVendor) }
}

/** Shapes as the result of all levels. */
public class CommonResources internal constructor(private val native: NativeCommonResources) {
    /** Returns the common resources that the caller sees. */
    public suspend fun list(): List<JsonObject> = jsonObjects { native.list() }

    /** Returns it by its name. */
    public suspend fun get(name: String): JsonObject = jsonObject { native.get(name) }

    /** Creates or replaces a common resource by its `name`. */
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
