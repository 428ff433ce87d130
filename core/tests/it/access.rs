//! Every route × every caller without access. Two organizations against each other are in `isolation.rs`.

use elementkit::engine::{Engine, EngineOptions};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use crate::support;
use crate::support::subject::{Simulated, Subject, with_elements};

const PREFIX: &str = "/elements/api-v2";
const REFUSED: &str = "Invalid Organization or User secret, or invalid Element token provided.";

struct Answer {
    status: u16,
    body: Value,
    text: String,
}

async fn call(engine: &Engine, method: &str, path: &str, authorization: Option<&str>, body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(elementkit::body::empty, |body| elementkit::body::full(body.to_string()));
    let (parts, body) = engine.answer(request.body(body).unwrap()).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status.as_u16(), body: serde_json::from_str(&text).unwrap_or_default(), text }
}

/// A method of a path, from the document that is generated from the route table.
struct Route {
    method: String,
    path: String,
    /// Documented requirement.
    needs: String,
}

/// Returns the requirement of an operation of the OpenAPI document.
fn needs(security: &Value) -> &'static str {
    let ways = security.as_array().unwrap();
    let has = |name: &str| ways.iter().any(|way| way.get(name).is_some());
    match () {
        () if ways.iter().all(|way| way.as_object().unwrap().is_empty()) || ways.contains(&serde_json::json!({})) => {
            "No credentials"
        }
        () if has("session") => "A session token",
        () if has("userAndOrganization") => "User and Organization",
        () => "User and Element",
    }
}

/// Returns every method of every path, with well-formed values for names in braces.
fn routes(subject: Subject) -> Vec<Route> {
    let document = Engine::openapi();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // The server's own endpoints require nothing.
            let Some(path) = path.strip_prefix(PREFIX) else { continue };
            let needs = needs(&operation["security"]).to_owned();
            found.push(Route { method: method.to_uppercase(), path: filled(subject, path), needs });
        }
    }
    assert!(found.len() > 150, "{} verbs", found.len());
    found
}

fn filled(subject: Subject, path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        None => part.to_owned(),
        Some("hub" | "key") => subject.hub().to_owned(),
        Some("keyOrId") => subject.key().to_owned(),
        Some(name) if name.to_lowercase().ends_with("id") => "1001".to_owned(),
        Some(_) => "channels".to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

struct World {
    subject: Subject,
    simulator: Simulated,
    folder: tempfile::TempDir,
    engine: Engine,
}

async fn world(subject: Subject) -> World {
    let simulator = subject.start(100).await;
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    let engine = Engine::open(with_elements(options)).await.unwrap();
    World { subject, simulator, folder, engine }
}

fn by_organization() -> String {
    format!("User {}, Organization {}", support::USER, support::ORGANIZATION)
}

fn by_token(token: &str) -> String {
    format!("User {}, Element {token}", support::USER)
}

impl World {
    async fn instance(&self) -> (i64, String) {
        let configuration = self.subject.configuration(&self.simulator.url());
        let configuration: Map<String, Value> =
            configuration.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
        let body = json!({"element": {"key": self.subject.key()}, "name": "x", "configuration": configuration});
        let made = call(&self.engine, "POST", "/instances", Some(&by_organization()), Some(&body)).await;
        assert_eq!(made.status, 200, "{}", made.text);
        (made.body["id"].as_i64().unwrap(), made.body["token"].as_str().unwrap().to_owned())
    }

    /// Changes the database directly, where the contract has no call for it.
    async fn sql(&self, sql: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.path().join("test.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// Checks that every route with a requirement rejects these credentials, with the same message.
    async fn all_refuse(&self, who: &str, authorization: Option<&str>) {
        let mut refused = 0;
        for route in routes(self.subject) {
            if matches!(route.needs.as_str(), "No credentials") {
                continue;
            }
            let body = (route.method != "GET").then(|| json!({}));
            let answer = call(&self.engine, &route.method, &route.path, authorization, body.as_ref()).await;
            let Route { method, path, .. } = &route;
            assert_eq!(answer.status, 401, "{who}: {method} {path}: {}", answer.text);
            if route.needs != "A session token" {
                assert_eq!(answer.body["message"], REFUSED, "{who}: {method} {path}");
            }
            assert!(answer.body.get("providerMessage").is_none());
            refused += 1;
        }
        eprintln!("{who}: {refused} verbs refuse");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_without_valid_credentials_are_refused() {
    all_without_valid_credentials_are_refused(Subject::Brighttalk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_another_element_without_valid_credentials_are_refused() {
    all_without_valid_credentials_are_refused(Subject::Testbed).await;
}

async fn all_without_valid_credentials_are_refused(subject: Subject) {
    let world = world(subject).await;
    let list = format!("/hubs/{}/{}", subject.hub(), subject.list());
    let (id, token) = world.instance().await;
    world.all_refuse("nobody", None).await;
    let (user, organization) = (support::USER, support::ORGANIZATION);
    for (who, header) in [
        ("no pair", "User".to_owned()),
        ("another scheme", format!("Basic {user}")),
        ("an unknown user", format!("User nobody, Organization {organization}, Element {token}")),
        ("the user secret in other letters", format!("User {}, Organization {organization}", user.to_uppercase())),
        ("an unknown organization", format!("User {user}, Organization nowhere, Element {token}")),
        ("no user", format!("Organization {organization}, Element {token}")),
        ("the user alone", format!("User {user}")),
        ("secrets in each other's place", format!("User {organization}, Organization {user}, Element {token}")),
        ("a session that never was", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
        ("a header that is too long", format!("User {}", "x".repeat(100_000))),
    ] {
        world.all_refuse(who, Some(&header)).await;
    }

    // A token gives access to the instance's own resources while it exists.
    let own = |answer: &Answer| answer.status == 200;
    assert!(own(&call(&world.engine, "GET", &list, Some(&by_token(&token)), None).await));
    assert_eq!(call(&world.engine, "GET", &list, Some(&by_token("nothing")), None).await.status, 401);
    let gone = call(&world.engine, "DELETE", &format!("/instances/{id}"), Some(&by_organization()), None).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let mut refused = 0;
    for route in routes(subject).into_iter().filter(|route| route.needs == "User and Element") {
        let body = (route.method != "GET").then(|| json!({}));
        let answer = call(&world.engine, &route.method, &route.path, Some(&by_token(&token)), body.as_ref()).await;
        assert_eq!(answer.status, 401, "deleted: {} {}: {}", route.method, route.path, answer.text);
        refused += 1;
    }
    eprintln!("the token of a deleted instance: {refused} verbs refuse");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn differing_authorization_headers_are_refused() {
    let world = world(Subject::Brighttalk).await;
    for (second, status) in [(by_organization(), 200), ("User nobody, Organization nowhere".to_owned(), 401)] {
        for headers in [[by_organization(), second.clone()], [second.clone(), by_organization()]] {
            let request = Request::builder().uri(format!("{PREFIX}/instances/count"));
            let request = headers.iter().fold(request, |request, header| request.header("authorization", header));
            let answer = world.engine.answer(request.body(elementkit::body::empty()).unwrap()).await;
            assert_eq!(answer.status().as_u16(), status, "{second}");
        }
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_instances_and_deactivated_users_are_refused() {
    let world = world(Subject::Brighttalk).await;
    let (id, token) = world.instance().await;
    let path = format!("/instances/{id}/enabled");
    let answer = call(&world.engine, "DELETE", &path, Some(&by_organization()), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for path in [
        "/channels",
        "/hubs/marketing/channels",
        "/channels/1001/contacts",
        "/ping",
        "/hubs/marketing/channels/1001/webcasts",
        "/contacts",
    ] {
        let answer = call(&world.engine, "GET", path, Some(&by_token(&token)), None).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    let query = "/bulk/query?q=select%20*%20from%20channels";
    assert_eq!(call(&world.engine, "POST", query, Some(&by_token(&token)), None).await.status, 403);
    let both = format!("{}, Element {token}", by_organization());
    for (what, on, off) in [
        ("a deactivated user", "UPDATE users SET active = 0", "UPDATE users SET active = 1"),
        ("a deactivated account", "UPDATE accounts SET active = 0", "UPDATE accounts SET active = 1"),
    ] {
        world.sql(on).await;
        world.all_refuse(what, Some(&both)).await;
        world.sql(off).await;
    }
    assert_eq!(call(&world.engine, "GET", "/instances", Some(&by_organization()), None).await.status, 200);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_tokens_and_jobs_stay_with_their_instance() {
    for subject in Subject::ALL {
        stay_with_their_instance(subject).await;
    }
}

async fn stay_with_their_instance(subject: Subject) {
    let world = world(subject).await;
    let ((_, first), (_, second)) = (world.instance().await, world.instance().await);
    let list = format!("/hubs/{}/{}?pageSize=5", subject.hub(), subject.list());
    let list = list.as_str();
    let other = subject.choose("/channels/1002/contacts?pageSize=5", "/notes?pageSize=5");
    let request = Request::builder().uri(format!("{PREFIX}{list}")).header("authorization", by_token(&first));
    let answer = world.engine.answer(request.body(elementkit::body::empty()).unwrap()).await;
    let page = answer.headers()["elements-next-page-token"].to_str().unwrap().to_owned();
    let read = async |token: &str, list: &str, page: &str| {
        call(&world.engine, "GET", &format!("{list}&nextPage={page}"), Some(&by_token(token)), None).await.status
    };
    assert_eq!(read(&first, list, &page).await, 200);
    assert_eq!(read(&second, list, &page).await, 400, "of another instance");
    assert_eq!(read(&first, other, &page).await, 400, "of another list");
    assert_eq!(read(&first, &format!("{list}&where=id%3D1"), &page).await, 400, "of other conditions");
    // Any change of any character invalidates it.
    for at in (0..page.len()).step_by(7) {
        let mut forged = page.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(read(&first, list, &forged).await, 400, "character {at}");
    }
    let object = subject.object();
    let query = format!("/bulk/query?q=select%20*%20from%20{object}");
    let start = call(&world.engine, "POST", &query, Some(&by_token(&first)), None).await;
    let job = start.body["id"].as_str().unwrap().to_owned();
    for (method, what) in
        [("GET", "status"), ("GET", "errors"), ("GET", "report"), ("GET", object), ("PUT", "cancel"), ("PUT", "resume")]
    {
        let path = format!("/bulk/{job}/{what}");
        assert_eq!(call(&world.engine, method, &path, Some(&by_token(&second)), None).await.status, 404, "{what}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn path_parameters_reach_no_other_path() {
    let world = world(Subject::Brighttalk).await;
    let (_, token) = world.instance().await;
    for part in [
        "..%2F..%2Ftest.db",
        "%2e%2e",
        "..",
        "%00",
        "1001%2F..%2F1002",
        "x%0d%0aSet-Cookie:%20a=b",
        "%ff",
        "'%20OR%201=1--",
    ] {
        for path in [
            format!("/channels/{part}/contacts"),
            format!("/bulk/{part}/status"),
            format!("/bulk/{part}/channels"),
            format!("/instances/{part}"),
            format!("/elements/{part}/metadata"),
            format!("/objects/{part}/metadata"),
        ] {
            let both = format!("{}, Element {token}", by_organization());
            let answer = call(&world.engine, "GET", &path, Some(&both), None).await;
            assert!(matches!(answer.status, 400 | 404 | 405), "{path}: {} {}", answer.status, answer.text);
            assert!(!answer.text.contains("SQLite") && !answer.text.contains("test.db"), "{path}: {}", answer.text);
        }
    }
    // A requested file name is only a name, and cannot end the header.
    let meta = json!({"fileName": "../../etc/passwd\"; x=\"\r\nSet-Cookie: a=b"}).to_string();
    let body = format!("metaData={}", url::form_urlencoded::byte_serialize(meta.as_bytes()).collect::<String>());
    let request = Request::post(format!("{PREFIX}/bulk/query?q=select%20id%20from%20channels"))
        .header("authorization", by_token(&token))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(elementkit::body::full(body))
        .unwrap();
    let answer = world.engine.answer(request).await;
    if answer.status() == 200 {
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let job = serde_json::from_slice::<Value>(&bytes).unwrap()["id"].as_str().unwrap().to_owned();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let header = loop {
            let request =
                Request::get(format!("{PREFIX}/bulk/{job}/channels")).header("authorization", by_token(&token));
            let answer = world.engine.answer(request.body(elementkit::body::empty()).unwrap()).await;
            if answer.status() == 200 || std::time::Instant::now() > deadline {
                break answer.headers()["content-disposition"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let name = header.to_str().unwrap().strip_prefix("attachment; filename=\"").unwrap().to_owned();
        assert!(!name.trim_end_matches('"').contains(['"', '/', '\\', '\r', '\n']), "{name}");
    } else {
        assert_eq!(answer.status(), 400);
    }
    world.engine.close().await;
}
