import ElementKit

/// Handles errors by their kind.
func errors(_ bt: Instance) async throws {
    // show
    do {
        _ = try await bt.records("contactz").array(limit: 1)
    } catch ElementKitError.notFound(let info) {
        print(info.code, "-", info.hint ?? "")  // not_found - Did you mean contacts?
    } catch let error as ElementKitError where error.info.isRetryable {
        print("later:", error.localizedDescription)
    }
    // end
}
