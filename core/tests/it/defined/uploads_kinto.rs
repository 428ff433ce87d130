//! Bulk uploads to a real server: records go up, are changed, and come down again as they are; through kills too.
//!
//! `ELEMENTKIT_KINTO_RECORDS` and `ELEMENTKIT_KINTO_KILLS` set the numbers of the long form (`tests/long/uploads.sh`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use elementkit::engine::{Engine, Workers};
use serde_json::{Value, json};

use super::folders::example;
use super::kinto::new_instance;
use super::played::{imported, instance, options};
use crate::support::kinto::{BUCKET, Kinto};
use crate::support::raw;

/// Set for a process that works on existing jobs until it is killed.
const CHILD: &str = "ELEMENTKIT_TEST_KINTO_CHILD";

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let _engine = Engine::open(options(Path::new(&folder))).await.unwrap();
        std::future::pending::<()>().await;
    });
}

/// A process that ends with its test.
struct Worker(Child);

impl Worker {
    fn spawn(folder: &Path) -> Self {
        let spawned = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "defined::uploads_kinto::child", "--nocapture"])
            .env(CHILD, folder)
            .stdout(Stdio::null())
            .spawn();
        Self(spawned.unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns an instance that reads large pages: the server sorts the whole collection for each.
async fn with_pages(folder: &Path, kinto: &Kinto) -> raw::World {
    let engine = imported(folder, &example("kinto")).await.unwrap();
    let mut new = new_instance(kinto, BUCKET);
    new["configuration"]["pagination.max"] = json!("2000");
    instance(engine, &new).await.unwrap()
}

async fn collection(world: &raw::World, name: &str) {
    let made = world.call(&format!("PUT /collections/{name}"), &[], "{}").await;
    assert_eq!(made.status, 200, "{}", made.text());
}

/// Starts an upload. Returns its id.
async fn upload(world: &raw::World, file: &str, meta_data: Value) -> String {
    let head = "--limit\r\nContent-Disposition: form-data; name=";
    let body = format!(
        "{head}\"file\"; filename=\"x\"\r\n\r\n{file}\r\n{head}\"metaData\"\r\n\r\n{meta_data}\r\n--limit--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=limit")];
    let started = world.call("POST /bulk/records", &headers, body).await;
    assert_eq!(started.status, 200, "{}", started.text());
    started.json()["id"].as_str().unwrap().to_owned()
}

/// Waits for the end of a job, however long it takes.
async fn end_of(world: &raw::World, job: &str) -> Value {
    loop {
        let status = world.status(job).await;
        if status["completionTime"].is_number() {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Downloads the records of a collection, by their numbers.
async fn records(world: &raw::World, name: &str) -> Vec<Value> {
    let job = world.query(&format!("select * from records where collectionId = '{name}'")).await;
    let ended = end_of(world, &job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let text = world.result(&job, "records", "application/jsonl").await.text();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn record(number: usize) -> Value {
    json!({"number": number, "name": format!("n {number}, \"é\""), "tags": [number, {"x": null}], "status": "new"})
}

fn without_own(mut record: Value) -> Value {
    let members = record.as_object_mut().unwrap();
    ["id", "last_modified", "schema", "collectionId"].iter().for_each(|name| drop(members.remove(*name)));
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn records_go_up_are_changed_and_come_down_as_they_are() {
    let Some(kinto) = Kinto::start().await else { return };
    let count = number("ELEMENTKIT_KINTO_RECORDS", 2000);
    let folder = tempfile::tempdir().unwrap();
    let world = with_pages(folder.path(), &kinto).await;
    collection(&world, "tasks").await;
    let path = "/collections/tasks/records";
    let lines: String = (0..count).map(|number| format!("{}\n", record(number))).collect();
    let job = upload(&world, &lines, json!({"format": "json", "path": path})).await;
    let ended = end_of(&world, &job).await;
    assert_eq!(
        (&ended["status"], &ended["recordsCount"], &ended["recordsFailedCount"]),
        (&json!("COMPLETED"), &json!(count), &json!(0)),
        "{ended}"
    );
    let up = records(&world, "tasks").await;
    let by_number: BTreeMap<u64, Value> =
        up.iter().map(|row| (row["number"].as_u64().unwrap(), without_own(row.clone()))).collect();
    assert_eq!((up.len(), by_number.len()), (count, count), "each once");
    let nulls_left_out = |number: usize| json!({"number": number, "name": record(number)["name"], "tags": [number, {}], "status": "new"});
    assert!((0..count).all(|number| by_number[&(number as u64)] == nulls_left_out(number)), "{:?}", by_number[&0]);

    let mut extra = 0;
    // Every third record is changed by its id, from a CSV file with the id and the path in columns.
    let changed: Vec<&Value> = up.iter().filter(|row| row["number"].as_u64().unwrap() % 3 == 0).collect();
    let rows: String = changed.iter().map(|row| format!("tasks,{},done\r\n", row["id"].as_str().unwrap())).collect();
    let csv = format!("collectionId,id,status\r\n{rows}");
    let job =
        upload(&world, &csv, json!({"action": "update", "identifierFieldName": "id", "unknownColumns": "send"})).await;
    let ended = end_of(&world, &job).await;
    assert_eq!((&ended["recordsCount"], &ended["recordsFailedCount"]), (&json!(changed.len()), &json!(0)), "{ended}");
    for row in records(&world, "tasks").await {
        let number = row["number"].as_u64().unwrap();
        let expected = if number % 3 == 0 { "done" } else { "new" };
        assert_eq!((&row["status"], &row["name"]), (&json!(expected), &by_number[&number]["name"]));
    }

    // A record with a key that exists is changed, others are created: with their key, or without one.
    let found = up[0]["id"].as_str().unwrap();
    let csv = format!("id,name\n{found},renamed\nown-key,by key\n,without\n");
    let meta_data = json!({"action": "upsert", "identifierFieldName": "id", "path": path, "unknownColumns": "send"});
    for more in [2, 1] {
        let job = upload(&world, &csv, meta_data.clone()).await;
        let ended = end_of(&world, &job).await;
        assert_eq!((&ended["recordsCount"], &ended["recordsFailedCount"]), (&json!(3), &json!(0)), "{ended}");
        extra += more;
        assert_eq!(kinto.number("tasks").await, count + extra);
    }
    let renamed = world.get(&format!("{path}/{found}"), &[]).await.json();
    assert_eq!((&renamed["name"], &renamed["number"]), (&json!("renamed"), &up[0]["number"]), "{renamed}");
    assert_eq!(world.get(&format!("{path}/own-key"), &[]).await.json()["name"], "by key");

    // The changed ones are deleted; one that does not exist is a failed row.
    let rows: String = changed.iter().map(|row| format!("{}\n", json!({"id": row["id"]}))).collect();
    let meta_data = json!({"format": "json", "action": "delete", "path": path});
    let job = upload(&world, &format!("{rows}{{\"id\":\"nobody\"}}\n"), meta_data).await;
    let ended = end_of(&world, &job).await;
    assert_eq!(
        (&ended["recordsCount"], &ended["recordsFailedCount"]),
        (&json!(changed.len() + 1), &json!(1)),
        "{ended}"
    );
    let errors = world.get(&format!("/bulk/{job}/errors"), &[]).await.json();
    assert!(errors[0]["status"].as_str().unwrap().starts_with("404 "), "{errors}");
    assert_eq!(errors[0]["id"], changed.len() + 1);
    assert_eq!(records(&world, "tasks").await.len(), count + extra - changed.len());
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_kills_every_record_is_on_the_server_once_or_listed() {
    let Some(kinto) = Kinto::start().await else { return };
    let (count, kills) = (number("ELEMENTKIT_KINTO_RECORDS", 2000), number("ELEMENTKIT_KINTO_KILLS", 6));
    let folder = tempfile::tempdir().unwrap();
    let world = with_pages(folder.path(), &kinto).await;
    collection(&world, "tasks").await;
    let lines: String = (0..count).map(|number| format!("{}\n", record(number))).collect();
    let job = upload(&world, &lines, json!({"format": "json", "path": "/collections/tasks/records"})).await;
    world.engine.close().await;
    let (mut dice, mut hits) = (11_u64, 0);
    for _ in 0..kills {
        let before = kinto.number("tasks").await;
        let worker = Worker::spawn(folder.path());
        // Killed after some records, and at any instant.
        let (mut now, begun) = (before, std::time::Instant::now());
        while now < count && now <= before + count / (3 * kills) && begun.elapsed() < Duration::from_secs(60) {
            tokio::time::sleep(Duration::from_millis(40)).await;
            now = kinto.number("tasks").await;
        }
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_micros(dice >> 50)).await;
        drop(worker);
        hits += usize::from(now > before && now < count);
    }
    let world =
        world.again(elementkit::engine::EngineOptions { workers: Workers::Auto, ..options(folder.path()) }).await;
    let ended = end_of(&world, &job).await;
    assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("COMPLETED"), &json!(count)), "{ended}");
    let there: Vec<u64> = records(&world, "tasks").await.iter().map(|row| row["number"].as_u64().unwrap()).collect();
    let set: BTreeSet<u64> = there.iter().copied().collect();
    assert_eq!(set.len(), there.len(), "some records are there twice");
    let mut unknown = Vec::new();
    let mut token = String::new();
    loop {
        let page = world.get(&format!("/bulk/{job}/errors?pageSize=200{token}"), &[]).await;
        unknown.extend(page.json().as_array().cloned().unwrap());
        let Some(next) = page.header("elements-next-page-token") else { break };
        token = format!("&nextPage={next}");
    }
    let listed: BTreeSet<u64> = unknown.iter().map(|row| row["sent"]["record"]["number"].as_u64().unwrap()).collect();
    let missing: Vec<u64> = (0..count as u64).filter(|number| !set.contains(number)).collect();
    assert!(missing.iter().all(|number| listed.contains(number)), "{missing:?} are neither there nor listed");
    assert!(listed.len() <= 4 * kills, "{} unknown after {kills} kills", listed.len());
    eprintln!(
        "{count} records, {hits} kills in the middle: {} unknown, {} not on the server",
        listed.len(),
        missing.len()
    );
    assert!(hits * 10 >= kills * 9, "{hits} of {kills} kills were in the middle");
    // What is not known is looked up by its number; what is not there is sent again, from the file of the unknown ones.
    for number in &listed {
        let condition = format!("select * from records where collectionId = 'tasks' and number = {number}");
        let job = world.query(&condition).await;
        let found = usize::from(set.contains(number));
        assert_eq!(end_of(&world, &job).await["recordsCount"], found, "{number}");
    }
    let rows = world.get(&format!("/bulk/{job}/failed?unknown=true"), &[]).await.text();
    assert_eq!(rows.lines().count(), listed.len());
    let is_missing = |line: &&str| {
        let row: Value = serde_json::from_str(line).unwrap();
        missing.contains(&row["number"].as_u64().unwrap())
    };
    let again: String = rows.lines().filter(is_missing).flat_map(|line| [line, "\n"]).collect();
    let job = upload(&world, &again, json!({"format": "json", "path": "/collections/tasks/records"})).await;
    assert_eq!(end_of(&world, &job).await["recordsCount"], missing.len());
    let there = records(&world, "tasks").await;
    let set: BTreeSet<u64> = there.iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!((there.len(), set.len()), (count, count), "each once");
    world.engine.close().await;
}
