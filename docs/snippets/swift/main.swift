// Runs the snippet of the documentation that the argument names.
import ElementKit
import Foundation

func connected(_ work: (Platform, Instance) async throws -> Void) async throws {
    let environment = ProcessInfo.processInfo.environment
    let platform = try await Platform.embedded("elementkit.db")
    let bt = try await BrightTalk.connect(
        platform, apiKey: environment["BRIGHTTALK_API_KEY"] ?? "",
        apiSecret: environment["BRIGHTTALK_API_SECRET"] ?? "")
    try await work(platform, bt)
}

func crm(_ work: (Instance) async throws -> Void) async throws {
    let environment = ProcessInfo.processInfo.environment
    let platform = try await Platform.embedded("elementkit.db")
    _ = try await platform.elements.import(platform.elements.read("crm.json"))
    let values = ["base.url": environment["CRM_URL"] ?? "", "access.token": environment["CRM_TOKEN"] ?? ""]
    try await work(platform.instances.connect(element: "tinycrm", name: "crm", configuration: values))
}

switch CommandLine.arguments.last {
case "start": try await start()
case "incremental": try await connected { try await incremental($1) }
case "bulk": try await connected { try await bulk($1) }
case "mapping": try await connected { try await mapping($0, $1) }
case "document": try await document(Platform.embedded("elementkit.db"))
case "write": try await crm { try await write($0) }
case "upload": try await crm { try await upload($0) }
case "errors": try await connected { try await errors($1) }
case "hosted": try await hosted()
case "vault": try await vault()
default: fatalError("there is no such snippet")
}
