//! The example that keeps two instances alike, killed at any moment.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, InstanceHandle, Platform, Record};
use serde_json::{Value, json};

use crate::support;
use crate::support::subject::{Simulated, Subject};

#[allow(dead_code)] // Its main function.
#[path = "../../examples/sync_instances.rs"]
mod program;

/// Returns the definition of the testbed's vendor in a scenario, with the date of its records.
fn document() -> Value {
    let scenarios = support::scenarios("client");
    let (_, scenario) =
        scenarios.iter().find(|(name, _)| name.contains("bulk_upload") && !name.contains("testbed")).unwrap();
    let mut document = scenario["values"]["definition"].clone();
    document["objects"][0]["updatedDateName"] = json!("updatedAt");
    document
}

async fn instance(platform: &Platform, name: &str, vendor: &Simulated) -> InstanceHandle {
    let configuration = Subject::Defined.configuration(&vendor.url()).into_iter().collect();
    let new = NewInstance { element: "upcrm".into(), name: name.into(), configuration, ..NewInstance::default() };
    platform.instances().create(&new).await.unwrap()
}

async fn held(instance: &InstanceHandle) -> Vec<(String, Value)> {
    let records: Vec<Record> = instance.records("clients").to_vec(10_000).await.unwrap();
    let mut held: Vec<(String, Value)> = records
        .iter()
        .map(|row| (row["name"].to_string(), row.get("employees").cloned().unwrap_or_default()))
        .collect();
    held.sort_by(|left, right| left.0.cmp(&right.0));
    held
}

/// Set for a process that runs the example in this folder.
const CHILD: &str = "ELEMENTKIT_TEST_SYNC_CHILD";

#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(program::run(&arguments(Path::new(&folder)))).unwrap();
}

/// Runs the example in a process that is killed after a time. Returns whether it came to its end.
async fn run_for(folder: &Path, limit: Duration) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "sync_instances::child", "--nocapture"]).env(CHILD, folder).stdout(Stdio::null());
    let (mut process, begun) = (command.spawn().unwrap(), Instant::now());
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            assert!(status.success(), "the example failed");
            return true;
        }
        if begun.elapsed() > limit {
            process.kill().unwrap();
            process.wait().unwrap();
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn arguments(folder: &Path) -> Vec<String> {
    let database = folder.join("test.db").display().to_string();
    let folder = folder.display().to_string();
    [&*database, &*folder, "left", "right", "clients", "name,employees", "name"].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_are_kept_alike_by_a_program_that_is_killed_at_any_moment() {
    let (left, right) = (Subject::Defined.start(40).await, Subject::Defined.start(0).await);
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::embedded(EmbeddedOptions::new(folder.path().join("test.db"))).await.unwrap();
    platform.elements().import(&document()).await.unwrap();
    let (source, target) = (instance(&platform, "left", &left).await, instance(&platform, "right", &right).await);
    for round in 0..4_u64 {
        let mut killed = 0;
        // Each attempt is given a little more time.
        while !run_for(folder.path(), Duration::from_millis(20 + 35 * killed)).await {
            killed += 1;
            assert!(killed < 200, "no run came to its end");
        }
        assert!(run_for(folder.path(), Duration::from_mins(1)).await);
        assert_eq!(held(&source).await, held(&target).await, "round {round}, {killed} runs were killed");
        left.advance(&json!({"seconds": 600})).unwrap();
        let clients = source.records("clients");
        clients.create(&json!({"name": format!("New {round}"), "employees": round})).await.unwrap();
        let some: Vec<Record> = source.records("clients").to_vec(5).await.unwrap();
        let id = some[usize::try_from(round).unwrap()]["id"].as_str().unwrap().to_owned();
        source.records("clients").update(&id, &json!({"employees": 1000 + round})).await.unwrap();
    }
    platform.close().await;
}
