internal import ElementKitNative
import Foundation

/// A pull of changed records: its job, its rows, and the state for the next pull once they were read.
public struct Sync: Sendable {
    private let native: NativeSync

    init(_ answer: Answer) throws {
        native = try answer.part(\.sync)
    }

    /// Its job.
    public var job: Job { Job(native: native.job()) }

    /// Waits, then writes the rows to a file and returns its size.
    @discardableResult
    public func download(_ path: String, format: String? = nil) async throws -> UInt64 {
        try await perform(native.download(path: path, format: format)).total ?? 0
    }

    /// Waits, then returns the rows in arrays of at most `size`.
    public func batches(size: Int = 1000) async throws -> Batches {
        try Batches(try await perform(native.pages(records: Int64(size))))
    }

    /// Returns the partitions that this pull could not read: `partition`, `reason`, `failedRows`, `message`. The next
    /// pull reads them again.
    public func pending() async throws -> [JSONObject] { try await perform(native.pending()).decoded() }

    /// Returns the state for the next pull, a line of text; fails until the rows were read completely.
    public func state() async throws -> String { try await perform(native.state()).decoded() }
}

/// The rows of a result, in batches.
public struct Batches: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private let native: NativePages

    init(_ answer: Answer) throws {
        native = try answer.part(\.pages)
    }

    /// Returns the next rows; `nil` after the last.
    public func next() async throws -> [JSONObject]? {
        let answer = try await perform(native.next())
        return answer.json == nil ? nil : try answer.decoded()
    }

    public func makeAsyncIterator() -> Batches { self }
}
