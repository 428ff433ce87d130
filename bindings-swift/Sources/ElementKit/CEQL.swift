import Foundation
internal import ElementKitNative

/// A condition; its description is CEQL, with everything quoted as it must be.
public struct Expression: Sendable, CustomStringConvertible {
    /// The condition in CEQL.
    public let description: String

    /// Both.
    public static func && (left: Expression, right: Expression) -> Expression {
        Expression(description: "(\(left)) AND (\(right))")
    }

    /// At least one.
    public static func || (left: Expression, right: Expression) -> Expression {
        Expression(description: "(\(left)) OR (\(right))")
    }

    /// Not this one.
    public static prefix func ! (condition: Expression) -> Expression {
        Expression(description: "NOT (\(condition))")
    }
}

/// What a condition compares with.
public protocol CEQLValue: Sendable {
    /// The value as CEQL writes it.
    var ceql: String { get }
}

extension String: CEQLValue { public var ceql: String { ceqlText(text: self) } }
extension Int: CEQLValue { public var ceql: String { String(self) } }
extension Int64: CEQLValue { public var ceql: String { String(self) } }
extension Double: CEQLValue {
    /// The number. One that is not finite is written so that every platform refuses the condition.
    public var ceql: String { isFinite ? String(self) : "(\(self))" }
}
extension Bool: CEQLValue { public var ceql: String { String(self) } }
extension Date: CEQLValue {
    public var ceql: String {
        let format = ISO8601DateFormatter()
        if timeIntervalSince1970 != timeIntervalSince1970.rounded() { format.formatOptions.insert(.withFractionalSeconds) }
        format.timeZone = TimeZone(secondsFromGMT: 0)
        return ceqlText(text: format.string(from: self))
    }
}

/// A field of a record, by its name or dotted path; what is asked of it makes an ``Expression``.
public struct Field: Sendable {
    private let name: String

    /// A field.
    public init(_ name: String) { self.name = ceqlField(name: name) }

    /// Equals.
    public static func == (field: Field, value: some CEQLValue) -> Expression { field.compare("=", value) }
    /// Is there and does not equal.
    public static func != (field: Field, value: some CEQLValue) -> Expression { field.compare("!=", value) }
    /// Less.
    public static func < (field: Field, value: some CEQLValue) -> Expression { field.compare("<", value) }
    /// Less or equal.
    public static func <= (field: Field, value: some CEQLValue) -> Expression { field.compare("<=", value) }
    /// Greater.
    public static func > (field: Field, value: some CEQLValue) -> Expression { field.compare(">", value) }
    /// Greater or equal.
    public static func >= (field: Field, value: some CEQLValue) -> Expression { field.compare(">=", value) }

    /// Matches a pattern in which `%` stands for anything, in any letter case.
    public func like(_ pattern: String) -> Expression { compare("LIKE", pattern) }

    /// Equals one of these; at least one is needed.
    public func isIn(_ first: some CEQLValue, _ others: any CEQLValue...) -> Expression {
        let members = ([first.ceql] + others.map(\.ceql)).joined(separator: ", ")
        return Expression(description: "\(name) IN (\(members))")
    }

    /// Is absent.
    public var isNull: Expression { Expression(description: "\(name) IS NULL") }

    /// Is there.
    public var isNotNull: Expression { Expression(description: "\(name) IS NOT NULL") }

    private func compare(_ comparison: String, _ value: some CEQLValue) -> Expression {
        Expression(description: "\(name) \(comparison) \(value.ceql)")
    }
}

/// Callbacks of the platform.
public enum Webhook {
    /// Whether a callback was signed with this key (the instance's `event.notification.signature.key`); compared in
    /// constant time. Verify before parsing the body; the signature is the header `Elements-Webhook-Signature`.
    public static func verify(key: String, body: Data, signature: String?) -> Bool {
        verifyWebhook(key: key, body: body, signature: signature)
    }
}
