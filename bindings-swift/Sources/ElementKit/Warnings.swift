internal import ElementKitNative
import Foundation

/// Policy of a platform for warnings: parts of a successful call that were ignored, adjusted or are probably a mistake.
public enum Warnings: String, Sendable {
    /// Passes them to the handler of the platform; the call continues.
    case report
    /// Fails the call with ``ElementKitError/invalidRequest(_:)``; a bulk job that was started is cancelled.
    case deny
    /// Does nothing; pages and jobs still carry them.
    case ignore
}

/// A warning of the platform, most often about a name that no record has.
public struct Warning: Sendable, Equatable, CustomStringConvertible {
    /// The stable code of its kind, such as `unknown_field`.
    public let code: String
    /// The message.
    public let message: String
    /// The field or parameter it is about.
    public let field: String?
    /// The name that was probably meant.
    public let suggestion: String?
    /// The whole text in one line.
    public let description: String

    init(_ native: WarningInfo) {
        code = native.code
        message = native.message
        field = native.field
        suggestion = native.suggestion
        description = native.summary
    }
}

/// Receives the warnings of a platform, on a background thread.
public typealias WarningHandler = @Sendable (Warning) -> Void

/// Prints a warning on the standard error; the default handler of a platform.
@Sendable public func printWarning(_ warning: Warning) {
    FileHandle.standardError.write(Data("elementkit: \(warning)\n".utf8))
}

/// Adapter of a handler for the native library.
final class NativeHandler: NativeWarningHandler {
    private let handler: WarningHandler

    init(_ handler: @escaping WarningHandler) {
        self.handler = handler
    }

    func handle(warning: WarningInfo) {
        handler(Warning(warning))
    }
}
