//! Incremental pulls against a vendor that changes meanwhile (spec BT 2.7).

use std::collections::BTreeMap;

use elementkit::engine::EngineOptions;
use elementkit::{EmbeddedOptions, ErrorKind, Format, InstanceHandle, Platform, Record, SyncState};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;

use crate::support;
use crate::support::subject::{Simulated, Subject, with_elements};

/// State of a consumer: records by their key.
type Held = BTreeMap<String, Record>;

struct World {
    platform: Platform,
    instance: InstanceHandle,
    simulator: Simulated,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self::over(Subject::Brighttalk).await
    }

    async fn over(subject: Subject) -> Self {
        let simulator = subject.start(1000).await;
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("test.db");
        let engine = EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(&database) };
        let mut options = EmbeddedOptions::new(database);
        *options.engine_mut() = with_elements(engine);
        let platform = Platform::embedded(options).await.unwrap();
        let instance = platform.instances().create(&subject.new_instance(&simulator.url())).await.unwrap();
        Self { platform, instance, simulator, _folder: folder }
    }

    /// Runs one pull. Returns the number of rows, and the state for the next.
    async fn pull(&self, object: &str, state: Option<&SyncState>, held: &mut Held) -> (usize, SyncState) {
        let sync = self.instance.sync(object, state).await.unwrap();
        let pages: Vec<_> = sync.pages(500).await.unwrap().try_collect().await.unwrap();
        assert!(pages.iter().all(|page| page.records::<Record>().unwrap().len() <= 500));
        let records: Vec<Record> = pages.iter().flat_map(|page| page.records::<Record>().unwrap()).collect();
        let count = records.len();
        held.extend(records.into_iter().map(|record| (record["id"].to_string(), record)));
        (count, sync.state().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pulls_one_after_the_other_hold_what_a_full_pull_would() {
    let world = World::new().await;
    // Subscribers join and leave while the first pull runs.
    let during = json!({"path": "*/subscribers", "page": 1});
    let meanwhile = json!({"seconds": 5, "new_subscribers": 3, "unsubscribes": 4, "during": during});
    world.simulator.advance(&meanwhile).unwrap();
    let mut held = Held::new();
    let (first, mut state) = world.pull("contacts", None, &mut held).await;
    assert!(first >= 2000, "{first}");

    for round in 0..3 {
        let step = json!({"seconds": 3600, "new_subscribers": 5 + round, "unsubscribes": 3, "updates": 2});
        world.simulator.advance(&step).unwrap();
        let (count, next) = world.pull("contacts", Some(&state), &mut held).await;
        assert!((8..200).contains(&count), "round {round} pulled {count}");
        assert!(next.watermark() > state.watermark(), "{state} {next}");
        // A state survives conversion to text.
        state = next.to_string().parse().unwrap();
    }
    let mut whole = Held::new();
    world.pull("contacts", None, &mut whole).await;
    assert_eq!(held.len(), whole.len());
    assert!(held == whole, "what was pulled bit by bit differs from the whole");
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pulls_of_another_element_hold_what_a_full_pull_would() {
    let world = World::over(Subject::Testbed).await;
    let during = json!({"path": "/v2/accounts", "page": 2});
    world.simulator.advance(&json!({"seconds": 5, "updates": 4, "creates": 3, "during": during})).unwrap();
    let mut held = Held::new();
    let (first, mut state) = world.pull("accounts", None, &mut held).await;
    assert_eq!(first, 1003);
    for round in 0..3 {
        world.simulator.advance(&json!({"seconds": 3600, "updates": 5 + round, "creates": 2})).unwrap();
        let before = world.simulator.requests().len();
        let (count, next) = world.pull("accounts", Some(&state), &mut held).await;
        assert!((7..200).contains(&count), "round {round} pulled {count}");
        assert!(next.watermark() > state.watermark(), "{state} {next}");
        let requests = world.simulator.requests();
        assert!(requests[before..].iter().all(|entry| entry.query.contains("updated_since=")), "round {round}");
        state = next.to_string().parse().unwrap();
    }
    let mut whole = Held::new();
    world.pull("accounts", None, &mut whole).await;
    assert!(held == whole, "{} records instead of {}", held.len(), whole.len());
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendor_is_asked_for_what_changed_alone() {
    let world = World::new().await;
    let mut held = Held::new();
    let (all, state) = world.pull("activities", None, &mut held).await;
    world.simulator.advance(&json!({"seconds": 3600, "updates": 40})).unwrap();
    let before = world.simulator.requests().len();
    let (changed, _) = world.pull("activities", Some(&state), &mut held).await;
    assert!(changed > 0 && changed < all / 2, "{changed} of {all}");
    let requests = world.simulator.requests();
    let asked: Vec<String> = requests[before..].iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    let lists: Vec<_> = asked.iter().filter(|entry| entry.contains("subscribers_webcast_activity")).collect();
    assert!(!lists.is_empty() && lists.iter().all(|entry| entry.contains("since=")), "{asked:?}");
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_without_a_time_of_change_are_pulled_whole() {
    let world = World::new().await;
    let mut held = Held::new();
    let (all, state) = world.pull("surveys", None, &mut held).await;
    assert!(all > 0);
    assert_eq!(world.pull("surveys", Some(&state), &mut held).await.0, all);
    assert_eq!(held.len(), all);
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_never_ahead_of_the_rows() {
    let world = World::new().await;
    let kind = |error: elementkit::Error| error.kind();
    let sync = world.instance.sync("contacts", None).await.unwrap();
    assert_eq!(sync.state().await.map_err(kind).err(), Some(ErrorKind::Config));
    sync.wait().await.unwrap();
    assert_eq!(sync.state().await.map_err(kind).err(), Some(ErrorKind::Config));
    // A reader that stops half-way, and a file that cannot be written.
    assert!(sync.pages(100).await.unwrap().boxed().next().await.unwrap().is_ok());
    assert_eq!(sync.state().await.map_err(kind).err(), Some(ErrorKind::Config));
    let nowhere = world._folder.path().join("missing/contacts.csv");
    assert_eq!(sync.download(&nowhere, Format::Csv).await.map_err(kind).err(), Some(ErrorKind::Storage));
    assert_eq!(sync.state().await.map_err(kind).err(), Some(ErrorKind::Config));

    sync.download(world._folder.path().join("contacts.csv"), Format::Csv).await.unwrap();
    let state = sync.state().await.unwrap();
    assert_eq!(state.object(), "contacts");
    let other = world.instance.sync("channels", Some(&state)).await;
    assert_eq!(other.map_err(kind).err(), Some(ErrorKind::Config));
    world.platform.close().await;
}
