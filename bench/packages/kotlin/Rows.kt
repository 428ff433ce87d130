// Typical code of a user of the Kotlin package: `RowsKt URL DATABASE`. Prints the number of records and the sum of
// their user ids.
package io.elementkit.bench

import io.elementkit.BrightTalk
import io.elementkit.Contact
import io.elementkit.Platform
import kotlinx.coroutines.runBlocking

fun main(arguments: Array<String>): Unit = runBlocking {
    val (url, database) = arguments
    var rows = 0L
    var sum = 0L
    Platform.embedded(database, brighttalkUrl = url).use { platform ->
        val key = System.getenv("BRIGHTTALK_API_KEY")
        val secret = System.getenv("BRIGHTTALK_API_SECRET")
        val bt = BrightTalk.connect(platform, key, secret, keepWithoutEmail = true)
        bt.records("contacts").typed<Contact>().collect { contact ->
            rows += 1
            sum += contact.userId ?: 0
        }
    }
    println("""{"rows": $rows, "sum": $sum}""")
}
