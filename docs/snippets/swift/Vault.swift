import ElementKit
import Foundation

// show
/// Stores keys in a folder; use the Keychain instead, as in `Examples/KeychainVaultKeys.swift`.
struct Keys: VaultKeyProvider {
    func load(_ name: String) throws -> Data? {
        try? Data(contentsOf: URL(fileURLWithPath: "keys/\(name)"))
    }

    func store(_ name: String, key: Data) throws {
        try FileManager.default.createDirectory(atPath: "keys", withIntermediateDirectories: true)
        try key.write(to: URL(fileURLWithPath: "keys/\(name)"))
    }
}

func vault() async throws {
    let platform = try await Platform.embedded("sealed.db", vaultKeys: Keys())
    print(try await platform.instances.list().count)
    try await platform.shutdown()
}
// end
