//! The example `examples/elements/kinto.json` against a real server: writes, lists, conditions and bulk downloads.

use std::collections::BTreeSet;

use futures::StreamExt;
use serde_json::{Value, json};

use super::folders::example;
use super::played::{imported, instance};
use crate::support::kinto::{BUCKET, Kinto, PASSWORD, USER};
use crate::support::raw;

const RECORDS: usize = 240;
const TASKS: &str = "/collections/tasks/records";

pub fn new_instance(kinto: &Kinto, bucket: &str) -> Value {
    json!({
        "element": {"key": "kinto"},
        "name": "x",
        "configuration": {
            "base.url": kinto.url,
            "bucket": bucket,
            "username": USER,
            "password": PASSWORD,
            // A job over the records reads several pages.
            "pagination.max": "50",
        },
    })
}

/// Calls the instance and returns the answer, which must have this status.
async fn call(world: &raw::World, line: &str, body: &Value, status: u16) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = world.call(line, &[], body).await;
    assert_eq!(answer.status, status, "{line}: {}", answer.text());
    answer.json()
}

/// Reads a list to its end. Returns the records and the number of pages.
async fn walk(world: &raw::World, path: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages, mut next) = (Vec::new(), 0, String::new());
    loop {
        let answer = world.get(&format!("{path}{next}"), &[]).await;
        let Value::Array(part) = answer.json() else { panic!("{path}: {}", answer.text()) };
        rows.extend(part);
        pages += 1;
        let Some(token) = answer.header("elements-next-page-token") else { return (rows, pages) };
        assert!(pages < 50, "{path} does not end");
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        next = format!("&nextPage={token}");
    }
}

fn numbers(rows: &[Value]) -> BTreeSet<u64> {
    rows.iter().map(|row| row["number"].as_u64().unwrap()).collect()
}

async fn fill(world: &raw::World) {
    for collection in ["tasks", "plans"] {
        call(world, &format!("PUT /collections/{collection}"), &json!({}), 200).await;
    }
    let create = |number: usize| async move {
        let status = if number.is_multiple_of(4) { "open" } else { "done" };
        let record =
            json!({"number": number, "status": status, "owner": {"name": format!("p {number}")}, "note": null});
        call(world, &format!("POST {TASKS}"), &record, 200).await
    };
    let made: Vec<Value> = futures::stream::iter((0..RECORDS).map(create)).buffer_unordered(8).collect().await;
    assert_eq!(numbers(&made).len(), RECORDS);
    call(world, "POST /collections/plans/records", &json!({"number": 1000}), 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_is_read_written_and_downloaded() {
    let Some(kinto) = Kinto::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example("kinto")).await.unwrap();
    let world = instance(engine, &new_instance(&kinto, BUCKET)).await.unwrap();
    fill(&world).await;
    writes(&world).await;
    lists(&world).await;
    downloads(&world).await;
}

async fn writes(world: &raw::World) {
    let made = call(world, "POST /collections/plans/records", &json!({"number": 1, "a": {"b": 1}}), 200).await;
    let one = format!("/collections/plans/records/{}", made["id"].as_str().unwrap());
    assert_eq!(call(world, &format!("GET {one}"), &Value::Null, 200).await, made);
    let changed = call(world, &format!("PATCH {one}"), &json!({"a": {"c": 2}}), 200).await;
    assert_eq!((&changed["number"], &changed["a"]), (&json!(1), &json!({"c": 2})));
    let replaced = call(world, &format!("PUT {one}"), &json!({"only": true}), 200).await;
    assert_eq!((replaced.get("number"), &replaced["only"]), (None, &json!(true)));
    call(world, &format!("DELETE {one}"), &Value::Null, 200).await;
    let gone = call(world, &format!("GET {one}"), &Value::Null, 404).await;
    assert!(gone["providerMessage"].as_str().unwrap().contains("Not Found"), "{gone}");
    // A name that has to be encoded is one part of the path.
    let strange = call(world, "PUT /collections/plans/records/a_b-1", &json!({"number": 2}), 200).await;
    assert_eq!(strange["id"], "a_b-1");
    call(world, "DELETE /collections/plans/records/a_b-1", &Value::Null, 200).await;
}

async fn lists(world: &raw::World) {
    let (rows, pages) = walk(world, &format!("{TASKS}?pageSize=25")).await;
    assert_eq!((rows.len(), numbers(&rows).len()), (RECORDS, RECORDS));
    assert_eq!(pages, RECORDS.div_ceil(25));
    assert!(rows.iter().all(|row| row.get("note").is_none()), "nulls are left out");
    // Pushed down: the server is asked for the open ones only. Here: the comparison. Both in one.
    let (open, _) = walk(world, &format!("{TASKS}?where=status%3D'open'&pageSize=25")).await;
    assert_eq!(open.len(), RECORDS / 4);
    assert!(open.iter().all(|row| row["status"] == "open"));
    let (late, _) = walk(world, &format!("{TASKS}?where=number%3E%3D200&pageSize=25")).await;
    assert_eq!(numbers(&late), (200..RECORDS as u64).collect());
    let (both, _) = walk(world, &format!("{TASKS}?where=status%3D'open'%20AND%20number%3E%3D200&pageSize=4")).await;
    assert_eq!(numbers(&both), (200..RECORDS as u64).step_by(4).collect());
    let (nested, _) = walk(world, &format!("{TASKS}?where=owner.name%3D'p%207'&fields=number&pageSize=4")).await;
    assert_eq!(nested, [json!({"number": 7})]);
    let (sorted, _) = walk(world, &format!("{TASKS}?sort=number&fields=number&pageSize=50")).await;
    let expected: Vec<Value> = (0..RECORDS).map(|number| json!({"number": number})).collect();
    assert_eq!(sorted, expected);
}

/// Runs a job and returns its result as JSON lines.
async fn downloaded(world: &raw::World, statement: &str) -> Vec<Value> {
    let job = world.query(statement).await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{statement}: {ended}");
    let text = world.result(&job, "records", "application/jsonl").await.text();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn downloads(world: &raw::World) {
    let tasks = downloaded(world, "select * from records where collectionId = 'tasks'").await;
    assert_eq!(numbers(&tasks), (0..RECORDS as u64).collect());
    // Without a condition all collections are walked.
    let all = downloaded(world, "select * from records").await;
    assert_eq!(all.len(), RECORDS + 1);
    assert_eq!(all.iter().filter(|row| row["collectionId"] == "plans").count(), 1);
    let open = downloaded(world, "select number from records where collectionId = 'tasks' and status = 'open'").await;
    assert_eq!(numbers(&open), (0..RECORDS as u64).step_by(4).collect());
    let job = world.query("select number, owner.name from records where collectionId = 'tasks'").await;
    world.ended(&job).await;
    let csv = world.result(&job, "records", "text/csv").await.text();
    assert_eq!(csv.lines().next().unwrap().trim(), "number,owner.name");
    assert_eq!(csv.lines().count(), RECORDS + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_refused_makes_no_instance() {
    let Some(kinto) = Kinto::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example("kinto")).await.unwrap();
    let mut new = new_instance(&kinto, BUCKET);
    new["configuration"]["password"] = json!("another");
    let Err(refusal) = instance(engine, &new).await else { panic!("another user's bucket is refused") };
    assert!(refusal.contains("Failed to authenticate with the provider"), "{refusal}");
    assert!(refusal.contains("This user cannot access this resource."), "{refusal}");
}
