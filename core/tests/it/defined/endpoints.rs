//! Elements that are documents as an organization manages them (spec E 2). The rows of the tables of section 2 are in
//! `tests/scenarios/contract/elements.json` and `element_parts.json`; here are roles, processes, running jobs and secrets.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::world::{Asked, Reply, Vendor};
use crate::support;

/// Names the database in a process that changes an element and then waits for its end.
const CHILD: &str = "ELEMENTKIT_TEST_CHANGED_DATABASE";
const AUTHOR: &str = "secret-of-the-author";

/// An engine on a file, with the elements that tests import.
struct Site {
    engine: Engine,
    path: PathBuf,
    folder: Option<TempDir>,
}

struct Answer {
    status: u16,
    body: Value,
    text: String,
}

impl Site {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self { engine: engine(&path).await, path, folder: Some(folder) }
    }

    async fn reopen(self) -> Self {
        self.engine.close().await;
        Self { engine: engine(&self.path).await, ..self }
    }

    /// Calls with organization credentials, or with the Element token.
    async fn call(&self, call: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let second =
            token.map_or(format!("Organization {}", support::ORGANIZATION), |token| format!("Element {token}"));
        self.send(call, &format!("User {}, {second}", support::USER), body.map(|body| body.to_string())).await
    }

    async fn send(&self, call: &str, authorization: &str, body: Option<String>) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(format!("/elements/api-v2{path}"));
        let request = request.header("authorization", authorization).header("content-type", "application/json");
        let body = body.map_or_else(elementkit::body::empty, elementkit::body::full);
        let (parts, body) = self.engine.answer(request.body(body).unwrap()).await.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Answer { status: parts.status.as_u16(), body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    async fn ok(&self, call: &str, body: Option<Value>) -> Value {
        let answer = self.call(call, None, body).await;
        assert_eq!(answer.status, 200, "{call}: {}", answer.text);
        answer.body
    }

    /// Creates an instance. Returns its token.
    async fn connect(&self, key: &str, configuration: Value) -> String {
        let body = json!({"name": "one", "element": {"key": key}, "configuration": configuration});
        self.ok("POST /instances", Some(body)).await["token"].as_str().unwrap().to_owned()
    }

    /// Changes the database as an administrator of the system would.
    async fn sql(&self, sql: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.path);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

async fn engine(path: &Path) -> Engine {
    let mut options = EngineOptions::new(path);
    options.bootstrap = support::bootstrap();
    options.vendor_retry.base = Duration::from_millis(1);
    options.lease = Duration::from_secs(1);
    Engine::open(options).await.unwrap()
}

/// A definition with one list, which the vendor has at this path.
fn desk(vendor: &Vendor, vendor_path: &str) -> Value {
    json!({
        "key": "desk", "name": "Desk", "hub": "helpdesk", "authentication": {"type": "custom"},
        "bulkDownloadEnabled": true,
        "configuration": [
            {"key": "base.url", "defaultValue": vendor.origin, "type": "TEXTFIELD_1000"},
            {"key": "app.secret", "type": "PASSWORD", "defaultValue": AUTHOR},
            {"key": "pagination.max", "defaultValue": "2"}
        ],
        "resources": [{"method": "GET", "path": "/tickets/all", "vendorPath": vendor_path, "objectName": "tickets",
            "parameters": [{"name": "page", "type": "query"}, {"name": "pageSize", "type": "query"}]}]
    })
}

/// Six records in three pages.
fn pages(asked: &Asked) -> Reply {
    let page = asked.number("page").unwrap_or(1);
    let ids = if page <= 3 { vec![2 * page - 1, 2 * page] } else { Vec::new() };
    Reply::json(ids.into_iter().map(|id| json!({"id": id})).collect())
}

#[tokio::test]
async fn a_change_applies_to_the_next_call() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    let read = async |path: &str| {
        let answer = site.call("GET /hubs/helpdesk/tickets/all?pageSize=2", Some(&token), None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(vendor.lines().last().map(|line| line.contains(path)), Some(true), "{path}");
    };
    read("/v1").await;
    site.ok("PUT /elements/desk", Some(desk(&vendor, "/v2"))).await;
    read("/v2").await;
    // A path that the element has no more, and one that it has only now; without credentials neither is known.
    let mut document = desk(&vendor, "/v3");
    document["resources"][0]["path"] = json!("/issues/{kind}/all");
    site.ok("PUT /elements/desk", Some(document)).await;
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 404);
    let answer = site.call("GET /issues/open/all", Some(&token), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(site.send("GET /issues/open/all", "User x, Element y", None).await.status, 401);
    assert_eq!(site.call("POST /issues/open/all", Some(&token), Some(json!({}))).await.status, 405);
    let objects = site.call("GET /objects", Some(&token), None).await;
    assert_eq!(objects.body, json!(["tickets"]));
}

#[tokio::test]
async fn a_new_required_value_is_asked_for_and_an_inactive_element_takes_no_instances() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    let made = site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    site.ok("DELETE /elements/desk/active", None).await;
    let new = json!({"name": "two", "configuration": {}});
    let refused = site.call("POST /elements/desk/instances", None, Some(new.clone())).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!("The element is not active")));
    assert_eq!(site.call("PUT /elements/desk/instances", None, Some(new)).await.status, 400);
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200);

    let entry = json!({"key": "region", "required": true, "type": "COMBO", "options": [{"value": "eu"}]});
    site.ok("POST /elements/desk/configuration", Some(entry)).await;
    let missing = site.call("GET /tickets/all", Some(&token), None).await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("Missing required configuration: region")));
    let patch = |value: &str| Some(json!({"configuration": {"region": value}}));
    let wrong = site.call("PATCH /instances", Some(&token), patch("us")).await;
    assert_eq!((wrong.status, &wrong.body["message"]), (400, &json!("Invalid value for configuration: region")));
    assert_eq!(site.call("PATCH /instances", Some(&token), patch("eu")).await.status, 200);
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200);

    let kept = site.call("DELETE /elements/desk", None, None).await;
    assert_eq!((kept.status, &kept.body["message"]), (409, &json!("The element has 1 instances")));
    assert_eq!(site.call("DELETE /instances", Some(&token), None).await.status, 200);
    site.ok("DELETE /elements/desk", None).await;
    let again = site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    assert!(again["id"].as_i64() > made["id"].as_i64(), "ids are not given again");
    assert!(again["resources"][0]["id"].as_i64() > made["resources"][0]["id"].as_i64());
}

#[tokio::test]
async fn secrets_of_the_author_are_shown_to_writers_only_and_sealed() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    let made = site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    assert!(made.to_string().contains(AUTHOR));
    assert!(made["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "secret-default"));
    let token = site.connect("desk", json!({"my.session": "s-1"})).await;
    let shown = site.call("PATCH /instances", Some(&token), Some(json!({"tags": []}))).await;
    assert_eq!(shown.body["configuration"]["app.secret"], "********");
    assert_eq!(shown.body["configuration"]["my.session"], "********");

    site.sql("UPDATE user_roles SET role = 'default-user'").await;
    for call in ["GET /elements/desk", "GET /elements/desk/configuration", "GET /elements/desk/export", "GET /elements"]
    {
        let answer = site.call(call, None, None).await;
        assert!(answer.status == 200 && !answer.text.contains(AUTHOR), "{call}: {}", answer.text);
        assert!(answer.text.contains("********"), "{call}");
    }
    for call in [
        "PUT /elements/desk",
        "DELETE /elements/desk",
        "POST /elements",
        "POST /elements/desk/clone",
        "PUT /elements/desk/active",
        "POST /elements/desk/hooks",
        "PUT /elements/desk/configurations",
    ] {
        let refused = site.call(call, None, Some(desk(&vendor, "/v1"))).await;
        assert_eq!((refused.status, &refused.body["message"]), (403, &json!("Insufficient privileges")), "{call}");
    }
    // An account administrator may write too.
    site.sql("UPDATE user_roles SET role = 'admin'").await;
    site.ok("PUT /elements/desk", Some(desk(&vendor, "/v2"))).await;

    for file in ["test.db", "test.db-wal"] {
        let bytes = std::fs::read(site.path.with_file_name(file)).unwrap_or_default();
        assert!(!bytes.windows(AUTHOR.len()).any(|part| part == AUTHOR.as_bytes()), "{file}");
    }
    let site = site.reopen().await;
    assert!(site.ok("GET /elements/desk", None).await.to_string().contains(AUTHOR));
}

#[tokio::test]
async fn an_element_may_be_for_some_accounts() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    site.sql("UPDATE elements SET accounts = '[4711]'").await;
    let new = json!({"name": "two", "configuration": {}});
    // Administrators see it, and administer it.
    let refused = site.call("POST /elements/desk/instances", None, Some(new.clone())).await;
    assert_eq!((refused.status, &refused.body["message"]), (403, &json!("The account may not use the element")));
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200, "existing instances go on");
    site.sql("UPDATE user_roles SET role = 'default-user'").await;
    assert_eq!(site.call("GET /elements/desk", None, None).await.status, 404);
    assert_eq!(site.call("POST /elements/desk/instances", None, Some(new)).await.status, 404);
    assert_eq!(site.ok("GET /elements/keys", None).await, json!(["brighttalk"]));
}

#[tokio::test]
async fn another_organization_can_use_nothing_of_an_element() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    let made = site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    let secrets = Bootstrap {
        user_secret: Some("otheruser".into()),
        organization_secret: Some("otherorganization".into()),
        ..Bootstrap::default()
    };
    site.engine.create_organization("Other", &secrets).await.unwrap();
    let as_other = "User otheruser, Organization otherorganization";
    let id = &made["id"];
    for element in [json!({"key": "desk"}), json!({"id": id})] {
        let body = json!({"name": "x", "element": element, "configuration": {}});
        assert_eq!(site.send("POST /instances", as_other, Some(body.to_string())).await.status, 404);
    }
    for call in [
        format!("PUT /elements/{id}/active"),
        format!("DELETE /elements/{id}"),
        format!("POST /elements/{id}/clone"),
        format!("GET /elements/{id}/models"),
        format!("POST /elements/{id}/hooks"),
        format!("GET /elements/{id}/accounts"),
        format!("GET /elements/{id}/instances"),
        format!("GET /elements/{id}/oauth/url"),
    ] {
        let answer = site.send(&call, as_other, Some("{}".to_owned())).await;
        assert_eq!(answer.status, 404, "{call}: {}", answer.text);
    }
    // Its own element of the same key is another one.
    let own = site.send("POST /elements", as_other, Some(desk(&vendor, "/other").to_string())).await;
    assert_eq!(own.status, 200, "{}", own.text);
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200);
    assert!(vendor.lines().iter().all(|line| !line.contains("/other")));
}

#[tokio::test]
async fn a_job_keeps_the_revision_that_it_began_with_also_after_a_restart() {
    let gate = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let open = std::sync::Arc::clone(&gate);
    let vendor = Vendor::start(move |asked| match asked.number("page") {
        Some(2..) if !open.load(std::sync::atomic::Ordering::SeqCst) => Reply::status(503, json!({})),
        _ => pages(asked),
    })
    .await;
    let site = Site::open().await;
    site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    let started = site.call("POST /bulk/query?q=select%20*%20from%20tickets", Some(&token), None).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let id = started.body["id"].as_str().unwrap().to_owned();
    while !vendor.lines().iter().any(|line| line.contains("page=2")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut document = desk(&vendor, "/v2");
    document["resources"][0]["objectName"] = json!("renamed");
    site.ok("PUT /elements/desk", Some(document)).await;
    let site = site.reopen().await;
    vendor.asked();
    gate.store(true, std::sync::atomic::Ordering::SeqCst);
    let status = loop {
        let status = site.call(&format!("GET /bulk/{id}/status"), Some(&token), None).await.body;
        if ["COMPLETED", "ABORTED"].contains(&status["status"].as_str().unwrap_or_default()) {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(6)), "{status}");
    let lines = vendor.lines();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("/v1")), "{lines:?}");
    let file = site.call(&format!("GET /bulk/{id}/tickets"), Some(&token), None).await;
    assert_eq!(file.status, 200, "{}", file.text);
}

#[tokio::test]
async fn large_definitions_are_taken_up_to_their_limit() {
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    let mut document = desk(&vendor, "/v1");
    document["stray"] = "x".repeat(6 << 20).into();
    let made = site.call("POST /elements", None, Some(document.clone())).await;
    assert_eq!(made.status, 200, "{}", &made.text[..200.min(made.text.len())]);
    let elsewhere = site.call("POST /elements/desk/models", None, Some(json!({"name": "x".repeat(5 << 20)}))).await;
    assert_eq!(elsewhere.status, 413);
    document["stray"] = "x".repeat(9 << 20).into();
    assert_eq!(site.call("PUT /elements/desk", None, Some(document)).await.status, 413);
}

/// Another process changes the element and is killed at once; this one, which had it in its cache, sees the change.
#[tokio::test]
async fn changes_of_a_process_that_is_killed_apply_to_the_next_call_of_another() {
    if let Some(path) = std::env::var_os(CHILD) {
        return change_and_wait(Path::new(&path)).await;
    }
    let vendor = Vendor::start(pages).await;
    let site = Site::open().await;
    site.ok("POST /elements", Some(desk(&vendor, "/v1"))).await;
    let token = site.connect("desk", json!({})).await;
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200);
    vendor.asked();
    let name = "defined::endpoints::changes_of_a_process_that_is_killed_apply_to_the_next_call_of_another";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, &site.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("changed")), "the process ended early");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(site.ok("GET /elements/desk", None).await["revision"], 2);
    assert_eq!(site.call("GET /tickets/all", Some(&token), None).await.status, 200);
    assert!(vendor.lines().iter().all(|line| line.contains("/of-the-other")), "the next call has the new definition");
    let site = site.reopen().await;
    assert_eq!(site.ok("GET /elements/desk", None).await["revision"], 2);
    drop(site.folder);
}

#[allow(clippy::print_stdout)] // read by the process that kills this one
async fn change_and_wait(path: &Path) {
    let site = Site { engine: engine(path).await, path: path.to_owned(), folder: None };
    let resources = site.ok("GET /elements/desk/resources", None).await;
    let mut resource = resources[0].clone();
    resource["vendorPath"] = json!("/of-the-other");
    site.ok(&format!("PUT /elements/desk/resources/{}", resource["id"]), Some(resource)).await;
    println!("changed");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn callbacks_may_go_to_a_path_of_the_element() {
    // Spec P 10.11.
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let body = json!([{"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"}]);
    let document = json!({"name": "Acme", "authentication": {"type": "none"}, "bulkDownloadEnabled": true,
        "configuration": [{"key": "base.url", "type": "TEXTFIELD_1000", "defaultValue": vendor.origin},
            {"key": "kind", "type": "COMBO", "options": [{"value": "a"}], "defaultValue": "a"}],
        "resources": [{"method": "GET", "path": "/items", "vendorPath": "/items"},
            {"method": "POST", "path": "/hubs/general/notes", "vendorPath": "/notes", "parameters": body}]});
    let site = Site::open().await;
    site.ok("POST /elements", Some(document)).await;
    let token = site.connect("acme", json!({})).await;
    let start = async |path: &str| {
        let job = json!({"objectName": "items", "format": "application/jsonl", "notificationUrl": path});
        site.call("POST /bulk/download", Some(&token), Some(job)).await
    };
    assert_eq!(start("/items").await.status, 400, "it cannot be posted to");
    vendor.asked();
    for path in ["/notes", "/hubs/general/notes"] {
        let started = start(path).await;
        assert_eq!(started.status, 200, "{}", started.text);
        let posted = async {
            loop {
                if let Some(posted) = vendor.asked().into_iter().find(|asked| asked.method == "POST") {
                    return posted;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let posted = tokio::time::timeout(Duration::from_secs(20), posted).await.expect("a callback");
        let body: Value = serde_json::from_slice(&posted.body).unwrap();
        assert_eq!((&*posted.path, &body["id"]), ("/notes", &started.body["id"]));
    }
    let items = site.call("GET /instances/configuration", Some(&token), None).await.body;
    let types: Vec<_> = items.as_array().unwrap().iter().map(|item| (&item["key"], &item["type"])).collect();
    assert!(types.contains(&(&json!("kind"), &json!("COMBO"))), "{items}");
}
