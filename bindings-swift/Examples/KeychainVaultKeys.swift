#if canImport(Security)
    import ElementKit
    import Foundation
    import Security

    /// Vault keys in the Keychain; readable after the first unlock, only on this device, and in no backup.
    public struct KeychainVaultKeys: VaultKeyProvider {
        let service: String

        public init(service: String) { self.service = service }

        public func load(_ name: String) throws -> Data? {
            var query = item(name)
            query[kSecReturnData as String] = true
            var found: CFTypeRef?
            switch SecItemCopyMatching(query as CFDictionary, &found) {
            case errSecSuccess: return found as? Data
            case errSecItemNotFound: return nil
            case let status: throw NSError(domain: NSOSStatusErrorDomain, code: Int(status))
            }
        }

        public func store(_ name: String, key: Data) throws {
            var new = item(name)
            new[kSecValueData as String] = key
            new[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            let status = SecItemAdd(new as CFDictionary, nil)
            guard status == errSecSuccess else { throw NSError(domain: NSOSStatusErrorDomain, code: Int(status)) }
        }

        private func item(_ name: String) -> [String: Any] {
            [
                kSecClass as String: kSecClassGenericPassword,
                kSecAttrService as String: service,
                kSecAttrAccount as String: name,
            ]
        }
    }
#endif
