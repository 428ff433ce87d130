import ElementKit
import Foundation

/// Defines an object and maps the contacts of BrightTALK to it.
func mapping(_ platform: Platform, _ bt: Instance) async throws {
    // show
    func json(_ file: String) throws -> JSONObject {
        try JSONDecoder().decode(JSONObject.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }
    _ = try await platform.definitions().create("people", json("people.json"))
    _ = try await platform.transformations().create("people", json("people-brighttalk.json"))

    for person in try await bt.records("people").array(limit: 3) {
        print(person["id"]?.integer ?? 0, person["joined"]?.text ?? "")
    }
    // end
}
