internal import ElementKitNative
import Foundation

/// Writes of records (spec P 7.1, 9.8).
///
/// A write is sent once; it is repeated only if no connection could be made. Restrictions of the list, such as `where`,
/// do not apply to writes; other `params` are sent. If the task is cancelled, the change may have been made.
extension Records {
    /// Creates a record and returns it as the vendor has it, usually with its id; `nil` if the vendor returns none.
    ///
    /// A field that the object does not have is a ``Warning``; it is sent nevertheless.
    ///
    /// - Throws: ``ElementKitError/notFound(_:)`` if the element does not have the resource;
    ///   ``ElementKitError/invalidRequest(_:)`` with status 405 if it does not create such records, otherwise that or
    ///   ``ElementKitError/conflict(_:)`` if the vendor rejects it. After ``ElementKitError/timeout(_:)``,
    ///   ``ElementKitError/transport(_:)`` and ``ElementKitError/vendor(_:)`` the record may have been created, and the
    ///   hint says so if that is possible. ``ElementKitError/decode(_:)`` if the returned record does not fit the type:
    ///   it was created.
    @discardableResult
    public func create(_ record: JSONObject) async throws -> Element? {
        try await written(native.create(record: try text(record)))
    }

    /// Creates a record of any type; see ``create(_:)``.
    @discardableResult
    public func create(_ record: some Encodable & Sendable) async throws -> Element? {
        try await written(native.create(record: try text(record)))
    }

    /// Replaces the record with this id: fields that the new one leaves out are gone.
    ///
    /// - Throws: ``ElementKitError/notFound(_:)`` if there is no such record, ``ElementKitError/config(_:)`` if the id is
    ///   empty, otherwise as ``create(_:)``.
    @discardableResult
    public func replace(_ id: some RecordID, _ record: JSONObject) async throws -> Element? {
        try await written(native.replace(id: id.description, record: try text(record)))
    }

    /// Replaces the record with this id by one of any type; see ``replace(_:_:)``.
    @discardableResult
    public func replace(_ id: some RecordID, _ record: some Encodable & Sendable) async throws -> Element? {
        try await written(native.replace(id: id.description, record: try text(record)))
    }

    /// Changes fields of the record with this id; the others stay. Fails as ``replace(_:_:)``.
    @discardableResult
    public func update(_ id: some RecordID, _ changes: JSONObject) async throws -> Element? {
        try await written(native.update(id: id.description, changes: try text(changes)))
    }

    /// Changes fields of the record with this id to those of any type; see ``update(_:_:)``.
    @discardableResult
    public func update(_ id: some RecordID, _ changes: some Encodable & Sendable) async throws -> Element? {
        try await written(native.update(id: id.description, changes: try text(changes)))
    }

    /// Deletes the record with this id. Fails as ``replace(_:_:)``.
    public func delete(_ id: some RecordID) async throws {
        _ = try await perform(native.delete(id: id.description))
    }

    private func written(_ pending: Pending) async throws -> Element? {
        guard let json = try await perform(pending).json else { return nil }
        do {
            return try decode(Element.self, Data(json.utf8))
        } catch let error as ElementKitError {
            throw problem("decode", "the record was written, but \(error.info.message)", hint: error.info.hint)
        }
    }
}

/// The id of a record: vendors have texts or integers.
public protocol RecordID: Sendable, CustomStringConvertible {}

extension String: RecordID {}
extension Int: RecordID {}
extension Int64: RecordID {}
