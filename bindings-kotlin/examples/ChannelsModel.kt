import io.elementkit.Channel
import io.elementkit.ElementKitException
import io.elementkit.Instance
import io.elementkit.Platform
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.longOrNull

/**
 * State of a screen.
 *
 * @property channels the channels, once they are loaded
 * @property progress progress of the pull of contacts, from 0 to 1; null while no pull runs
 * @property problem the last problem, for users
 */
data class ChannelsScreen(
    val channels: List<Channel> = emptyList(),
    val progress: Double? = null,
    val problem: String? = null,
)

/** Shows the channels, and a bar while their contacts are pulled. On Android [scope] is `viewModelScope`. */
class ChannelsModel(private val scope: CoroutineScope, private val platform: Platform, private val instance: Instance) {
    private val mutable = MutableStateFlow(ChannelsScreen())

    /** The state to show. */
    val screen: StateFlow<ChannelsScreen> = mutable.asStateFlow()

    /** Loads the channels. */
    fun load(): Job = reporting {
        val channels = instance.records("channels").typed<Channel>().toList()
        mutable.update { it.copy(channels = channels) }
    }

    /** Pulls the contacts of all channels into a file. After a cancellation the bulk job continues in the engine. */
    fun pullContacts(path: String): Job = reporting {
        mutable.update { it.copy(progress = 0.0) }
        try {
            val job = instance.bulk.query("select * from contacts")
            job.statuses().collect { status -> mutable.update { it.copy(progress = fraction(status)) } }
            job.download(path)
        } finally {
            mutable.update { it.copy(progress = null) }
        }
    }

    /** The app goes to the background. */
    fun onStop(): Job = reporting { platform.suspend() }

    /** The app is back. */
    fun onStart(): Job = reporting { platform.resume() }

    private fun reporting(work: suspend () -> Unit): Job = scope.launch {
        val problem = try {
            work()
            null
        } catch (failure: ElementKitException) {
            failure.message
        }
        mutable.update { it.copy(problem = problem) }
    }
}

/** Returns the fraction of the vendor's lists that has been read. */
private fun fraction(status: JsonObject): Double {
    val progress = status["progress"]?.jsonObject ?: return 0.0
    fun number(name: String): Long = progress[name]?.jsonPrimitive?.longOrNull ?: 0
    val total = number("parentsTotal")
    return if (total > 0) number("parentsDone").toDouble() / total else 0.0
}
