import Foundation
import XCTest

@testable import ElementKit

/// The client scenarios, embedded and hosted.
final class ScenarioTests: XCTestCase {
    func testEmbedded() async throws { try await runAll(hosted: false) }

    func testHosted() async throws { try await runAll(hosted: true) }

    private func runAll(hosted: Bool) async throws {
        let folder = root.appendingPathComponent("scenarios")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        XCTAssertFalse(files.isEmpty)
        for file in files.sorted(by: { $0.path < $1.path }) {
            let scenario = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
            do {
                try await run(scenario, hosted: hosted)
            } catch {
                XCTFail("\(file.lastPathComponent), \(hosted ? "hosted" : "embedded"): \(error)")
            }
        }
    }

    private func run(_ scenario: JSONValue, hosted: Bool) async throws {
        if case .object(let given) = scenario["testbed"] {
            return try await runTestbed(given, scenario, hosted: hosted)
        }
        var options: JSONObject = [:]
        if case .object(let given) = scenario["simulator"] { options = given }
        let simulator = try Sandbox(options)
        defer { simulator.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var server: Started?
        defer { server?.stop() }
        let platform: Platform
        if hosted {
            let (started, url) = try serve(folder.appendingPathComponent("served.db").path, simulator.url)
            server = started
            platform = try Platform.hosted(baseURL: url, userSecret: user, organizationSecret: organization)
        } else {
            let database = folder.appendingPathComponent("test.db").path
            platform = try await Platform.embedded(database, brighttalkURL: simulator.url, resumeJobs: true)
        }
        try await run(scenario, Steps(platform, simulator))
    }

    private func runTestbed(_ options: JSONObject, _ scenario: JSONValue, hosted: Bool) async throws {
        guard hosted || scenario["values"] != .null else {
            print("SKIPPED embedded, \(scenario["name"].text ?? ""): the engine has the built-in elements only")
            return
        }
        let vendor = try Sandbox(testbed: options)
        defer { vendor.stop() }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("test.db")
        let platform = hosted ? try vendor.platform() : try await Platform.embedded(database, resumeJobs: true)
        let steps = Steps(platform, vendor)
        steps.values = scenario["values"].members
        steps.values["testbed"] = .object(vendor.testbed)
        try await run(scenario, steps)
    }

    private func run(_ scenario: JSONValue, _ steps: Steps) async throws {
        guard case .array(let all) = scenario["steps"] else { return }
        for (index, step) in all.enumerated() {
            do {
                try await steps.step(step)
            } catch {
                throw Mismatch(description: "step \(index + 1) (\(step["do"].text ?? "")): \(error)")
            }
        }
        try await steps.platform.shutdown()
    }
}

extension JSONValue {
    /// The members of an object; none of anything else.
    fileprivate var members: JSONObject {
        if case .object(let members) = self { return members }
        return [:]
    }
}

private final class Steps {
    let platform: Platform
    let simulator: Sandbox
    var values: JSONObject = [:]
    var instances: [String: Instance] = [:]
    var jobs: [String: Job] = [:]
    var logins: [String: OauthURL] = [:]

    init(_ platform: Platform, _ simulator: Sandbox) {
        self.platform = platform
        self.simulator = simulator
    }

    func step(_ raw: JSONValue) async throws {
        let step = try fill(raw, values)
        let name = step["as"].text ?? ""
        let value: JSONValue
        do {
            value = try await act(step, name)
        } catch let error as ElementKitError {
            guard step["error"] != .null else { throw error }
            return try check(step["error"], view(error), at: "error")
        }
        guard step["error"] == .null else { throw Mismatch(description: "expected an error, got \(value)") }
        if case .object(let members) = step, let pattern = members["expect"] { try check(pattern, value) }
        values[name] = value
    }

    private func act(_ step: JSONValue, _ name: String) async throws -> JSONValue {
        let given = step["with"]
        let on = step["on"].text ?? ""
        switch step["do"].text ?? "" {
        case "create_instance", "connect_instance":
            let element = given["element"].text ?? "brighttalk"
            var configuration =
                element == "brighttalk" ? ["brighttalk.api.key": key, "brighttalk.api.secret": secret] : [:]
            if case .object(let extra) = given["configuration"] {
                for (key, value) in extra { configuration[key] = value.text }
            }
            let make = step["do"].text == "create_instance" ? platform.instances.create : platform.instances.connect
            let granted = given["granted"]["code"].text.map { Grant(code: $0, state: given["granted"]["state"].text!) }
            let created = try await make(element, given["name"].text ?? "", configuration, nil, granted)
            instances[name] = created
            return .object(created.details ?? [:])
        case "get_instance":
            let found = try await platform.instances.get(given["id"].integer ?? 0)
            instances[name] = found
            return .object(found.details ?? [:])
        case "list_instances": return .array(try await platform.instances.list().map { .object($0) })
        case "delete_instance":
            try await platform.instances.delete(given["id"].integer ?? 0)
            return .null
        case "ping":
            try await instances[on]!.ping()
            return .null
        case "objects": return .array(try await instances[on]!.objects().map { .string($0) })
        case "records":
            let limit = given["limit"].integer.map { Int($0) } ?? .max
            return .array(try await list(on, given).array(limit: limit).map { .object($0) })
        case "page":
            let page = try await list(on, given).page(given["token"].text)
            return .object([
                "records": .array(page.records.map { .object($0) }),
                "next": page.next.map { .string($0) } ?? .null,
                "total": page.total.map { .int(Int64($0)) } ?? .null,
            ])
        case "create_record": return written(try await list(on, given).create(given["record"].members))
        case "replace_record":
            return written(try await list(on, given).replace(given["id"].text!, given["record"].members))
        case "update_record":
            return written(try await list(on, given).update(given["id"].text!, given["record"].members))
        case "delete_record":
            try await list(on, given).delete(given["id"].text!)
            return .null
        case "call": return try await called(on, given)
        case "element": return .object(try await platform.elements.get(given["element"].text!))
        case "check_element":
            let report = try platform.elements.check(given["definition"].members)
            return try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(report))
        case "import_element": return .object(try await platform.elements.import(given["definition"].members))
        case "replace_element":
            return .object(try await platform.elements.replace(given["element"].text!, given["definition"].members))
        case "export_element": return .object(try await platform.elements.export(given["element"].text!))
        case "remove_element":
            try await platform.elements.remove(given["element"].text!)
            return .null
        case "oauth_url":
            let login = try await platform.elements.oauthURL(
                given["element"].text!, callbackURL: given["callbackUrl"].text, apiKey: given["apiKey"].text,
                scope: given["scope"].text, state: given["state"].text)
            logins[name] = login
            return [
                "url": .string(login.url.absoluteString), "element": .string(login.element),
                "state": .string(login.state),
            ]
        case "browse": return .string(try await location(given["url"].text!))
        case "grant":
            let grant = try logins[on]!.grant(URL(string: given["redirect"].text!)!)
            return ["code": .string(grant.code), "state": .string(grant.state)]
        case "request":
            let body = given["json"] == .null ? nil : given["json"]
            let answer = try await platform.request(
                given["method"].text!, given["path"].text!, json: body, token: instances[on]?.token)
            return .object(["status": .int(Int64(answer.status)), "json": try answer.json()])
        case "bulk_query":
            let job = try await instances[on]!.bulk.query(
                given["q"].text!, from: given["from"].text, to: given["to"].text)
            jobs[name] = job
            return .object(["id": .string(job.id)])
        case "bulk_upload":
            let job = try await upload(instances[on]!.bulk, given)
            jobs[name] = job
            return .object(["id": .string(job.id)])
        case "bulk_failed":
            var data = Data()
            let chunks = try await jobs[on]!.failedRecords(unknown: given["unknown"] == .bool(true))
            for try await chunk in chunks { data += chunk }
            return .string(String(decoding: data, as: UTF8.self))
        case "bulk_wait": return .object(try await jobs[on]!.wait())
        case "bulk_status": return .object(try await jobs[on]!.status())
        case "bulk_report": return .object(try await jobs[on]!.report())
        case "bulk_cancel": return .object(try await jobs[on]!.cancel())
        case "bulk_resume": return .object(try await jobs[on]!.resume())
        case "bulk_errors": return .array(try await jobs[on]!.errors().map { .object($0) })
        case "bulk_download":
            var data = Data()
            for try await chunk in try await jobs[on]!.stream(given["format"].text!) { data += chunk }
            if given["format"].text == "json" { return try JSONDecoder().decode(JSONValue.self, from: data) }
            return .string(String(decoding: data, as: UTF8.self))
        case "sync":
            let pull = try await instances[on]!.sync(given["object"].text!, state: given["state"].text)
            var rows: [JSONValue] = []
            for try await batch in try await pull.batches() { rows += batch.map { .object($0) } }
            return .object(["rows": .array(rows), "state": .string(try await pull.state())])
        case "fault":
            try await simulator.admin("POST", "faults", given)
            return .null
        case "clear_faults":
            try await simulator.admin("DELETE", "faults")
            return .null
        case let verb: throw Mismatch(description: "no verb \(verb)")
        }
    }

    /// Starts an upload of records, of bytes, or of a file with the text.
    private func upload(_ bulk: Bulk, _ given: JSONValue) async throws -> Job {
        let object = given["object"].text!
        var options = UploadOptions()
        if let mode = given["mode"].text {
            // Core refuses unknown words; this type has none.
            guard let known = UploadMode(rawValue: mode) else { throw problem("config", mode, hint: "upsert") }
            options.mode = known
        }
        options.format = given["format"].text.flatMap { UploadFormat(rawValue: $0) }
        options.key = given["key"].text
        options.concurrency = given["concurrency"].integer.map { Int($0) }
        if case .array(let records) = given["records"] {
            return try await bulk.upload(object, records: records, options: options)
        }
        let data = Data(given["text"].text!.utf8)
        guard let file = given["file"].text else { return try await bulk.upload(object, data: data, options: options) }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appendingPathComponent(file)
        try data.write(to: place)
        return try await bulk.upload(object, file: place.path, options: options)
    }

    private func written(_ record: JSONObject?) -> JSONValue { record.map { .object($0) } ?? .null }

    private func called(_ on: String, _ given: JSONValue) async throws -> JSONValue {
        guard case .array(let parts) = given["path"] else { throw Mismatch(description: "no path") }
        let path = parts.map { $0.text!.addingPercentEncoding(withAllowedCharacters: .alphanumerics)! }
        let answer = try await instances[on]!.call(
            given["method"].text!, path.joined(separator: "/"),
            query: given["query"].members.compactMapValues { $0.text },
            headers: given["headers"].members.compactMapValues { $0.text },
            json: given["json"] == .null ? JSONValue?.none : given["json"],
            body: given["text"].text.map { Data($0.utf8) }, contentType: given["contentType"].text)
        return [
            "json": try answer.json(), "requestId": answer.requestId.map { .string($0) } ?? .null,
            "contentType": answer.headers["content-type"].map { .string($0) } ?? .null,
            "warnings": .array(answer.warnings.map { .string($0.message) }),
        ]
    }

    private func list(_ on: String, _ given: JSONValue) -> Records<JSONObject> {
        var params: [String: String] = [:]
        if case .object(let members) = given["params"] { params = members.compactMapValues { $0.text } }
        return instances[on]!.records(
            given["resource"].text!,
            where: given["where"].text,
            fields: given["fields"].text,
            orderBy: given["orderBy"].text,
            pageSize: given["pageSize"].integer.map { Int($0) },
            params: params
        )
    }

    private func view(_ error: ElementKitError) -> JSONValue {
        let info = error.info
        let text = { (value: String?) -> JSONValue in value.map { .string($0) } ?? .null }
        return .object([
            "kind": .string(info.code),
            "status": info.status.map { .int(Int64($0)) } ?? .null,
            "message": .string(info.message),
            "providerMessage": text(info.providerMessage),
            "requestId": text(info.requestId),
            "hint": text(info.hint),
        ])
    }
}
