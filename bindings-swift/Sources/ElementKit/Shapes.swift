internal import ElementKitNative
import Foundation

/// Owner of shapes and mappings.
public enum Level: String, Sendable {
    /// For all accounts of the organization.
    case organization
    /// For all users of an account.
    case account
}

/// Object definitions of a level: custom shapes.
public struct Definitions: Sendable {
    let native: NativeDefinitions

    /// Returns the definitions of the level by name.
    public func list() async throws -> [String: JSONObject] { try await perform(native.list()).decoded() }

    /// Returns it by its name.
    public func get(_ name: String) async throws -> JSONObject { try await perform(native.get(name: name)).decoded() }

    /// Creates a definition, for instance `{"fields": [{"path": "mail", "type": "string"}]}`.
    @discardableResult
    public func create(_ name: String, _ definition: JSONObject) async throws -> JSONObject {
        try await perform(native.create(name: name, definition: try text(definition))).decoded()
    }

    /// Replaces its fields.
    @discardableResult
    public func replace(_ name: String, _ definition: JSONObject) async throws -> JSONObject {
        try await perform(native.replace(name: name, definition: try text(definition))).decoded()
    }

    /// Renames it with its transformations at this level.
    public func rename(_ name: String, to newName: String) async throws {
        _ = try await perform(native.rename(name: name, newName: newName))
    }

    /// Deletes it; rejected while a transformation of the level uses it.
    public func delete(_ name: String) async throws { _ = try await perform(native.delete(name: name)) }
}

/// Transformations of a level, which map shapes to the objects of an element.
public struct Transformations: Sendable {
    let native: NativeTransformations

    /// Returns the transformations of the level by the name of their shape.
    public func list() async throws -> [String: JSONObject] { try await perform(native.list()).decoded() }

    /// Returns it by its name.
    public func get(_ name: String) async throws -> JSONObject { try await perform(native.get(name: name)).decoded() }

    /// Creates the transformation of a shape, for instance
    /// `{"vendorName": "contacts", "fields": [{"path": "mail", "vendorPath": "email"}]}`.
    @discardableResult
    public func create(_ name: String, _ transformation: JSONObject) async throws -> JSONObject {
        try await perform(native.create(name: name, transformation: try text(transformation))).decoded()
    }

    /// Replaces it.
    @discardableResult
    public func replace(_ name: String, _ transformation: JSONObject) async throws -> JSONObject {
        try await perform(native.replace(name: name, transformation: try text(transformation))).decoded()
    }

    /// Deletes it.
    public func delete(_ name: String) async throws { _ = try await perform(native.delete(name: name)) }

    /// Returns a record, or an array of them, as mapped by the transformation, without calling the vendor.
    public func execute(_ name: String, _ payload: JSONValue, toVendor: Bool = false) async throws -> JSONValue {
        try await perform(native.execute(name: name, payload: try text(payload), toVendor: toVendor)).decoded()
    }
}

/// Shapes as the result of all levels.
public struct CommonResources: Sendable {
    let native: NativeCommonResources

    /// Returns the common resources that the caller sees.
    public func list() async throws -> [JSONObject] { try await perform(native.list()).decoded() }

    /// Returns it by its name.
    public func get(_ name: String) async throws -> JSONObject { try await perform(native.get(name: name)).decoded() }

    /// Creates or replaces a common resource by its `name`.
    @discardableResult
    public func save(_ resource: JSONObject) async throws -> JSONObject {
        try await perform(native.save(resource: try text(resource))).decoded()
    }

    /// Renames it.
    public func rename(_ name: String, to newName: String) async throws {
        _ = try await perform(native.rename(name: name, newName: newName))
    }

    /// Deletes it.
    public func delete(_ name: String) async throws { _ = try await perform(native.delete(name: name)) }
}
