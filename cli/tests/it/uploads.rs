//! `elementkit bulk upload`, against an element that is a document.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::support::World;

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
    });
    ran.await.unwrap();
}
