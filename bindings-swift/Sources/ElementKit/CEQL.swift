internal import ElementKitNative
import Foundation

/// A condition of ``Instance/records(_:as:where:fields:orderBy:pageSize:params:)``: a ``Condition``, or CEQL as a string.
public protocol ConditionText: Sendable {
    /// The condition in CEQL.
    var ceqlCondition: String { get }
}

extension String: ConditionText { public var ceqlCondition: String { self } }

/// A condition; its description is CEQL, with correct quoting.
public struct Condition: ConditionText, CustomStringConvertible {
    /// The condition in CEQL.
    public let description: String

    public var ceqlCondition: String { description }

    /// Matches records that meet both conditions.
    public static func && (left: Condition, right: Condition) -> Condition {
        Condition(description: "(\(left)) AND (\(right))")
    }

    /// Matches records that meet at least one condition.
    public static func || (left: Condition, right: Condition) -> Condition {
        Condition(description: "(\(left)) OR (\(right))")
    }

    /// Matches records that do not meet this condition.
    public static prefix func ! (condition: Condition) -> Condition {
        Condition(description: "NOT (\(condition))")
    }
}

/// A value in a condition.
public protocol CEQLValue: Sendable {
    /// The value in CEQL.
    var ceql: String { get }
}

extension String: CEQLValue { public var ceql: String { ceqlText(text: self) } }
extension Int: CEQLValue { public var ceql: String { String(self) } }
extension Int64: CEQLValue { public var ceql: String { String(self) } }
extension Double: CEQLValue {
    /// The number. One that is not finite is written so that every platform rejects the condition.
    public var ceql: String { isFinite ? String(self) : "(\(self))" }
}
extension Bool: CEQLValue { public var ceql: String { String(self) } }
extension Date: CEQLValue {
    public var ceql: String {
        let format = ISO8601DateFormatter()
        if timeIntervalSince1970 != timeIntervalSince1970.rounded() {
            format.formatOptions.insert(.withFractionalSeconds)
        }
        format.timeZone = TimeZone(secondsFromGMT: 0)
        return ceqlText(text: format.string(from: self))
    }
}

/// A field of a record, by its name or dotted path; its comparisons are a ``Condition``.
public struct Field: Sendable {
    private let name: String

    /// A field.
    public init(_ name: String) { self.name = ceqlField(name: name) }

    /// Is absent.
    public static func == (field: Field, value: _OptionalNilComparisonType) -> Condition { field.isNull }
    /// Is present.
    public static func != (field: Field, value: _OptionalNilComparisonType) -> Condition { field.isNotNull }
    /// Equals.
    public static func == (field: Field, value: some CEQLValue) -> Condition { field.compare("=", value) }
    /// Is present and does not equal.
    public static func != (field: Field, value: some CEQLValue) -> Condition { field.compare("!=", value) }
    /// Less.
    public static func < (field: Field, value: some CEQLValue) -> Condition { field.compare("<", value) }
    /// Less or equal.
    public static func <= (field: Field, value: some CEQLValue) -> Condition { field.compare("<=", value) }
    /// Greater.
    public static func > (field: Field, value: some CEQLValue) -> Condition { field.compare(">", value) }
    /// Greater or equal.
    public static func >= (field: Field, value: some CEQLValue) -> Condition { field.compare(">=", value) }

    /// Matches a pattern in which `%` matches anything, ignoring case.
    public func like(_ pattern: String) -> Condition { compare("LIKE", pattern) }

    /// Equals one of these values; at least one is required.
    public func isIn(_ first: some CEQLValue, _ others: any CEQLValue...) -> Condition {
        let members = ([first.ceql] + others.map(\.ceql)).joined(separator: ", ")
        return Condition(description: "\(name) IN (\(members))")
    }

    /// Equals one of these values; an empty list matches no record.
    public func isIn(_ values: [some CEQLValue]) -> Condition {
        if values.isEmpty { return isNull && isNotNull }
        return Condition(description: "\(name) IN (\(values.map(\.ceql).joined(separator: ", ")))")
    }

    /// Is absent.
    public var isNull: Condition { Condition(description: "\(name) IS NULL") }

    /// Is present.
    public var isNotNull: Condition { Condition(description: "\(name) IS NOT NULL") }

    private func compare(_ comparison: String, _ value: some CEQLValue) -> Condition {
        Condition(description: "\(name) \(comparison) \(value.ceql)")
    }
}

/// Callbacks of the platform.
public enum Webhook {
    /// Returns whether a callback was signed with this key (the instance's `event.notification.signature.key`);
    /// compared in constant time. Verify before parsing the body; the signature is the header
    /// `Elements-Webhook-Signature`.
    public static func verify(key: String, body: Data, signature: String?) -> Bool {
        verifyWebhook(key: key, body: body, signature: signature)
    }
}
