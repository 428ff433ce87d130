internal import ElementKitNative
import Foundation

/// Uploads: jobs that send records to the vendor (spec P 10.9, E 9.21 to 9.27).
///
/// A call returns when the platform has all records; the job then sends them, also after a restart of the app. The status
/// counts the records that the vendor refused as `recordsFailedCount`, and those of them that were sent without an answer
/// as `recordsUnknownCount`. ``Job/errors()`` has the reasons, ``Job/downloadFailed(_:unknown:)`` the records, to be
/// corrected and uploaded again. The rows of the job are the vendor's answers, each with the line of its record, or its
/// position from 1, as `_row`.
///
/// All calls throw ``ElementKitError/config(_:)`` for an option that cannot be used, ``ElementKitError/invalidRequest(_:)``
/// if the object takes no uploads or has no resource for the mode, and ``ElementKitError/notFound(_:)`` for an unknown
/// object.
extension Bulk {
    /// Starts a job with the records of a file, which is streamed: CSV, a JSON array or JSON lines.
    ///
    /// ```swift
    /// var options = UploadOptions()
    /// options.mode = .upsert
    /// options.key = "email"
    /// let job = try await instance.bulk.upload("contacts", file: "contacts.csv", options: options)
    /// ```
    ///
    /// - Throws: ``ElementKitError/storage(_:)`` if the file cannot be read.
    public func upload(
        _ object: String, file path: String, options: UploadOptions = UploadOptions()
    ) async throws -> Job {
        let given = try text(options.members)
        return try Job(try await perform(native.bulkUpload(object: object, path: path, content: nil, options: given)))
    }

    /// Starts a job with the records of a file in memory.
    public func upload(
        _ object: String, data: Data, options: UploadOptions = UploadOptions()
    ) async throws -> Job {
        let given = try text(options.members)
        return try Job(try await perform(native.bulkUpload(object: object, path: nil, content: data, options: given)))
    }

    /// Starts a job with records, for instance dictionaries or values of your own types. A lazy sequence is read as fast
    /// as the platform takes its records. Each must be encoded as an object; they have no `format`.
    public func upload<Records: Sequence>(
        _ object: String, records: Records, options: UploadOptions = UploadOptions(),
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Job where Records.Element: Encodable {
        let feed = try await self.feed(object, options)
        defer { feed.abandon() }
        var lines = Lines()
        for record in records {
            if try lines.add(record) { _ = try await perform(feed.push(lines: lines.take())) }
        }
        return try await finished(feed, lines)
    }

    /// Starts a job with records that arrive one by one. They are read as fast as the platform takes them. Each must be
    /// encoded as an object; they have no `format`.
    public func upload<Records: AsyncSequence & Sendable>(
        _ object: String, records: Records, options: UploadOptions = UploadOptions()
    ) async throws -> Job where Records.Element: Encodable {
        let feed = try await self.feed(object, options)
        defer { feed.abandon() }
        var lines = Lines()
        for try await record in records {
            if try lines.add(record) { _ = try await perform(feed.push(lines: lines.take())) }
        }
        return try await finished(feed, lines)
    }

    private func feed(_ object: String, _ options: UploadOptions) async throws -> NativeFeed {
        try await perform(native.bulkFeed(object: object, options: try text(options.members))).part(\.feed)
    }

    private func finished(_ feed: NativeFeed, _ lines: Lines) async throws -> Job {
        _ = try await perform(feed.push(lines: lines.text))
        return try Job(try await perform(feed.finish()))
    }
}

/// Records as JSON lines, which are passed in blocks.
private struct Lines {
    private(set) var text = ""
    private static let block = 256 * 1024

    /// Adds a record and returns whether the block is full.
    mutating func add(_ record: some Encodable) throws -> Bool {
        text += try ElementKit.text(record)
        text += "\n"
        return text.utf8.count >= Self.block
    }

    /// Removes and returns the lines.
    mutating func take() -> String {
        defer { text = "" }
        return text
    }
}
