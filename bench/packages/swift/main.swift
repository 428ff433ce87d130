// Typical code of a user of the Swift package: `Rows URL DATABASE`. Prints the number of records and the sum of their
// ids.
import ElementKit
import Foundation

let (url, database) = (CommandLine.arguments[1], CommandLine.arguments[2])
let secrets = ProcessInfo.processInfo.environment
var rows = 0
var sum: Int64 = 0
let platform = try await Platform.embedded(database, brighttalkURL: url)
let bt = try await BrightTalk.connect(
    platform,
    apiKey: secrets["BRIGHTTALK_API_KEY"] ?? "",
    apiSecret: secrets["BRIGHTTALK_API_SECRET"] ?? "",
    keepWithoutEmail: true
)
for try await contact in bt.records("contacts", as: Contact.self) {
    rows += 1
    sum += contact.userId ?? 0
}
try await platform.shutdown()
print("{\"rows\": \(rows), \"sum\": \(sum)}")
