import ElementKit
import Foundation

/// Pulls what changed since the last pull.
func incremental(_ bt: Instance) async throws {
    // show
    let state = try? String(contentsOfFile: "contacts.state", encoding: .utf8)
    let pull = try await bt.sync("contacts", state: state)
    _ = try await pull.download("changed.csv")  // upsert these rows by their id
    for partition in try await pull.pending() {
        print("could not be read, comes with the next pull:", partition)
    }
    // Only now: a state is never ahead of the rows.
    try await pull.state().write(toFile: "contacts.state", atomically: true, encoding: .utf8)
    // end
}
