internal import ElementKitNative
import Foundation

/// Whose shapes and mappings.
public enum Level: String, Sendable {
    /// For all accounts of the organization.
    case organization
    /// For all users of an account.
    case account
}

/// Object definitions of a level: shapes of one's own.
public struct Definitions: Sendable {
    let native: NativeDefinitions

    /// All of the level, by name.
    public func list() async throws -> [String: JSONObject] { try await call(native.list()).decoded() }

    /// One of them.
    public func get(_ name: String) async throws -> JSONObject { try await call(native.get(name: name)).decoded() }

    /// Creates one, for instance of `{"fields": [{"path": "mail", "type": "string"}]}`.
    @discardableResult
    public func create(_ name: String, _ definition: JSONObject) async throws -> JSONObject {
        try await call(native.create(name: name, definition: try text(definition))).decoded()
    }

    /// Replaces its fields.
    @discardableResult
    public func replace(_ name: String, _ definition: JSONObject) async throws -> JSONObject {
        try await call(native.replace(name: name, definition: try text(definition))).decoded()
    }

    /// Renames it with its transformations at this level.
    public func rename(_ name: String, to newName: String) async throws {
        _ = try await call(native.rename(name: name, newName: newName))
    }

    /// Deletes it; refused while a transformation of the level uses it.
    public func delete(_ name: String) async throws { _ = try await call(native.delete(name: name)) }
}

/// Transformations of a level: how shapes map to the objects of an element.
public struct Transformations: Sendable {
    let native: NativeTransformations

    /// All of the level, by the name of their shape.
    public func list() async throws -> [String: JSONObject] { try await call(native.list()).decoded() }

    /// One of them.
    public func get(_ name: String) async throws -> JSONObject { try await call(native.get(name: name)).decoded() }

    /// Maps a shape: `{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}`.
    @discardableResult
    public func create(_ name: String, _ transformation: JSONObject) async throws -> JSONObject {
        try await call(native.create(name: name, transformation: try text(transformation))).decoded()
    }

    /// Replaces it.
    @discardableResult
    public func replace(_ name: String, _ transformation: JSONObject) async throws -> JSONObject {
        try await call(native.replace(name: name, transformation: try text(transformation))).decoded()
    }

    /// Deletes it.
    public func delete(_ name: String) async throws { _ = try await call(native.delete(name: name)) }

    /// What the mapping makes of a record, or of an array of them; the vendor is not asked.
    public func execute(_ name: String, _ payload: JSONValue, toVendor: Bool = false) async throws -> JSONValue {
        try await call(native.execute(name: name, payload: try text(payload), toVendor: toVendor)).decoded()
    }
}

/// Shapes as all levels together make them.
public struct CommonResources: Sendable {
    let native: NativeCommonResources

    /// All that the caller sees.
    public func list() async throws -> [JSONObject] { try await call(native.list()).decoded() }

    /// One of them.
    public func get(_ name: String) async throws -> JSONObject { try await call(native.get(name: name)).decoded() }

    /// Creates or replaces one by its `name`.
    @discardableResult
    public func save(_ resource: JSONObject) async throws -> JSONObject {
        try await call(native.save(resource: try text(resource))).decoded()
    }

    /// Renames it.
    public func rename(_ name: String, to newName: String) async throws {
        _ = try await call(native.rename(name: name, newName: newName))
    }

    /// Deletes it.
    public func delete(_ name: String) async throws { _ = try await call(native.delete(name: name)) }
}
