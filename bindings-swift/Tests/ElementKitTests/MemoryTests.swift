import Foundation
import XCTest

@testable import ElementKit

/// Memory of the whole process, the native heap included. The long form: `ELEMENTKIT_CALLS=10000 ./test swift`
final class MemoryTests: XCTestCase {
    func testManyCallsKeepMemoryFlat() async throws {
        let calls = ProcessInfo.processInfo.environment["ELEMENTKIT_CALLS"].flatMap(Int.init) ?? 1000
        try await connected { _, _, instance in
            try await make(1000, on: instance)
            let before = try residentKiB()
            try await make(calls, on: instance)
            let after = try residentKiB()
            print("memory: \(before) KiB after 1000 calls, \(after) KiB after \(calls) more")
            XCTAssertLessThan(after, before + 8 * 1024)
        }
    }

    /// Makes calls with results, errors and cancellations, eight at a time.
    private func make(_ calls: Int, on instance: Instance) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<calls {
                if number >= 8 { try await group.next() }
                group.addTask { try await one(number, instance) }
            }
            try await group.waitForAll()
        }
    }
}

private func one(_ number: Int, _ instance: Instance) async throws {
    switch number % 5 {
    case 0:
        _ = try await instance.records("contacts", as: Contact.self, pageSize: 20).page()
    case 1:
        do {
            _ = try await instance.records("nothing").page()
            XCTFail("it must fail")
        } catch ElementKitError.notFound {}
    case 2:
        let left = Task { try await instance.records("channels").page() }
        left.cancel()
        _ = try? await left.value
    case 3:
        _ = try await instance.objects()
    default:
        _ = try await instance.bulk.list()
    }
}

private func residentKiB() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first } ?? 0
}
