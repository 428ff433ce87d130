//! Files of a documents hub: up and down, of any length, as they arrive (spec E 5.8, 5.26, 5.30, 5.71, 5.72, 5.83).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use bytes::Bytes;
use elementkit::body::{self, Body};
use elementkit::{ErrorKind, HostedOptions, Platform};
use futures::StreamExt;
use futures::stream;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::{Vendor, World};
use crate::support;
use crate::support::process::{ran_alone, resident_mb};

const PREFIX: &str = "/elements/api-v2";
const MIB: u64 = 1 << 20;
/// Length of files that are not held in memory.
const LONG: u64 = 9 * MIB;
/// Growth of the process's memory, which includes the vendor's, in MB.
const GROWTH_MB: u64 = 24;

/// A vendor of documents.
#[derive(Clone, Default)]
struct Hub {
    /// The beginning of each body, up to its file.
    seen: Arc<Mutex<Vec<Seen>>>,
    received: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
    /// Whether a body ended before its end.
    broken: Arc<AtomicBool>,
    logins: Arc<AtomicU64>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    headers: HeaderMap,
    /// The bytes without those of the file.
    text: String,
    length: u64,
    hash: String,
}

/// Byte of which files consist.
const FILL: u8 = b'f';

async fn read(State(hub): State<Hub>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut seen = Seen { headers: parts.headers, ..Seen::default() };
    let (mut text, mut hash, mut body) = (Vec::new(), Sha256::new(), body.into_data_stream());
    while let Some(chunk) = body.next().await {
        let Ok(chunk) = chunk else {
            hub.broken.store(true, Ordering::SeqCst);
            break;
        };
        hub.received.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        seen.length += chunk.len() as u64;
        if seen.length < 64 * MIB {
            hash.update(&chunk);
        }
        if chunk.iter().any(|byte| *byte != FILL) {
            text.extend(chunk.iter().filter(|byte| **byte != FILL));
        }
    }
    seen.text = String::from_utf8_lossy(&text).into_owned();
    seen.hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let length = seen.length;
    hub.seen.lock().unwrap().push(seen);
    json_of(&json!({"length": length}))
}

fn json_of(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

/// Refuses the first login in the middle of a body.
async fn refuse(State(hub): State<Hub>, request: Request) -> Response {
    if request.headers()["x-session"] != "s-1" {
        return read(State(hub), request).await;
    }
    let mut body = request.into_body().into_data_stream();
    let _ = body.next().await;
    // A connection that is closed before the body is read may lose the answer.
    tokio::spawn(async move { while body.next().await.is_some() {} });
    (StatusCode::UNAUTHORIZED, json_of(&json!({"message": "expired"}))).into_response()
}

async fn stop(request: Request) -> Response {
    let mut body = request.into_body().into_data_stream();
    let _ = body.next().await;
    // The connection ends without an answer.
    panic!("the vendor stops");
}

async fn download(State(hub): State<Hub>, Path((length, kind)): Path<(u64, String)>) -> Response {
    let mut response = Response::new(axum::body::Body::from_stream(filled(length).map(move |chunk| {
        hub.sent.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(chunk)
    })));
    let headers = response.headers_mut();
    headers.insert("content-type", kind.replace('-', "/").parse().unwrap());
    headers.insert(
        "content-disposition",
        "attachment; filename=\"a \\\"b\\\".bin\"; filename*=UTF-8''%C3%BC".parse().unwrap(),
    );
    headers.insert("set-cookie", "a=b".parse().unwrap());
    headers.insert("x-own", "1".parse().unwrap());
    response
}

async fn cut(State(_): State<Hub>) -> Response {
    let gone = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(std::io::Error::other("gone"))
    };
    let parts = stream::iter([Ok(Bytes::from_static(b"part"))]).chain(stream::once(gone));
    let mut response = Response::new(axum::body::Body::from_stream(parts));
    response.headers_mut().insert("content-type", "image/png".parse().unwrap());
    response
}

/// A long text that is packed into a short body.
async fn bomb() -> Response {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"[").unwrap();
    for _ in 0..65 {
        packed.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    packed.write_all(b"]").unwrap();
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    (headers, packed.finish().unwrap()).into_response()
}

async fn login(State(hub): State<Hub>) -> Response {
    let number = hub.logins.fetch_add(1, Ordering::SeqCst) + 1;
    json_of(&json!({"session": format!("s-{number}")}))
}

fn parameter(kind: &str, name: &str, to: &str, vendor_name: &str) -> Value {
    json!({"name": name, "type": kind, "vendorName": vendor_name, "vendorType": to})
}

fn script(kind: &str, body: &str) -> Value {
    json!({"type": kind, "mimeType": "application/javascript", "body": body})
}

fn document() -> Value {
    let upload = |path: &str, parameters: Value| json!({"method": "POST", "path": path, "vendorPath": path, "parameters": parameters});
    let id = parameter("path", "id", "path", "id");
    let body = parameter("body", "body", "body", "body");
    json!({"hub": "documents", "authentication": {"type": "custom"},
        "configuration": [{"key": "session.id", "name": "Session", "type": "TEXTFIELD_128", "internal": true}],
        "parameters": [
            parameter("configuration", "session.id", "header", "X-Session"),
            // As most definitions have it (spec E 5.61).
            {"name": "application/json", "type": "value", "vendorName": "Content-Type", "vendorType": "header"}],
        "resources": [
            {"method": "POST", "path": "/login", "vendorPath": "/login", "type": "provisionAuthValidation", "parameters": [
                {"name": "session.id", "type": "configuration", "vendorName": "session", "vendorType": "bodyField", "source": "response"}]},
            upload("/files", json!([
                parameter("multipart", "file", "multipart", "content"), parameter("form", "title", "multipart", "name"),
                parameter("form", "folder", "query", "folder"),
                {"name": "tag", "type": "form", "vendorName": "tag", "vendorType": "multipart", "required": true}])),
            upload("/plain", json!([parameter("multipart", "file", "body", "body"), parameter("form", "folder", "query", "folder")])),
            upload("/forms", json!([body])),
            upload("/fields", json!([parameter("multipart", "file", "form", "file")])),
            {"method": "POST", "path": "/scripted", "vendorPath": "/scripted", "parameters": [body], "hooks": [
                script("preRequest", "done({request_vendor_headers: {'X-Seen': JSON.stringify([request_body, request_body_map])}})")]},
            {"method": "GET", "path": "/scripted/{id}", "vendorPath": "/download/{id}/image-png", "parameters": [id], "hooks": [
                script("postRequest", "if (response_body !== null) done({response_status_code: 418}); else done()")]},
            upload("/stops", json!([body])),
            upload("/refusals", json!([body])),
            {"method": "PUT", "path": "/files/{id}", "vendorPath": "/files/{id}", "parameters": [id, body]},
            {"method": "POST", "path": "/notes", "vendorPath": "/notes"},
            {"method": "GET", "path": "/files/{id}/{kind}", "vendorPath": "/download/{id}/{kind}", "parameters": [id,
                parameter("path", "kind", "path", "kind"), parameter("header", "x-own", "header", "x-own")]},
            {"method": "GET", "path": "/cut", "vendorPath": "/cut"},
            {"method": "GET", "path": "/bomb", "vendorPath": "/bomb"},
            {"method": "POST", "path": "/export/{id}", "vendorPath": "/download/{id}/image-png", "vendorMethod": "GET", "parameters": [id]}]})
}

async fn world() -> (World, Hub) {
    let hub = Hub::default();
    let router = Router::new()
        .route("/login", post(login))
        .route("/stops", post(stop))
        .route("/refusals", post(refuse))
        .route("/download/{length}/{kind}", get(download))
        .route("/cut", get(cut))
        .route("/bomb", get(bomb))
        .fallback(any(read))
        .with_state(hub.clone());
    let world = World::new(Vendor::over(router).await, document(), json!({})).await;
    (world, hub)
}

/// Returns so many bytes in chunks.
fn filled(length: u64) -> impl futures::Stream<Item = Bytes> + Send + 'static {
    static CHUNK: [u8; 64 << 10] = [FILL; 64 << 10];
    stream::unfold(length, |left| async move {
        let next = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK.len());
        (next > 0).then(|| (Bytes::from_static(&CHUNK[..next]), left - next as u64))
    })
}

fn hash_of(length: u64) -> String {
    let hash = Sha256::digest(vec![FILL; usize::try_from(length).unwrap()]);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A form with a long file.
struct Form {
    before: String,
    length: u64,
    after: String,
}

impl Form {
    fn new(before: &[(&str, &str)], length: u64, after: &[(&str, &str)]) -> Self {
        let field = |(name, value): &(&str, &str)| {
            format!("--zz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = "--zz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ü \\\"x\\\".bin\"\r\nContent-Type: image/png\r\n\r\n";
        Self {
            before: format!("{}{file}", before.iter().map(field).collect::<String>()),
            length,
            after: format!("\r\n{}--zz--\r\n", after.iter().map(field).collect::<String>()),
        }
    }

    fn body(self) -> Body {
        let Self { before, length, after } = self;
        let parts = stream::iter([Bytes::from(before)]).chain(filled(length)).chain(stream::iter([Bytes::from(after)]));
        body::stream(parts.map(Ok::<_, std::io::Error>))
    }
}

const FORM: &str = "multipart/form-data; boundary=zz";

async fn send(world: &World, line: &str, media_type: &str, body: Body) -> (u16, HeaderMap, String) {
    let (method, path) = line.split_once(' ').unwrap();
    let request = http::Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    let request = request.header("authorization", &world.token).header("content-type", media_type);
    let (parts, body) = world.engine.answer(request.body(body).unwrap()).await.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&text).into_owned())
}

fn message(text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    body["message"].as_str().unwrap_or_default().to_owned()
}

impl Hub {
    fn last(&self) -> Seen {
        self.seen.lock().unwrap().pop().expect("a request")
    }

    fn is_quiet(&self) -> bool {
        self.seen.lock().unwrap().is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_written_anew_around_a_file_of_any_length() {
    let (world, hub) = world().await;
    for length in [0, 10, MIB - 1, MIB, LONG] {
        let form =
            Form::new(&[("folder", "/a b")], length, &[("title", "t\"1"), ("tag", "x"), ("other", "y"), ("tag", "z")]);
        let folder = if length > MIB { "?folder=%2Fa%20b" } else { "" };
        let (status, _, text) = send(&world, "POST /files", FORM, form.body()).await;
        assert_eq!(status, 200, "{folder} {text}");
        let seen = hub.last();
        let media_type = seen.headers["content-type"].to_str().unwrap();
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let head = |name: &str, more: &str| {
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        };
        let file = head("content", "; filename=\"ü %22x%22.bin\"\r\nContent-Type: image/png");
        let expected = format!(
            "{file}{}\r\n{}t\"1\r\n{}x\r\n--{boundary}--\r\n",
            "f".repeat(usize::try_from(length).unwrap()),
            head("name", ""),
            head("tag", "")
        );
        assert_eq!(seen.length, expected.len() as u64, "{length}: {}", seen.text);
        let hash: String = Sha256::digest(&expected).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(seen.hash, hash, "{length}: {}", seen.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_passed_on_as_they_are() {
    let (world, hub) = world().await;
    for length in [10, LONG] {
        let chunks = || body::stream(filled(length).map(Ok::<_, std::io::Error>));
        let (status, _, text) = send(&world, "PUT /files/7", "application/pdf", chunks()).await;
        assert_eq!((status, &*text), (200, &*format!("{{\"length\":{length}}}")));
        let seen = hub.last();
        assert_eq!((seen.hash, &seen.headers["content-type"]), (hash_of(length), &"application/pdf".parse().unwrap()));
        // Spec E 5.30: a file becomes the body.
        let (status, _, text) = send(&world, "POST /plain", FORM, Form::new(&[], length, &[]).body()).await;
        assert_eq!(status, 200, "{text}");
        let seen = hub.last();
        assert_eq!((seen.hash, &seen.headers["content-type"]), (hash_of(length), &"image/png".parse().unwrap()));
        // The whole form becomes the body.
        let form = Form::new(&[("a", "1")], length, &[("b", "2")]);
        assert_eq!(send(&world, "POST /forms", FORM, form.body()).await.0, 200);
        let seen = hub.last();
        assert!(
            seen.text.contains("name=\"a\"\r\n\r\n1\r\n") && seen.text.contains("name=\"b\"\r\n\r\n2\r\n"),
            "{}",
            seen.text
        );
    }
    // A length that the caller announces is announced to the vendor, too.
    let whole = body::full(vec![FILL; usize::try_from(LONG).unwrap()]);
    assert_eq!(send(&world, "PUT /files/7", "application/pdf", whole).await.0, 200);
    let seen = hub.last();
    assert_eq!((seen.length, seen.headers["content-length"].to_str().unwrap()), (LONG, &*LONG.to_string()));
    assert!(!seen.headers.contains_key("transfer-encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_long_file_cannot_have_is_refused() {
    let (world, hub) = world().await;
    for (media_type, path) in [
        ("application/json", "/forms"),
        ("application/x-www-form-urlencoded", "/forms"),
        ("image/png", "/notes"),
        ("image/png", "/instances"),
    ] {
        let whole = body::full(vec![b' '; usize::try_from(LONG).unwrap()]);
        let (status, _, text) = send(&world, &format!("POST {path}"), media_type, whole).await;
        assert_eq!(status, 413, "{media_type} {path}: {text}");
    }
    assert!(hub.is_quiet());
    let refusals = [
        // The vendor is called already: its address has the folder.
        ("/files", Form::new(&[("tag", "x")], LONG, &[("folder", "/a")]), "The field folder must come before the file"),
        ("/plain", Form::new(&[], LONG, &[("folder", "/a")]), "The field folder must come before the file"),
        ("/files", Form::new(&[], LONG, &[("title", "x")]), "required parameter 'tag' not found"),
        ("/fields", Form::new(&[], LONG, &[]), "file is too long: it can be sent as a body or a part of one only"),
        ("/files", Form::new(&[("tag", &"x".repeat(2 << 20))], LONG, &[]), "The field tag is too long"),
        (
            "/files",
            Form { after: "\r\n--zz".to_owned(), ..Form::new(&[("tag", "x")], LONG, &[]) },
            "The multipart body cannot be read: failed to read stream",
        ),
        (
            "/files",
            Form {
                after: "\r\n--zz\r\nX: ".to_owned() + &"y".repeat(1 << 20),
                ..Form::new(&[("tag", "x")], LONG, &[])
            },
            "The head of a part is too long",
        ),
    ];
    for (path, form, expected) in refusals {
        let (status, _, text) = send(&world, &format!("POST {path}"), FORM, form.body()).await;
        let told = message(&text);
        assert_eq!(status, 400, "{expected}: {text}");
        assert!(told == expected || expected.contains("multipart") && told.starts_with("The multipart body"), "{told}");
        assert!(!text.contains("may have made"), "the vendor got no whole request: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_ends_the_request_of_the_vendor() {
    let (world, hub) = world().await;
    let first = stream::iter([Bytes::from(vec![FILL; 8 << 20])]).map(Ok);
    let gone = stream::once(async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Err(std::io::Error::other("gone"))
    });
    let (status, _, text) = send(&world, "PUT /files/7", "image/png", body::stream(first.chain(gone))).await;
    assert_eq!((status, &*message(&text)), (400, "The request body could not be read"));
    for _ in 0..100 {
        if hub.broken.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(hub.broken.load(Ordering::SeqCst), "the vendor learns that the body is cut off");
    // All places of the concurrency limit are free again.
    for _ in 0..6 {
        assert_eq!(send(&world, "PUT /files/7", "image/png", body::full("x")).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_was_sent_is_not_sent_again() {
    let (world, hub) = world().await;
    let long = || body::stream(filled(LONG).map(Ok::<_, std::io::Error>));
    assert_eq!(hub.logins.load(Ordering::SeqCst), 1);
    let (status, headers, text) = send(&world, "POST /refusals", "image/png", long()).await;
    assert_eq!(status, 503, "{text}");
    assert_eq!(headers["retry-after"], "1");
    let expected = "The vendor rejected the login while the body was sent. The login was renewed: send the call again";
    assert_eq!(message(&text), expected);
    assert!(!text.contains("may have made"), "{text}");
    let (status, _, text) = send(&world, "POST /refusals", "image/png", long()).await;
    assert_eq!((status, &*text), (200, &*format!("{{\"length\":{LONG}}}")));
    assert_eq!(hub.logins.load(Ordering::SeqCst), 2);
    // A body in memory is sent again by itself.
    hub.logins.store(0, Ordering::SeqCst);
    let (status, _, text) = send(&world, "POST /stops", "image/png", long()).await;
    assert_eq!(status, 502, "{text}");
    assert!(text.contains("may have made"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_down_with_their_names() {
    let (world, hub) = world().await;
    for path in ["/files/75497472/image-png", "/export/75497472"] {
        let method = if path.starts_with("/export") { "POST" } else { "GET" };
        let (status, headers, text) = send(&world, &format!("{method} {path}"), "image/png", body::empty()).await;
        assert_eq!((status, text.len() as u64), (200, 72 * MIB), "{path}");
        assert_eq!(headers["content-type"], "image/png");
        let name = "attachment; filename=\"a \\\"b\\\".bin\"; filename*=UTF-8''%C3%BC";
        assert_eq!(headers.get_all("content-disposition").iter().collect::<Vec<_>>(), [name]);
        assert!(!headers.contains_key("set-cookie") && !headers.contains_key("x-own"), "{headers:?}");
    }
    assert_eq!(send(&world, "GET /files/0/image-png", "image/png", body::empty()).await.0, 200);
    // What is read into memory has a limit (spec E 5.72), after decompression (spec E 5.93).
    for path in ["/files/75497472/application-json", "/files/75497472/text-plain", "/bomb"] {
        let (status, _, text) = send(&world, &format!("GET {path}"), "image/png", body::empty()).await;
        assert_eq!((status, &*message(&text)), (502, "The vendor's answer is too large"), "{path}");
    }
    // A vendor that stops in the middle.
    let request = http::Request::get(format!("{PREFIX}/cut")).header("authorization", &world.token);
    let answer = world.engine.answer(request.body(body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.into_body().collect().await.is_err());
    assert!(hub.is_quiet());
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_see_null_in_place_of_a_file() {
    // Spec E 5.71, 7.26.
    let (world, hub) = world().await;
    let chunks = body::stream(filled(LONG).map(Ok::<_, std::io::Error>));
    let (status, _, text) = send(&world, "POST /scripted", "image/png", chunks).await;
    assert_eq!(status, 200, "{text}");
    let seen = hub.last();
    assert_eq!((&*seen.hash, &seen.headers["x-seen"]), (&*hash_of(LONG), &"[null,null]".parse().unwrap()));
    let (status, headers, text) = send(&world, &format!("GET /scripted/{LONG}"), "image/png", body::empty()).await;
    assert_eq!((status, text.len() as u64, &headers["content-type"]), (200, LONG, &"image/png".parse().unwrap()));
    assert!(headers.contains_key("content-disposition"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_goes_up_and_down_in_flat_memory() {
    if ran_alone("defined::files::a_gibibyte_goes_up_and_down_in_flat_memory") {
        return;
    }
    const GIBIBYTE: u64 = 1 << 30;
    let (world, hub) = world().await;
    let long = |length| body::stream(filled(length).map(Ok::<_, std::io::Error>));
    assert_eq!(send(&world, "PUT /files/7", "image/png", long(LONG)).await.0, 200);
    assert_eq!(send(&world, "POST /plain", FORM, Form::new(&[], LONG, &[]).body()).await.0, 200);
    let before = resident_mb();
    let most = Arc::new(AtomicU64::new(0));
    let watch = {
        let most = Arc::clone(&most);
        tokio::spawn(async move {
            loop {
                most.fetch_max(resident_mb(), Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    let (status, _, text) = send(&world, "PUT /files/7", "image/png", long(GIBIBYTE)).await;
    assert_eq!((status, &*text), (200, &*format!("{{\"length\":{GIBIBYTE}}}")));
    let bytes = most.swap(0, Ordering::SeqCst);
    let form = Form::new(&[("folder", "/a")], GIBIBYTE, &[("tag", "x")]);
    let (status, _, text) = send(&world, "POST /files", FORM, form.body()).await;
    assert_eq!(status, 200, "{text}");
    let form = most.swap(0, Ordering::SeqCst);
    assert!(hub.last().length > GIBIBYTE);
    let request =
        http::Request::get(format!("{PREFIX}/files/{GIBIBYTE}/image-png")).header("authorization", &world.token);
    let mut answer = world.engine.answer(request.body(body::empty()).unwrap()).await;
    let mut read = 0;
    while let Some(frame) = answer.body_mut().frame().await {
        read += frame.unwrap().into_data().unwrap().len() as u64;
    }
    assert_eq!(read, GIBIBYTE);
    let down = most.load(Ordering::SeqCst);
    watch.abort();
    eprintln!("1 GiB: {before} MB before; at most {bytes} MB as bytes, {form} MB as a form, {down} MB down");
    assert!(bytes.max(form).max(down) < before + GROWTH_MB, "{before} MB grew to {bytes}, {form}, {down} MB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_engine_passes_files_on_for_clients() {
    let (world, hub) = world().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(elementkit::server::serve(world.engine.clone(), listener, std::future::pending()));
    let options = HostedOptions::new().base_url(&*origin).user(support::USER).organization(support::ORGANIZATION);
    let platform = Platform::hosted(options).unwrap();
    let instance = platform.instances().get(world.id).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, vec![FILL; usize::try_from(LONG).unwrap()]).unwrap();
    let form =
        elementkit::Form::new().field("folder", "/a").field("tag", "x").file("file", &path, "image/png").unwrap();
    instance.call(Method::POST, "files").form(form).send().await.unwrap();
    let seen = hub.last();
    assert!(seen.length > LONG && seen.text.contains("=\"a.bin\"\r\nContent-Type: image/png"), "{}", seen.text);
    instance.call(Method::PUT, "files/7").file("image/png", &path).send().await.unwrap();
    let seen = hub.last();
    assert_eq!((seen.hash, seen.headers["content-length"].to_str().unwrap()), (hash_of(LONG), &*LONG.to_string()));
    let chunks = filled(LONG).map(Ok::<_, std::io::Error>);
    instance.call(Method::PUT, "files/7").stream("image/png", None, chunks).send().await.unwrap();
    assert_eq!(hub.last().hash, hash_of(LONG));
    // A stream is not sent twice: the Element token is wrong, and would be fetched again.
    let stale = platform.instances().with_token("wrong");
    let chunks = filled(LONG).map(Ok::<_, std::io::Error>);
    let error = stale.call(Method::PUT, "files/7").stream("image/png", None, chunks).send().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    let down = instance.call(Method::GET, format!("files/{LONG}/image-png")).send().await.unwrap();
    assert_eq!(down.header("content-type"), Some("image/png"));
    let mut chunks = down.into_stream();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        length += chunk.unwrap().len() as u64;
    }
    assert_eq!(length, LONG);
    // A client that is killed in the middle.
    hub.broken.store(false, Ordering::SeqCst);
    let endless = stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![FILL; 8 << 20]))]).chain(stream::pending());
    let call = instance.call(Method::PUT, "files/7").stream("image/png", None, endless);
    assert!(tokio::time::timeout(Duration::from_millis(500), call.send()).await.is_err());
    for _ in 0..200 {
        if hub.broken.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(hub.broken.load(Ordering::SeqCst), "the vendor learns that the body is cut off");
}
