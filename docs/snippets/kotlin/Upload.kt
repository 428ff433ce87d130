import io.elementkit.Instance
import io.elementkit.UploadMode
import io.elementkit.UploadOptions
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** Sends the records of a file, and keeps those that failed. */
suspend fun upload(crm: Instance) {
    // show
    val options = UploadOptions().apply { mode = UploadMode.CREATE }
    val job = crm.bulk.upload("clients", "clients.csv", options)
    val status = job.wait()
    println("${status["recordsCount"]} records, ${status["recordsFailedCount"]} failed")
    if (status.getValue("recordsFailedCount").jsonPrimitive.long > 0) {
        job.downloadFailed("failed.csv") // correct these, then upload them again
    }
    // end
}
