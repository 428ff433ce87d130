internal import ElementKitNative
import Foundation

/// What a platform does with warnings: what was ignored, adjusted or is probably not meant although a call succeeded.
public enum Warnings: String, Sendable {
    /// They are passed to the handler of the platform; the call goes on.
    case report
    /// The call fails with ``ElementKitError/invalidRequest(_:)``; a bulk job that was started is cancelled.
    case deny
    /// Nothing; pages and jobs still carry them.
    case ignore
}

/// A warning of the platform, most often about a name that no record has.
public struct Warning: Sendable, Equatable, CustomStringConvertible {
    /// The stable code of its kind, such as `unknown_field`.
    public let code: String
    /// What is wrong.
    public let message: String
    /// The field or parameter it is about.
    public let field: String?
    /// The name that was probably meant.
    public let suggestion: String?
    /// All of it in one line.
    public let description: String

    init(_ native: WarningInfo) {
        code = native.code
        message = native.message
        field = native.field
        suggestion = native.suggestion
        description = native.summary
    }
}

/// Takes the warnings of a platform, on a background thread.
public typealias WarningHandler = @Sendable (Warning) -> Void

/// Prints a warning on the standard error, as a platform does where no other handler is given.
@Sendable public func printWarning(_ warning: Warning) {
    FileHandle.standardError.write(Data("elementkit: \(warning)\n".utf8))
}

/// A handler as the native library calls it.
final class NativeHandler: NativeWarningHandler {
    private let handler: WarningHandler

    init(_ handler: @escaping WarningHandler) {
        self.handler = handler
    }

    func handle(warning: WarningInfo) {
        handler(Warning(warning))
    }
}
