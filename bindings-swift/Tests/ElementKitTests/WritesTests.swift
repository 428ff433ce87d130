import Foundation
import XCTest

@testable import ElementKit

/// Writes, other calls, and logins that a user grants, beyond the scenarios.
final class WritesTests: XCTestCase {
    /// An account as an app declares it.
    struct Account: Codable, Sendable, Equatable {
        var id: String?
        var name: String
        var employees: Int?
    }

    struct Strict: Codable, Sendable { var motto: String }

    private func connected(_ test: (Sandbox, Platform, Instance) async throws -> Void) async throws {
        let vendor = try Sandbox(testbed: ["accounts": 5])
        defer { vendor.stop() }
        let platform = try vendor.platform()
        let token = ["testbed.access.token": vendor.testbed["token"]?.text ?? ""]
        let crm = try await platform.instances.connect(element: "testbed", name: "crm", configuration: token)
        try await test(vendor, platform, crm)
        try await platform.shutdown()
    }

    func testRecordsOfOwnTypesAreWritten() async throws {
        try await connected { _, _, crm in
            // As in README.md.
            let accounts = crm.records("accounts", as: Account.self)
            let account = try await accounts.create(Account(name: "Acme"))
            let id = try XCTUnwrap(account?.id)
            try await accounts.update(id, ["employees": 12])
            let merged = try await crm.records("accounts").create(["name": "Bcme"])
            let path = "accounts/\(id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")/merge"
            let answer = try await crm.call("POST", path, json: ["from": merged?["id"] ?? .null])
            XCTAssertEqual(try answer.json()["account"]["id"].text, id)
            XCTAssertTrue(answer.headers["content-type"]?.hasPrefix("application/json") == true)

            let replaced = try await accounts.replace(id, Account(name: "Ccme"))
            XCTAssertEqual(replaced, Account(id: id, name: "Ccme"))
            do {
                try await crm.records("accounts", as: Strict.self).update(id, ["employees": 3])
                XCTFail("it must fail")
            } catch ElementKitError.decode(let info) {
                XCTAssertTrue(info.message.hasPrefix("the record was written, but"), info.message)
            }
            try await accounts.delete(id)
            do {
                try await accounts.delete(id)
                XCTFail("it must fail")
            } catch ElementKitError.notFound {}
            do {
                _ = try await crm.call("POST", "accounts", contentType: "a/b")
                XCTFail("it must fail")
            } catch ElementKitError.config {}
        }
    }

    func testRecordsAreUploadedInBlocks() async throws {
        struct Broken: Error {}
        try await connected { _, _, crm in
            let records = (1...3000).lazy.map { ["name": "Company \($0) " + String(repeating: "x", count: 150)] }
            var options = UploadOptions()
            options.mode = .upsert
            options.key = "id"
            options.concurrency = 10
            let job = try await crm.bulk.upload("accounts", records: records, options: options)
            let ended = try await job.wait()
            let counts = ["recordsCount", "recordsFailedCount", "recordsUnknownCount"].map { ended[$0]?.integer }
            XCTAssertEqual(counts, [3000, 0, 0])
            let folder = try temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let size = try await job.downloadFailed(folder.appendingPathComponent("failed.jsonl").path)
            XCTAssertEqual(size, 0)
            let broken = AsyncThrowingStream<JSONObject, Error> { source in
                for number in 0..<3000 { source.yield(["name": .string("Company \(number)")]) }
                source.finish(throwing: Broken())
            }
            do {
                _ = try await crm.bulk.upload("accounts", records: broken)
                XCTFail("it must fail")
            } catch is Broken {}
            let jobs = try await crm.bulk.list()
            XCTAssertEqual(jobs.count, 1)
        }
    }

    func testCancellingAWriteEndsIt() async throws {
        try await connected { vendor, _, crm in
            try await vendor.admin(
                "POST", "faults", ["match": ["method": "POST"], "fault": ["type": "slow_headers", "ms": 60000]])
            let accounts = crm.records("accounts")
            let writing = Task { try await accounts.create(["name": "Acme"]) }
            try await eventually("a request") { try await vendor.requests().contains { $0.hasSuffix("/accounts") } }
            writing.cancel()
            do {
                _ = try await writing.value
                XCTFail("it must fail")
            } catch is CancellationError {}
        }
    }

    func testAUserGrantsAccess() async throws {
        try await connected { vendor, platform, _ in
            let (key, secret) = (vendor.testbed["clientId"]?.text ?? "", vendor.testbed["clientSecret"]?.text ?? "")
            let callback = "https://app.example/callback"
            let login = try await platform.elements.oauthURL("testbedUser", callbackURL: callback, apiKey: key)
            let redirect = try await location(login.url.absoluteString)
            let granted = try login.grant(try XCTUnwrap(URL(string: redirect)))
            var shown = "\(granted) \(String(reflecting: granted))"
            dump(granted, to: &shown)
            XCTAssertFalse(shown.contains(granted.code))
            let crm = try await platform.instances.connect(
                element: "testbedUser", name: "user",
                configuration: ["oauth.api.key": key, "oauth.api.secret": secret, "oauth.callback.url": callback],
                granted: granted)
            let accounts = try await crm.records("accounts").array(limit: 2)
            XCTAssertEqual(accounts.count, 2)
            let metadata = try await platform.elements.metadata("testbedUser")
            XCTAssertEqual(metadata["authenticationType"], "oauth2Pkce")
            let keys = try await platform.elements.configuration("testbedUser").compactMap { $0["key"]?.text }
            XCTAssertTrue(keys.contains("oauth.api.key"))
            let all = try await platform.elements.list()
            XCTAssertTrue(all.contains { $0["key"] == "testbedUser" })
        }
    }
}
