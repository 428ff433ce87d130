import Foundation
import XCTest

@testable import ElementKit
import ElementKitNative

/// How the package behaves.
final class MannersTests: XCTestCase {
    func testAPanicIsAnError() async throws {
        do {
            _ = try await call(panicForTest())
            XCTFail("it must fail")
        } catch let error as ElementKitError {
            XCTAssertEqual(error.info.code, "internal")
        }
    }

    func testErrorsCarryWhatBothSidesSaid() async throws {
        try await connected { _, platform, instance in
            do {
                _ = try await instance.records("channels/9/contacts").page()
                XCTFail("it must fail")
            } catch ElementKitError.notFound(let info) {
                XCTAssertEqual(info.status, 404)
                XCTAssertNotNil(info.requestId)
                XCTAssertTrue(info.providerMessage?.contains("ChannelNotFound") == true)
                XCTAssertTrue(ElementKitError.notFound(info).localizedDescription.contains("ChannelNotFound"))
            }
            try await platform.shutdown()
            try await platform.shutdown()
            do {
                try await instance.ping()
                XCTFail("it must fail")
            } catch ElementKitError.closed {}
        }
        XCTAssertThrowsError(try Platform.hosted(baseURL: "http://platform.example", userSecret: "u", organizationSecret: "o"))
    }

    func testCancellingATaskEndsTheVendorCall() async throws {
        try await connected { simulator, _, instance in
            let slow: JSONValue = .object([
                "match": .object(["path": .string("*/subscribers")]),
                "fault": .object(["type": .string("slow_body"), "stall_after": .int(10), "ms": .int(60000)]),
            ])
            try await simulator.admin("POST", "faults", slow)
            let reading = Task { try await instance.records("channels/1001/contacts").page() }
            while try await !simulator.requests().contains(where: { $0.hasSuffix("/subscribers") }) {
                try await Task.sleep(nanoseconds: 20_000_000)
            }
            let started = Date()
            reading.cancel()
            do {
                _ = try await reading.value
                XCTFail("it must be cancelled")
            } catch is CancellationError {}
            // The instance's four places at the vendor are free again: other calls go through at once.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await instance.ping() } }
                try await group.waitForAll()
            }
            XCTAssertLessThan(Date().timeIntervalSince(started), 20)
        }
    }

    func testASequenceMayBeLeftEarlyAndRecordsHaveTypes() async throws {
        try await connected { simulator, _, instance in
            let before = try await simulator.requests().count
            let contacts = try await instance.records("contacts", as: Contact.self, pageSize: 10).array(limit: 5)
            XCTAssertEqual(Set(contacts.compactMap(\.id)).count, 5)
            let after = try await simulator.requests().count
            XCTAssertLessThanOrEqual(after - before, 3)
        }
    }

    private func connected(_ test: (Sandbox, Platform, Instance) async throws -> Void) async throws {
        let simulator = try Sandbox()
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("test.db").path
        let platform = try await Platform.embedded(database, brighttalkURL: simulator.url)
        let instance = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret, keepWithoutEmail: true)
        try await test(simulator, platform, instance)
        try await platform.shutdown()
    }
}
