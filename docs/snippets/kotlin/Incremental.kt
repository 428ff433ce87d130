import io.elementkit.Instance
import java.io.File

/** Pulls what changed since the last pull. */
suspend fun incremental(bt: Instance) {
    // show
    val state = File("contacts.state")
    val pull = bt.sync("contacts", if (state.exists()) state.readText() else null)
    pull.download("changed.csv") // upsert these rows by their id
    for (partition in pull.pending()) println("could not be read, comes with the next pull: $partition")
    state.writeText(pull.state()) // only now: a state is never ahead of the rows
    // end
}
