import io.elementkit.Instance
import io.elementkit.Platform
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import java.io.File

/** Defines an object and maps the contacts of BrightTALK to it. */
suspend fun mapping(platform: Platform, bt: Instance) {
    // show
    fun json(file: String) = Json.parseToJsonElement(File(file).readText()).jsonObject
    platform.definitions().create("people", json("people.json"))
    platform.transformations().create("people", json("people-brighttalk.json"))

    for (person in bt.records("people").toList(limit = 3)) println("${person["id"]} ${person["joined"]}")
    // end
}
