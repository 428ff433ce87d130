//! Requests to an engine: bodies and tokens of any bytes get a response of the contract, never a fault of the platform.

use std::sync::LazyLock;

use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use http::Request;
use http_body_util::BodyExt;
use tokio::runtime::Runtime;

const USER: &str = "user";
const ORGANIZATION: &str = "organization";
const PREFIX: &str = "/elements/api-v2";

struct World {
    runtime: Runtime,
    engine: Engine,
    /// Token of an instance whose vendor is the simulator.
    token: String,
    _simulator: brighttalk_sim::Simulator,
}

/// One engine for all inputs, in a separate folder.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let folder = std::env::temp_dir().join(format!("elementkit-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (engine, token, simulator) = runtime.block_on(async {
        let config = brighttalk_sim::Config { subscribers: 10, channels: 1, ..brighttalk_sim::Config::default() };
        let simulator = brighttalk_sim::Simulator::start(config).await.expect("a simulator");
        let bootstrap = Bootstrap {
            user_secret: Some(USER.into()),
            organization_secret: Some(ORGANIZATION.into()),
            ..Bootstrap::default()
        };
        let vendor_urls = [("brighttalk".to_owned(), simulator.url())].into();
        let options = EngineOptions { vendor_urls, bootstrap, ..EngineOptions::new(folder.join("fuzz.db")) };
        let engine = Engine::open(options).await.expect("an engine");
        let body = br#"{"element":{"key":"brighttalk"},"name":"x","configuration":{"brighttalk.api.key":"1","brighttalk.api.secret":"0123456789ABCDEF0123456789ABCDEF"}}"#;
        let (_, made) = send(&engine, "POST", "/instances", "application/json", "", body).await;
        let made: serde_json::Value = serde_json::from_slice(&made).expect("an instance");
        (engine, made["token"].as_str().expect("a token").to_owned(), simulator)
    });
    World { runtime, engine, token, _simulator: simulator }
});

async fn send(engine: &Engine, method: &str, path: &str, media: &str, token: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let element = if token.is_empty() { String::new() } else { format!(", Element {token}") };
    let request = Request::builder()
        .method(method)
        .uri(format!("{PREFIX}{path}"))
        .header("authorization", format!("User {USER}, Organization {ORGANIZATION}{element}"))
        .header("content-type", media)
        .body(elementkit::body::full(body.to_vec()));
    let Ok(request) = request else { return (400, Vec::new()) };
    let (parts, body) = engine.answer(request).await.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    (parts.status.as_u16(), bytes)
}

fn ask(method: &str, path: &str, media: &str, body: &[u8]) {
    let world = &*WORLD;
    let (status, answer) = world.runtime.block_on(send(&world.engine, method, path, media, &world.token, body));
    assert!(status != 500 && status < 600, "{method} {path}: {}", String::from_utf8_lossy(&answer));
    if status >= 400 && !answer.is_empty() {
        let error: serde_json::Value = serde_json::from_slice(&answer).expect("an error is JSON");
        assert!(error["message"].is_string() && error["requestId"].is_string(), "{error}");
    }
}

/// Sends JSON bodies; the first byte selects the call.
pub fn json(data: &[u8]) {
    const CALLS: [(&str, &str); 7] = [
        ("POST", "/bulk/query"),
        ("POST", "/bulk/download"),
        ("POST", "/authentication"),
        ("PUT", "/instances/7"),
        ("PATCH", "/instances/7"),
        ("POST", "/organizations/objects/fuzz/definitions"),
        ("PUT", "/instances/configuration/7"),
    ];
    let Some((&choice, body)) = data.split_first() else { return };
    let (method, path) = CALLS[choice as usize % CALLS.len()];
    ask(method, path, "application/json", body);
}

/// Creates, executes and imports mappings; the first byte selects the call.
pub fn mapping(data: &[u8]) {
    const CALLS: [(&str, &str); 3] = [
        ("PUT", "/organizations/elements/brighttalk/transformations/fuzz"),
        ("POST", "/instances/transformations/fuzz"),
        ("POST", "/transformations/fuzz/execute"),
    ];
    let Some((&choice, body)) = data.split_first() else { return };
    let (method, path) = CALLS[choice as usize % CALLS.len()];
    ask(method, path, "application/json", body);
}

/// Sends multipart bodies of a bulk query.
pub fn multipart(data: &[u8]) {
    ask("POST", "/bulk/query?q=select%20nothing%20from%20nowhere", "multipart/form-data; boundary=x", data);
}

/// Sends `nextPage` tokens.
pub fn page_token(data: &[u8]) {
    let token: String = url::form_urlencoded::byte_serialize(data).collect();
    ask("GET", &format!("/channels/1001/contacts?pageSize=1&nextPage={token}"), "application/json", b"");
}
