internal import ElementKitNative
import Foundation

/// Stores the keys that seal the app's databases, for instance in the Keychain; `Examples/KeychainVaultKeys.swift` is
/// an example to copy.
///
/// A database records the name of its key. A new database and a rotation store a new key under a new name; keep the old
/// ones as long as backups need them. Both functions run on a thread that may block; their errors fail the call with
/// ``ElementKitError/storage(_:)``.
public protocol VaultKeyProvider: Sendable {
    /// Returns the key of this name, 32 bytes, or nil if there is none.
    func load(_ name: String) throws -> Data?

    /// Stores a key under this name.
    func store(_ name: String, key: Data) throws
}

/// Adapter of a provider for the native library.
final class Keys: NativeVaultKeys {
    private let provider: any VaultKeyProvider

    init(_ provider: any VaultKeyProvider) {
        self.provider = provider
    }

    func load(name: String) throws -> Data? {
        try reported { try provider.load(name) }
    }

    func store(name: String, key: Data) throws {
        try reported { try provider.store(name, key: key) }
    }

    private func reported<T>(_ work: () throws -> T) throws -> T {
        do {
            return try work()
        } catch {
            throw NativeVaultKeysError.Failed(reason: error.localizedDescription)
        }
    }
}
