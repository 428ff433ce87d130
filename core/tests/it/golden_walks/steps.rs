//! Recording of jobs.

use serde_json::{Map, Value, json};

use super::demand::{Action, Demand};
use super::live::parameter;
use super::record::{LiveResult, failure, hash, lines, rows, warnings};
use super::world::{Fixture, VendorRequest};

/// Members of the status that differ from run to run, or that follow from others.
const STATUS_LEFT_OUT: [&str; 15] = [
    "id",
    "instanceId",
    "createdDate",
    "completionTime",
    // Names of earlier versions for values that are here.
    "object_name",
    "job_direction",
    "bulk_start_time",
    "bulk_finish_time",
    "jobStatus",
    "recordCount",
    "errorCount",
    "jobDirection",
    "objectName",
    "fileFormat",
    "statusMessage",
];
/// Members of the report that the status has too.
const REPORT_LEFT_OUT: [&str; 7] =
    ["id", "objectName", "status", "rowsWritten", "rowsIgnored", "rowsFailed", "vendorCalls"];

/// Performs the steps. Returns their jobs.
pub async fn record(fixture: &mut Fixture, demand: &Demand, live: &LiveResult) -> Value {
    let (mut jobs, mut job) = (Vec::new(), String::new());
    for step in &demand.steps {
        let (shown, answer) = match &step.action {
            Action::Query(statement) => {
                let text = statement.replace("{job}", &job);
                let call = format!("POST /bulk/query?{}", encoded(&text));
                (json!(statement), fixture.world.call(&call, &[], "").await)
            }
            Action::Download(body) => {
                let text = body.to_string().replace("{job}", &job);
                (body.clone(), fixture.world.call("POST /bulk/download", &[], text).await)
            }
            Action::Resume => {
                fixture.set_faults(&json!([]));
                (json!("resume"), fixture.world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await)
            }
        };
        let mut entry = Map::from_iter([("call".to_owned(), shown)]);
        if answer.status == 200 {
            entry.extend(warnings(&answer).map(|warnings| ("warnings".to_owned(), warnings)));
            job = answer.json()["id"].as_str().unwrap().to_owned();
            add_job(fixture, &job, step.in_order, &mut entry, live).await;
        } else {
            entry.insert("failure".to_owned(), failure(&answer));
            entry.insert("requests".to_owned(), lines(&fixture.taken()));
        }
        jobs.push(Value::Object(entry));
    }
    Value::Array(jobs)
}

fn encoded(text: &str) -> String {
    let (statement, parameters) = text.split_once('&').unwrap_or((text, ""));
    let all = std::iter::once(format!("q={statement}"));
    let all = all.chain(parameters.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned));
    all.map(|pair| parameter(&pair)).collect::<Vec<_>>().join("&")
}

async fn add_job(fixture: &mut Fixture, job: &str, in_order: bool, entry: &mut Map<String, Value>, live: &LiveResult) {
    let status = fixture.world.ended(job).await;
    let requests = fixture.taken();
    let requests = if in_order { requests } else { arranged(requests) };
    let report = fixture.world.get(&format!("/bulk/{job}/report?watermarks=true"), &[]).await.json();
    for name in ["rowsWritten", "rowsIgnored", "rowsFailed", "vendorCalls"] {
        assert_eq!(report[name], status["progress"][name], "{name} of {entry:?}");
    }
    let object = status["objectName"].as_str().unwrap().to_owned();
    entry.insert("status".to_owned(), shown_status(status));
    entry.insert("report".to_owned(), shown_report(report));
    let failed = fixture.world.get(&format!("/bulk/{job}/errors"), &[]).await.json();
    if failed.as_array().is_some_and(|failed| !failed.is_empty()) {
        entry.insert("failedRows".to_owned(), failed);
    }
    add_file(fixture, &format!("/bulk/{job}/{object}"), entry, live).await;
    let same = !requests.is_empty() && requests == live.requests;
    entry.insert("requests".to_owned(), if same { json!("those of the live list") } else { lines(&requests) });
}

/// Adds the downloaded files.
async fn add_file(fixture: &Fixture, path: &str, entry: &mut Map<String, Value>, live: &LiveResult) {
    let found = fixture.world.get(path, &[("accept", "application/jsonl")]).await;
    if found.status != 200 {
        entry.insert("file".to_owned(), failure_without_id(&found));
        return;
    }
    let text = found.text();
    let found: Vec<String> = text.lines().map(str::to_owned).collect();
    let sorted = |rows: &[String]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    let same = !found.is_empty() && found == live.rows;
    let reordered = !same && !found.is_empty() && sorted(&found) == sorted(&live.rows);
    let mut shown = rows(&found);
    if reordered {
        shown["order"] = json!("another than that of the live list");
    }
    entry.insert("rows".to_owned(), if same { json!("those of the live list") } else { shown });
    for (name, kind) in [("csv", "text/csv"), ("json", "application/json")] {
        let file = fixture.world.get(path, &[("accept", kind)]).await;
        assert_eq!(file.status, 200, "{path} as {kind}: {}", file.text());
        entry.insert(name.to_owned(), json!(hash(&file.text())));
    }
}

/// Returns the record of a missing file; the hint names the job.
fn failure_without_id(answer: &crate::support::raw::Answer) -> Value {
    let mut failure = failure(answer);
    let hint = failure["body"]["hint"].as_str().unwrap_or_default().to_owned();
    let words = hint.split(' ').map(|word| if word.parse::<u64>().is_ok() { "N" } else { word });
    failure["body"]["hint"] = json!(words.collect::<Vec<_>>().join(" "));
    failure
}

fn shown_status(mut status: Value) -> Value {
    for name in STATUS_LEFT_OUT {
        status.as_object_mut().unwrap().shift_remove(name);
    }
    for name in ["startedAt", "updatedAt"] {
        status["progress"].as_object_mut().unwrap().shift_remove(name);
    }
    if let Some(failure) = status.get_mut("failure").and_then(Value::as_object_mut) {
        failure.shift_remove("requestId");
    }
    filled(status)
}

fn shown_report(mut report: Value) -> Value {
    for name in REPORT_LEFT_OUT {
        report.as_object_mut().unwrap().shift_remove(name);
    }
    let groups = report["watermarks"].as_array().cloned().unwrap_or_default();
    let group = |group: &Value| {
        let names: Vec<&str> = group["partitions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        json!(format!("{}: {}", group["watermark"].as_str().unwrap_or("the beginning"), names.join(" ")))
    };
    report["watermarks"] = groups.iter().map(group).collect();
    filled(report)
}

/// Leaves out members without a value.
fn filled(value: Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(number) => number.as_u64() == Some(0),
        Value::Bool(_) => false,
    };
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, filled(value)));
            Value::Object(members.filter(|(_, value)| !empty(value)).collect())
        }
        other => other,
    }
}

/// Sorts the requests of lists that are read concurrently by list. Those that enumerate are made before them, one
/// after another, and keep their order.
fn arranged(requests: Vec<VendorRequest>) -> Vec<VendorRequest> {
    let kind = |request: &VendorRequest| -> String {
        request.path.split('/').map(|part| if part.parse::<u64>().is_ok() { "N/" } else { part }).collect()
    };
    let Some(last) = requests.last().map(kind) else { return requests };
    let (mut lists, mut arranged): (Vec<VendorRequest>, Vec<VendorRequest>) =
        requests.into_iter().partition(|request| kind(request) == last);
    let key = |request: &VendorRequest| -> Vec<(u64, String)> {
        request.path.split('/').map(|part| (part.parse().unwrap_or_default(), part.to_owned())).collect()
    };
    lists.sort_by_key(key);
    arranged.append(&mut lists);
    arranged
}
