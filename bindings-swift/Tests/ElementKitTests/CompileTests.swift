import ElementKit
import Foundation
import XCTest

/// Code of an app in Swift 6 mode that imports Foundation too; the first part only has to compile.
final class CompileTests: XCTestCase {
    let condition: Condition = Field("id") == 1
    let preview = Channel(id: 1, name: "a preview")
    let offline = ElementKitError.connect(.init(code: "connect", isUnreachable: true))
    let shape: JSONObject = [
        "fields": [["path": "mail", "type": "string"]], "limit": 1, "share": 0.5, "on": true, "gone": nil,
    ]

    func among(_ ids: [Int]) -> Condition { Field("id").isIn(ids) }
    func open(_ url: URL) async throws { _ = try await Platform.embedded(url) }
    func missing(_ bt: Instance) -> Records<JSONObject> { bt.records("contacts", where: Field("email") == nil) }

    @MainActor final class Model {
        var done: [Int64] = []

        func pull(_ job: Job) async throws -> JSONObject {
            try await job.wait { self.done.append($0["recordsCount"]?.integer ?? 0) }
        }
    }

    func testValuesAreWhatWasWritten() {
        XCTAssertEqual(condition.description, "id = 1")
        XCTAssertEqual(preview.name, "a preview")
        XCTAssertTrue(offline.info.isUnreachable)
        XCTAssertEqual(shape["fields"], .array([.object(["path": .string("mail"), "type": .string("string")])]))
        XCTAssertEqual(
            [shape["limit"], shape["share"], shape["on"], shape["gone"]], [.int(1), .double(0.5), .bool(true), .null])
        XCTAssertEqual(among([1, 2]).description, "id IN (1, 2)")
        XCTAssertEqual(among([]).description, "(id IS NULL) AND (id IS NOT NULL)")
        XCTAssertEqual((Field("email") == nil).description, "email IS NULL")
        XCTAssertEqual((Field("email") != nil).description, "email IS NOT NULL")
    }

    func testADatabaseIsNamedByAFileURL() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await open(folder.appendingPathComponent("test.db"))
        do {
            try await open(URL(string: "https://example.org/test.db")!)
            XCTFail("it must fail")
        } catch ElementKitError.config {}
    }

    func testProgressReachesAnActor() async throws {
        try await connected { _, _, instance in
            let absent = try await missing(instance).array()
            XCTAssertTrue(absent.allSatisfy { $0["email"] == nil })
            let job = try await instance.bulk.query("select id from contacts")
            let model = Model()
            let last = try await model.pull(job)
            let done = await model.done
            XCTAssertEqual(done.last, last["recordsCount"]?.integer)
        }
    }
}
