//! A record in several lists is one row of a job, that of the first list (spec BT 2.6).

use std::path::Path;

use elementkit::engine::EngineOptions;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;
use crate::support::vendor::Vendor;

const AT: &str = "2027-01-15T06:00:00Z";

/// Channels 7 and 8 share webcast 500; some of its records are in both.
async fn vendor() -> Vendor {
    let vendor = Vendor::start().await;
    vendor.change(|lists| {
        lists.channels = [7, 8].into();
        for (channel, first) in [(7, 1), (8, 201)] {
            lists.set(&format!("channel/{channel}/webcasts"), AT, [500]);
            lists.set(&format!("channel/{channel}/webcast/500/registrations"), AT, first..first + 300);
            lists.set(&format!("channel/{channel}/webcast_viewings"), AT, first..first + 300);
            lists.set(&format!("channel/{channel}/surveys"), AT, [60, channel]);
        }
    });
    vendor
}

async fn world(folder: &Path, vendor: &Vendor) -> World {
    let options =
        EngineOptions { vendor_urls: support::vendor_urls(&vendor.url), ..EngineOptions::new(folder.join("test.db")) };
    // Memory for a few hundred keys, so that they are sorted on disk.
    World::new(EngineOptions { bootstrap: support::bootstrap(), sort_memory: 8192, ..options }).await
}

fn rows(text: &str) -> Vec<(u64, u64)> {
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        (row["id"].as_u64().unwrap(), row["channelId"].as_u64().unwrap())
    };
    text.lines().map(row).collect()
}

/// Returns each id once, with the lowest channel.
fn expected(ids: std::ops::RangeInclusive<u64>) -> Vec<(u64, u64)> {
    ids.map(|id| (id, if id <= 300 { 7 } else { 8 })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_is_one_row_in_every_format() {
    let (folder, vendor) = (tempfile::tempdir().unwrap(), vendor().await);
    let world = world(folder.path(), &vendor).await;
    for object in ["registrations", "viewings"] {
        let job = world.query(&format!("select id,channelId from {object}")).await;
        let ended = world.ended(&job).await;
        assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("COMPLETED"), &json!(500)), "{ended}");
        let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
        assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(600), &json!(100)));
        let mut found = rows(&world.result(&job, object, "application/jsonl").await.text());
        found.sort_unstable();
        assert_eq!(found, expected(1..=500), "{object}");
        let csv = world.result(&job, object, "text/csv").await.text();
        assert_eq!(csv.lines().count(), 501);
        let table = world.result(&job, object, "application/vnd.apache.arrow.stream").await;
        assert_eq!(table.status, 200);
        // A complete result has as many rows as were recorded.
        let parquet = world.result(&job, object, "application/vnd.apache.parquet").await;
        assert!(parquet.body.ends_with(b"PAR1"));
    }
    let job = world.query("select id, channelId from surveys").await;
    assert_eq!(world.ended(&job).await["recordsCount"], 3);
    let found = rows(&world.result(&job, "surveys", "application/jsonl").await.text());
    assert_eq!(found, [(60, 7), (7, 7), (8, 8)]);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_limits_and_conditions_see_each_record_once() {
    let (folder, vendor) = (tempfile::tempdir().unwrap(), vendor().await);
    let world = world(folder.path(), &vendor).await;
    for (clauses, wanted) in [
        ("order by id", expected(1..=500)),
        ("order by id desc limit 250", expected(251..=500).into_iter().rev().collect()),
        ("limit 450", (1..=300).rev().map(|id| (id, 7)).chain((351..=500).rev().map(|id| (id, 8))).collect()),
        ("limit 100", (201..=300).rev().map(|id| (id, 7)).collect()),
        // A row that a condition excludes does not represent the record.
        ("where channelId != 7 order by id", (201..=500).map(|id| (id, 8)).collect()),
        ("where channelId = 8 order by id", (201..=500).map(|id| (id, 8)).collect()),
    ] {
        let job = world.query(&format!("select id,channelId from viewings {clauses}")).await;
        let ended = world.ended(&job).await;
        assert_eq!(ended["recordsCount"], wanted.len(), "{clauses}: {ended}");
        let found = rows(&world.result(&job, "viewings", "application/jsonl").await.text());
        assert!(found == wanted, "{clauses}: {} rows", found.len());
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_filled_although_rows_were_dropped() {
    let (folder, vendor) = (tempfile::tempdir().unwrap(), vendor().await);
    vendor.change(|lists| {
        lists.channels.insert(9);
        lists.set("channel/8/webcast_viewings", AT, 201..=300);
        lists.set("channel/9/webcast_viewings", AT, 201..=320);
    });
    let world = world(folder.path(), &vendor).await;
    let job = world.query("select id,channelId from viewings limit 310").await;
    assert_eq!(world.ended(&job).await["recordsCount"], 310);
    let mut found = rows(&world.result(&job, "viewings", "application/jsonl").await.text());
    found.sort_unstable();
    let ids: Vec<u64> = found.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, (1..=300).chain(311..=320).collect::<Vec<_>>());

    // A job that continues it does not repeat delivered rows.
    let call = format!("POST /bulk/query?continueFromJobId={job}&q=select%20id%2CchannelId%20from%20viewings");
    let answer = world.call(&call, &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let more = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.ended(&more).await["recordsCount"], 10);
    let mut found = rows(&world.result(&more, "viewings", "application/jsonl").await.text());
    found.sort_unstable();
    assert_eq!(found, (301..=310).map(|id| (id, 9)).collect::<Vec<_>>());
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_job_has_each_record_once() {
    let (folder, vendor) = (tempfile::tempdir().unwrap(), vendor().await);
    let world = world(folder.path(), &vendor).await;
    vendor.change(|lists| lists.refused.insert("channel/8/webcast_viewings".to_owned(), (401, "Unauthorized")));
    let job = world.query("select id,channelId from viewings").await;
    assert_eq!(world.ended(&job).await["status"], "ABORTED");
    vendor.change(|lists| lists.refused.clear());
    // By another engine, which writes other files.
    let options = EngineOptions {
        vendor_urls: support::vendor_urls(&vendor.url),
        ..EngineOptions::new(folder.path().join("test.db"))
    };
    let world = world.again(EngineOptions { bootstrap: support::bootstrap(), sort_memory: 8192, ..options }).await;
    assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.status, 200);
    assert_eq!(world.ended(&job).await["recordsCount"], 500);
    let mut found = rows(&world.result(&job, "viewings", "application/jsonl").await.text());
    found.sort_unstable();
    assert_eq!(found, expected(1..=500));
    // The deduplication leaves no files on disk.
    let files = std::fs::read_dir(folder.path().join(format!("test.db.bulk/{job}"))).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    world.engine.close().await;
}
