import ElementKit
import Foundation

/// Imports an element that is a document, and reads with it.
func document(_ platform: Platform) async throws {
    let environment = ProcessInfo.processInfo.environment
    let url = environment["CRM_URL"] ?? ""
    let token = environment["CRM_TOKEN"] ?? ""
    // show
    let definition = try platform.elements.read("crm.json")
    for problem in try platform.elements.check(definition).problems {
        print(problem.pointer, problem.message)
    }

    _ = try await platform.elements.import(definition)
    let crm = try await platform.instances.connect(
        element: "tinycrm", name: "crm", configuration: ["base.url": url, "access.token": token])
    for try await client in crm.records("clients") {
        print(client["id"]?.text ?? "", client["name"]?.text ?? "")
    }
    // end
}
