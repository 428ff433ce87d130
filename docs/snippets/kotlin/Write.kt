import io.elementkit.Instance
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put

/** Creates, changes and deletes a record. */
suspend fun write(crm: Instance) {
    // show
    val clients = crm.records("clients")
    val made = clients.create(
        buildJsonObject {
            put("name", "Acme")
            put("employees", 12)
        },
    )!!
    val id = made.getValue("id").jsonPrimitive.content
    println("created $id")
    clients.update(id, buildJsonObject { put("employees", 13) })
    clients.delete(id)
    // end
}
