import io.elementkit.ElementKitException
import io.elementkit.Instance

/** Handles errors by their kind. */
suspend fun errors(bt: Instance) {
    // show
    try {
        bt.records("contactz").toList(limit = 1)
    } catch (error: ElementKitException.NotFound) {
        println("${error.code} - ${error.hint}") // not_found - Did you mean contacts?
    } catch (error: ElementKitException) {
        if (!error.isRetryable) throw error
        println("later: ${error.message}")
    }
    // end
}
