import ElementKit

/// Follows a bulk job, and reads its figures and failed rows.
func bulk(_ bt: Instance) async throws {
    // show
    let job = try await bt.bulk.query("select id, email from contacts where channelId = 1001 order by id")
    let status = try await job.wait { print($0["recordsCount"]?.integer ?? 0) }
    print(status["recordsCount"]?.integer ?? 0, "records")
    for row in try await job.errors() { print("failed:", row) }
    for try await rows in try await job.batches(size: 1000) {
        print(rows.count, "rows, the first is", rows[0])
    }
    _ = try await job.download("contacts.jsonl")  // or .csv, .json
    // end
}
