import Foundation
internal import ElementKitNative

/// Makes a call; cancelling the task drops it with whatever it does at the vendor.
func call(_ pending: Pending) async throws -> Answer {
    do {
        return try await withTaskCancellationHandler {
            try await pending.run()
        } onCancel: {
            pending.cancel()
        }
    } catch let error as NativeError {
        throw error.translated
    }
}

func now<T>(_ make: () throws -> T) throws -> T {
    do {
        return try make()
    } catch let error as NativeError {
        throw error.translated
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
    func decoded<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try JSONDecoder().decode(type, from: Data((json ?? "null").utf8))
    }
}
