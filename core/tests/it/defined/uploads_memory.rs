//! Memory of uploads, which does not grow with the number of records, and their processor time beside that of a plain loop
//! that sends the same requests.
//!
//! `ELEMENTKIT_UPLOAD_ROWS` sets the larger number of records (the long form: 1,000,000).

use std::time::Duration;

use axum::routing::post;
use bytes::Bytes;
use elementkit::elements::definition::DefinedElement;
use elementkit::engine::{Engine, EngineOptions};
use futures::{StreamExt, stream};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support;
use crate::support::process::{ran_alone, resident_mb};

const PREFIX: &str = "/elements/api-v2";

/// A vendor that accepts everything at once and keeps nothing.
async fn vendor() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let accept = || async { ([("content-type", "application/json")], "{\"id\":\"1\"}") };
    let router = axum::Router::new().route("/items", post(accept));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

fn line(number: usize) -> String {
    format!("u{number}@example.org,\"Name of number {number}, and more\",{number}\n")
}

/// Returns a body whose file is made while it is sent.
fn body(rows: usize) -> elementkit::body::Body {
    let head = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nemail,name,number\n";
    let parts = (0..rows).step_by(1000).map(move |from| (from..(from + 1000).min(rows)).map(line).collect::<String>());
    let chunks = std::iter::once(head.to_owned()).chain(parts).chain(["\r\n--limit--\r\n".to_owned()]);
    elementkit::body::stream(stream::iter(chunks.map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)))))
}

async fn send(
    engine: &Engine,
    method: &str,
    path: &str,
    token: &str,
    kind: &str,
    body: elementkit::body::Body,
) -> Value {
    let request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    let request = request.header("authorization", token).header("content-type", kind).body(body).unwrap();
    let (parts, body) = engine.answer(request).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    assert_eq!(parts.status, 200, "{}", String::from_utf8_lossy(&bytes));
    serde_json::from_slice(&bytes).unwrap()
}

/// Returns the processor time of this process.
fn processor() -> Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_secs(time.tv_sec().unsigned_abs()) + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    of(usage.user_time()) + of(usage.system_time())
}

/// Uploads rows. Returns the highest memory meanwhile, and the processor time.
async fn uploaded(rows: usize) -> (u64, Duration) {
    let origin = vendor().await;
    let body_parameter = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    let document = json!({"key": "acme", "name": "Acme", "authentication": {"type": "none"}, "bulkUploadEnabled": true,
        "configuration": [{"key": "base.url", "name": "Base", "type": "TEXTFIELD_1000", "defaultValue": origin}],
        "resources": [{"method": "POST", "path": "/items", "vendorPath": "/items", "parameters": [body_parameter]}]});
    let folder = tempfile::tempdir().unwrap();
    let mut options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    options.elements.push(DefinedElement::new(800, "", &document).unwrap());
    let engine = Engine::open(options).await.unwrap();
    let owner = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    let new = json!({"element": {"key": "acme"}, "name": "one"}).to_string();
    let made = send(&engine, "POST", "/instances", &owner, "application/json", elementkit::body::full(new)).await;
    let token = format!("User {}, Element {}", support::USER, made["token"].as_str().unwrap());
    let before = processor();
    let multipart = "multipart/form-data; boundary=limit";
    let job = send(&engine, "POST", "/bulk/items", &token, multipart, body(rows)).await;
    let (mut highest, status) = (0, format!("/bulk/{}/status", job["id"].as_str().unwrap()));
    let ended = loop {
        highest = highest.max(resident_mb());
        let empty = elementkit::body::empty();
        let status = send(&engine, "GET", &status, &token, "application/json", empty).await;
        if status["completionTime"].is_number() {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&ended["recordsCount"], &ended["recordsFailedCount"]), (&json!(rows), &json!(0)), "{ended}");
    engine.close().await;
    (highest, processor() - before)
}

/// Sends the same requests with a plain loop. Returns the processor time.
async fn plain(rows: usize) -> Duration {
    let url = format!("{}/items", vendor().await);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let before = processor();
    let send = |number: usize| {
        let (client, url) = (client.clone(), url.clone());
        async move {
            let record = json!({"email": format!("u{number}@example.org"),
                "name": format!("Name of number {number}, and more"), "number": number.to_string()});
            let request = client.post(url).header("content-type", "application/json").body(record.to_string());
            let answer: Value = serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
            assert_eq!(answer["id"], "1");
        }
    };
    stream::iter((0..rows).map(send)).buffer_unordered(4).for_each(|()| async {}).await;
    processor() - before
}

#[test]
fn memory_does_not_grow_with_the_number_of_records() {
    if ran_alone("defined::uploads_memory::memory_does_not_grow_with_the_number_of_records") {
        return;
    }
    let rows = std::env::var("ELEMENTKIT_UPLOAD_ROWS").map_or(30_000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (few, _) = runtime.block_on(uploaded(1_000));
    let (many, time) = runtime.block_on(uploaded(rows));
    let plain = runtime.block_on(plain(rows));
    let times = time.as_secs_f64() / plain.as_secs_f64();
    eprintln!("1,000 rows: {few} MB; {rows} rows: {many} MB, {time:?}; a plain loop {plain:?}: {times:.1} times");
    assert!(many < few + 24, "{few} MB, then {many} MB");
}
