//! Bulk jobs under failures: full disks, a vendor that throttles or changes meanwhile, expired files.

use std::collections::BTreeMap;
use std::time::Duration;

use elementkit::engine::EngineOptions;
use elementkit::model::JobStatus;
use elementkit::{EmbeddedOptions, Platform};
use serde_json::{Value, json};

use crate::support;
#[cfg(target_os = "linux")]
use crate::support::disk::SmallDisk;
use crate::support::raw::World;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_pauses_every_job_of_the_instance() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 4000, "channels": 4}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let limit =
        json!({"match": {"nth": 12}, "times": 1, "fault": {"type": "rate_limit", "retry_after": 2, "form": "seconds"}});
    simulator.add_faults(&limit).unwrap();
    let jobs = [world.query("select id from contacts").await, world.query("select id from activities").await];
    for job in &jobs {
        assert_eq!(world.ended(job).await["status"], "COMPLETED");
    }
    let requests = simulator.requests();
    let throttled = requests.iter().find(|request| request.status == 429).expect("it was throttled");
    // Calls in flight may still arrive; the clock of the journal is that of the arrival.
    let (from, to) = (throttled.time_ms + 500, throttled.time_ms + 1900);
    let meanwhile = requests.iter().filter(|request| (from..to).contains(&request.time_ms)).count();
    assert_eq!(meanwhile, 0, "nobody calls during the pause");
    assert!(requests.iter().any(|request| request.time_ms >= to));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_outage_fails_the_job_which_can_be_resumed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 2000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = support::engine_options(folder.path(), &simulator);
    options.max_outage = Duration::from_secs(3);
    options.vendor_retry.attempts = 1;
    let world = World::new(options).await;
    let away = json!({"match": {"path": "*/subscribers", "page": 4}, "fault": {"type": "status", "status": 503}});
    simulator.add_faults(&away).unwrap();
    let job = world.query("select id from contacts").await;
    let waiting =
        world.until(&job, |status| status["progress"]["phase"] == "waiting" && status["recordsCount"] == 600).await;
    assert_eq!(waiting["status"], "RUNNING");
    let ended = world.ended(&job).await;
    assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("ABORTED"), &json!(600)));
    assert!(ended["error"].as_str().unwrap().contains("Bad Gateway"), "{ended}");
    let failure = &ended["failure"];
    assert_eq!((&failure["kind"], &failure["status"]), (&json!("vendor"), &json!(502)), "{ended}");
    assert_eq!((&failure["phase"], &failure["retryable"]), (&json!("waiting"), &json!(true)));
    assert!(failure["providerMessage"].is_string(), "{ended}");
    assert_eq!(lines(&world.result(&job, "contacts", "application/jsonl").await.text()).len(), 600);
    simulator.clear_faults();
    let resumed = world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await;
    assert_eq!((resumed.status, &resumed.json()["status"]), (200, &json!("RUNNING")));
    assert!(resumed.json()["failure"].is_null(), "a job that goes on has not failed");
    assert_eq!(world.ended(&job).await["recordsCount"], 2000);
    let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
    assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(2000), &json!(0)));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_jobs_are_parked_and_resumed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 2000, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = support::engine_options(folder.path(), &simulator);
    options.workers = elementkit::engine::Workers::Manual;
    let world = World::new(options).await;
    let slow =
        json!({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 50, "ms": 150}});
    simulator.add_faults(&slow).unwrap();
    let first = world.query("select id from contacts").await;
    world.until(&first, |status| status["recordsCount"].as_i64() > Some(0)).await;
    let started = std::time::Instant::now();
    world.engine.suspend().await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let second = world.query("select id from surveys").await;
    let (parked, asked) = (world.status(&first).await, simulator.requests().len());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(simulator.requests().len(), asked, "nobody asks the vendor in the background");
    assert_eq!(world.status(&first).await["recordsCount"], parked["recordsCount"]);
    world.engine.suspend().await;

    world.engine.resume().await;
    assert_eq!(world.ended(&first).await["recordsCount"], 2000);
    assert_eq!(world.ended(&second).await["status"], "COMPLETED");
    let report = world.get(&format!("/bulk/{first}/report"), &[]).await.json();
    assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(2000), &json!(0)));
    world.engine.resume().await;
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_expire_after_their_retention() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 500, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let options =
        || EngineOptions { retention: Duration::from_secs(4), ..support::engine_options(folder.path(), &simulator) };
    let world = World::new(options()).await;
    let job = world.query("select id from contacts").await;
    world.ended(&job).await;
    let path = format!("/bulk/{job}/contacts");
    assert_eq!(world.get(&path, &[]).await.status, 200);
    let files = folder.path().join("test.db.bulk").join(&job);
    assert!(files.is_dir());
    // Removed while the engine is open, without opening it again.
    for _ in 0..1000 {
        if !files.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(!files.exists());
    for path in [path, format!("/bulk/{job}/errors")] {
        assert_eq!(world.get(&path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.status, 400, "it had come to its end");
    let status = world.status(&job).await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(500)));

    // Files are removed with their instance.
    let second = world.query("select id from contacts").await;
    world.ended(&second).await;
    let files = folder.path().join("test.db.bulk").join(&second);
    assert!(files.is_dir());
    assert_eq!(world.call("DELETE /instances", &[], "").await.status, 200);
    assert!(!files.exists());
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_job_without_a_checkpoint_cannot_be_resumed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 500, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { retention: Duration::from_millis(300), ..support::engine_options(folder.path(), &simulator) };
    let world = World::new(options).await;
    simulator
        .add_faults(&json!({"match": {"path": "*/subscribers", "page": 2}, "fault": {"type": "status", "status": 401}}))
        .unwrap();
    let job = world.query("select id from contacts").await;
    assert_eq!(world.ended(&job).await["status"], "ABORTED");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.status, 404);
    world.engine.close().await;
}

/// Stores records by id; a later one replaces an earlier one, as consumers do.
fn upsert(known: &mut BTreeMap<i64, Value>, rows: Vec<Value>) {
    known.extend(rows.into_iter().map(|row| (row["id"].as_i64().unwrap(), row)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_during_a_pull_is_in_it_or_in_the_next() {
    for (page, object, list) in [
        (1, "contacts", "*/subscribers"),
        (3, "contacts", "*/subscribers"),
        (2, "activities", "*/subscribers_webcast_activity"),
    ] {
        let simulator = support::simulator(&json!({"simulator": {"subscribers": 1500, "channels": 2}})).await;
        let folder = tempfile::tempdir().unwrap();
        let world = World::on(folder.path(), &simulator).await;
        let during = json!({"seconds": 300, "updates": 40, "new_subscribers": 25, "unsubscribes": 30, "during": {"path": list, "page": page}});
        simulator.advance(&during).unwrap();
        let job = world.query(&format!("select * from {object}")).await;
        assert_eq!(world.ended(&job).await["status"], "COMPLETED");
        let mut known = BTreeMap::new();
        upsert(&mut known, lines(&world.result(&job, object, "application/jsonl").await.text()));
        let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
        let watermark = report["watermark"].as_str().unwrap();
        // More changes before the next pull.
        simulator.advance(&json!({"seconds": 60, "updates": 5, "new_subscribers": 3, "unsubscribes": 2})).unwrap();
        let next = world.query(&format!("select * from {object} where lastUpdated > '{watermark}'")).await;
        assert_eq!(world.ended(&next).await["status"], "COMPLETED");
        let changed = lines(&world.result(&next, object, "application/jsonl").await.text());
        assert!(!changed.is_empty() && changed.len() < 1000, "{}", changed.len());
        upsert(&mut known, changed);

        // The reference: everything there is now.
        let all = world.query(&format!("select * from {object}")).await;
        assert_eq!(world.ended(&all).await["status"], "COMPLETED");
        let mut truth = BTreeMap::new();
        upsert(&mut truth, lines(&world.result(&all, object, "application/jsonl").await.text()));
        let missed: Vec<_> = truth.iter().filter(|(id, row)| known.get(id) != Some(row)).take(3).collect();
        assert!(missed.is_empty(), "{object}, page {page}: {missed:?}");
        world.engine.close().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_job_which_resumes_with_free_space() {
    let Some(disk) = SmallDisk::new(24) else { return };
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 12_000, "channels": 2}})).await;
    // No job may end because of another fault: only the disk fails.
    let expected = {
        let folder = tempfile::tempdir().unwrap();
        let world = World::on(folder.path(), &simulator).await;
        let job = world.query("select * from contacts").await;
        world.ended(&job).await;
        let whole = world.result(&job, "contacts", "text/csv").await.body;
        world.engine.close().await;
        whole
    };
    for leave in [300 << 10, 1300 << 10, 2 << 20] {
        let folder = tempfile::tempdir_in(disk.path()).unwrap();
        let world = World::on(folder.path(), &simulator).await;
        disk.fill(leave);
        let job = world.query("select * from contacts").await;
        let ended = world.ended(&job).await;
        assert_eq!(ended["status"], "ABORTED", "{leave}: {ended}");
        let error = ended["error"].as_str().unwrap();
        assert!(error.contains("Free some space"), "{leave}: {error}");
        // Still no space: the same failure again, and nothing is worse than before.
        world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await;
        assert_eq!(world.ended(&job).await["status"], "ABORTED");
        disk.free();
        assert_eq!(integrity(folder.path()).await, "ok");
        assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.status, 200);
        let ended = world.ended(&job).await;
        assert_eq!(
            (&ended["status"], &ended["recordsCount"]),
            (&json!("COMPLETED"), &json!(12_000)),
            "{leave}: {ended}"
        );
        assert!(world.result(&job, "contacts", "text/csv").await.body == expected, "{leave}");

        // In the middle of a conversion: results are made as they are read, so only the reader's disk can be full.
        disk.fill(100 << 10);
        let target = folder.path().join("contacts.csv");
        let platform = elementkit::Platform::embedded({
            let mut options = elementkit::EmbeddedOptions::new(folder.path().join("test.db"));
            *options.engine_mut() = support::engine_options(folder.path(), &simulator);
            options
        });
        let platform = platform.await.unwrap();
        let handle = platform.instances().get(world.instance_id).await.unwrap().bulk().job(&job).await.unwrap();
        let error = handle.download(&target, elementkit::Format::Csv).await.unwrap_err();
        assert_eq!(error.kind(), elementkit::ErrorKind::Storage, "{error}");
        assert!(!target.exists(), "half a file is no file");
        disk.free();
        handle.download(&target, elementkit::Format::Csv).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == expected);
        platform.close().await;
        world.engine.close().await;
    }
}

#[cfg(target_os = "linux")]
async fn integrity(folder: &std::path::Path) -> String {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("test.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let verdict = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    pool.close().await;
    verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_job_is_cancelled_without_waiting_for_others() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 4000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = EmbeddedOptions::new(folder.path().join("test.db"));
    *options.engine_mut() = support::engine_options(folder.path(), &simulator);
    let platform = Platform::embedded(options).await.unwrap();
    let (busy, other) = (support::instance(&platform).await, support::instance(&platform).await);
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 60_000}})).unwrap();
    for _ in 0..4 {
        let job = busy.bulk().query("select id from contacts").await.unwrap();
        while job.status().await.unwrap().status != JobStatus::Running {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // All worker slots are taken, so this one is queued.
    let queued = other.bulk().query("select id from contacts").await.unwrap();
    assert_eq!(queued.cancel().await.unwrap().status, JobStatus::Cancelled);
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, queued.resume()).await.unwrap().unwrap();
    tokio::time::timeout(limit, platform.instances().delete(other.id().unwrap())).await.unwrap().unwrap();
    platform.close().await;
}
