import ElementKitNative
import Examples
import Foundation
import XCTest

@testable import ElementKit

/// Behaviour of the package in a process.
final class MannersTests: XCTestCase {
    func testAPanicIsAnError() async throws {
        do {
            _ = try await ElementKit.perform(panicForTest())
            XCTFail("it must fail")
        } catch let error as ElementKitError {
            XCTAssertEqual(error.info.code, "internal")
        }
    }

    func testErrorsCarryTheMessagesOfPlatformAndVendor() async throws {
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
        XCTAssertThrowsError(
            try Platform.hosted(baseURL: "http://platform.example", userSecret: "u", organizationSecret: "o"))
    }

    func testCancellingATaskEndsTheVendorCall() async throws {
        try await connected { simulator, _, instance in
            try await simulator.slowDown(60_000)
            let reading = Task { try await instance.records("channels/1001/contacts").page() }
            try await eventually("it asks") { try await simulator.requests().contains { $0.hasSuffix("/subscribers") } }
            let started = Date()
            reading.cancel()
            do {
                _ = try await reading.value
                XCTFail("it must be cancelled")
            } catch is CancellationError {}
            try await eventually("the vendor sees it end") { try await simulator.wasAbandoned() }
            // The instance's four vendor slots are free again: other calls proceed at once.
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

    func testEveryKindOfErrorHasACase() {
        XCTAssertEqual(Set(errorCodes()), Set(ElementKitError.kinds.keys))
        for code in errorCodes() {
            let native = ErrorInfo(
                code: code, text: "what", status: 418, providerMessage: "vendor", requestId: "r1", hint: "do",
                retryAfterMs: 7,
                retryable: true, unreachable: true, job: JobFailureInfo(kind: "vendor", text: "why", phase: "reading"),
                summary: "what (status 418, request r1). do")
            let error = ElementKitError(native)
            XCTAssertEqual(error.info.code, code)
            let name = String(describing: Mirror(reflecting: error).children.first?.label ?? "")
            XCTAssertEqual(name.lowercased(), code.replacingOccurrences(of: "_", with: ""))
            XCTAssertEqual(error.localizedDescription, "what (status 418, request r1). do")
            XCTAssertEqual(error.recoverySuggestion, "do")
            XCTAssertTrue(error.info.isRetryable && error.info.isUnreachable)
            XCTAssertEqual(error.info.jobFailure?.phase, "reading")
        }
    }

    func testNothingIsCalledAfterShutdown() async throws {
        try await connected { simulator, platform, instance in
            try await simulator.slowDown(100)
            let job = try await instance.bulk.query("select id from contacts")
            let calls = Counter()
            let waiting = Task { try await job.wait { _ in calls.add() } }
            try await eventually("it tells of progress") { calls.value > 0 }
            try await platform.shutdown()
            let told = calls.value
            do {
                _ = try await waiting.value
                XCTFail("it must fail")
            } catch ElementKitError.closed {}
            // The simulator lists a request that was under way once it has read it.
            try await Task.sleep(nanoseconds: 500_000_000)
            let asked = try await simulator.requests().count
            try await Task.sleep(nanoseconds: 500_000_000)
            XCTAssertEqual(calls.value, told)
            let askedLater = try await simulator.requests().count
            XCTAssertEqual(askedLater, asked)
        }
    }

    func testSuspendParksJobsAndResumeContinuesThem() async throws {
        try await connected(["subscribers": .int(2000)]) { simulator, platform, instance in
            try await simulator.slowDown(100)
            let job = try await instance.bulk.query("select id from contacts")
            try await eventually("it has read something") { try await (job.status()["recordsCount"]?.integer ?? 0) > 0 }
            try await platform.suspend()
            let asked = try await simulator.requests().count
            try await Task.sleep(nanoseconds: 400_000_000)
            let askedLater = try await simulator.requests().count
            XCTAssertEqual(askedLater, asked)
            let parked = try await job.status()
            XCTAssertEqual(parked["progress"]?["phase"].text, "parked")
            try await platform.resume()
            let last = try await job.wait()
            XCTAssertEqual(last["recordsCount"]?.integer, 2000)
        }
    }

    func testAFullDiskIsReportedAndTheJobResumesWithFreeSpace() async throws {
        guard let small = ProcessInfo.processInfo.environment["ELEMENTKIT_SMALL_DISK"] else {
            throw XCTSkip("needs a small disk that may be filled")
        }
        let place = URL(fileURLWithPath: small)
        try await connected(["subscribers": .int(12_000)], in: place) { _, _, instance in
            let ballast = place.appendingPathComponent("ballast")
            try fill(place, ballast)
            let job = try await instance.bulk.query("select * from contacts")
            do {
                _ = try await job.wait()
                XCTFail("it must fail")
            } catch ElementKitError.jobFailed(let info) {
                XCTAssertTrue(info.summary.contains("Free some space"), info.summary)
                XCTAssertEqual(info.jobFailure?.kind, "storage")
            }
            // Other disk errors have the same case as a file that cannot be opened.
            let fields: [JSONValue] = (0..<8000).map { number in
                .object(["path": .string(String(repeating: "field\(number)", count: 8)), "type": .string("string")])
            }
            do {
                try await instance.definitions.create("large", ["fields": .array(fields)])
                XCTFail("it must fail")
            } catch ElementKitError.storage {}
            try FileManager.default.removeItem(at: ballast)
            _ = try await job.resume()
            let last = try await job.wait()
            XCTAssertEqual(last["recordsCount"]?.integer, 12_000)
        }
    }

    func testSecretsComeFromAProvider() async throws {
        let simulator = try Sandbox()
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (server, url) = try serve(folder.appendingPathComponent("served.db").path, simulator.url)
        defer { server.stop() }
        var kept = Kept(secrets: [
            .userSecret: user, .organizationSecret: organization, .brightTalkKey: key, .brightTalkSecret: secret,
        ])
        let platform = try await Platform.hosted(baseURL: url, credentials: kept)
        try await BrightTalk.connect(platform, credentials: kept).ping()
        kept.secrets[.brightTalkSecret] = nil
        do {
            _ = try await BrightTalk.connect(platform, credentials: kept)
            XCTFail("it must fail")
        } catch let error as ElementKitError {
            XCTAssertTrue(error.localizedDescription.contains("brighttalk.api.secret"), error.localizedDescription)
        }
        kept.secrets[.userSecret] = nil
        do {
            _ = try await Platform.hosted(baseURL: url, credentials: kept)
            XCTFail("it must fail")
        } catch ElementKitError.config {}
        try await platform.shutdown()
    }

    func testTheExampleShowsChannelsAndABar() async throws {
        try await connected(["subscribers": .int(2000)]) { simulator, platform, instance in
            try await simulator.slowDown(50)
            try await show(platform, instance)
        }
    }
}

@MainActor
private func show(_ platform: Platform, _ instance: Instance) async throws {
    let model = ChannelsModel(platform: platform, instance: instance)
    var shown: [Double] = []
    model.changed = { if let progress = model.progress { shown.append(progress) } }
    await model.load()
    XCTAssertEqual(model.channels.count, 5)
    XCTAssertNotNil(model.channels.first?.name)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    model.pullContacts(into: file.path)
    await model.finished()
    XCTAssertNil(model.problem)
    XCTAssertNil(model.progress)
    XCTAssertEqual(shown, shown.sorted())
    XCTAssertGreaterThan(Set(shown).count, 2, "\(shown)")
    XCTAssertEqual(try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).count, 2001)
    await model.enterBackground()
    await model.enterForeground()
    XCTAssertNil(model.problem)
}

private struct Kept: CredentialProvider {
    var secrets: [SecretName: String]

    func secret(_ name: SecretName) async throws -> String? { secrets[name] }
}

/// Fills a disk except for 300 KiB.
private func fill(_ place: URL, _ ballast: URL) throws {
    let room = place.appendingPathComponent("room")
    try Data(count: 300 << 10).write(to: room)
    try Data().write(to: ballast)
    let file = try FileHandle(forWritingTo: ballast)
    let block = Data(repeating: 7, count: 64 << 10)
    while (try? file.write(contentsOf: block)) != nil {}
    try file.close()
    try FileManager.default.removeItem(at: room)
}

/// Counts from any thread.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var calls = 0

    func add() { lock.withLock { calls += 1 } }

    var value: Int { lock.withLock { calls } }
}
