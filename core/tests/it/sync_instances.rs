//! The example that keeps two instances alike, ended at any moment.

use std::path::Path;
use std::time::Duration;

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

fn arguments(folder: &Path) -> Vec<String> {
    let database = folder.join("test.db").display().to_string();
    let folder = folder.display().to_string();
    [&*database, &*folder, "left", "right", "clients", "name,employees", "name"].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_are_kept_alike_by_a_program_that_is_ended_at_any_moment() {
    let (left, right) = (Subject::Defined.start(40).await, Subject::Defined.start(0).await);
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::embedded(EmbeddedOptions::new(folder.path().join("test.db"))).await.unwrap();
    platform.elements().import(&document()).await.unwrap();
    let (source, target) = (instance(&platform, "left", &left).await, instance(&platform, "right", &right).await);
    let given = arguments(folder.path());
    for round in 0..4_u64 {
        let mut ended = 0;
        // Each attempt is given a little more time.
        while tokio::time::timeout(Duration::from_millis(20 + 35 * ended), program::run(&given)).await.is_err() {
            ended += 1;
            assert!(ended < 200, "no run came to its end");
        }
        program::run(&given).await.unwrap();
        assert_eq!(held(&source).await, held(&target).await, "round {round}, {ended} runs were ended");
        left.advance(&json!({"seconds": 600})).unwrap();
        let clients = source.records("clients");
        clients.create(&json!({"name": format!("New {round}"), "employees": round})).await.unwrap();
        let some: Vec<Record> = source.records("clients").to_vec(5).await.unwrap();
        let id = some[usize::try_from(round).unwrap()]["id"].as_str().unwrap().to_owned();
        source.records("clients").update(&id, &json!({"employees": 1000 + round})).await.unwrap();
    }
    platform.close().await;
}
