import io.elementkit.Instance

/** Follows a bulk job, and reads its figures and failed rows. */
suspend fun bulk(bt: Instance) {
    // show
    val job = bt.bulk.query("select id, email from contacts where channelId = 1001 order by id")
    val status = job.wait { println(it["recordsCount"]) }
    println("${status["recordsCount"]} records")
    job.errors().collect { println("failed: $it") }
    job.batches(size = 1000).collect { rows -> println("${rows.size} rows, the first is ${rows.first()}") }
    job.download("contacts.jsonl") // or .csv, .json
    // end
}
