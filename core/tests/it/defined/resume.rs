//! Bulk jobs of defined elements that are killed again and again: the file is that of an undisturbed run.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use elementkit::engine::{Engine, Workers};
use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World, options};

/// Set for a process that works on existing jobs until it is killed.
const CHILD: &str = "ELEMENTKIT_TEST_DEFINED_CHILD";
const RECORDS: usize = 600;
const PARENTS: usize = 12;

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
            .args(["--exact", "defined::resume::child", "--nocapture"])
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

fn document(paging: &str) -> Value {
    let query =
        |name: &str, vendor: &str| json!({"name": name, "type": "query", "vendorName": vendor, "vendorType": "query"});
    let page = if paging == "cursor" { query("nextPage", "at") } else { query("page", "at") };
    let id = json!({"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"});
    let parameters = json!([page, query("pageSize", "size")]);
    json!({"authentication": {"type": "none"}, "bulkDownloadEnabled": true,
        "configuration": [{"key": "pagination.type", "defaultValue": paging}, {"key": "pagination.max", "defaultValue": "20"}],
        "resources": [
            {"method": "GET", "path": "/items", "vendorPath": "/items", "rootKey": "|data", "nextPageKey": "next", "parameters": parameters},
            {"method": "GET", "path": "/lists", "vendorPath": "/lists", "rootKey": "|data"},
            {"method": "GET", "path": "/lists/{id}/members", "vendorPath": "/lists/{id}/members", "rootKey": "|data", "parameters": [id]}]})
}

/// Plays slowly, so that several kills hit one job.
fn slowly(asked: &Asked) -> Reply {
    std::thread::sleep(Duration::from_millis(20));
    let record =
        |id: usize| json!({"id": id, "text": format!("record {id}"), "nested": {"list": [id, {"x": "\u{e9}"}]}});
    if asked.path == "/lists" {
        return Reply::json(json!({"data": (1..=PARENTS).map(record).collect::<Value>()}));
    }
    if asked.path != "/items" {
        return Reply::json(json!({"data": (1..=3).map(record).collect::<Value>()}));
    }
    let size = asked.number("size").unwrap();
    let from = match asked.get("at") {
        Some(cursor) if cursor.starts_with('c') => cursor[1..].parse().unwrap(),
        Some(page) => (page.parse::<usize>().unwrap() - 1) * size,
        None => 0,
    };
    let to = (from + size).min(RECORDS);
    Reply::json(
        json!({"data": (from..to).map(record).collect::<Value>(), "next": (to < RECORDS).then(|| format!("c{to}"))}),
    )
}

/// Runs a job through kills. Returns its file and the number of kills in the middle of it.
async fn tormented(paging: &str, object: &str) -> (String, usize) {
    let statement = format!("select * from {object}");
    let mut world = World::with(Vendor::start(slowly).await, document(paging), Workers::Manual).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    let job = world.start(&statement, "").await;
    world.engine.close().await;
    let mut kills = 0;
    for pause in [20, 90, 160, 230] {
        let worker = Worker::spawn(world.folder.path());
        // It may take a while until a process has the job.
        for _ in 0..1000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !world.vendor.asked().is_empty() {
                kills += 1;
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        drop(worker);
    }
    let world = world.again().await;
    let (status, file) = world.ended(&job, object, "application/jsonl").await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    world.engine.close().await;
    (file.text, kills)
}

async fn undisturbed(paging: &str, object: &str) -> String {
    let world = World::new(Vendor::start(slowly).await, document(paging), json!({})).await;
    let (_, file) = world.bulk(&format!("select * from {object}"), "", "application/jsonl").await;
    world.engine.close().await;
    file.text
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_change_no_byte() {
    for (paging, object, lines) in
        [("cursor", "items", RECORDS), ("page", "items", RECORDS), ("page", "lists_members", 3 * PARENTS)]
    {
        let expected = undisturbed(paging, object).await;
        assert_eq!(expected.lines().count(), lines, "{paging} {object}");
        let (file, kills) = tormented(paging, object).await;
        assert!(kills > 0, "{paging} {object}: it was read before any kill");
        assert!(file == expected, "{paging} {object}: {} lines after {kills} kills", file.lines().count());
    }
}
