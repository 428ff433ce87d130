#if canImport(Security)
    import ElementKit
    import Foundation
    import Security

    /// Secrets in the Keychain, as generic passwords of one service; readable after the first unlock, only on this
    /// device.
    public struct KeychainCredentials: CredentialProvider {
        let service: String

        public init(service: String) { self.service = service }

        /// Returns the secret; `nil` if the Keychain does not have it.
        public func secret(_ name: SecretName) async throws -> String? {
            var query = item(name)
            query[kSecReturnData as String] = true
            var found: CFTypeRef?
            switch SecItemCopyMatching(query as CFDictionary, &found) {
            case errSecSuccess: return (found as? Data).map { String(decoding: $0, as: UTF8.self) }
            case errSecItemNotFound: return nil
            case let status: throw NSError(domain: NSOSStatusErrorDomain, code: Int(status))
            }
        }

        /// Stores a secret, replacing an older one.
        public func keep(_ secret: String, as name: SecretName) throws {
            SecItemDelete(item(name) as CFDictionary)
            var new = item(name)
            new[kSecValueData as String] = Data(secret.utf8)
            new[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            let status = SecItemAdd(new as CFDictionary, nil)
            guard status == errSecSuccess else { throw NSError(domain: NSOSStatusErrorDomain, code: Int(status)) }
        }

        private func item(_ name: SecretName) -> [String: Any] {
            [
                kSecClass as String: kSecClassGenericPassword,
                kSecAttrService as String: service,
                kSecAttrAccount as String: name.rawValue,
            ]
        }
    }
#endif
