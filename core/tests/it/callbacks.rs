//! Callbacks at the end of bulk jobs: signed, retried, never sent to forbidden addresses (spec P 10.11, 13).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use elementkit::engine::EngineOptions;
use elementkit::webhook;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;

/// A receiver of callbacks: the received ones, and its responses in turn; 200 once none is left.
#[derive(Clone, Default)]
struct Receiver {
    came: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        for _ in 0..1500 {
            if self.came.lock().unwrap().len() >= count {
                return self.came.lock().unwrap().clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("only {} callbacks came", self.came.lock().unwrap().len());
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap) {
    receiver.came.lock().unwrap().push((headers, body));
    let next = receiver.answers.lock().unwrap().pop().unwrap_or(200);
    let mut answer = HeaderMap::new();
    if next == 302 {
        answer.insert("location", "/hook".parse().unwrap());
    }
    (StatusCode::from_u16(next).unwrap(), answer)
}

const QUERY: &str = "POST /bulk/query?q=select%20id%20from%20channels";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_signed_and_retried_until_accepted() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let more = json!({"event.notification.signature.key": "S1gn-me"});
    let world = World::with(support::engine_options(folder.path(), &simulator), more).await;
    let receiver = Receiver::default();
    // A redirect does not count as a delivery and is not followed.
    receiver.answers.lock().unwrap().push(302);
    let url = receiver.start().await;
    let payload = json!({"order": [1, "Zoë", null], "a": {"b": 1.5}});
    let body = format!(
        "metaData={}",
        url::form_urlencoded::byte_serialize(json!({"callback-payload": payload}).to_string().as_bytes())
            .collect::<String>()
    );
    let headers =
        [("elements-async-callback-url", url.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    // The limit of a sorted job is reached only when everything is read, also for the callback.
    let sorted = format!("{QUERY}%20order%20by%20id%20limit%203");
    let answer = world.call(&sorted, &headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let job = answer.json()["id"].as_str().unwrap().to_owned();
    let ended = world.ended(&job).await;
    assert_eq!((&ended["notificationUrl"], &ended["recordsCount"]), (&json!(url), &json!(3)));

    let came = receiver.wait_for(2).await;
    let seen: Value = serde_json::from_slice(&came[0].1).unwrap();
    for (name, value) in [
        ("id", json!(job)),
        ("status", json!("COMPLETED")),
        ("objectName", json!("channels")),
        ("recordsCount", json!(3)),
        ("recordsFailedCount", json!(0)),
        ("instanceId", json!(world.instance_id)),
        ("callback-payload", payload),
    ] {
        assert_eq!(seen[name], value, "{name}");
    }
    assert_eq!(text(&came[0].0, "content-type"), Some("application/json"));
    assert!(webhook::verify("S1gn-me", &came[0].1, text(&came[0].0, "elements-webhook-signature")));
    assert_eq!(came[0].1, came[1].1, "a retry says the same");
    assert_eq!(text(&came[0].0, "elements-webhook-id"), text(&came[1].0, "elements-webhook-id"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.came.lock().unwrap().len(), 2, "a delivered callback is not sent again");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_survive_restarts_and_cover_every_outcome() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 2000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let receiver = Receiver::default();
    let url = receiver.start().await;
    receiver.answers.lock().unwrap().extend([500]);
    simulator
        .add_faults(&json!({"match": {"path": "*/subscribers", "page": 5}, "fault": {"type": "status", "status": 403}}))
        .unwrap();
    let query = "POST /bulk/query?q=select%20id%20from%20contacts%20where%20channelId%3D1001";
    let answer = world.call(query, &[("elements-async-callback-url", &url)], "").await;
    let job = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.ended(&job).await["status"], "ABORTED");
    receiver.wait_for(1).await;
    world.engine.close().await;

    simulator.clear_faults();
    let world = world.again(support::engine_options(folder.path(), &simulator)).await;
    let came = receiver.wait_for(2).await;
    let seen: Value = serde_json::from_slice(&came[1].1).unwrap();
    assert_eq!((&seen["status"], &seen["recordsCount"]), (&json!("ABORTED"), &json!(800)));
    assert!(seen["error"].as_str().unwrap().contains("Forbidden"));
    let failure = &seen["failure"];
    assert_eq!((&failure["kind"], &failure["status"]), (&json!("permission_denied"), &json!(403)));
    assert_eq!((&failure["phase"], &failure["retryable"]), (&json!("reading"), &json!(false)));
    assert_eq!(failure["requestId"].as_str(), answer.header("elements-request-id"));
    assert_eq!(text(&came[1].0, "elements-webhook-signature"), None, "no key, no signature");
    world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await;
    let came = receiver.wait_for(3).await;
    let seen: Value = serde_json::from_slice(&came[2].1).unwrap();
    assert_eq!((&seen["status"], &seen["recordsCount"]), (&json!("COMPLETED"), &json!(2000)));
    assert_ne!(text(&came[1].0, "elements-webhook-id"), text(&came[2].0, "elements-webhook-id"));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_called_on_the_platform_itself() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    // The end of the first job starts a second one.
    let second = "/bulk/query?q=select%20id%20from%20webcasts";
    let answer = world.call(QUERY, &[("elements-async-callback-url", second)], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut jobs = Vec::new();
    for _ in 0..500 {
        jobs = world.get("/bulk/jobs", &[]).await.json().as_array().unwrap().clone();
        if jobs.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[0]["object_name"], "webcasts");
    for wrong in ["ftp://example.org/x", "nonsense", "/channels", "//example.org/bulk/query", "http://"] {
        let answer = world.call(QUERY, &[("elements-async-callback-url", wrong)], "").await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_server_calls_no_private_address() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let options =
        || EngineOptions { allow_private_callbacks: false, ..support::engine_options(folder.path(), &simulator) };
    let world = World::new(options()).await;
    for private in [
        "http://127.0.0.1:1/x",
        "http://localhost/x",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
    ] {
        let answer = world.call(QUERY, &[("elements-async-callback-url", private)], "").await;
        assert_eq!(answer.status, 400, "{private}");
    }
    let answer = world.call(QUERY, &[("elements-async-callback-url", "https://hook.example/x")], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.engine.close().await;

    // A callback that was accepted while allowed is not delivered where it is not.
    let receiver = Receiver::default();
    let url = receiver.start().await;
    receiver.answers.lock().unwrap().push(500);
    let world = world.again(support::engine_options(folder.path(), &simulator)).await;
    world.call(QUERY, &[("elements-async-callback-url", &url)], "").await;
    receiver.wait_for(1).await;
    world.engine.close().await;
    let world = world.again(options()).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(receiver.came.lock().unwrap().len(), 1, "the retry was due and must not come");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_header_that_cannot_be_read_starts_no_job() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(support::engine_options(folder.path(), &simulator), json!({})).await;
    let name = "elements-async-callback-url";
    for headers in [
        &[(name, "")][..],
        &[(name, " ")],
        &[(name, "http://127.0.0.1:1/h\u{f6}rer")],
        &[(name, "http://127.0.0.1:1/a"), (name, "http://127.0.0.1:1/b")],
    ] {
        let answer = world.call(QUERY, headers, "").await;
        assert_eq!(answer.status, 400, "{headers:?}: {}", answer.text());
        assert!(answer.text().contains(name), "{}", answer.text());
    }
    assert_eq!(world.get("/bulk/jobs", &[]).await.json(), json!([]));
    world.engine.close().await;
}
