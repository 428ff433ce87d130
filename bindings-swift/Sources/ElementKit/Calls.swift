internal import ElementKitNative
import Foundation

/// Makes a call; cancelling the task drops it with its calls to the vendor.
func perform(_ pending: Pending) async throws -> Answer {
    do {
        return try await withTaskCancellationHandler {
            try await pending.run()
        } onCancel: {
            pending.cancel()
        }
    } catch {
        throw translated(error)
    }
}

func now<T>(_ make: () throws -> T) throws -> T {
    do {
        return try make()
    } catch {
        throw translated(error)
    }
}

/// Converts an error of the generated code to an error of this package.
private func translated(_ error: Error) -> Error {
    switch error {
    case let error as NativeError: return error.translated
    case is ElementKitError, is CancellationError: return error
    default: return problem("internal", "the native library failed: \(error)")
    }
}

extension NativeError {
    var translated: Error {
        switch self {
        case .Failed(let info): return ElementKitError(info)
        case .Cancelled: return CancellationError()
        }
    }
}

extension Answer {
    func decoded<T: Decodable>(_ type: T.Type = T.self) throws -> T { try decode(type, Data((json ?? "null").utf8)) }

    /// Returns a part that the result of the call must have.
    func part<T>(_ part: KeyPath<Answer, T?>) throws -> T {
        guard let part = self[keyPath: part] else { throw problem("internal", "a call returned no \(T.self)") }
        return part
    }
}

/// Decodes JSON as a type. The decoder's errors may quote a record, so only the name of the field is kept.
func decode<T: Decodable>(_ type: T.Type, _ data: Data) throws -> T {
    do {
        return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
        let field = error.path.first { $0.intValue == nil }.map { ": \($0.stringValue)" } ?? ""
        throw problem(
            "decode", "the response does not match \(type)\(field)",
            hint: "Make fields optional that may be absent or null.")
    } catch {
        throw problem("decode", "the response does not match \(type)")
    }
}

/// Returns a value as a JSON string.
func text(_ value: some Encodable) throws -> String {
    do {
        return String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    } catch {
        throw problem("config", "a value cannot be written as JSON", hint: "Pass finite numbers.")
    }
}

/// Returns an error that is detected on this side.
func problem(_ code: String, _ message: String, hint: String? = nil) -> ElementKitError {
    ElementKitError(ElementKitError.Info(code: code, message: message, hint: hint))
}

extension DecodingError {
    fileprivate var path: [any CodingKey] {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath
        case .keyNotFound(let key, let context): return context.codingPath + [key]
        @unknown default: return []
        }
    }
}
