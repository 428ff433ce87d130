//! Recording of demands.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::demand::{Demand, Group};
use super::world::{Fixture, VendorRequest};
use super::{live, steps};
use crate::support::raw::Answer;

/// Performs the demands of a group. Returns their entries.
pub async fn group(group: Group) -> Map<String, Value> {
    let mut fixture = Fixture::start(group.setting).await;
    let mut entries = Map::new();
    for demand in group.demands {
        let entry = entry(&mut fixture, &demand).await;
        assert!(entries.insert(demand.name.to_owned(), entry).is_none(), "two demands are called {:?}", demand.name);
    }
    fixture.world.engine.close().await;
    entries
}

async fn entry(fixture: &mut Fixture, demand: &Demand) -> Value {
    let mut entry = Map::new();
    let mut read = LiveResult::default();
    if !demand.calls.is_empty() {
        fixture.set_faults(&demand.faults);
        entry.insert("live".to_owned(), live::record(fixture, &demand.calls, &mut read).await);
    }
    if !demand.steps.is_empty() {
        fixture.set_faults(&demand.faults);
        entry.insert("bulk".to_owned(), steps::record(fixture, demand, &read).await);
    }
    fixture.set_faults(&json!([]));
    Value::Object(entry)
}

/// Requests and rows of all live calls of a demand.
#[derive(Default)]
pub struct LiveResult {
    pub requests: Vec<VendorRequest>,
    pub rows: Vec<String>,
}

/// Returns requests as they are recorded.
pub fn lines(requests: &[VendorRequest]) -> Value {
    requests.iter().map(|request| request.line.as_str()).collect()
}

/// Returns the record of rows, given as lines of JSON.
pub fn rows(lines: &[String]) -> Value {
    let ids: Vec<String> = lines.iter().map(|line| id_of(line)).collect();
    json!({"count": lines.len(), "ids": shortened(&ids), "hash": hash(&lines.join("\n"))})
}

fn id_of(line: &str) -> String {
    let row: Value = serde_json::from_str(line).unwrap();
    match &row["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    }
}

/// Joins ids; three or more consecutive numbers become `first..last`.
fn shortened(ids: &[String]) -> String {
    let numbers: Vec<Option<i64>> = ids.iter().map(|id| id.parse().ok()).collect();
    let step = |at: usize| Some(numbers.get(at + 1).copied()?? - numbers[at]?).filter(|step| step.abs() == 1);
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < ids.len() {
        let mut end = at;
        while step(at).is_some() && step(end) == step(at) {
            end += 1;
        }
        if end >= at + 2 {
            parts.push(format!("{}..{}", ids[at], ids[end]));
            at = end + 1;
        } else {
            parts.push(ids[at].clone());
            at += 1;
        }
    }
    parts.join(" ")
}

/// Returns the beginning of a SHA-256 hash.
pub fn hash(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the record of a failed call: its status and its body without the id of the request.
pub fn failure(answer: &Answer) -> Value {
    let mut body = answer.json();
    body.as_object_mut().unwrap().shift_remove("requestId");
    json!({"status": answer.status, "body": body})
}

/// Returns the warnings of a response.
pub fn warnings(answer: &Answer) -> Option<Value> {
    answer.header("elements-warnings").map(|text| serde_json::from_str(text).unwrap())
}
