//! kill -9 in the middle of a bulk job: the next process finishes it without losing or repeating a record.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod support;

use std::collections::HashSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Format, Platform};
use futures::TryStreamExt;
use serde_json::{Value, json};

const RECORDS: u64 = 20_000;

/// Set for the process that will be killed.
const CHILD: &str = "ELEMENTKIT_TEST_CRASH_CHILD";

/// The process that will be killed: runs whatever jobs wait in the database, for as long as it lives.
#[test]
fn child() {
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let (database, url) = arguments.split_once('|').unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let _platform = Platform::embedded(EmbeddedOptions::new(database).brighttalk_url(url)).await.unwrap();
        std::future::pending::<()>().await;
    });
}

fn start_child(database: &str, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, format!("{database}|{url}"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_survives_kill_9_again_and_again() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": RECORDS, "channels": 3}})).await;
    // Slow enough that a kill falls into the middle of the job.
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 100, "ms": 60}})).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db").to_str().unwrap().to_owned();
    let options =
        || EmbeddedOptions::new(&database).brighttalk_url(simulator.url()).workers(elementkit::engine::Workers::Manual);

    // The job is made by a process that does not work on it for long.
    let platform = Platform::embedded(options()).await.unwrap();
    let configuration = [
        ("brighttalk.api.key".to_owned(), "1".to_owned()),
        ("brighttalk.api.secret".to_owned(), "0123456789ABCDEF0123456789ABCDEF".to_owned()),
        ("brighttalk.bulkignore.emailnotpresent".to_owned(), "false".to_owned()),
    ];
    let new = NewInstance {
        element: "brighttalk".to_owned(),
        name: "x".to_owned(),
        configuration: configuration.into(),
        ..NewInstance::default()
    };
    let instance = platform.instances().create(&new).await.unwrap();
    let job = instance.bulk().query("select id from contacts").await.unwrap();
    let (instance_id, job_id) = (instance.id().unwrap(), job.id().to_owned());
    platform.close().await;

    let mut kills = 0;
    for pause_ms in [250, 400, 550, 700] {
        let mut child = start_child(&database, &simulator.url());
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        // The lease of the dead runs out.
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
    simulator.clear_faults();
    let platform = Platform::embedded(EmbeddedOptions::new(&database).brighttalk_url(simulator.url())).await.unwrap();
    let job = platform.instances().get(instance_id).await.unwrap().bulk().job(&job_id).await.unwrap();
    let before = job.status().await.unwrap();
    assert!(before.records_count.unwrap() < RECORDS, "the kills came too late to mean anything");
    let ended = tokio::time::timeout(Duration::from_secs(120), job.wait()).await.unwrap().unwrap();
    assert_eq!(ended.records_count, Some(RECORDS), "after {kills} kills");
    let report = job.report().await.unwrap();
    assert_eq!((report.rows_read, report.rows_written, report.duplicates_dropped), (RECORDS, RECORDS, 0));

    let chunks: Vec<_> = job.stream(Format::JsonLines).await.unwrap().try_collect().await.unwrap();
    let text = String::from_utf8(chunks.concat()).unwrap();
    let ids: Vec<u64> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap()).collect();
    let distinct: HashSet<u64> = ids.iter().copied().collect();
    assert_eq!((ids.len() as u64, distinct.len() as u64), (RECORDS, RECORDS));
    platform.close().await;
}
