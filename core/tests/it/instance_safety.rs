//! Instances under concurrency: simultaneous changes, callers that disconnect, deletion while jobs run (spec P 6.7,
//! 6.8).

use std::sync::Arc;
use std::time::Duration;

use brighttalk_sim::Simulator;
use elementkit::engine::Engine;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::{World, call};

async fn world() -> (World, Simulator, tempfile::TempDir) {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 2000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    (World::on(folder.path(), &simulator).await, simulator, folder)
}

async fn patch(world: &World, body: Value) -> (u16, Value) {
    let answer = world.call("PATCH /instances", &[], body.to_string()).await;
    (answer.status, answer.json())
}

async fn instance(world: &World) -> Value {
    let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    let line = format!("GET /instances/{}", world.instance_id);
    call(&world.engine, &line, &authorization, &[], String::new()).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_moment_are_all_kept() {
    let (world, _simulator, _folder) = world().await;
    let world = Arc::new(world);
    // More than are retried before a change fails.
    let changes = (0..60).map(|number| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            // Every third one is verified with the vendor first.
            let key = if number % 3 == 0 { "brighttalk.isstaging" } else { "filter.response.nulls" };
            patch(&world, json!({"configuration": {format!("mine.{number}"): number, key: number % 2 == 0}})).await
        })
    });
    for change in changes.collect::<Vec<_>>() {
        let (status, body) = change.await.unwrap();
        assert_eq!(status, 200, "{body}");
    }
    let configuration = &instance(&world).await["configuration"];
    for number in 0..60 {
        assert_eq!(configuration[format!("mine.{number}")], json!(number.to_string()), "{configuration}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_leaves_no_half_change() {
    let (world, simulator, _folder) = world().await;
    simulator.add_faults(&json!({"match": {"path": "/v1/my/channels"}, "fault": {"type": "slow_body", "stall_after": 10, "ms": 400}})).unwrap();
    let change =
        json!({"name": "renamed", "tags": ["new"], "configuration": {"brighttalk.isstaging": true, "mine": "1"}});
    let gone = tokio::time::timeout(Duration::from_millis(100), patch(&world, change)).await;
    assert!(gone.is_err(), "the vendor was to be slow");
    let untouched = instance(&world).await;
    assert_eq!(untouched["name"], "x", "stored before the vendor was asked");
    for _ in 0..500 {
        let now = instance(&world).await;
        if now["name"] == "renamed" {
            assert_eq!((&now["tags"], &now["configuration"]["mine"]), (&json!(["new"]), &json!("1")));
            world.engine.close().await;
            return;
        }
        assert_eq!(now, untouched, "half a change");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the change was lost with its caller");
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_ends_jobs_and_removes_what_they_read() {
    let (world, simulator, folder) = world().await;
    let done = world.query("select id from channels").await;
    world.ended(&done).await;
    simulator
        .add_faults(
            &json!({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 50, "ms": 100}}),
        )
        .unwrap();
    let running = world.query("select * from contacts").await;
    world.until(&running, |status| status["progress"]["rowsWritten"].as_u64() > Some(0)).await;
    let files = || {
        let bulk = std::fs::read_dir(folder.path().join("test.db.bulk")).unwrap();
        let names = bulk.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // Folders of jobs are named by their ids.
        names.filter(|name| name.parse::<i64>().is_ok()).collect::<Vec<_>>()
    };
    assert!(files().contains(&running) && files().contains(&done), "{:?}", files());
    assert_eq!(world.call("DELETE /instances", &[], "").await.status, 200);
    assert_eq!(files(), Vec::<String>::new());
    assert_eq!(world.get(&format!("/bulk/{running}/status"), &[]).await.status, 401);
    let calls = simulator.requests().len();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(simulator.requests().len(), calls, "the job goes on");
    // Nothing of it is back when the file is opened again.
    world.engine.close().await;
    let engine = Engine::open(support::engine_options(folder.path(), &simulator)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(simulator.requests().len(), calls);
    engine.close().await;
}
