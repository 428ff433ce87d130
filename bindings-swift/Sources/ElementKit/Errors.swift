internal import ElementKitNative
import Foundation

/// Errors of this package, one case per kind, with the messages of the platform and the vendor and a hint.
public enum ElementKitError: Error, Sendable {
    // Cases of the kinds, generated from core.
    /// An option, a setting or an argument cannot be used; nothing was sent.
    case config(Info)
    /// The platform rejected the request: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415,
    /// 416, 431).
    case invalidRequest(Info)
    /// Credentials were refused (401): those of the platform or, with a provider message, those of the vendor.
    case authentication(Info)
    /// The credentials are right but do not allow this, or the instance is disabled (403).
    case permissionDenied(Info)
    /// The requested object does not exist (404).
    case notFound(Info)
    /// The object already exists, or another one still refers to it (409).
    case conflict(Info)
    /// The vendor's rate limit was exceeded (429); the error has the time to wait, if it is known.
    case rateLimited(Info)
    /// The vendor failed, could not be reached or sent an unreadable response (502).
    case vendor(Info)
    /// No response in time (504, or a deadline of the client).
    case timeout(Info)
    /// The platform itself failed (500 and other 5xx).
    case server(Info)
    /// The platform could not be reached; nothing was sent.
    case connect(Info)
    /// The connection to the platform broke; a change may or may not have been made.
    case transport(Info)
    /// The platform's response could not be understood, or led elsewhere.
    case decode(Info)
    /// A bulk job ended without success; resume it when the cause is resolved.
    case jobFailed(Info)
    /// A bulk job was cancelled.
    case jobCancelled(Info)
    /// The database, the vault or a file failed: full disk, read-only path, newer version, missing key.
    case storage(Info)
    /// This build or this platform lacks the feature.
    case unsupported(Info)
    /// The platform object was closed.
    case closed(Info)
    /// A fault in ElementKit itself.
    case `internal`(Info)
    // End of Cases of the kinds.

    /// The parts of an error.
    public struct Info: Sendable, Equatable {
        /// The stable code of the kind.
        public let code: String
        /// Description of the error.
        public let message: String
        /// The HTTP status, if there was a response.
        public let status: Int?
        /// The vendor's message.
        public let providerMessage: String?
        /// Id of the request, to quote to support.
        public let requestId: String?
        /// Suggested solution.
        public let hint: String?
        /// Time to wait before trying again.
        public let retryAfterMs: Int?
        /// Whether the same call, or resuming the failed job, may succeed later without a change.
        public let isRetryable: Bool
        /// Whether no connection could be made, to the platform or from it to the vendor: the same when this device is
        /// offline, hosted and embedded.
        public let isUnreachable: Bool
        /// The cause of a failed bulk job.
        public let jobFailure: JobFailure?
        /// The whole error in one line.
        public let summary: String

        /// The parts of an error, for tests and previews.
        public init(
            code: String,
            message: String = "",
            status: Int? = nil,
            providerMessage: String? = nil,
            requestId: String? = nil,
            hint: String? = nil,
            retryAfterMs: Int? = nil,
            isRetryable: Bool = false,
            isUnreachable: Bool = false,
            jobFailure: JobFailure? = nil,
            summary: String? = nil
        ) {
            self.code = code
            self.message = message
            self.status = status
            self.providerMessage = providerMessage
            self.requestId = requestId
            self.hint = hint
            self.retryAfterMs = retryAfterMs
            self.isRetryable = isRetryable
            self.isUnreachable = isUnreachable
            self.jobFailure = jobFailure
            self.summary = summary ?? [message, hint].compactMap { $0 }.joined(separator: ". ")
        }
    }

    /// Cause of a failed bulk job. Its status, provider message, request id and hint are those of the error.
    public struct JobFailure: Sendable, Equatable {
        /// The code of the error that a live read with the same failure has, such as `rate_limited`.
        public let kind: String
        /// Description of the error.
        public let message: String
        /// The phase the job was in.
        public let phase: String

        /// The cause of a failure, for tests and previews.
        public init(kind: String, message: String, phase: String) {
            self.kind = kind
            self.message = message
            self.phase = phase
        }
    }

    /// The parts of the error.
    public var info: Info {
        switch self {
        // Infos of the kinds, generated from core.
        case .config(let info),
            .invalidRequest(let info),
            .authentication(let info),
            .permissionDenied(let info),
            .notFound(let info),
            .conflict(let info),
            .rateLimited(let info),
            .vendor(let info),
            .timeout(let info),
            .server(let info),
            .connect(let info),
            .transport(let info),
            .decode(let info),
            .jobFailed(let info),
            .jobCancelled(let info),
            .storage(let info),
            .unsupported(let info),
            .closed(let info),
            .internal(let info):
            return info
        // End of Infos of the kinds.
        }
    }

    static let kinds: [String: @Sendable (Info) -> ElementKitError] = [
        // Codes of the kinds, generated from core.
        "config": { .config($0) },
        "invalid_request": { .invalidRequest($0) },
        "authentication": { .authentication($0) },
        "permission_denied": { .permissionDenied($0) },
        "not_found": { .notFound($0) },
        "conflict": { .conflict($0) },
        "rate_limited": { .rateLimited($0) },
        "vendor": { .vendor($0) },
        "timeout": { .timeout($0) },
        "server": { .server($0) },
        "connect": { .connect($0) },
        "transport": { .transport($0) },
        "decode": { .decode($0) },
        "job_failed": { .jobFailed($0) },
        "job_cancelled": { .jobCancelled($0) },
        "storage": { .storage($0) },
        "unsupported": { .unsupported($0) },
        "closed": { .closed($0) },
        "internal": { .internal($0) },
        // End of Codes of the kinds.
    ]

    init(_ info: Info) {
        self = Self.kinds[info.code].map { $0(info) } ?? .internal(info)
    }

    init(_ native: ErrorInfo) {
        self.init(
            Info(
                code: native.code,
                message: native.text,
                status: native.status.map(Int.init),
                providerMessage: native.providerMessage,
                requestId: native.requestId,
                hint: native.hint,
                retryAfterMs: native.retryAfterMs.map { Int(clamping: $0) },
                isRetryable: native.retryable,
                isUnreachable: native.unreachable,
                jobFailure: native.job.map { JobFailure(kind: $0.kind, message: $0.text, phase: $0.phase) },
                summary: native.summary
            ))
    }
}

extension ElementKitError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { info.summary }
    public var failureReason: String? { info.providerMessage }
    public var recoverySuggestion: String? { info.hint }
    public var description: String { info.summary }
}
