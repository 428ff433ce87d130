import ElementKitNative
import Foundation
import XCTest

@testable import ElementKit

/// Features of the client beyond the scenarios.
final class APITests: XCTestCase {
    func testShapesChangesAndPulls() async throws {
        let simulator = try Sandbox(["subscribers": .int(1000), "channels": .int(2)])
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let platform = try await Platform.embedded(
            folder.appendingPathComponent("test.db").path, brighttalkURL: simulator.url)
        let bt = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret)

        let definitions = try platform.definitions()
        let mappings = try platform.transformations()
        let mail: JSONValue = .object(["path": .string("mail"), "type": .string("string")])
        try await definitions.create("people", ["fields": .array([mail])])
        let mapped: JSONValue = .object(["path": .string("mail"), "vendorPath": .string("email")])
        let off: JSONValue = .object(["fromVendor": .bool(false), "toVendor": .bool(false)])
        let passThrough: JSONValue = .object(["type": .string("passThrough"), "properties": off])
        try await mappings.create(
            "people",
            ["vendorName": .string("contacts"), "fields": .array([mapped]), "configuration": .array([passThrough])])
        let made = try await mappings.execute("people", .object(["email": .string("a@example.org"), "id": .int(1)]))
        XCTAssertEqual(made["mail"].text, "a@example.org")
        let names = try await bt.objects()
        XCTAssertTrue(names.contains("people"))

        let changed = try await bt.patch(["tags": .array([.string("emea")])])
        XCTAssertEqual(changed["tags"], .array([.string("emea")]))
        let found = try await platform.instances.list(search: "BRIGHT", tags: ["emea"])
        XCTAssertEqual(found.count, 1)
        let old = bt.token
        let entries = try await bt.configuration()
        let nulls = entries.first { $0["key"] == .string("filter.response.nulls") }
        guard case .int(let item)? = nulls?["id"] else { return XCTFail("\(entries)") }
        let entry = try await bt.configure(item, "false")
        XCTAssertEqual(entry["propertyValue"], .string("false"))
        // Printing an instance shows no secret.
        var dumped = "\(bt) \(String(reflecting: bt))"
        dump(bt, to: &dumped)
        XCTAssertFalse(dumped.contains(bt.token))
        XCTAssertTrue(dumped.contains(String(bt.id ?? 0)))
        let fresh = try await bt.rotateToken()
        XCTAssertNotEqual(old, fresh)

        let pull = try await bt.sync("contacts")
        var rows = 0
        for try await batch in try await pull.batches(size: 300) { rows += batch.count }
        XCTAssertGreaterThan(rows, 900)
        let pending = try await pull.pending()
        XCTAssertTrue(pending.isEmpty)
        var newer = 0
        for try await batch in try await bt.sync("contacts", state: try await pull.state()).batches() {
            newer += batch.count
        }
        XCTAssertLessThan(newer, 900)

        let condition = Field("channelId") == 1002
        let contacts = try await bt.records("contacts", as: Contact.self, where: condition).array(limit: 3)
        XCTAssertEqual(Set(contacts.map(\.channelId)), [1002])
        try await platform.shutdown()
    }

    func testConditionsAreThoseOfEveryLanguage() throws {
        let file = try Data(contentsOf: root.appendingPathComponent("conditions.json"))
        let cases = try JSONDecoder().decode([JSONValue].self, from: file)
        XCTAssertGreaterThan(cases.count, 20)
        for each in cases {
            XCTAssertEqual(try condition(each["condition"]).description, each["text"].text)
        }
    }

    private func condition(_ given: JSONValue) throws -> Condition {
        if case .array(let both) = given["and"] { return try condition(both[0]) && condition(both[1]) }
        if case .array(let both) = given["or"] { return try condition(both[0]) || condition(both[1]) }
        if case .object = given["not"] { return try !condition(given["not"]) }
        let field = Field(try XCTUnwrap(given["field"].text))
        let name = try XCTUnwrap(given["is"].text)
        switch given["value"] {
        case .string(let pattern) where name == "like": return field.like(pattern)
        case .string(let value): return try compared(field, name, value)
        case .int(let value): return try compared(field, name, value)
        case .double(let value): return try compared(field, name, value)
        case .bool(let value): return try compared(field, name, value)
        case .array(let values):
            let texts = values.compactMap(\.text)
            return texts.isEmpty ? field.isIn(values.compactMap(\.integer)) : field.isIn(texts)
        default: return name == "null" ? field.isNull : field.isNotNull
        }
    }

    private func compared(_ field: Field, _ name: String, _ value: some CEQLValue) throws -> Condition {
        switch name {
        case "=": return field == value
        case "!=": return field != value
        case "<": return field < value
        case "<=": return field <= value
        case ">": return field > value
        default:
            XCTAssertEqual(name, ">=")
            return field >= value
        }
    }

    func testConditionsAreQuoted() {
        XCTAssertEqual((Field("name") == "O'Brien").description, "name = 'O''Brien'")
        XCTAssertEqual((Field("a b") == 1).description, "`a b` = 1")
        XCTAssertEqual(
            (Field("id") > 7 && !Field("email").like("%@x.org")).description,
            "(id > 7) AND (NOT (email LIKE '%@x.org'))")
        XCTAssertEqual((Field("at") > Date(timeIntervalSince1970: 0)).description, "at > '1970-01-01T00:00:00Z'")
        XCTAssertEqual(
            (Field("at") <= Date(timeIntervalSince1970: 10.5)).description, "at <= '1970-01-01T00:00:10.500Z'")
        XCTAssertEqual(Field("id").isIn(1, 2).description, "id IN (1, 2)")
    }

    func testCallbacksAreVerified() {
        let body = Data(#"{"id":"1","status":"COMPLETED"}"#.utf8)
        let signature = "sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw="
        XCTAssertTrue(Webhook.verify(key: "S1gn-me", body: body, signature: signature))
        XCTAssertFalse(Webhook.verify(key: "S1gn-me", body: body + Data(" ".utf8), signature: signature))
        XCTAssertFalse(Webhook.verify(key: "S1gn-me", body: body, signature: nil))
        // Anyone can sign with an empty key: this is its signature of an empty body.
        let empty = "sha256=thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0="
        XCTAssertFalse(Webhook.verify(key: "", body: Data(), signature: empty))
    }
}
