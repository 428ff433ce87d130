//! An engine with one defined element, and a vendor that a closure plays.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use elementkit::elements::definition::DefinedElement;
use elementkit::engine::{Engine, EngineOptions, Workers};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support;

const PREFIX: &str = "/elements/api-v2";
/// File with the document of the element.
pub const DOCUMENT: &str = "element.json";

/// A request that the vendor received.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    /// Path and query as they were sent.
    pub raw: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// Method, path and decoded query in one line.
    pub fn line(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("{} {}{query}", self.method, self.path)
    }
}

/// An answer of the vendor.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub body: Bytes,
}

impl Reply {
    pub fn json(body: Value) -> Self {
        Self::status(200, body)
    }

    /// No answer: the connection ends after the request was received.
    pub fn none() -> Self {
        Self { status: 0, headers: Vec::new(), body: Bytes::new() }
    }

    pub fn status(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json".to_owned())],
            body: body.to_string().into(),
        }
    }

    pub fn of(media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), media_type.to_owned())], body: body.into() }
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.headers.push((name.into(), value.to_owned()));
        self
    }
}

type Play = Box<dyn FnMut(&Asked) -> Reply + Send>;

#[derive(Clone)]
pub struct Vendor {
    play: Arc<Mutex<Play>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub origin: String,
}

impl Vendor {
    pub async fn start(play: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let vendor = Self { play: Arc::new(Mutex::new(Box::new(play))), asked: Arc::default(), origin };
        let router = axum::Router::new().fallback(serve).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    /// Returns a vendor that these routes play.
    pub async fn over(router: axum::Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let unused: Play = Box::new(|_| Reply::status(404, Value::Null));
        Self { play: Arc::new(Mutex::new(unused)), asked: Arc::default(), origin }
    }

    /// Plays otherwise from now on.
    pub fn play(&self, play: impl FnMut(&Asked) -> Reply + Send + 'static) {
        *self.play.lock().unwrap() = Box::new(play);
    }

    /// Returns the requests since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Returns the lines of the requests since the last call.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

async fn serve(State(vendor): State<Vendor>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let raw = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let asked = Asked { method, path: uri.path().to_owned(), raw, query, headers, body };
    vendor.asked.lock().unwrap().push(asked.clone());
    let Reply { status, headers, body } = (vendor.play.lock().unwrap())(&asked);
    // The task of the connection ends with it.
    assert_ne!(status, 0, "no answer is wanted");
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

/// Returns an answer of a vendor with this body.
pub fn json_answer(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

/// An answer of the platform.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the token of the next page.
    pub fn next(&self) -> Option<&str> {
        self.header("elements-next-page-token")
    }

    /// Returns a member of each record.
    pub fn each(&self, member: &str) -> Vec<Value> {
        self.body.as_array().map(|all| all.iter().map(|one| one[member].clone()).collect()).unwrap_or_default()
    }
}

pub struct World {
    pub engine: Engine,
    pub vendor: Vendor,
    /// Key of the element.
    key: String,
    /// Credentials with the token of the instance.
    pub token: String,
    pub id: i64,
    pub folder: TempDir,
}

/// Returns a definition whose base address is the vendor's.
pub fn definition(vendor: &Vendor, mut document: Value) -> Value {
    let base = json!({"key": "base.url", "name": "Base", "type": "TEXTFIELD_1000", "defaultValue": vendor.origin});
    match document["configuration"].as_array_mut() {
        Some(entries) => entries.push(base),
        None => document["configuration"] = json!([base]),
    }
    if document.get("name").is_none() {
        document["name"] = json!("Acme");
    }
    if document.get("key").is_none() {
        document["key"] = json!("acme");
    }
    document
}

impl World {
    /// Opens an engine with a defined element, and makes no instance.
    pub async fn bare(vendor: Vendor, document: Value) -> Self {
        Self::with(vendor, document, Workers::Auto).await
    }

    /// Opens an engine whose jobs run in this way.
    pub async fn with(vendor: Vendor, document: Value, workers: Workers) -> Self {
        Self::bare_with(vendor, document, |options| options.workers = workers).await
    }

    /// Opens an engine with other options.
    pub async fn bare_with(vendor: Vendor, document: Value, change: impl FnOnce(&mut EngineOptions)) -> Self {
        Self::within(tempfile::tempdir().unwrap(), vendor, document, change).await
    }

    /// Opens an engine on another disk.
    #[cfg(target_os = "linux")]
    pub async fn on(disk: &Path, vendor: Vendor, document: Value) -> Self {
        Self::within(tempfile::tempdir_in(disk).unwrap(), vendor, document, |_| {}).await
    }

    async fn within(folder: TempDir, vendor: Vendor, document: Value, change: impl FnOnce(&mut EngineOptions)) -> Self {
        let document = definition(&vendor, document);
        let key = document["key"].as_str().unwrap().to_owned();
        std::fs::write(folder.path().join(DOCUMENT), document.to_string()).unwrap();
        let mut options = options(folder.path(), Workers::Auto);
        change(&mut options);
        let engine = Engine::open(options).await.unwrap();
        Self { engine, vendor, key, token: String::new(), id: 0, folder }
    }

    /// Opens an engine with a defined element and an instance of it.
    pub async fn new(vendor: Vendor, document: Value, configuration: Value) -> Self {
        let mut world = Self::bare(vendor, document).await;
        let answer = world.create(json!({"configuration": configuration})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        world
    }

    /// Creates the instance.
    pub async fn create(&mut self, mut body: Value) -> Answer {
        body["element"] = json!({"key": self.key});
        body["name"] = json!("one");
        let answer = self.own("POST", "/instances", Some(body)).await;
        if answer.status == 200 {
            self.token = format!("User {}, Element {}", support::USER, answer.body["token"].as_str().unwrap());
            self.id = answer.body["id"].as_i64().unwrap();
        }
        answer
    }

    /// Calls with organization credentials.
    pub async fn own(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
        let headers = [("authorization", &*authorization), ("content-type", "application/json")];
        self.send(method, path, &headers, body.map(|body| body.to_string().into())).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let headers = [("authorization", &*self.token), ("content-type", "application/json")];
        self.send(method, path, &headers, body.map(|body| body.to_string().into())).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("authorization", &self.token)], None).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Bytes>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(elementkit::body::empty, elementkit::body::full);
        let (parts, body) = self.engine.answer(request.body(body).unwrap()).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    /// Starts an upload. Returns the answer.
    pub async fn upload(&self, object: &str, file: &[u8], meta_data: Value) -> Answer {
        let part = |name: &str, content: &[u8]| {
            let file_name = if name == "file" { "; filename=\"x\"" } else { "" };
            let head = format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
            [head.as_bytes(), content, b"\r\n"].concat()
        };
        let body = [part("file", file), part("metaData", meta_data.to_string().as_bytes()), b"--limit--\r\n".to_vec()];
        let headers = [("authorization", &*self.token), ("content-type", "multipart/form-data; boundary=limit")];
        self.send("POST", &format!("/bulk/{object}"), &headers, Some(body.concat().into())).await
    }

    /// Starts an upload. Returns its id.
    pub async fn uploading(&self, object: &str, file: &[u8], meta_data: Value) -> String {
        let started = self.upload(object, file, meta_data).await;
        assert_eq!(started.status, 200, "{}", started.text);
        assert_eq!(started.body["status"], "CREATED");
        started.body["id"].as_str().unwrap().to_owned()
    }

    /// Runs an upload to its end. Returns its id and its status.
    pub async fn uploaded(&self, object: &str, file: &[u8], meta_data: Value) -> (String, Value) {
        let id = self.uploading(object, file, meta_data).await;
        let status = self.ended(&id, object, "application/jsonl").await.0;
        (id, status)
    }

    /// Opens another engine in the folder.
    pub async fn again(self) -> Self {
        let engine = Engine::open(options(self.folder.path(), Workers::Auto)).await.unwrap();
        Self { engine, ..self }
    }

    /// Starts a bulk job. Returns its id.
    pub async fn start(&self, statement: &str, more: &str) -> String {
        let path = format!("/bulk/query?q={}{more}", encoded(statement));
        let started = self.call("POST", &path, None).await;
        assert_eq!(started.status, 200, "{}", started.text);
        started.body["id"].as_str().unwrap().to_owned()
    }

    /// Runs a bulk job to its end. Returns its status and its file.
    pub async fn bulk(&self, statement: &str, more: &str, accept: &str) -> (Value, Answer) {
        let id = self.start(statement, more).await;
        let object = statement.split_whitespace().skip_while(|word| *word != "from").nth(1).unwrap();
        self.ended(&id, object, accept).await
    }

    /// Waits for the end of a bulk job. Returns its status and its file.
    pub async fn ended(&self, id: &str, object: &str, accept: &str) -> (Value, Answer) {
        let status = loop {
            let status = self.get(&format!("/bulk/{id}/status")).await.body;
            if ["COMPLETED", "ABORTED", "CANCELLED"].contains(&status["status"].as_str().unwrap_or_default()) {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let headers = [("authorization", &*self.token), ("accept", accept)];
        let file = self.send("GET", &format!("/bulk/{id}/{object}"), &headers, None).await;
        (status, file)
    }
}

/// Returns the options of an engine in a folder that has the document of the element.
pub fn options(folder: &Path, workers: Workers) -> EngineOptions {
    let document: Value = serde_json::from_slice(&std::fs::read(folder.join(DOCUMENT)).unwrap()).unwrap();
    let mut options = EngineOptions::new(folder.join("test.db"));
    options.elements.push(DefinedElement::new(800, "", &document).unwrap());
    options.bootstrap = support::bootstrap();
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    // Short, so that the next process need not wait long for the job of a dead one.
    options.lease = Duration::from_millis(400);
    options.workers = workers;
    options
}

/// Escapes a value for a query.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
