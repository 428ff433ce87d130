import ElementKit

/// Sends the records of a file, and keeps those that failed.
func upload(_ crm: Instance) async throws {
    // show
    var options = UploadOptions()
    options.mode = .create
    let job = try await crm.bulk.upload("clients", file: "clients.csv", options: options)
    let status = try await job.wait()
    let failed = status["recordsFailedCount"]?.integer ?? 0
    print("\(status["recordsCount"]?.integer ?? 0) records, \(failed) failed")
    if failed > 0 {
        _ = try await job.downloadFailed("failed.csv")  // correct these, then upload them again
    }
    // end
}
