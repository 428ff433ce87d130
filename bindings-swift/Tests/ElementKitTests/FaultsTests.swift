import Foundation
import XCTest

@testable import ElementKit

private struct Person: Decodable, Sendable {
    let id: String
    let email: String
}

private struct Incomplete: Decodable, Sendable {
    let id: Int64
    let shoeSize: Int64
}

/// Mistakes of apps, and faults of their environment.
final class FaultsTests: XCTestCase {
    func testARecordThatDoesNotFitIsNamedWithoutWhatIsInIt() async throws {
        try await connected { _, _, instance in
            let wrong = await failure { _ = try await instance.records("contacts", as: Person.self).page() }
            guard case .decode(let info)? = wrong else { return XCTFail("\(String(describing: wrong))") }
            XCTAssertTrue(info.message.hasSuffix(": id"), info.message)
            let missing = await failure { _ = try await instance.records("contacts", as: Incomplete.self).array() }
            guard case .decode(let info)? = missing else { return XCTFail("\(String(describing: missing))") }
            XCTAssertTrue(info.message.hasSuffix(": shoeSize"), info.message)
            XCTAssertFalse("\(wrong as Any) \(missing as Any)".contains("example"))
        }
        let page = await failure {
            _ = try Response(status: 200, requestId: nil, body: Data("<a>secret</a>".utf8)).json()
        }
        guard case .decode(let info)? = page else { return XCTFail("\(String(describing: page))") }
        XCTAssertFalse(info.summary.contains("secret"))
        XCTAssertEqual(
            ElementKitError.connect(.init(code: "connect", message: "no", hint: "do")).localizedDescription, "no. do")
    }

    func testNumbersAndURLsWithoutAMeaningAreRefused() async throws {
        try await connected { _, _, instance in
            let other = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).db").path
            let job = try await instance.bulk.query("select id from channels")
            _ = try await job.wait()
            let calls: [() async throws -> Void] = [
                { _ = try await Platform.embedded(other, timeoutMs: 0) },
                { _ = try Platform.hosted(baseURL: "us", userSecret: "u", organizationSecret: "o", timeoutMs: 0) },
                { _ = try Platform.hosted(baseURL: "", userSecret: "u", organizationSecret: "o") },
                { _ = try await Platform.embedded(other, brighttalkURL: " ") },
                { _ = try await instance.records("channels").array(limit: -1) },
                { _ = try await job.batches(size: 0) },
                { _ = try await job.batches(size: -5) },
                { _ = try await instance.patch(["name": .double(.nan)]) },
            ]
            for (number, call) in calls.enumerated() {
                guard case .config? = await failure(call) else { return XCTFail("call \(number)") }
            }
            for number in [Double.nan, .infinity, -.infinity] {
                let error = await failure {
                    _ = try await instance.records("contacts", where: Field("id") < number).page()
                }
                guard case .invalidRequest? = error else { return XCTFail("\(number)") }
            }
        }
    }

    func testADeviceThatIsOfflineLooksTheSameEmbeddedAndHosted() async throws {
        let nobody = "http://127.0.0.1:9"
        let hosted = await failure {
            _ = try await Platform.hosted(baseURL: nobody, userSecret: "u", organizationSecret: "o").instances.list()
        }
        guard case .connect(let there)? = hosted else { return XCTFail("\(String(describing: hosted))") }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let platform = try await Platform.embedded(folder.appendingPathComponent("test.db").path, brighttalkURL: nobody)
        let embedded = await failure { _ = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret) }
        guard case .vendor(let here)? = embedded else { return XCTFail("\(String(describing: embedded))") }
        XCTAssertTrue(there.isUnreachable && here.isUnreachable && there.isRetryable && here.isRetryable)
        try await platform.shutdown()
    }

    func testWarningsReachWhoeverReadsAListASequenceOrAJob() async throws {
        let simulator = try Sandbox()
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let seen = Collected()
        let platform = try await Platform.embedded(
            folder.appendingPathComponent("test.db").path, brighttalkURL: simulator.url, onWarning: { seen.add($0) })
        let bt = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret)
        let list = bt.records("contacts", as: Contact.self, where: Field("emial") == "a", fields: "id", pageSize: 5)
        for try await contact in list { XCTFail("\(contact)") }
        XCTAssertEqual(
            seen.all.map { "\($0.code) \($0.field ?? "") \($0.suggestion ?? "")" }, ["unknown_field emial email"])
        XCTAssertEqual(list.warnings, seen.all)
        XCTAssertTrue(list.warnings.first?.description.contains("did you mean email") == true)
        let page = try await list.page()
        XCTAssertEqual(page.warnings.count, 1)

        let job = try await bt.bulk.query("select emial from contacts")
        XCTAssertEqual(job.warnings.map(\.field), ["emial"])
        XCTAssertEqual(seen.all.count, 2)

        let strict = try bt.withWarnings(.deny)
        guard
            case .invalidRequest? = await failure({
                _ = try await strict.records("contacts", where: "emial = 'a'").array()
            })
        else { return XCTFail("it must fail") }
        guard case .invalidRequest? = await failure({ _ = try await strict.bulk.query("select emial from contacts") })
        else { return XCTFail("it must fail") }
        _ = try await bt.withWarnings(.ignore).records("contacts", orderBy: "emial").array(limit: 1)
        XCTAssertEqual(seen.all.count, 2)
        try await platform.shutdown()
    }

    func testConnectingAtOnceMakesOneInstance() async throws {
        try await connected { _, platform, _ in
            let made = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret, name: "once").id
                    }
                }
                return try await group.reduce(into: Set<Int64?>()) { $0.insert($1) }
            }
            XCTAssertEqual(made.count, 1)
            let found = try await platform.instances.list(search: "once")
            XCTAssertEqual(found.count, 1)
        }
    }

    func testHalfReadListsEndWhenThePlatformIsClosed() async throws {
        try await connected(["subscribers": .int(6000)]) { _, platform, instance in
            let job = try await instance.bulk.query("select * from contacts")
            _ = try await job.wait()
            var rows = 0
            let error = await failure {
                for try await batch in try await job.batches(size: 10) {
                    if rows == 0 { try await platform.shutdown() }
                    rows += batch.count
                }
            }
            guard case .closed? = error else { return XCTFail("\(String(describing: error))") }
            XCTAssertLessThan(rows, 6000)
            guard case .closed? = await failure({ try await instance.ping() }) else { return XCTFail("it must fail") }
        }
    }

    func testAStalledJobIsResumedByItsWaiterOrTheWaitEnds() async throws {
        let simulator = try Sandbox()
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func open() async throws -> (Platform, Instance) {
            let platform = try await Platform.embedded(
                folder.appendingPathComponent("test.db"), brighttalkURL: simulator.url)
            return (platform, try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret))
        }
        let (first, before) = try await open()
        try await simulator.slowDown(50)
        let id = try await before.bulk.query("select * from contacts").id
        try await first.shutdown()
        let (second, after) = try await open()
        let last = try await after.bulk.job(id).wait()
        XCTAssertEqual(last["status"]?.text, "COMPLETED")
        // A second platform suspends the jobs of all platforms and is closed.
        let (third, _) = try await open()
        try await third.suspend()
        try await third.shutdown()
        let parked = try await after.bulk.query("select id from contacts")
        let ended = await failure { _ = try await parked.wait() }
        guard case .timeout(let info)? = ended else { return XCTFail("\(String(describing: ended))") }
        XCTAssertTrue(info.hint?.contains("suspended") == true, info.summary)
        try await second.resume()
        _ = try await parked.wait()
        try await second.shutdown()
    }

    func testTheAppKeepsTheVaultKey() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("test.db").path
        let keys = VaultKeys()
        func open(_ provider: VaultKeys?, _ path: String? = nil) async throws {
            try await Platform.embedded(path ?? database, vaultKeys: provider).shutdown()
        }
        try await open(keys)
        XCTAssertEqual(keys.kept.values.map(\.count), [32])
        XCTAssertFalse(FileManager.default.fileExists(atPath: database + ".key"))
        try await Platform.rotateVaultKey(of: database, in: keys)
        XCTAssertEqual(keys.kept.count, 2)
        try await open(keys)

        let wrong = VaultKeys(keys.kept.mapValues { _ in Data(repeating: 7, count: 32) })
        for (provider, words) in [(VaultKeys(), "is missing"), (nil, "application"), (wrong, "not the one")] {
            let error = await failure { try await open(provider) }
            guard case .storage(let info)? = error else { return XCTFail("\(String(describing: error))") }
            XCTAssertTrue(info.message.contains(words), info.message)
        }
        let short = VaultKeys(keys.kept.mapValues { _ in Data(repeating: 7, count: 16) })
        guard case .config? = await failure({ try await open(short) }) else { return XCTFail("a short key") }
        keys.isLocked = true
        guard case .storage(let info)? = await failure({ try await open(keys) }) else {
            return XCTFail("a locked device")
        }
        XCTAssertTrue(info.message.contains("the device is locked"), info.message)
        keys.isLocked = false

        let moved = folder.appendingPathComponent("moved.db").path
        try await open(nil, moved)
        try await Platform.moveVaultKey(of: moved, to: keys)
        XCTAssertFalse(FileManager.default.fileExists(atPath: moved + ".key"))
        try await open(keys, moved)
    }
}

/// The error of this package that a call throws; any other is a failure of the test.
private func failure(_ call: () async throws -> Void) async -> ElementKitError? {
    do {
        try await call()
        return nil
    } catch {
        XCTAssertTrue(error is ElementKitError, "\(error)")
        return error as? ElementKitError
    }
}

private struct Locked: LocalizedError {
    var errorDescription: String? { "the device is locked" }
}

private final class VaultKeys: VaultKeyProvider, @unchecked Sendable {
    private let lock = NSLock()
    private var keys: [String: Data]
    var isLocked = false

    init(_ keys: [String: Data] = [:]) { self.keys = keys }

    var kept: [String: Data] { lock.withLock { keys } }

    func load(_ name: String) throws -> Data? {
        if isLocked { throw Locked() }
        return lock.withLock { keys[name] }
    }

    func store(_ name: String, key: Data) throws { lock.withLock { keys[name] = key } }
}

/// Collects from any thread.
private final class Collected: @unchecked Sendable {
    private let lock = NSLock()
    private var warnings: [Warning] = []

    func add(_ warning: Warning) { lock.withLock { warnings.append(warning) } }

    var all: [Warning] { lock.withLock { warnings } }
}
