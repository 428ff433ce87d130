//! A watermark for each partition: what was not read comes in a later pull, and is named until then (spec BT 2.7).

use std::collections::BTreeSet;

use elementkit::engine::EngineOptions;
use elementkit::model::{PendingReason, Transformation};
use elementkit::{EmbeddedOptions, ErrorKind, InstanceHandle, Platform, Record, SyncOptions, SyncState};
use futures::TryStreamExt;
use serde_json::json;

use crate::support;
use crate::support::vendor::{Vendor, entry};

const SECOND: &str = "2027-01-15T09:00:00Z";
const THIRD: &str = "2027-01-15T11:00:00Z";

struct World {
    platform: Platform,
    instance: InstanceHandle,
    vendor: Vendor,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let vendor = Vendor::start().await;
        vendor.change(|lists| {
            lists.channels = [7, 8].into();
            lists.set("channel/7/subscribers", "2027-01-15T06:00:00Z", [71]);
            lists.set("channel/8/subscribers", "2027-01-15T06:00:00Z", [81]);
        });
        let folder = tempfile::tempdir().unwrap();
        let mut options = EmbeddedOptions::new(folder.path().join("test.db"));
        let path = folder.path().join("test.db");
        let engine = EngineOptions { vendor_urls: support::vendor_urls(&vendor.url), ..EngineOptions::new(path) };
        *options.engine_mut() = EngineOptions { bootstrap: support::bootstrap(), ..engine };
        let platform = Platform::embedded(options).await.unwrap();
        let instance = support::instance(&platform).await;
        Self { platform, instance, vendor, _folder: folder }
    }

    /// Runs one pull. Returns the ids, and the state for the next, which was converted to text and back.
    async fn pull(&self, what: impl Into<SyncOptions>, state: Option<&SyncState>) -> (BTreeSet<u64>, SyncState) {
        let sync = self.instance.sync(what, state).await.unwrap();
        let pages: Vec<_> = sync.pages(100).await.unwrap().try_collect().await.unwrap();
        let records = pages.iter().flat_map(|page| page.records::<Record>().unwrap());
        let ids = records.map(|record| record["id"].as_u64().unwrap()).collect();
        let state = sync.state().await.unwrap();
        let stripped =
            |pending: &elementkit::model::PendingPartition| (pending.partition.clone(), pending.reason.clone());
        let told: Vec<_> = sync.pending().await.unwrap().iter().map(stripped).collect();
        assert_eq!(told, state.pending().iter().map(stripped).collect::<Vec<_>>());
        (ids, state.to_string().parse().unwrap())
    }
}

fn pending(state: &SyncState) -> Vec<(String, PendingReason)> {
    state.pending().iter().map(|entry| (entry.partition.clone(), entry.reason.clone())).collect()
}

fn ids<const N: usize>(ids: [u64; N]) -> BTreeSet<u64> {
    ids.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_and_new_partitions_are_read_later() {
    let world = World::new().await;
    let (first, state) = world.pull("contacts", None).await;
    assert_eq!((first, pending(&state)), (ids([71, 81]), vec![]));

    // Channel 8 is refused while it gains a record; then channel 9 appears with old ones.
    world.vendor.change(|lists| {
        lists.now = SECOND.to_owned();
        lists.refused.insert("channel/8/subscribers".to_owned(), (403, "NotAuthorisedForChannel"));
        for (channel, id) in [(7, 72), (8, 82)] {
            let list = lists.records.get_mut(&format!("channel/{channel}/subscribers")).unwrap();
            list.push(entry(id, "2027-01-15T08:20:00Z"));
        }
    });
    let (second, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!(second, ids([72]));
    assert_eq!(pending(&state), [("8".to_owned(), PendingReason::Forbidden)]);
    assert_eq!(state.pending()[0].watermark.as_deref(), Some("2027-01-15T06:59:00Z"));
    assert_eq!(state.watermark(), Some("2027-01-15T08:59:00Z"));

    world.vendor.change(|lists| {
        lists.now = THIRD.to_owned();
        lists.refused.clear();
        lists.channels.insert(9);
        lists.set("channel/9/subscribers", "2026-06-01T00:00:00Z", [91, 92]);
    });
    let (third, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!((third, pending(&state)), (ids([82, 91, 92]), vec![]));
    let (fourth, _) = world.pull("contacts", Some(&state)).await;
    assert_eq!(fourth, ids([]));
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_channel_that_no_longer_exists_is_reported_once() {
    let world = World::new().await;
    let refuse = |status, code| {
        world.vendor.change(|lists| lists.refused.insert("channel/8/subscribers".to_owned(), (status, code)))
    };
    let (_, state) = world.pull("contacts", None).await;
    // A deleted channel is not found, as long as the vendor lists it.
    refuse(404, "ChannelNotFound");
    let (_, state) = world.pull("contacts", Some(&state)).await;
    let (_, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!(pending(&state), [("8".to_owned(), PendingReason::NotFound)]);
    world.vendor.change(|lists| lists.channels.remove(&8));
    let (_, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!(pending(&state), [("8".to_owned(), PendingReason::Gone)]);
    let (_, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!(pending(&state), []);
    // If it comes back, it is read from its beginning.
    world.vendor.change(|lists| {
        lists.refused.clear();
        lists.channels.insert(8);
    });
    let (back, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!((back, pending(&state)), (ids([81]), vec![]));
    // A channel that was complete disappears silently: nothing of it is missing.
    world.vendor.change(|lists| lists.channels.remove(&8));
    assert_eq!(pending(&world.pull("contacts", Some(&state)).await.1), []);

    // Pending partitions can be skipped.
    refuse(403, "NotAuthorisedForChannel");
    world.vendor.change(|lists| lists.channels.insert(8));
    let (_, state) = world.pull("contacts", None).await;
    assert_eq!(state.pending().len(), 1);
    let state = state.without_pending();
    world.vendor.change(|lists| lists.refused.clear());
    let (after, state) = world.pull("contacts", Some(&state)).await;
    assert_eq!((after, pending(&state)), (ids([]), vec![]));
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_below_webcasts_have_their_own_watermarks() {
    let world = World::new().await;
    world.vendor.change(|lists| {
        for (channel, webcast) in [(7, 300), (8, 400)] {
            lists.set(&format!("channel/{channel}/webcasts"), "2026-01-01T00:00:00Z", [webcast]);
            let path = format!("channel/{channel}/webcast/{webcast}/registrations");
            lists.set(&path, "2026-02-01T00:00:00Z", [webcast + 1]);
        }
    });
    let (first, state) = world.pull("registrations", None).await;
    assert_eq!((first, pending(&state)), (ids([301, 401]), vec![]));

    // The webcasts of channel 8 cannot be listed, one of channel 7 is refused, another is new with old registrations.
    world.vendor.change(|lists| {
        lists.now = SECOND.to_owned();
        lists.refused.insert("channel/8/webcasts".to_owned(), (403, "NotAuthorisedForChannel"));
        lists.refused.insert("channel/7/webcast/300/registrations".to_owned(), (404, "WebcastNotFound"));
        lists.set("channel/7/webcasts", "2026-01-01T00:00:00Z", [300, 310]);
        lists.set("channel/7/webcast/310/registrations", "2026-02-01T00:00:00Z", [311]);
        for (channel, webcast) in [(7, 300), (8, 400)] {
            let path = format!("channel/{channel}/webcast/{webcast}/registrations");
            lists.records.get_mut(&path).unwrap().push(entry(webcast + 2, "2027-01-15T08:00:00Z"));
        }
    });
    let (second, state) = world.pull("registrations", Some(&state)).await;
    assert_eq!(second, ids([311]));
    let expected = [("7/300".to_owned(), PendingReason::NotFound), ("8".to_owned(), PendingReason::Forbidden)];
    assert_eq!(pending(&state), expected);

    world.vendor.change(|lists| {
        lists.now = THIRD.to_owned();
        lists.refused.clear();
    });
    let (third, state) = world.pull("registrations", Some(&state)).await;
    assert_eq!((third, pending(&state)), (ids([302, 402]), vec![]));

    // A channel whose lists could never be enumerated, and that is gone.
    world.vendor.change(|lists| {
        lists.channels.insert(9);
        lists.refused.insert("channel/9/webcasts".to_owned(), (403, "NotAuthorisedForChannel"));
    });
    let (_, state) = world.pull("registrations", Some(&state)).await;
    assert_eq!(pending(&state), [("9".to_owned(), PendingReason::Forbidden)]);
    world.vendor.change(|lists| lists.channels.remove(&9));
    let (_, state) = world.pull("registrations", Some(&state)).await;
    assert_eq!(pending(&state), [("9".to_owned(), PendingReason::Gone)]);
    assert_eq!(pending(&world.pull("registrations", Some(&state)).await.1), []);
    world.platform.close().await;
}

fn mapping(script: &str) -> Transformation {
    serde_json::from_value(json!({
        "vendorName": "contacts",
        "fields": [{"path": "id", "vendorPath": "id"}],
        "script": {"mimeType": "application/javascript", "body": script},
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_are_read_again() {
    let world = World::new().await;
    let (instance, vendor) = (&world.instance, &world.vendor);
    let definition = serde_json::from_value(json!({"fields": [{"path": "id", "type": "number"}]})).unwrap();
    instance.definitions().create("person", &definition).await.unwrap();
    let failing = "if (transformedObject.id % 10 > 1) throw new Error('no'); done(transformedObject);";
    instance.transformations().create("person", &mapping(failing)).await.unwrap();
    vendor.change(|lists| {
        let list = lists.records.get_mut("channel/7/subscribers").unwrap();
        list.extend([entry(72, "2027-01-15T05:00:00Z"), entry(74, "2027-01-14T00:00:00Z")]);
    });
    let (first, state) = world.pull("person", None).await;
    assert_eq!(first, ids([71, 81]));
    let [failed] = state.pending() else { panic!("{state}") };
    assert_eq!((failed.partition.as_str(), failed.failed_rows), ("7", 2));
    // From the oldest of them on, and no earlier.
    assert_eq!(
        (failed.reason.clone(), failed.watermark.as_deref()),
        (PendingReason::FailedRows, Some("2027-01-14T00:00:00Z"))
    );

    // While they fail, they are pending, and other channels continue.
    vendor.change(|lists| lists.now = SECOND.to_owned());
    let (second, state) = world.pull("person", Some(&state)).await;
    assert_eq!((second, state.pending()[0].failed_rows), (ids([71]), 2));
    vendor.asked();
    instance.transformations().replace("person", &mapping("done(transformedObject);")).await.unwrap();
    let (third, state) = world.pull("person", Some(&state)).await;
    assert_eq!((third, pending(&state)), (ids([71, 72, 74]), vec![]));
    let asked = vendor.asked();
    assert!(asked.iter().any(|path| path.contains("8/subscribers?subscribedSince=2027-01-15T08")), "{asked:?}");
    assert!(asked.iter().any(|path| path.contains("7/subscribers?subscribedSince=2027-01-13T23")), "{asked:?}");

    // The report of a job has a time that is safe for everything.
    instance.transformations().replace("person", &mapping(failing)).await.unwrap();
    let job = instance.bulk().query("select * from person").await.unwrap();
    job.wait().await.unwrap();
    let report = job.report().await.unwrap();
    assert_eq!((report.watermark.as_deref(), report.pending.len()), (Some("2027-01-14T00:00:00Z"), 1));
    assert_eq!(report.watermarks, None);
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_the_first_version_is_accepted() {
    let world = World::new().await;
    let old =
        format!("v1:{}:contacts:2027-01-15T06:30:00Z", world.instance.describe().await.unwrap().id).parse().unwrap();
    world.vendor.change(|lists| {
        lists.records.get_mut("channel/8/subscribers").unwrap().push(entry(82, "2027-01-15T06:40:00Z"));
    });
    let (first, state) = world.pull("contacts", Some(&old)).await;
    assert_eq!(first, ids([82]));
    assert!(state.to_string().starts_with("v2:"), "{state}");
    assert_eq!(state.watermark(), Some("2027-01-15T06:59:00Z"));
    assert_eq!(world.pull("contacts", Some(&state)).await.0, ids([]));
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_belongs_to_its_selection() {
    let world = World::new().await;
    let kind = |outcome: elementkit::Result<_>| outcome.map(|_: elementkit::SyncJob| ()).map_err(|error| error.kind());
    let some = || SyncOptions::new("contacts").fields("id").filter("id > 80").channel(8).channel(7);
    let (found, state) = world.pull(some(), None).await;
    assert_eq!(found, ids([81]));
    assert_eq!(
        world
            .pull(SyncOptions::new("contacts").fields("id").filter("id>80").channel(7).channel(8), Some(&state))
            .await
            .0,
        ids([])
    );
    for other in [
        SyncOptions::new("contacts"),
        some().filter("id > 70"),
        some().fields("id,email"),
        some().channel(9),
        SyncOptions::new("contacts").fields("id").channel(7).channel(8),
    ] {
        assert_eq!(kind(world.instance.sync(other.clone(), Some(&state)).await), Err(ErrorKind::Config), "{other:?}");
    }
    let (_, whole) = world.pull("contacts", None).await;
    assert_eq!(kind(world.instance.sync(some(), Some(&whole)).await), Err(ErrorKind::Config));
    assert_eq!(kind(world.instance.sync(some().filter("id >"), None).await), Err(ErrorKind::InvalidRequest));
    // A selected channel that does not exist is reported.
    let (nothing, state) = world.pull(SyncOptions::new("contacts").channel(99), None).await;
    assert_eq!((nothing, pending(&state)), (ids([]), vec![("99".to_owned(), PendingReason::NotFound)]));
    world.platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_continuing_job_reads_what_the_earlier_one_was_refused() {
    let world = World::new().await;
    let limit = |job: Option<&elementkit::Job>| {
        let query =
            elementkit::BulkQuery::new(format!("select id from contacts limit {}", if job.is_some() { 9 } else { 1 }));
        job.iter().fold(query, |query, job| query.continue_from(job.id()))
    };
    world.vendor.change(|lists| {
        lists.refused.insert("channel/7/subscribers".to_owned(), (403, "NotAuthorisedForChannel"));
    });
    let first = world.instance.bulk().query(limit(None)).await.unwrap();
    assert_eq!(first.wait().await.unwrap().records_count, Some(1));
    world.vendor.change(|lists| {
        lists.now = SECOND.to_owned();
        lists.refused.clear();
    });
    let more = world.instance.bulk().query(limit(Some(&first))).await.unwrap();
    more.wait().await.unwrap();
    let records: Vec<Record> = more.records().await.unwrap().try_collect().await.unwrap();
    assert_eq!(records.iter().map(|record| record["id"].as_u64().unwrap()).collect::<Vec<_>>(), [71]);
    // What changed since the first job began is in neither.
    assert_eq!(more.report().await.unwrap().watermark.as_deref(), Some("2027-01-15T06:59:00Z"));
    assert_eq!(first.report().await.unwrap().pending[0].partition, "7");
    world.platform.close().await;
}
