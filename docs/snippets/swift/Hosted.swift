import ElementKit

/// Uses a platform on the network.
func hosted() async throws {
    // show
    // ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
    let platform = try Platform.hosted()
    for instance in try await platform.instances.list() {
        print(instance["id"]?.integer ?? 0, instance["name"]?.text ?? "")
    }
    // end
}
