//! Services that fail, on a platform on the network.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use elementkit::{HostedOptions, Platform};
use elementkit_mcp::{Agent, Options};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use rmcp::ServiceExt;
use serde_json::{Value, json};

use crate::support::Client;

fn instance(id: u8) -> Value {
    let element = json!({"id": 9, "key": "desk"});
    json!({"id": id, "name": format!("desk {id}"), "token": format!("token{id}"), "valid": true, "element": element})
}

/// Plays a platform with three instances: one is well, one hangs, one is refused.
async fn respond(request: Request) -> axum::response::Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    let id = path.rsplit('/').next().and_then(|last| last.parse::<u8>().ok());
    let json = |value: Value| ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response();
    match id {
        Some(id) => json(instance(id)),
        None if path.ends_with("/instances") => json(json!([instance(1), instance(2), instance(3)])),
        None if path.ends_with("/objects") && header.contains("token1") => json(json!(["tickets"])),
        None if path.ends_with("/objects") && header.contains("token2") => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            http::StatusCode::OK.into_response()
        }
        None => http::StatusCode::FORBIDDEN.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_fail_hold_up_no_other_and_are_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(respond)).await });
    let platform = Platform::hosted(HostedOptions::new().base_url(url).user("u").organization("o")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let agent = Agent::new(platform, Options::new(folder.path().join("audit.jsonl"))).unwrap();
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { agent.serve(far).await.unwrap().waiting().await });
    let client = Client(().serve(near).await.unwrap());
    let listed = tokio::time::timeout(Duration::from_secs(60), client.call("list_objects", json!({}))).await.unwrap();
    let objects: Vec<&Value> = listed["instances"].as_array().unwrap().iter().map(|known| &known["objects"]).collect();
    assert_eq!(objects, [&json!(["tickets"]), &json!([]), &json!([])]);
    let warnings = listed["warnings"].to_string();
    assert!(warnings.contains("instance 2 cannot") && warnings.contains("instance 3 cannot"), "{warnings}");
    let error = client.refused("describe_object", json!({"instance": 2, "object": "tickets"})).await;
    assert_eq!(error["kind"], "permission_denied");
}
