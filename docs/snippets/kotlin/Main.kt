import io.elementkit.BrightTalk
import io.elementkit.Instance
import io.elementkit.Platform
import kotlinx.coroutines.runBlocking

/** Runs the snippet of the documentation that the argument names. */
fun main(arguments: Array<String>): Unit = runBlocking {
    when (val topic = arguments.single()) {
        "start" -> start()
        "incremental" -> connected { _, bt -> incremental(bt) }
        "bulk" -> connected { _, bt -> bulk(bt) }
        "mapping" -> connected { platform, bt -> mapping(platform, bt) }
        "document" -> Platform.embedded("elementkit.db").use { document(it) }
        "write" -> crm { write(it) }
        "upload" -> crm { upload(it) }
        "errors" -> connected { _, bt -> errors(bt) }
        "hosted" -> hosted()
        "vault" -> vault()
        else -> error("there is no snippet $topic")
    }
}

private suspend fun connected(work: suspend (Platform, Instance) -> Unit) = Platform.embedded("elementkit.db").use {
    work(it, BrightTalk.connect(it, System.getenv("BRIGHTTALK_API_KEY"), System.getenv("BRIGHTTALK_API_SECRET")))
}

private suspend fun crm(work: suspend (Instance) -> Unit) = Platform.embedded("elementkit.db").use {
    it.elements.import(it.elements.read("crm.json"))
    val values = mapOf("base.url" to System.getenv("CRM_URL"), "access.token" to System.getenv("CRM_TOKEN"))
    work(it.instances.connect("tinycrm", "crm", values))
}
