import ElementKit
import Foundation

/// Connects, lists channels, and pulls all contacts into a file.
func start() async throws {
    let environment = ProcessInfo.processInfo.environment
    let key = environment["BRIGHTTALK_API_KEY"] ?? ""
    let secret = environment["BRIGHTTALK_API_SECRET"] ?? ""
    // show
    let platform = try await Platform.embedded("elementkit.db")  // a local file; no account needed
    let bt = try await BrightTalk.connect(platform, apiKey: key, apiSecret: secret)
    for try await channel in bt.records("channels", as: Channel.self) {
        print(channel.id ?? 0, channel.name ?? "")
    }

    let job = try await bt.bulk.query("select * from contacts")
    _ = try await job.wait()
    _ = try await job.download("contacts.csv")
    try await platform.shutdown()
    // end
}
