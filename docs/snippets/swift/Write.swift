import ElementKit

/// Creates, changes and deletes a record.
func write(_ crm: Instance) async throws {
    // show
    let clients = crm.records("clients")
    let made = try await clients.create(["name": "Acme", "employees": 12])
    let id = made?["id"]?.text ?? ""
    print("created", id)
    _ = try await clients.update(id, ["employees": 13])
    try await clients.delete(id)
    // end
}
