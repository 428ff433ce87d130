import Foundation
import XCTest

@testable import ElementKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

let key = "1"
let secret = "0123456789ABCDEF0123456789ABCDEF"
let user = "test-user-secret"
let organization = "test-organization-secret"
let root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)

/// A child process; `line` is its first line of output.
final class Started {
    private let process = Process()
    let line: String

    init(_ arguments: [String], environment: [String: String] = [:], program: String = "elementkit") throws {
        let output = Pipe()
        process.executableURL = root.appendingPathComponent("lib/\(program)")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
            text += byte
        }
        line = String(decoding: text, as: UTF8.self)
    }

    func stop() {
        // A task's threads block SIGTERM, and the process started from one inherits that.
        kill(process.processIdentifier, SIGKILL)
        // `waitUntilExit` spins a run loop that a task's thread does not have, so it may never see the end.
        while process.isRunning { usleep(5000) }
    }
}

/// A simulated vendor.
final class Sandbox {
    private let started: Started
    let url: String
    /// Description of the vendor that can be written to, with a platform that has its elements.
    let testbed: JSONObject

    /// BrightTALK.
    init(_ options: JSONObject = [:]) throws {
        started = try Started(["sandbox"] + arguments(options))
        url = started.line
        testbed = [:]
    }

    /// The vendor that can be written to.
    init(testbed options: JSONObject) throws {
        started = try Started(arguments(options), program: "testbed-serve")
        testbed = try JSONDecoder().decode(JSONObject.self, from: Data(started.line.utf8))
        url = testbed["vendorUrl"]?.text ?? ""
    }

    /// Returns the platform that has the elements of the testbed.
    func platform() throws -> Platform {
        try Platform.hosted(
            baseURL: testbed["baseUrl"]?.text, userSecret: testbed["user"]?.text,
            organizationSecret: testbed["organization"]?.text)
    }

    @discardableResult
    func admin(_ method: String, _ what: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        var request = URLRequest(url: URL(string: "\(url)/__sim/\(what)")!)
        request.httpMethod = method
        request.httpBody = try body.map { try JSONEncoder().encode($0) }
        let (data, response) = try await URLSession.shared.data(for: request)
        XCTAssertEqual((response as? HTTPURLResponse)?.statusCode, 200, String(decoding: data, as: UTF8.self))
        return try JSONDecoder().decode(JSONValue.self, from: data)
    }

    func requests() async throws -> [String] {
        guard case .array(let entries) = try await admin("GET", "requests") else { return [] }
        return entries.compactMap { $0["path"].text }
    }

    /// Returns whether a caller left a response before its end.
    func wasAbandoned() async throws -> Bool {
        guard case .array(let entries) = try await admin("GET", "requests") else { return false }
        return entries.contains { $0["abandoned"] == .bool(true) }
    }

    /// Delays pages of people in the middle.
    func slowDown(_ milliseconds: Int64) async throws {
        try await admin(
            "POST", "faults",
            .object([
                "match": .object(["path": .string("*/subscribers")]),
                "fault": .object(["type": .string("slow_body"), "stall_after": .int(10), "ms": .int(milliseconds)]),
            ]))
    }

    func stop() { started.stop() }
}

private func arguments(_ options: JSONObject) -> [String] {
    options.flatMap { name, value in
        ["--" + name.replacingOccurrences(of: "_", with: "-"), String(value.integer ?? 0)]
    }
}

/// Takes no redirect.
private final class Unfollowed: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) { completionHandler(nil) }
}

/// Returns where an address leads, as to an app that receives the redirect of a browser.
func location(_ url: String) async throws -> String {
    let session = URLSession(configuration: .ephemeral, delegate: Unfollowed(), delegateQueue: nil)
    defer { session.invalidateAndCancel() }
    let (_, response) = try await session.data(for: URLRequest(url: URL(string: url)!))
    return (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Location") ?? ""
}

/// Waits for a condition, for at most half a minute.
func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
    for _ in 0..<1500 {
        if try await holds() { return }
        try await Task.sleep(nanoseconds: 20_000_000)
    }
    throw Mismatch(description: "never: \(what)")
}

/// A simulated vendor and an engine on a new file with an instance.
func connected(
    _ options: JSONObject = [:], in place: URL? = nil, _ test: (Sandbox, Platform, Instance) async throws -> Void
) async throws {
    let simulator = try Sandbox(options)
    defer { simulator.stop() }
    let folder = try temporaryFolder(in: place)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = folder.appendingPathComponent("test.db").path
    let platform = try await Platform.embedded(database, brighttalkURL: simulator.url)
    let instance = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret, keepWithoutEmail: true)
    try await test(simulator, platform, instance)
    try await platform.shutdown()
}

/// A served engine.
func serve(_ database: String, _ brighttalkURL: String) throws -> (Started, String) {
    let started = try Started(
        ["--database", database, "--brighttalk-url", brighttalkURL, "serve", "--listen", "127.0.0.1:0"],
        environment: [
            "ELEMENTKIT_BOOTSTRAP_USER_SECRET": user, "ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET": organization,
        ]
    )
    let line = try JSONDecoder().decode(JSONValue.self, from: Data(started.line.utf8))
    return (started, line["baseUrl"].text ?? "")
}

func temporaryFolder(in place: URL? = nil) throws -> URL {
    let folder = (place ?? FileManager.default.temporaryDirectory).appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}
