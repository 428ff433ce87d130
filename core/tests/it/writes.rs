//! Writes through the contract, over an element whose vendor has accounts: mappings in both directions, refusals and
//! failures of the vendor, and the calls of the client in both modes.

mod dry_runs;
mod ledger;
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use elementkit::engine::{Engine, EngineOptions};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, ErrorKind, HostedOptions, InstanceHandle, Platform, Record};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support;
use ledger::Ledger;
use vendor::{Fault, Vendor};

const PREFIX: &str = "/elements/api-v2";
const MAY_HAVE: &str = "The vendor may have made the change. Look before you send it again.";

fn options(folder: &TempDir, vendor: &Vendor) -> EngineOptions {
    let mut options = EngineOptions::new(folder.path().join("test.db"));
    options.elements.push(Arc::new(Ledger::new(700, "ledger")));
    options.vendor_urls.insert("ledger".to_owned(), vendor.origin.clone());
    options.bootstrap = support::bootstrap();
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    options
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns status, vendor's message and hint of a failure.
    fn failure(&self) -> (u16, Option<&str>, Option<&str>) {
        (self.status, self.body["providerMessage"].as_str(), self.body["hint"].as_str())
    }
}

struct World {
    engine: Engine,
    vendor: Vendor,
    /// Credentials with the token of an instance.
    token: String,
    id: i64,
    _folder: TempDir,
}

impl World {
    async fn new(change: impl FnOnce(&mut EngineOptions)) -> Self {
        let (vendor, folder) = (Vendor::start().await, tempfile::tempdir().unwrap());
        let mut options = options(&folder, &vendor);
        change(&mut options);
        let engine = Engine::open(options).await.unwrap();
        let mut world = Self { engine, vendor, token: String::new(), id: 0, _folder: folder };
        let body = json!({"element": {"key": "ledger"}, "name": "l", "configuration": {"ledger.key": "k"}});
        let instance = world.own("POST", "/instances", Some(body)).await;
        assert_eq!(instance.status, 200, "{}", instance.text);
        world.id = instance.body["id"].as_i64().unwrap();
        world.token = format!("User {}, Element {}", support::USER, instance.body["token"].as_str().unwrap());
        world.vendor.asked();
        world
    }

    async fn raw(&self, request: http::request::Builder, body: impl Into<bytes::Bytes>) -> Answer {
        let request = request.body(elementkit::body::full(body)).unwrap();
        let (parts, body) = self.engine.answer(request).await.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    /// Returns a request of the instance. Without a hub, accounts are those of the platform.
    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let hub = if path.starts_with("/accounts") { "/hubs/finance" } else { "" };
        Request::builder().method(method).uri(format!("{PREFIX}{hub}{path}")).header("authorization", &self.token)
    }

    /// Calls with the token of the instance.
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path);
        match body {
            Some(body) => self.raw(request.header("content-type", "application/json"), body.to_string()).await,
            None => self.raw(request, "").await,
        }
    }

    /// Calls with organization credentials.
    async fn own(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
        let request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
        let request = request.header("authorization", authorization).header("content-type", "application/json");
        self.raw(request, body.unwrap_or_default().to_string()).await
    }

    /// Defines a common resource and maps it to accounts.
    async fn map(&self, name: &str, definition: Value, transformation: Value) {
        let path = format!("/organizations/objects/{name}/definitions");
        let defined = self.own("POST", &path, Some(definition)).await;
        assert_eq!(defined.status, 200, "{}", defined.text);
        let path = format!("/organizations/elements/ledger/transformations/{name}");
        let mapped = self.own("POST", &path, Some(transformation)).await;
        assert_eq!(mapped.status, 200, "{}", mapped.text);
    }

    /// Returns the lines of the requests to the vendor since the last call.
    fn lines(&self) -> Vec<String> {
        self.vendor.asked().into_iter().map(|asked| asked.line).collect()
    }
}

#[tokio::test]
async fn records_are_created_read_replaced_updated_and_deleted() {
    let world = World::new(|_| {}).await;
    let created = world.call("POST", "/hubs/finance/accounts", Some(json!({"name": "Acme", "amount": 1.5}))).await;
    assert_eq!((created.status, &created.body), (200, &json!({"id": "a/1", "name": "Acme", "amount": 1.5})));
    assert_eq!(created.header("elements-element-instance-id"), Some(world.id.to_string().as_str()));
    assert_eq!(world.vendor.asked()[0].json(), json!({"name": "Acme", "amount": 1.5}));
    let path = "/accounts/a%2F1";
    assert_eq!(world.call("GET", path, None).await.body["name"], "Acme");
    let replaced = world.call("PUT", path, Some(json!({"name": "Acme Ltd", "note": null}))).await;
    assert_eq!((replaced.status, &replaced.body), (200, &json!({"id": "a/1", "name": "Acme Ltd"})));
    let updated = world.call("PATCH", path, Some(json!({"tags": [1, null]}))).await;
    assert_eq!(updated.body, json!({"id": "a/1", "name": "Acme Ltd", "tags": [1]}), "nulls are removed at every depth");
    let deleted = world.call("DELETE", path, None).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (200, ""));
    assert_eq!(world.call("GET", path, None).await.status, 404);
    let gone = world.call("DELETE", path, None).await;
    assert_eq!(gone.failure(), (404, Some("no account a/1"), None));
    let lines = ["GET", "PUT", "PATCH", "DELETE", "GET", "DELETE"].map(|method| format!("{method} /accounts/a%2F1"));
    assert_eq!(world.lines(), lines);
}

#[tokio::test]
async fn the_vendor_gets_what_was_sent() {
    let world = World::new(|_| {}).await;
    let exact = r#"{"name":"x","amount":12345678901234567890123.10,"b":1,"a":{"n":null}}"#;
    let request = world.request("POST", "/accounts?notify=false&other=1").header("content-type", "application/json");
    let created = world.raw(request, exact).await;
    let asked = world.vendor.asked();
    assert_eq!((asked[0].line.as_str(), asked[0].body.as_ref()), ("POST /accounts?notify=false", exact.as_bytes()));
    let warned = created.header("elements-error").unwrap();
    for part in ["accounts has no field b", "accounts has no field a", "other is not known"] {
        assert!(warned.contains(part), "{warned}");
    }
    // Of the headers, those that the resource declares.
    let request = world.request("PUT", "/accounts/a%2F1").header("content-type", "application/json");
    let request = request.header("if-match", "\"7\"").header("if-none-match", "*").header("cookie", "a=b");
    assert_eq!(world.raw(request, r#"{"name":"y"}"#).await.status, 200);
    let headers = &world.vendor.asked()[0].headers;
    assert_eq!(headers["if-match"], "\"7\"");
    assert!(["if-none-match", "cookie", "authorization"].iter().all(|name| !headers.contains_key(*name)));
}

#[tokio::test]
async fn nulls_stay_if_the_instance_wants_them() {
    let world = World::new(|_| {}).await;
    let body = json!({"configuration": {"filter.response.nulls": "false"}});
    assert_eq!(world.own("PATCH", &format!("/instances/{}", world.id), Some(body)).await.status, 200);
    let created = world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    assert_eq!(created.body["note"], Value::Null);
    assert!(created.text.contains(r#""note":null"#), "{}", created.text);
    let locked = world.call("LOCK", "/accounts/a%2F1", None).await;
    assert_eq!(locked.text, r#"{"locked":"a/1","by":null}"#);
}

#[tokio::test]
async fn other_verbs_paths_and_bodies_go_through() {
    let world = World::new(|_| {}).await;
    world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    let locked = world.call("LOCK", "/accounts/a%2F1", Some(json!({"by": "me"}))).await;
    assert_eq!((locked.status, locked.text.as_str()), (200, r#"{"locked":"a/1"}"#));
    let malformed = world.request("LOCK", "/accounts/a%2F1").header("content-type", "application/json");
    assert_eq!(world.raw(malformed, "{").await.status, 400);
    let logo = world.request("PUT", "/accounts/a%2F1/logo").header("content-type", "image/png; size=1");
    let stored = world.raw(logo, vec![0x89, 0, 255]).await;
    assert_eq!((stored.status, ledger::tag(&stored.headers)), (200, Some("\"l1\"")));
    assert!(stored.header("set-cookie").is_none() && stored.header("elements-total-count").is_none());
    let asked = world.vendor.asked();
    assert_eq!(asked.last().unwrap().headers["content-type"], "image/png; size=1");
    assert_eq!(asked.last().unwrap().body.as_ref(), [0x89, 0, 255]);
    let request = world.request("GET", "/accounts/a%2F1/logo").header("accept", "image/png");
    let read = world.raw(request, "").await;
    assert_eq!((read.status, read.header("content-type")), (200, Some("image/png; size=1")));
    assert_eq!(read.header("content-length"), None, "the platform's own transport frames the answer");
}

#[tokio::test]
async fn a_call_can_return_several_records() {
    let world = World::new(|_| {}).await;
    for name in ["x", "y", "x"] {
        world.call("POST", "/accounts", Some(json!({ "name": name }))).await;
    }
    let found = world.call("POST", "/searches", Some(json!({"name": "x"}))).await;
    assert_eq!(found.body, json!([{"id": "a/1", "name": "x"}, {"id": "a/3", "name": "x"}]));
    assert_eq!(found.header("elements-returned-count"), Some("2"));
    let none = world.call("POST", "/searches", Some(json!({"name": "z"}))).await;
    assert_eq!((none.text.as_str(), none.header("elements-returned-count")), ("[]", Some("0")));
}

#[tokio::test]
async fn a_trace_shows_the_write() {
    let world = World::new(|_| {}).await;
    let switched = world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
    assert_eq!(switched.status, 200, "{}", switched.text);
    world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    let refused = world.call("PUT", "/accounts/a%2F1", Some(json!({"name": "taken"}))).await;
    let path = format!("/elements/ledger/trace/{}", refused.header("elements-trace-id").unwrap());
    let trace = world.own("GET", &path, None).await.body;
    assert_eq!((&trace["method"], &trace["status"]), (&json!("PUT"), &json!(409)));
    let asked = &trace["vendorRequests"][0];
    assert_eq!((&asked["path"], &asked["status"]), (&json!("/accounts/a%2F1"), &json!(409)), "{trace}");
}

#[tokio::test]
async fn what_the_call_has_wrong_reaches_no_vendor() {
    let world = World::new(|_| {}).await;
    let typed = |kind: &'static str| world.request("POST", "/accounts").header("content-type", kind);
    for (request, body, status) in [
        (typed("text/plain"), "{}".to_owned(), 415),
        (typed("application/json"), "{".to_owned(), 400),
        (typed("application/json"), "[]".to_owned(), 400),
        (typed("application/json"), String::new(), 400),
        (typed("application/json"), "x".repeat((4 << 20) + 1), 413),
        (typed("application/json").header("accept", "image/png"), "{}".to_owned(), 406),
        (Request::builder().method("POST").uri(format!("{PREFIX}/hubs/finance/accounts")), "{}".to_owned(), 401),
    ] {
        let refused = world.raw(request, body).await;
        assert_eq!(refused.status, status, "{}", refused.text);
    }
    let wrong = world.call("PATCH", "/accounts", Some(json!({}))).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, POST")));
    let wrong = world.call("POST", "/accounts/1", Some(json!({}))).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, PUT, PATCH, DELETE, LOCK")));
    assert_eq!(world.own("DELETE", &format!("/instances/{}/enabled", world.id), None).await.status, 200);
    let disabled = world.call("DELETE", "/accounts/a%2F1", None).await;
    assert_eq!((disabled.status, &disabled.body["message"]), (403, &json!("The element instance is disabled")));
    assert!(world.vendor.asked().is_empty());
}

#[tokio::test]
async fn refusals_of_the_vendor_keep_their_meaning() {
    let world = World::new(|_| {}).await;
    let create = async |name: &str| world.call("POST", "/accounts", Some(json!({"title": 1, "name": name}))).await;
    assert_eq!(create("taken").await.failure(), (409, Some("name is taken"), None));
    let invalid = world.call("POST", "/accounts", Some(json!({}))).await;
    assert_eq!(invalid.failure(), (400, Some("name is missing"), None));
    for (status, expected, may_have) in [
        (401, 401, false),
        (403, 403, false),
        (406, 406, false),
        (418, 400, false),
        (429, 429, false),
        (500, 502, true),
        (503, 502, true),
    ] {
        world.vendor.asked();
        world.vendor.fail(Fault::Status(status));
        let refused = create("x").await;
        assert_eq!(refused.failure(), (expected, Some("told to"), may_have.then_some(MAY_HAVE)), "{status}");
        assert_eq!(world.lines().len(), 1, "{status} is not sent again");
        if status == 401 {
            let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
            assert_eq!(shown.body["valid"], false);
        }
    }
    world.vendor.fail(None);
    assert_eq!(create("x").await.status, 200);
    assert_eq!(world.own("GET", &format!("/instances/{}", world.id), None).await.body["valid"], true);
}

#[tokio::test]
async fn open_outcomes_are_told_and_nothing_is_sent_twice() {
    let world = World::new(|options| options.call_time_limit = Duration::from_millis(300)).await;
    let create = async || world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    for (fault, status) in [(Fault::Silence, 504), (Fault::Garbage, 502)] {
        world.vendor.fail(fault);
        let failed = create().await;
        assert_eq!((failed.status, failed.body["hint"].as_str()), (status, Some(MAY_HAVE)), "{fault:?}");
    }
    assert_eq!((world.lines().len(), world.vendor.names().len()), (2, 2));
    // A read leaves nothing open.
    world.vendor.fail(Fault::Silence);
    let read = world.call("GET", "/accounts/a%2F1/logo", None).await;
    assert_eq!((read.status, read.body.get("hint")), (504, None));
    // What reached no vendor was not carried out.
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world =
        World::new(|options| drop(options.vendor_urls.insert("ledger".into(), format!("http://{nowhere}")))).await;
    let failed = world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    assert_eq!((failed.status, failed.body.get("hint")), (502, None));
    assert_eq!(failed.header("elements-vendor-unreachable"), Some("true"));
}

#[tokio::test]
async fn a_write_goes_on_without_its_caller() {
    let world = World::new(|_| {}).await;
    world.vendor.fail(Fault::Status(401));
    world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    let valid = async || world.own("GET", &format!("/instances/{}", world.id), None).await.body["valid"].clone();
    assert_eq!(valid().await, false);
    world.vendor.fail(Fault::Late(Duration::from_millis(200)));
    let call = world.call("POST", "/accounts", Some(json!({"name": "late"})));
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    assert_eq!(world.lines().len(), 2, "the request is under way");
    for _ in 0..100 {
        if valid().await == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((valid().await, world.vendor.names()), (json!(true), vec!["\"late\"".to_owned()]));
}

#[tokio::test]
async fn a_write_that_the_end_of_the_engine_cuts_off_is_open() {
    let world = World::new(|_| {}).await;
    world.vendor.fail(Fault::Silence);
    let close = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.engine.close().await;
    };
    let (failed, ()) = tokio::join!(world.call("POST", "/accounts", Some(json!({"name": "x"}))), close);
    assert_eq!((failed.status, failed.body["hint"].as_str()), (503, Some(MAY_HAVE)), "{}", failed.text);
    assert_eq!(world.vendor.names(), ["\"x\""]);
}

#[tokio::test]
async fn mappings_apply_in_both_directions() {
    let world = World::new(|_| {}).await;
    let fields = json!([
        {"path": "key"}, {"path": "title"}, {"path": "money.amount", "type": "number"}, {"path": "since", "type": "date"},
        {"path": "secret"},
    ]);
    let field = |path: &str, vendor: &str| json!({"path": path, "vendorPath": vendor});
    let mut since = field("since", "opened");
    since["configuration"] =
        json!([{"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy", "vendorPattern": "yyyy-MM-dd"}}]);
    (since["type"], since["vendorType"]) = (json!("date"), json!("date"));
    let mut secret = field("secret", "note");
    secret["configuration"] = json!([{"type": "remove", "properties": {"toVendor": true}}]);
    let mut amount = field("money.amount", "amount");
    amount["vendorType"] = json!("number");
    let mapped = [field("key", "id"), field("title", "name"), amount, since, secret];
    let transformation = json!({"vendorName": "accounts", "fields": mapped});
    world.map("books", json!({ "fields": fields }), transformation).await;

    let book =
        json!({"title": "Acme", "money": {"amount": "2.5"}, "since": "24.12.2025", "secret": "s", "tags": ["t"]});
    let created = world.call("POST", "/books", Some(book)).await;
    let sent = json!({"tags": ["t"], "name": "Acme", "amount": 2.5, "opened": "2025-12-24"});
    assert_eq!(world.vendor.asked()[0].json(), sent, "{}", created.text);
    let shown = json!({"key": "a/1", "title": "Acme", "money": {"amount": 2.5}, "since": "24.12.2025", "tags": ["t"]});
    assert_eq!(created.body, shown);
    assert_eq!(created.header("elements-error"), None);
    assert_eq!(world.call("GET", "/hubs/finance/books/a%2F1", None).await.body, shown);
    let updated = world.call("PATCH", "/books/a%2F1", Some(json!({"title": "B", "name": "lost"}))).await;
    assert_eq!((updated.status, &updated.body["title"]), (200, &json!("B")));
    assert_eq!(world.vendor.asked().last().unwrap().json(), json!({"name": "B"}));
    let unknown = world.call("PUT", "/books/a%2F1", Some(json!({"title": "C", "titel": "D"}))).await;
    assert!(unknown.header("elements-error").unwrap().contains("books has no field titel"));
    assert_eq!(world.call("DELETE", "/books/a%2F1", None).await.status, 200);
    let wrong = world.call("LOCK", "/books/a%2F1", None).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, PUT, PATCH, DELETE")));
    assert_eq!(world.call("POST", "/nothing", Some(json!({}))).await.status, 404);
    // The long name of the object reaches it without a mapping.
    assert_eq!(world.call("POST", "/ledgerAccounts", Some(json!({"name": "x"}))).await.body["id"], "a/2");
}

#[tokio::test]
async fn a_definition_replaces_the_object_of_its_name() {
    let world = World::new(|_| {}).await;
    let fields = json!([{"path": "id"}, {"path": "title"}]);
    let mapped = json!([{"path": "id", "vendorPath": "id"}, {"path": "title", "vendorPath": "name"}]);
    let setting = json!([{"type": "passThrough", "properties": {"fromVendor": false, "toVendor": false}}]);
    let transformation = json!({"vendorName": "ledgerAccounts", "fields": mapped, "configuration": setting});
    world.map("accounts", json!({ "fields": fields }), transformation).await;
    let created = world.call("POST", "/accounts", Some(json!({"title": "x", "amount": 3}))).await;
    assert_eq!(created.body, json!({"id": "a/1", "title": "x"}));
    assert!(created.header("elements-error").unwrap().contains("accounts has no field amount"));
    assert_eq!(world.vendor.asked()[0].json(), json!({"name": "x"}), "what no field maps is not sent");
    let replaced = world.call("PUT", "/accounts/a%2F1", Some(json!({"title": "y"}))).await;
    assert_eq!(replaced.body, json!({"id": "a/1", "title": "y"}));
    // Neither the body nor the answer of another call is a record.
    assert_eq!(world.call("LOCK", "/accounts/a%2F1", None).await.body, json!({"locked": "a/1"}));
}

#[cfg(feature = "scripts")]
#[tokio::test]
async fn scripts_run_in_both_directions() {
    let world = World::new(|_| {}).await;
    let body = "if (fromVendor) { transformedObject.seen = originalObject.name; } \
                else { transformedObject.name = transformedObject.name + '!'; \
                       if (originalObject.title === 'drop') { done(null); } \
                       if (originalObject.title === 'text') { done('x'); } \
                       if (originalObject.title === 'throw') { throw new Error('no'); } } \
                done(transformedObject);";
    let script = json!({"body": body, "mimeType": "application/javascript", "filterEmptyResponse": true});
    let fields = json!([{"path": "title", "vendorPath": "name"}]);
    let transformation = json!({"vendorName": "accounts", "fields": fields, "script": script});
    world.map("books", json!({"fields": [{"path": "title"}]}), transformation).await;
    let created = world.call("POST", "/books", Some(json!({"title": "x", "any": 1}))).await;
    assert_eq!(created.body, json!({"id": "a/1", "title": "x!", "seen": "x!"}), "{}", created.text);
    assert_eq!(created.header("elements-error"), None, "the fields of scripts are unknown");
    assert_eq!(world.vendor.asked()[0].json(), json!({"any": 1, "name": "x!"}));
    for (title, status) in [("drop", 400), ("text", 500), ("throw", 500)] {
        let refused = world.call("POST", "/books", Some(json!({ "title": title }))).await;
        assert_eq!(refused.status, status, "{}", refused.text);
        assert_ne!(refused.body["hint"], MAY_HAVE);
    }
    assert!(world.vendor.asked().is_empty());
    // A script that fails on the answer does not undo the write.
    let script = json!({"body": "if (fromVendor) { throw new Error('no'); } done(transformedObject);"});
    let transformation = json!({"vendorName": "accounts", "fields": fields, "script": script});
    world.map("others", json!({"fields": [{"path": "title"}]}), transformation).await;
    let failed = world.call("POST", "/others", Some(json!({"title": "y"}))).await;
    assert_eq!(failed.status, 500);
    let hint = "The vendor made the change. Correct the script or mapping that the message names.";
    assert_eq!(failed.body["hint"], hint, "{}", failed.text);
    assert_eq!(world.vendor.names(), ["\"x!\"", "\"y\""]);
}

#[tokio::test]
async fn the_catalogue_and_the_documents_show_the_verbs() {
    let world = World::new(|_| {}).await;
    let metadata = world.own("GET", "/elements/ledger/metadata", None).await.body;
    assert_eq!(metadata["resources"][0]["operations"], json!(["GET", "POST", "PUT", "PATCH", "DELETE", "LOCK"]));
    let fields = world.call("GET", "/objects/accounts/metadata", None).await.body["fields"].clone();
    let methods = |request: bool| {
        let verb = |name: &str, request: bool| json!({"name": name, "response": true, "request": request});
        json!([verb("GET", false), verb("POST", request), verb("PUT", request), verb("PATCH", request)])
    };
    for (position, read_only) in [(0, true), (1, false)] {
        let field = &fields[position];
        assert_eq!((&field["vendorReadOnly"], &field["method"]), (&json!(read_only), &methods(!read_only)), "{field}");
    }
    let fields = json!([{"path": "title", "vendorPath": "name"}]);
    let setting = json!([{"type": "addToDocumentation"}]);
    let transformation = json!({"vendorName": "accounts", "fields": fields, "configuration": setting});
    world.map("books", json!({"fields": [{"path": "title"}]}), transformation).await;
    let fields = world.call("GET", "/objects/books/metadata", None).await.body["fields"].clone();
    assert_eq!((&fields[0]["vendorPath"], &fields[0]["vendorReadOnly"]), (&json!("title"), &json!(false)));

    let docs = world.own("GET", &format!("/instances/{}/docs", world.id), None).await.body;
    let paths = &docs["paths"];
    // Without a hub, this path is the platform's own.
    let of_element = |path: &str| &paths[&format!("/hubs/finance/accounts{path}")];
    let create = &of_element("")["post"];
    let body = create["parameters"].as_array().unwrap().iter().find(|parameter| parameter["in"] == "body").unwrap();
    assert_eq!(body["schema"]["$ref"], "#/definitions/ledgerAccounts");
    assert_eq!(create["responses"]["200"]["schema"]["$ref"], "#/definitions/ledgerAccounts");
    let replace = of_element("/{accountId}")["put"]["parameters"].as_array().unwrap();
    assert!(replace.iter().any(|parameter| parameter["name"] == "If-Match" && parameter["in"] == "header"));
    assert!(of_element("/{accountId}")["delete"]["responses"]["200"].get("schema").is_none());
    assert_eq!(of_element("/{accountId}/logo")["get"]["produces"], json!(["*/*"]));
    assert_eq!(paths["/books"]["post"]["responses"]["200"]["schema"]["$ref"], "#/definitions/books");
    for verb in ["get", "put", "patch", "delete"] {
        assert!(paths["/books/{accountId}"][verb].is_object(), "{verb}");
    }
    let request = Request::builder().uri("/openapi.json");
    let openapi = world.raw(request, "").await.body;
    let paths = &openapi["paths"];
    let create = &paths[&format!("{PREFIX}/hubs/{{hub}}/accounts")]["post"];
    assert_eq!(paths[&format!("{PREFIX}/accounts")]["post"]["operationId"], "postAccounts", "the platform's own");
    let schema = |part: &Value| part["content"]["application/json"]["schema"]["$ref"].clone();
    assert_eq!(schema(&create["requestBody"]), "#/components/schemas/ledgerAccounts");
    assert_eq!(schema(&create["responses"]["200"]), "#/components/schemas/ledgerAccounts");
    assert!(paths[&format!("{PREFIX}/{{commonResource}}/{{commonRecordId}}")]["patch"].is_object());
    let logo = &paths[&format!("{PREFIX}/hubs/{{hub}}/accounts/{{accountId}}/logo")]["put"];
    assert!(logo["requestBody"]["content"]["*/*"].is_object(), "{logo}");
    let mut ids = std::collections::BTreeSet::new();
    for operation in paths.as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        assert!(ids.insert(operation["operationId"].to_string()), "{} occurs twice", operation["operationId"]);
    }
}

#[tokio::test]
async fn a_call_of_two_elements_takes_the_records_of_both() {
    let world = World::new(|options| options.elements.push(Arc::new(Ledger::new(701, "other")))).await;
    let openapi = world.raw(Request::builder().uri("/openapi.json"), "").await.body;
    let create = &openapi["paths"][&format!("{PREFIX}/hubs/{{hub}}/accounts")]["post"];
    for part in [&create["requestBody"], &create["responses"]["200"]] {
        let choices = part["content"]["application/json"]["schema"]["anyOf"].as_array().unwrap().iter();
        let names: Vec<_> = choices.map(|choice| choice["$ref"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            ["ledgerAccounts", "other_ledgerAccounts"].map(|name| format!("#/components/schemas/{name}"))
        );
    }
    let docs = world.own("GET", "/docs/finance", None).await.body;
    assert!(docs["paths"]["/accounts"]["post"].is_object());
}

#[tokio::test]
async fn hidden_writes_do_not_exist() {
    let world = World::new(|options| options.published_only = true).await;
    world.call("POST", "/accounts", Some(json!({"name": "x"}))).await;
    world.vendor.asked();
    assert_eq!(world.call("GET", "/accounts/a%2F1/logo", None).await.status, 404);
    assert!(world.vendor.asked().is_empty());
}

/// Returns the same instance embedded and hosted.
async fn clients(world: &World) -> [InstanceHandle; 2] {
    let mut embedded = EmbeddedOptions::new(world._folder.path().join("test.db"));
    *embedded.engine_mut() = options(&world._folder, &world.vendor);
    let embedded = Platform::embedded(embedded).await.unwrap();
    let url = support::serve(world.engine.clone()).await;
    let hosted = HostedOptions::new().base_url(url).user(support::USER).organization(support::ORGANIZATION);
    let mut handles = Vec::new();
    for platform in [embedded, Platform::hosted(hosted).unwrap()] {
        let configuration = [("ledger.key".to_owned(), "k".to_owned())].into();
        let name = format!("client {}", handles.len());
        let new = NewInstance { element: "ledger".to_owned(), name, configuration, ..NewInstance::default() };
        handles.push(platform.instances().create(&new).await.unwrap());
    }
    handles.try_into().unwrap()
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Account {
    #[serde(skip_serializing)]
    id: String,
    name: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_write_in_both_modes() {
    let world = World::new(|_| {}).await;
    for instance in clients(&world).await {
        let accounts = instance.records("accounts");
        let created = accounts.create(&Account { id: String::new(), name: "x".to_owned() }).await.unwrap();
        let account: Account = created.record().unwrap().unwrap();
        assert!(created.warnings().is_empty() && created.request_id().is_some());
        assert_eq!(account.name, "x");
        let replaced = accounts.replace(&account.id, &json!({"name": "y", "nmae": 1})).await.unwrap();
        assert_eq!(replaced.record::<Record>().unwrap().unwrap()["name"], "y");
        assert_eq!(replaced.warnings()[0].suggestion.as_deref(), Some("name"));
        let updated = accounts.update(&account.id, &json!({"amount": 2})).await.unwrap();
        assert_eq!(updated.record::<Value>().unwrap().unwrap()["amount"], 2.0);
        let path = format!("accounts/{}", account.id.replace('/', "%2F"));
        let lock = instance.call(Method::from_bytes(b"LOCK").unwrap(), &path).json(&json!({"by": "me"}));
        let locked: Value = lock.send().await.unwrap().json().await.unwrap();
        assert_eq!(locked["locked"], account.id.as_str());
        let logo = instance.call(Method::PUT, format!("{path}/logo")).body("image/png", vec![1, 2]);
        assert_eq!(logo.send().await.unwrap().header("etag"), Some("\"l1\""));
        let logo = instance.call(Method::GET, format!("{path}/logo")).send().await.unwrap();
        assert_eq!(logo.bytes().await.unwrap().as_ref(), [1, 2]);
        accounts.delete(&account.id).await.unwrap();
        let gone = accounts.delete(&account.id).await.unwrap_err();
        let message = format!("no account {}", account.id);
        assert_eq!((gone.kind(), gone.info().provider_message.as_deref()), (ErrorKind::NotFound, Some(&*message)));
        world.vendor.asked();
        for id in ["", ".", ".."] {
            assert_eq!(accounts.delete(id).await.unwrap_err().kind(), ErrorKind::Config);
        }
        let conflict = accounts.create(&json!({"name": "taken"})).await.unwrap_err();
        assert_eq!(conflict.kind(), ErrorKind::Conflict);
        let other = instance.records("accounts/1/logo").create(&json!({})).await.unwrap_err();
        assert_eq!((other.kind(), other.status()), (ErrorKind::InvalidRequest, Some(405)));
        let token = instance.call(Method::GET, "accounts").element("t").send().await.unwrap_err();
        assert_eq!(token.kind(), ErrorKind::Config);
        assert_eq!(world.lines(), ["POST /accounts"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_send_a_write_once() {
    let world = World::new(|_| {}).await;
    for instance in clients(&world).await {
        world.vendor.asked();
        world.vendor.fail(Fault::Status(503));
        let failed = instance.records("accounts").create(&json!({"name": "x"})).await.unwrap_err();
        assert_eq!((failed.kind(), failed.info().hint.as_deref()), (ErrorKind::Vendor, Some(MAY_HAVE)));
        assert_eq!(world.lines(), ["POST /accounts"]);
        world.vendor.fail(Fault::Silence);
        let hasty = instance.with_timeout(Duration::from_millis(150));
        let failed = hasty.records("accounts").create(&json!({"name": "x"})).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Timeout);
        assert!(failed.info().hint.as_deref().unwrap().starts_with("The change may have been made"));
        let failed = hasty.call(Method::DELETE, "accounts/1").send().await.unwrap_err();
        assert!(failed.info().hint.as_deref().unwrap().starts_with("The change may have been made"));
        assert_eq!(world.lines(), ["POST /accounts", "DELETE /accounts/1"]);
        world.vendor.fail(None);
    }
}
