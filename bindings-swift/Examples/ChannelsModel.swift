import ElementKit
import Foundation

/// Model of a screen with the channels, and a progress bar while their contacts are pulled. Add `@Observable` where it
/// is available.
@MainActor
public final class ChannelsModel {
    /// The channels, once they are loaded.
    public private(set) var channels: [Channel] = [] { didSet { changed() } }
    /// Progress of the pull from 0 to 1; `nil` while no pull runs.
    public private(set) var progress: Double? { didSet { changed() } }
    /// The last problem, for users.
    public private(set) var problem: String? { didSet { changed() } }
    /// Called after each change.
    public var changed: () -> Void = {}

    private let platform: Platform
    private let instance: Instance
    private var pull: Task<Void, Never>?

    /// The instance must be one of the platform.
    public init(platform: Platform, instance: Instance) {
        self.platform = platform
        self.instance = instance
    }

    /// Loads the channels.
    public func load() async {
        await reporting { self.channels = try await self.instance.records("channels", as: Channel.self).array() }
    }

    /// Pulls the contacts of all channels into a file.
    public func pullContacts(into path: String) {
        pull?.cancel()
        pull = Task {
            progress = 0
            await reporting {
                let job = try await self.instance.bulk.query("select * from contacts")
                for try await status in job.statuses { self.progress = fraction(status) }
                try await job.download(path)
            }
            progress = nil
        }
    }

    /// Waits until no pull runs.
    public func finished() async { await pull?.value }

    /// Leaves the pull; its job continues in the engine.
    public func leave() { pull?.cancel() }

    /// The app goes to the background.
    public func enterBackground() async { await reporting { try await self.platform.suspend() } }

    /// The app is back.
    public func enterForeground() async { await reporting { try await self.platform.resume() } }

    private func reporting(_ work: @MainActor () async throws -> Void) async {
        do {
            try await work()
            problem = nil
        } catch is CancellationError {
        } catch {
            problem = error.localizedDescription
        }
    }
}

/// Returns the fraction of the vendor's lists that has been read.
private func fraction(_ status: JSONObject) -> Double {
    guard let progress = status["progress"], let total = progress["parentsTotal"].integer, total > 0 else { return 0 }
    return Double(progress["parentsDone"].integer ?? 0) / Double(total)
}
