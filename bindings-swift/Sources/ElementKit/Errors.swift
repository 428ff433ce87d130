import Foundation
internal import ElementKitNative

/// Every error of this package: what happened, what both sides said about it, and what to do.
public enum ElementKitError: Error, Sendable {
    /// An option or argument cannot be used; nothing was sent.
    case config(Info)
    /// The platform refused what was asked.
    case invalidRequest(Info)
    /// Credentials were refused: the platform's or, with a provider message, the vendor's.
    case authentication(Info)
    /// The credentials are right but do not allow this.
    case permissionDenied(Info)
    /// What was addressed does not exist.
    case notFound(Info)
    /// The vendor or the platform failed for now, or could not be reached; trying again may help.
    case unavailable(Info)
    /// A bulk job ended without success; it can be resumed.
    case jobEnded(Info)
    /// The database or a file failed.
    case storage(Info)
    /// The platform was closed.
    case closed(Info)
    /// Anything else; `code` tells what.
    case other(Info)

    /// The parts of an error.
    public struct Info: Sendable, Equatable {
        /// The stable code of the kind.
        public let code: String
        /// What happened.
        public let message: String
        /// The HTTP status, if there was an answer.
        public let status: Int?
        /// The vendor's own words.
        public let providerMessage: String?
        /// To quote to support.
        public let requestId: String?
        /// What to do about it.
        public let hint: String?
        /// How long to wait before trying again.
        public let retryAfterMs: Int?
    }

    /// The parts of the error.
    public var info: Info {
        switch self {
        case .config(let info), .invalidRequest(let info), .authentication(let info), .permissionDenied(let info),
            .notFound(let info), .unavailable(let info), .jobEnded(let info), .storage(let info), .closed(let info),
            .other(let info):
            return info
        }
    }

    init(_ native: ErrorInfo) {
        let info = Info(
            code: native.code,
            message: native.text,
            status: native.status.map(Int.init),
            providerMessage: native.providerMessage,
            requestId: native.requestId,
            hint: native.hint,
            retryAfterMs: native.retryAfterMs.map(Int.init)
        )
        switch native.code {
        case "config": self = .config(info)
        case "invalid_request": self = .invalidRequest(info)
        case "authentication": self = .authentication(info)
        case "permission_denied": self = .permissionDenied(info)
        case "not_found": self = .notFound(info)
        case "rate_limited", "vendor", "timeout", "server", "connect", "transport": self = .unavailable(info)
        case "job_failed", "job_cancelled": self = .jobEnded(info)
        case "storage": self = .storage(info)
        case "closed": self = .closed(info)
        default: self = .other(info)
        }
    }
}

extension ElementKitError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    public var description: String {
        var parts = [info.message]
        if let text = info.providerMessage { parts.append("vendor: \(text)") }
        if let id = info.requestId { parts.append("request id: \(id)") }
        if let hint = info.hint { parts.append("hint: \(hint)") }
        return parts.joined(separator: "; ")
    }
}
