import Foundation

@testable import ElementKit

struct Mismatch: Error, CustomStringConvertible {
    let description: String
}

/// Throws with the path at which a value does not match; see tests/scenarios/README.md.
func check(_ pattern: JSONValue, _ value: JSONValue, at place: String = "") throws {
    func ok(_ holds: Bool) throws {
        if !holds { throw Mismatch(description: "\(place): expected \(pattern), got \(value)") }
    }
    switch pattern {
    case .string("$any"): break
    case .string("$absent"), .null: try ok(value == .null)
    case .string("$text"): try ok(value.text?.isEmpty == false)
    case .string("$number"):
        switch value {
        case .int, .double: break
        default: try ok(false)
        }
    case .string("$bool"):
        if case .bool = value { break }
        try ok(false)
    case .string(let text) where text.hasPrefix("$contains:"):
        try ok(value.text?.contains(text.dropFirst("$contains:".count)) == true)
    case .object(let members):
        if let length = members["$length"] {
            guard case .array(let items) = value else { return try ok(false) }
            return try ok(.int(Int64(items.count)) == length)
        }
        guard case .object(let found) = value else { return try ok(false) }
        for (name, member) in members { try check(member, found[name] ?? .null, at: "\(place)/\(name)") }
    case .array(let patterns):
        guard case .array(let items) = value, items.count == patterns.count else { return try ok(false) }
        for (index, each) in patterns.enumerated() { try check(each, items[index], at: "\(place)/\(index)") }
    default: try ok(value == pattern)
    }
}

/// Replaces references by stored values: `{{name/path}}`.
func fill(_ template: JSONValue, _ values: JSONObject) throws -> JSONValue {
    switch template {
    case .object(let members): return .object(try members.mapValues { try fill($0, values) })
    case .array(let items): return .array(try items.map { try fill($0, values) })
    case .string(let text):
        if text.hasPrefix("{{"), text.hasSuffix("}}"), text.components(separatedBy: "{{").count == 2 {
            return try lookUp(String(text.dropFirst(2).dropLast(2)), values)
        }
        var parts = text.components(separatedBy: "{{")
        var out = parts.removeFirst()
        for part in parts {
            let ends = part.components(separatedBy: "}}")
            let value = try lookUp(ends[0], values)
            out += (value.text ?? value.integer.map { String($0) } ?? "") + ends[1...].joined(separator: "}}")
        }
        return .string(out)
    default: return template
    }
}

private func lookUp(_ reference: String, _ values: JSONObject) throws -> JSONValue {
    let parts = reference.split(separator: "/").map(String.init)
    guard var value = values[parts[0]] else { throw Mismatch(description: "no earlier step stored \(reference)") }
    for part in parts.dropFirst() {
        if case .array(let items) = value, let index = Int(part) { value = items[index] } else { value = value[part] }
    }
    return value
}
