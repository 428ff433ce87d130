//! Files up and down by `elementkit request`.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::support::World;

/// Length of a file that is not held in memory.
const LONG: usize = 9 << 20;

const ELEMENT: &str = r#"{
    "key": "hub", "name": "Hub", "hub": "documents", "authentication": {"type": "none"},
    "configuration": [{"key": "base.url", "name": "Address", "type": "TEXTFIELD_1000", "required": true}],
    "resources": [
        {"method": "POST", "path": "/files", "vendorPath": "/files", "parameters": [
            {"name": "folder", "type": "form", "vendorName": "folder", "vendorType": "query"},
            {"name": "file", "type": "multipart", "vendorName": "body", "vendorType": "body", "required": true}]},
        {"method": "PUT", "path": "/files", "vendorPath": "/files", "vendorMethod": "POST", "parameters": [
            {"name": "body", "type": "body", "vendorName": "body", "vendorType": "body", "required": true}]},
        {"method": "GET", "path": "/files/{id}", "vendorPath": "/files/{id}", "parameters": [
            {"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"}]}]
}"#;

async fn receive(uri: axum::http::Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let is_whole = body.iter().all(|byte| *byte == b'f');
    let media_type = headers["content-type"].to_str().unwrap();
    let seen = json!({"query": uri.query(), "type": media_type, "length": body.len(), "whole": is_whole});
    ([("content-type", "application/json")], seen.to_string())
}

async fn send() -> impl IntoResponse {
    ([("content-type", "application/pdf")], Body::from(vec![b'f'; LONG]))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_and_down() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/files", post(receive)).route("/files/{id}", get(send));
    tokio::spawn(async move { axum::serve(listener, router.layer(DefaultBodyLimit::disable())).await });
    let world = World::new("http://127.0.0.1:9");
    std::fs::write(world.path("hub.json"), ELEMENT).unwrap();
    std::fs::write(world.path("a b.bin"), vec![b'f'; LONG]).unwrap();
    tokio::task::spawn_blocking(move || {
        world.text(&["elements", "import", "hub.json"]);
        world.text(&["connect", "hub", "--set", &format!("base.url={origin}")]);
        let call = |arguments: &[&str]| -> Value {
            serde_json::from_str(&world.text(&[&["request"], arguments, &["--element"]].concat())).unwrap()
        };
        let form = ["POST", "/files", "--field", "folder=/a b", "--file", "file=@a b.bin;type=application/pdf"];
        let seen = json!({"query": "folder=%2Fa%20b", "type": "application/pdf", "length": LONG, "whole": true});
        assert_eq!(call(&form), seen);
        let bytes = ["PUT", "/files", "--content-type", "image/png", "--body", "@a b.bin"];
        assert_eq!(call(&bytes), json!({"type": "image/png", "length": LONG, "whole": true}));
        let down = world.text(&["request", "GET", "/files/7", "--element", "--output", "down.pdf"]);
        assert_eq!(down, format!("Wrote down.pdf ({LONG} bytes).\n"));
        assert_eq!(std::fs::read(world.path("down.pdf")).unwrap(), vec![b'f'; LONG]);
        for (arguments, code, text) in [
            (&["--file", "file=missing"][..], 5, "\"file=missing\" is not of the form NAME=@FILE"),
            (&["--file", "file=@missing"], 8, "missing cannot be read"),
            (&["--file", "file=@a b.bin", "--body", "x"], 2, "cannot be used with"),
            (&["--output", "missing/down"], 8, "missing/down"),
        ] {
            let ended = world.run(&[&["request", "POST", "/files", "--element"], arguments].concat());
            assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.err);
            assert!(ended.err.contains(text), "{arguments:?}: {}", ended.err);
        }
    })
    .await
    .unwrap();
}
