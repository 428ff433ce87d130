//! Simulated power cuts at any file operation of a job: whatever data the disk loses that was not flushed, the resumed
//! job has exactly the rows of an undisturbed one.

use std::path::Path;

use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::disk::power;
use crate::body;
use crate::elements::testing::{self, Config, Simulator};
use crate::engine::{Bootstrap, Engine, EngineOptions};

pub(super) fn options(folder: &Path, simulator: &Simulator) -> EngineOptions {
    EngineOptions {
        vendor_urls: testing::vendor_urls(simulator),
        bootstrap: Bootstrap {
            user_secret: Some("user".into()),
            organization_secret: Some("organization".into()),
            ..Bootstrap::default()
        },
        // The lease of a dead job expires soon; while this one runs, only its pages are written.
        lease: std::time::Duration::from_millis(1500),
        // Commits every page, so that there are many points for a cut.
        commit_bytes: 0,
        ..EngineOptions::new(folder.join("test.db"))
    }
}

pub(super) async fn call(engine: &Engine, line: &str, authorization: &str, sent: &str) -> (Vec<u8>, Value) {
    let bytes = send(engine, line, authorization, "application/json, text/csv", sent).await;
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    (bytes, json)
}

pub(super) async fn send(engine: &Engine, line: &str, authorization: &str, accept: &str, sent: &str) -> Vec<u8> {
    let (method, path) = line.split_once(' ').unwrap_or_default();
    let request = Request::builder().method(method).uri(format!("/elements/api-v2{path}"));
    let request = request.header("authorization", authorization).header("accept", accept);
    let request = request.body(body::full(sent.to_owned())).unwrap_or_else(|error| panic!("{error}"));
    let answer = engine.answer(request).await;
    assert!(answer.status().is_success(), "{line}: {}", answer.status());
    let bytes = answer.into_body().collect().await.map(|body| body.to_bytes().to_vec());
    bytes.unwrap_or_else(|error| panic!("{error}"))
}

/// Waits for the end of the job and returns its result.
async fn result(engine: &Engine, authorization: &str, job: &str) -> Vec<u8> {
    for _ in 0..6000 {
        let (_, status) = call(engine, &format!("GET /bulk/{job}/status"), authorization, "").await;
        if status["completionTime"].is_number() {
            assert_eq!(status["status"], "COMPLETED", "{status}");
            return call(engine, &format!("GET /bulk/{job}/contacts"), authorization, "").await.0;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the job did not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn unsynced_bytes_are_lost_but_no_committed_row() {
    let config = Config { subscribers: 5000, channels: 3, ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap_or_else(|error| panic!("{error}"));
    let folders = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let (home, copies) = (folders.path().join("home"), folders.path().join("copies"));
    std::fs::create_dir(&home).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::open(options(&home, &simulator)).await.unwrap_or_else(|error| panic!("{error}"));
    let (_, instance) =
        call(&engine, "POST /instances", "User user, Organization organization", &testing::new_instance()).await;
    let authorization = format!("User user, Element {}", instance["token"].as_str().unwrap_or_default());

    // A page has about four operations, and there are at least 25 pages. The power is cut at every sixth operation.
    power::watch(&home, &copies, (1..100).step_by(6));
    // One list after the other, so that only one thread writes while a copy is made.
    let (_, job) =
        call(&engine, "POST /bulk/query?q=select%20*%20from%20contacts%20limit%20100000", &authorization, "").await;
    let job = job["id"].as_str().unwrap_or_default().to_owned();
    let undisturbed = result(&engine, &authorization, &job).await;
    engine.close().await;

    let mut cuts = 0;
    for copy in std::fs::read_dir(&copies).into_iter().flatten().flatten() {
        let engine = Engine::open(options(&copy.path(), &simulator)).await.unwrap_or_else(|error| panic!("{error}"));
        let after = result(&engine, &authorization, &job).await;
        assert!(after == undisturbed, "a cut before operation {:?}", copy.file_name());
        let (_, report) = call(&engine, &format!("GET /bulk/{job}/report"), &authorization, "").await;
        assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(5000), &json!(0)), "{report}");
        engine.close().await;
        cuts += 1;
    }
    assert!(cuts >= 12, "only {cuts} cuts");
}
