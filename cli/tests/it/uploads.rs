//! `elementkit bulk upload`, against an element that is a document.

#[cfg(target_os = "linux")]
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::support::World;
#[cfg(target_os = "linux")]
use crate::support::{Ended, disk::SmallDisk};

/// Accepts contacts, but not those whose address is `bad`.
async fn create(body: String) -> Response {
    let record: Value = serde_json::from_str(&body).unwrap();
    let (status, answer) = match record["email"].as_str() {
        Some("bad") => (StatusCode::BAD_REQUEST, json!({"message": "not an address"})),
        _ => (StatusCode::OK, record),
    };
    (status, [(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

fn document(vendor: &str) -> Value {
    let body = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    json!({"key": "crm", "name": "CRM", "hub": "crm", "authentication": {"type": "none"}, "bulkUploadEnabled": true,
        "configuration": [{"key": "base.url", "name": "Base", "type": "TEXTFIELD_1000", "defaultValue": vendor}],
        "resources": [{"method": "POST", "path": "/contacts", "vendorPath": "/contacts", "parameters": [body]}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_and_its_failed_records_are_written() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let vendor = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/contacts", post(create));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(&vendor);
        let write = |name: &str, text: &str| std::fs::write(world.path(name), text).unwrap();
        write("crm.json", &document(&vendor).to_string());
        world.text(&["request", "POST", "/elements", "--body", "@crm.json"]);
        world.text(&["connect", "crm"]);
        write("contacts.csv", "email,name\na@x.example,A\nbad,B\nc@x.example,C\n");
        let upload = ["bulk", "upload", "contacts.csv", "--object", "contacts", "--failed", "failed.csv"];
        let ended = world.run(&upload);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains("is COMPLETED: 3 records, 1 failed."), "{}", ended.out);
        assert!(ended.err.contains("elementkit bulk errors "), "{}", ended.err);
        assert_eq!(std::fs::read_to_string(world.path("failed.csv")).unwrap(), "email,name\nbad,B\n");
        write("more.jsonl", "{\"email\": \"d\"}\n");
        let ended = world.text(&["bulk", "upload", "more.jsonl", "--object", "contacts", "--json"]);
        let status: Value = serde_json::from_str(&ended).unwrap();
        assert_eq!((&status["recordsCount"], &status["jobDirection"]), (&json!(1), &json!("UPLOAD")), "{status}");
        for (arguments, message) in [
            (&["contacts.csv", "--object", "contacts", "--mode", "delete"][..], "with the action delete"),
            (&["contacts.xyz", "--object", "contacts"], "pass --format"),
            (&["missing.csv", "--object", "contacts"], "missing.csv cannot be read"),
        ] {
            let ended = world.run(&[&["bulk", "upload"], arguments].concat());
            assert!(ended.code != Some(0) && ended.err.contains(message), "{message}: {}", ended.err);
        }
        // A file that is wrong as a whole cannot be resumed, only corrected.
        write("broken.csv", "email,name\n\"a@x.example,A\n");
        let ended = world.run(&["bulk", "upload", "broken.csv", "--object", "contacts"]);
        assert_eq!(ended.code, Some(7), "{}", ended.err);
        let hint = "hint: Correct the file and upload it again; nothing of it was sent.";
        assert!(ended.err.contains(hint) && !ended.err.contains("resume job"), "{}", ended.err);
        assert!(!ended.err.contains("WARN"), "the error says it once: {}", ended.err);
    });
    ran.await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_an_upload_is_resumed_with_free_space() {
    let Some(disk) = SmallDisk::new(12) else { return };
    let (disk, accepted) = (Arc::new(disk), Arc::new(Mutex::new(Vec::new())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let vendor = format!("http://{}", listener.local_addr().unwrap());
    let (filled, received) = (Arc::clone(&disk), Arc::clone(&accepted));
    let accept = move |body: String| {
        let mut received = received.lock().unwrap();
        received.push(body.clone());
        if received.len() == 100 {
            filled.fill(0);
        }
        std::future::ready(([(CONTENT_TYPE, "application/json")], body))
    };
    let router = Router::new().route("/contacts", post(accept));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(&vendor);
        let run = |arguments: &[&str]| -> Ended {
            let mut command = world.command(arguments);
            command.env("ELEMENTKIT_DATABASE", disk.path().join("test.db")).output().unwrap().into()
        };
        let write = |name: &str, text: &str| std::fs::write(world.path(name), text).unwrap();
        write("crm.json", &document(&vendor).to_string());
        assert_eq!(run(&["request", "POST", "/elements", "--body", "@crm.json"]).code, Some(0));
        assert_eq!(run(&["connect", "crm"]).code, Some(0));
        let rows = |count: usize| (0..count).map(|number| format!("u{number}@x.example\n")).collect::<String>();
        write("large.csv", &format!("email\n{}", rows(100_000)));
        write("small.csv", &format!("email\n{}", rows(400)));
        disk.fill(700 << 10);
        let refused = run(&["bulk", "upload", "large.csv", "--object", "contacts"]);
        assert!(refused.code != Some(0) && refused.err.contains("No space left on device"), "{}", refused.err);
        disk.free();
        let ended = run(&["bulk", "upload", "small.csv", "--object", "contacts"]);
        assert!(ended.code != Some(0) && ended.err.contains("Free some space"), "{}", ended.err);
        assert!(!ended.err.contains("WARN") && !ended.err.contains("panicked"), "{}", ended.err);
        let job = ended.err.split("Job ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
        disk.free();
        let resumed = run(&["bulk", "resume", &job]);
        assert!(resumed.out.contains("is COMPLETED: 400 records, 0 failed."), "{} {}", resumed.out, resumed.err);
    });
    ran.await.unwrap();
    let mut accepted = accepted.lock().unwrap().clone();
    accepted.sort_unstable();
    let number = accepted.len();
    accepted.dedup();
    assert_eq!((number, accepted.len()), (400, 400), "each once");
}
