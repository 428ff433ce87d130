import io.elementkit.BrightTalk
import io.elementkit.Channel
import io.elementkit.Platform

/** Connects, lists channels, and pulls all contacts into a file. */
suspend fun start() {
    val key = System.getenv("BRIGHTTALK_API_KEY")
    val secret = System.getenv("BRIGHTTALK_API_SECRET")
    // show
    // A local file; no account needed.
    Platform.embedded("elementkit.db").use { platform ->
        val bt = BrightTalk.connect(platform, key, secret)
        bt.records("channels").typed<Channel>().collect { println("${it.id} ${it.name}") }

        val job = bt.bulk.query("select * from contacts")
        job.wait()
        job.download("contacts.csv")
    }
    // end
}
