//! The fault matrix: each fault of the vendor × live read or bulk × embedded or through `serve`, and the outcome it
//! must have (tests/scenarios/fault_matrix.json), over each element. `cargo test -p elementkit --test it fault_matrix --
//! --nocapture` prints it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use elementkit::engine::{Engine, EngineOptions, VendorRetry, VendorTimeouts};
use elementkit::{EmbeddedOptions, Error, ErrorKind, Format, HostedOptions, InstanceHandle, Platform};
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::support;
use crate::support::subject::{Simulated, Subject, skip, with_elements};

/// A running cell of the matrix: its own simulator, and its own instance.
struct Cell {
    subject: Subject,
    simulator: Simulated,
    instance: InstanceHandle,
}

/// The platform of a cell.
#[derive(Clone)]
struct Ways {
    embedded: Platform,
    served: Platform,
}

const WAYS: [&str; 4] = ["live, embedded", "live, serve", "bulk, embedded", "bulk, serve"];

/// Retries as specified, at a hundredth of their times; limits of time that no machine under load exceeds by itself.
fn options(folder: &std::path::Path, name: &str) -> EngineOptions {
    with_elements(EngineOptions {
        max_outage: Duration::from_millis(500),
        vendor_retry: VendorRetry {
            base: Duration::from_millis(5),
            cap: Duration::from_millis(300),
            retry_after_cap: Duration::from_secs(3),
            ..VendorRetry::default()
        },
        vendor_timeouts: VendorTimeouts {
            idle: Duration::from_secs(8),
            whole: Duration::from_secs(16),
            ..VendorTimeouts::default()
        },
        bootstrap: support::bootstrap(),
        ..EngineOptions::new(folder.join(name))
    })
}

async fn ways(folder: &std::path::Path) -> Ways {
    let mut embedded = EmbeddedOptions::new("");
    *embedded.engine_mut() = options(folder, "embedded.db");
    let embedded = Platform::embedded(embedded).await.unwrap();
    let engine = Engine::open(options(folder, "served.db")).await.unwrap();
    let url = support::serve(engine).await;
    // The client's own retries would only repeat those of the engine.
    let served = HostedOptions::new().base_url(url).user(support::USER).organization(support::ORGANIZATION);
    let served = Platform::hosted(served.retry(elementkit::RetryPolicy::NONE)).unwrap();
    Ways { embedded, served }
}

/// Starts a cell. Fails if the vendor cannot have the fault.
async fn cell(subject: Subject, platform: &Platform, records: u64, row: &Value) -> Result<Cell, String> {
    let simulator = subject.start(records).await;
    let instance = platform.instances().create(&subject.new_instance(&simulator.url())).await.unwrap();
    if row.get("fault").is_some() {
        let mut matches = row.get("match").cloned().unwrap_or_else(|| json!({}));
        matches["path"] = json!(subject.vendor_list());
        let mut rule = json!({"match": matches, "fault": row["fault"]});
        if let Some(times) = row.get("times") {
            rule["times"] = times.clone();
        }
        let text = rule.to_string().replace("{{foreign}}", &simulator.foreign_host());
        if let Err(reason) = simulator.add_faults(&serde_json::from_str(&text).unwrap()) {
            assert!(reason.contains("a JSON vendor cannot have"), "{reason}");
            return Err(reason);
        }
    }
    Ok(Cell { subject, simulator, instance })
}

/// Returns a row of the table as it applies to an element, or why it does not.
fn row_of(subject: Subject, table: &Value, row: &Value) -> Result<Value, String> {
    if subject == Subject::Brighttalk {
        return Ok(row.clone());
    }
    let words = table["testbedWords"].as_object().unwrap();
    let text = words.iter().fold(row.to_string(), |text, (word, own)| text.replace(word, own.as_str().unwrap()));
    let mut row: Value = serde_json::from_str(&text).unwrap();
    // The definition is of the same vendor.
    let names: &[&str] = if subject == Subject::Defined { &["testbed", "defined"] } else { &["testbed"] };
    for name in names {
        match row.as_object_mut().unwrap().remove(*name) {
            Some(Value::String(reason)) => return Err(reason),
            Some(Value::Object(own)) => row.as_object_mut().unwrap().extend(own),
            _ => {}
        }
    }
    Ok(row)
}

/// Outcome of a cell: rows as JSON strings, or an error; and the report of a job.
struct Outcome {
    rows: Result<Vec<String>, Error>,
    report: Value,
}

impl Cell {
    async fn live(&self) -> Outcome {
        let records = self.instance.records(self.subject.list()).page_size(200);
        let rows = records.stream().map_ok(|record| Value::Object(record).to_string()).try_collect().await;
        Outcome { rows, report: Value::Null }
    }

    async fn bulk(&self) -> Outcome {
        let job = self.instance.bulk().query(format!("select * from {}", self.subject.object())).await.unwrap();
        let Ok(ended) = tokio::time::timeout(Duration::from_secs(300), job.wait()).await else {
            let _ = job.cancel().await;
            return Outcome { rows: Ok(Vec::new()), report: json!("the job does not end") };
        };
        let report = json!(job.report().await.unwrap());
        if let Err(error) = ended {
            return Outcome { rows: Err(error), report };
        }
        let chunks: Vec<_> = job.stream(Format::JsonLines).await.unwrap().try_collect().await.unwrap();
        let text = String::from_utf8(chunks.concat()).unwrap();
        Outcome { rows: Ok(text.lines().map(str::to_owned).collect()), report }
    }
}

/// Compares an outcome with the expected one. Returns the differences.
fn judge(expected: &Value, live: &Value, outcome: &Outcome, whole: &[String]) -> Result<(), String> {
    if let Value::String(why) = &outcome.report {
        return Err(why.clone());
    }
    let rows = match (&outcome.rows, expected.get("status"), expected.get("aborted")) {
        (Err(error), Some(status), _) => return judge_error(error, status, expected),
        (Err(error), None, Some(says)) => {
            return judge_job(error, says.as_str().unwrap(), live);
        }
        (Err(error), None, None) => return Err(format!("{error:?}")),
        (Ok(rows), None, None) => rows,
        (Ok(rows), ..) => return Err(format!("{} rows in place of a failure", rows.len())),
    };
    if (expected == "whole" || expected.get("whole").is_some()) && rows != whole {
        return Err(format!("{} rows in place of all {}", rows.len(), whole.len()));
    }
    let id = |row: &String| Some(serde_json::from_str::<Value>(row).unwrap()["id"].take()).filter(|id| !id.is_null());
    let facts = [
        ("records", json!(rows.len())),
        ("distinct", json!(rows.iter().filter_map(id).collect::<HashSet<_>>().len())),
        ("failed", outcome.report["rowsFailed"].clone()),
        ("duplicates", outcome.report["duplicatesDropped"].clone()),
    ];
    for (name, value) in facts {
        if expected.get(name).is_some_and(|expected| *expected != value) {
            return Err(format!("{name} is {value}"));
        }
    }
    for (code, count) in expected.get("warnings").and_then(Value::as_object).into_iter().flatten() {
        if outcome.report["warnings"][code] != *count {
            return Err(format!("warnings are {}", outcome.report["warnings"]));
        }
    }
    Ok(())
}

/// Checks that a failed job reports its cause in the parts that a live read reports.
fn judge_job(error: &Error, says: &str, live: &Value) -> Result<(), String> {
    let info = error.info();
    let cause = info.failure.clone().unwrap_or_default();
    let said = format!("{} {}", info.message, info.provider_message.as_deref().unwrap_or_default());
    // An expired cursor is the caller's mistake only if the caller sent it.
    let same_status =
        live["status"].is_null() || live["says"] == "token expired, restart" || json!(info.status) == live["status"];
    let passes = matches!(cause.kind.as_str(), "rate_limited" | "vendor" | "timeout");
    let as_expected = error.kind() == ErrorKind::JobFailed
        && said.contains(says)
        && same_status
        && (info.status, &info.provider_message) == (cause.status, &cause.provider_message)
        && (passes, passes) == (cause.retryable, info.retryable())
        && matches!(cause.phase.as_str(), "enumerating" | "reading" | "waiting")
        && info.request_id.as_ref().is_some_and(|id| id.len() == 24);
    if as_expected { Ok(()) } else { Err(format!("{error:?}")) }
}

fn judge_error(error: &Error, status: &Value, expected: &Value) -> Result<(), String> {
    let info = error.info();
    let said = format!("{} {}", info.message, info.provider_message.as_deref().unwrap_or_default());
    let says = expected.get("says").and_then(Value::as_str).unwrap_or_default();
    let waits = expected.get("retryAfterSeconds").and_then(Value::as_u64);
    let as_expected = json!(info.status) == *status
        && said.contains(says)
        && waits.is_none_or(|waits| info.retry_after == Some(Duration::from_secs(waits)))
        && info.request_id.is_some();
    if as_expected { Ok(()) } else { Err(format!("{error:?}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_outcome() {
    every_fault_over(Subject::Brighttalk, 75).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_outcome_over_another_element() {
    every_fault_over(Subject::Testbed, 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_outcome_over_a_definition() {
    every_fault_over(Subject::Defined, 50).await;
}

/// Runs the matrix over an element, with at least so many faults.
async fn every_fault_over(subject: Subject, least: usize) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenarios/fault_matrix.json");
    let table: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let only = std::env::var("FAULT").ok();
    let folder = tempfile::tempdir().unwrap();
    let ways = ways(folder.path()).await;
    let records = table["records"].as_u64().unwrap();
    let calm = cell(subject, &ways.embedded, records, &json!({})).await.unwrap();
    let whole = Arc::new([calm.live().await.rows.unwrap(), calm.bulk().await.rows.unwrap()]);
    assert_eq!(whole.each_ref().map(|rows| rows.len() as u64), [records, subject.object_records(records)]);

    let rows = table["rows"].as_array().unwrap().iter();
    let rows = rows.filter(|row| only.as_ref().is_none_or(|only| row["name"].as_str().unwrap().contains(only)));
    let (mut skipped, mut chosen) = (0, Vec::new());
    for row in rows {
        match row_of(subject, &table, row) {
            Ok(row) => chosen.push(row),
            Err(reason) => {
                skip(subject, row["name"].as_str().unwrap(), &reason);
                skipped += 1;
            }
        }
    }
    let run = |(number, row): (usize, Value)| {
        let cells = (0..WAYS.len()).map(|way| {
            let (row, ways, whole) = (row.clone(), ways.clone(), Arc::clone(&whole));
            tokio::spawn(async move { verdict(subject, &row, way, &ways, records, &whole).await })
        });
        let cells = futures::future::join_all(cells);
        async move { (number, row, cells.await) }
    };
    let chosen = chosen.into_iter().enumerate().map(run);
    let mut results: Vec<_> = futures::stream::iter(chosen).buffer_unordered(12).collect().await;
    results.sort_by_key(|(number, ..)| *number);
    eprintln!("{:<42} {:<24} bulk", "fault", "live");
    let (mut run, mut wrong) = (0, Vec::new());
    for (_, row, verdicts) in &results {
        let name = row["name"].as_str().unwrap();
        let verdicts: Vec<_> = verdicts.iter().map(|verdict| verdict.as_ref().unwrap()).collect();
        if let Some(reason) = verdicts.iter().find_map(|verdict| verdict.impossible()) {
            skip(subject, name, reason);
            skipped += 1;
            continue;
        }
        run += 1;
        eprintln!("{name:<42} {:<24} {}", describe(&row["live"]), describe(&row["bulk"]));
        wrong.extend(verdicts.iter().filter_map(|verdict| Some(format!("{name}, {}", verdict.wrong()?))));
    }
    eprintln!("{}: {run} faults, {} cells, {skipped} skipped", subject.key(), run * WAYS.len());
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(only.is_some() || run > least, "{run} faults");
    ways.embedded.close().await;
}

/// Result of a cell.
enum Verdict {
    Right,
    Wrong(String),
    /// The vendor cannot have the fault.
    Impossible(String),
}

impl Verdict {
    fn impossible(&self) -> Option<&str> {
        if let Self::Impossible(reason) = self { Some(reason) } else { None }
    }

    fn wrong(&self) -> Option<&str> {
        if let Self::Wrong(why) = self { Some(why) } else { None }
    }
}

/// Runs one cell.
async fn verdict(
    subject: Subject,
    row: &Value,
    number: usize,
    ways: &Ways,
    records: u64,
    whole: &[Vec<String>; 2],
) -> Verdict {
    let is_live = number < 2;
    if is_live && row.get("skipLive").is_some() {
        return Verdict::Right;
    }
    let platform = if number.is_multiple_of(2) { &ways.embedded } else { &ways.served };
    let cell = match cell(subject, platform, records, row).await {
        Ok(cell) => cell,
        Err(reason) => return Verdict::Impossible(reason),
    };
    let outcome = if is_live { cell.live().await } else { cell.bulk().await };
    let expected = &row[if is_live { "live" } else { "bulk" }];
    if cell.simulator.requests().iter().any(|entry| entry.foreign) {
        return Verdict::Wrong(format!("{}: a call reached the foreign host", WAYS[number]));
    }
    match judge(expected, &row["live"], &outcome, &whole[number / 2]) {
        Ok(()) => Verdict::Right,
        Err(error) => Verdict::Wrong(format!("{}: {error}", WAYS[number])),
    }
}

/// Describes an outcome in a few words.
fn describe(expected: &Value) -> String {
    match expected.as_object() {
        None => "whole".to_owned(),
        Some(members) => {
            let texts = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("whole", _) => "whole".to_owned(),
                ("status", value) => value.to_string(),
                ("aborted", Value::String(says)) => format!("ABORTED {says}"),
                ("warnings", Value::Object(codes)) => codes.keys().cloned().collect::<Vec<_>>().join(" "),
                (name, value) => format!("{name} {value}"),
            });
            texts.collect::<Vec<_>>().join(", ")
        }
    }
}
