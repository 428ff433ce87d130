//! Uploads whose process is killed again and again, or loses its lease: every record arrives once, or is listed as
//! unknown.
//!
//! `ELEMENTKIT_UPLOAD_KILLS` sets the number of kills, `ELEMENTKIT_UPLOAD_RECORDS` that of the records.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elementkit::engine::{Engine, Workers};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World, options};

/// Set for a process that works on existing jobs until it is killed.
const CHILD: &str = "ELEMENTKIT_TEST_UPLOAD_CHILD";

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let _engine = Engine::open(options(Path::new(&folder), Workers::Auto)).await.unwrap();
        std::future::pending::<()>().await;
    });
}

/// A process that ends with its test.
struct Worker(Child);

impl Worker {
    fn spawn(folder: &Path) -> Self {
        let spawned = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "defined::uploads_killed::child", "--nocapture"])
            .env(CHILD, folder)
            .stdout(Stdio::null())
            .spawn();
        Self(spawned.unwrap())
    }
}

impl Worker {
    fn signal(&self, signal: Signal) {
        let id = nix::unistd::Pid::from_raw(self.0.id().try_into().unwrap());
        nix::sys::signal::kill(id, signal).unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn document() -> Value {
    let body = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    let id = json!({"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"});
    json!({"authentication": {"type": "none"}, "bulkUploadEnabled": true, "resources": [
        {"method": "POST", "path": "/items", "vendorPath": "/items", "parameters": [body]},
        {"method": "PATCH", "path": "/items/{id}", "vendorPath": "/items/{id}", "parameters": [id, body]}]})
}

/// Number of times that each record was received.
type Received = Arc<Mutex<BTreeMap<u64, usize>>>;

async fn vendor() -> (Vendor, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let vendor = Vendor::start(move |asked: &Asked| {
        let record: Value = serde_json::from_slice(&asked.body).unwrap();
        *kept.lock().unwrap().entry(record["number"].as_u64().unwrap()).or_default() += 1;
        std::thread::sleep(Duration::from_micros(700));
        Reply::json(record)
    });
    (vendor.await, received)
}

/// Runs an upload through kills. Returns its world, its id and its status.
async fn tormented(
    vendor: Vendor,
    received: &Received,
    records: usize,
    kills: usize,
    meta_data: Value,
) -> (World, String, Value) {
    let mut world = World::with(vendor, document(), Workers::Manual).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    let file: String =
        (0..records).map(|number| format!("{}\n", json!({"id": format!("i{number}"), "number": number}))).collect();
    // A manual engine starts what it is asked to start: it is closed at once.
    let id = world.uploading("items", file.as_bytes(), meta_data).await;
    world.engine.close().await;
    let mut dice = 7_u64;
    for kill in 0..kills {
        let before = received.lock().unwrap().len();
        let worker = Worker::spawn(world.folder.path());
        // Killed after some records, and at any instant.
        for _ in 0..2000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let now = received.lock().unwrap().len();
            if now >= records || now > before + records / (2 * kills) {
                break;
            }
        }
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_micros(dice >> 50)).await;
        drop(worker);
        if received.lock().unwrap().len() >= records {
            eprintln!("all records were sent after {} kills", kill + 1);
            break;
        }
    }
    let world = world.again().await;
    let (status, _) = world.ended(&id, "items", "application/jsonl").await;
    (world, id, status)
}

async fn pages(world: &World, id: &str) -> Vec<Value> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/bulk/{id}/errors?pageSize=200{token}")).await;
        rows.extend(page.body.as_array().cloned().unwrap());
        match page.next() {
            Some(next) => token = format!("&nextPage={next}"),
            None => return rows,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_created_once_or_listed_as_unknown() {
    let (records, kills) = (number("ELEMENTKIT_UPLOAD_RECORDS", 3000), number("ELEMENTKIT_UPLOAD_KILLS", 8));
    let (vendor, received) = vendor().await;
    let (world, id, status) = tormented(vendor, &received, records, kills, json!({"format": "json"})).await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(records)), "{status}");
    let received = received.lock().unwrap().clone();
    assert!(received.values().all(|times| *times == 1), "some were created twice");
    let errors = pages(&world, &id).await;
    let unknown: Vec<u64> = errors.iter().map(|row| row["sent"]["record"]["number"].as_u64().unwrap()).collect();
    assert!(errors.iter().all(|row| row["status"] == "unknown: the process ended before the answer"), "{errors:?}");
    assert!(unknown.len() <= 4 * kills, "{} of {kills} kills", unknown.len());
    // Every record is on the server, or is listed: it may be there as well.
    let missing: Vec<u64> = (0..records as u64).filter(|number| !received.contains_key(number)).collect();
    assert!(missing.iter().all(|number| unknown.contains(number)), "{missing:?} are neither there nor listed");
    let (_, file) = world.ended(&id, "items", "application/jsonl").await;
    let done = file.text.lines().count();
    assert_eq!(done + unknown.len(), records);
    eprintln!("{records} records, {} unknown, of which {} are not there", unknown.len(), missing.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_by_key_all_arrive() {
    let (vendor, received) = vendor().await;
    let (records, kills) = (1200, 4);
    let meta_data = json!({"format": "json", "action": "update"});
    let (_, _, status) = tormented(vendor, &received, records, kills, meta_data).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    let received = received.lock().unwrap();
    assert_eq!(received.len(), records);
    let repeated: usize = received.values().map(|times| times - 1).sum();
    assert!(repeated <= 4 * kills, "{repeated}");
}

/// Waits until more than a number of records have arrived.
async fn until(received: &Received, number: usize) {
    while received.lock().unwrap().len() <= number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_has_lost_its_lease_sends_nothing_more() {
    let (vendor, received) = vendor().await;
    let records = 4000;
    let mut world = World::with(vendor, document(), Workers::Manual).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    let file: String = (0..records).map(|number| format!("{}\n", json!({"number": number}))).collect();
    let id = world.uploading("items", file.as_bytes(), json!({"format": "json"})).await;
    world.engine.close().await;
    // Two processes share the database. Each in turn is suspended, loses the job to the other, and wakes up again.
    let workers = [Worker::spawn(world.folder.path()), Worker::spawn(world.folder.path())];
    let mut suspensions = 0;
    // On a busy machine the workers may come to the end before the last turn.
    let fifty_more = || (received.lock().unwrap().len() + 50).min(records - 200);
    for turn in 0..6 {
        let suspended = &workers[turn % 2];
        until(&received, fifty_more()).await;
        suspended.signal(Signal::SIGSTOP);
        // The other one has the job, or takes it when the lease has ended.
        until(&received, fifty_more()).await;
        suspended.signal(Signal::SIGCONT);
        suspensions += 1;
    }
    until(&received, records - 200).await;
    drop(workers);
    let world = world.again().await;
    let (status, file) = world.ended(&id, "items", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(records)), "{status}");
    let received = received.lock().unwrap().clone();
    assert!(received.values().all(|times| *times == 1), "some were created twice");
    let unknown = pages(&world, &id).await;
    assert_eq!(file.text.lines().count() + unknown.len(), records);
    assert!(unknown.len() <= 4 * (suspensions + 1), "{} of {suspensions} suspensions", unknown.len());
    assert!(received.len() + unknown.len() >= records);
    eprintln!("{suspensions} suspensions: {} unknown", unknown.len());
}
