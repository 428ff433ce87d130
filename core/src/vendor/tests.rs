//! Calls against a server on this machine that responds as each test asks.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

use super::counts::CallCounts;
use super::network::Network;
use super::*;
use crate::auth::Secret;
use crate::error::Result as Outcome;
use crate::http_client::HttpOptions;

mod guarded;
mod streams;
mod uploads;

type Test = std::result::Result<(), Box<dyn std::error::Error>>;

/// A server that responds to the request with this number, from 0, and this head; without a response it breaks the
/// connection.
struct Server {
    url: Url,
    heads: Arc<Mutex<Vec<String>>>,
    /// Lets a response to `/held` go.
    release: Arc<Notify>,
}

impl Server {
    async fn start(
        respond: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
    ) -> std::result::Result<Self, Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let heads = Arc::new(Mutex::new(Vec::new()));
        let release = Arc::new(Notify::new());
        let (seen, respond, gate) = (Arc::clone(&heads), Arc::new(respond), Arc::clone(&release));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, respond, gate) = (Arc::clone(&seen), Arc::clone(&respond), Arc::clone(&gate));
                tokio::spawn(async move { serve(stream, &seen, &gate, &*respond).await });
            }
        });
        Ok(Self { url, heads, release })
    }

    /// Returns the heads of the requests so far.
    fn heads(&self) -> Vec<String> {
        self.heads.lock().map(|heads| heads.clone()).unwrap_or_default()
    }

    /// Returns paths and queries of the requests so far.
    fn paths(&self) -> Vec<String> {
        self.heads().iter().filter_map(|head| Some(head.split(' ').nth(1)?.to_owned())).collect()
    }

    fn get(&self, path: &str) -> VendorRequest {
        VendorRequest::get(self.at(path), "/operation")
    }

    fn post(&self, path: &str) -> VendorRequest {
        VendorRequest { method: Method::POST, ..self.get(path) }
    }

    fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap_or_else(|_| self.url.clone())
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    gate: &Notify,
    respond: &(dyn Fn(usize, &str) -> Option<String> + Send + Sync),
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let number = seen.lock().ok().map(|mut seen| {
        seen.push(head.clone());
        seen.len() - 1
    })?;
    if head.contains(" /held ") {
        gate.notified().await;
    }
    stream.write_all(respond(number, &head)?.as_bytes()).await.ok()
}

/// Returns a response with more header lines.
fn response(status: u16, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"))
}

fn ok() -> Option<String> {
    response(200, "", "fine")
}

/// Reads a text. `{"bad"}` is malformed; the number of records is the length.
struct Text;

impl Decode<String> for Text {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        match headers.contains_key("x-refused") {
            true => Err(VendorError::answered(VendorErrorKind::BadRequest, status.as_u16(), "refused by its head")),
            false => Ok(()),
        }
    }

    fn decode(&self, answer: VendorAnswer) -> Result<String, VendorError> {
        let status = answer.status.as_u16();
        let kind = match status {
            200..=399 if *answer.body == *b"bad" => VendorErrorKind::MalformedResponse,
            200..=399 => return Ok(String::from_utf8_lossy(&answer.body).into_owned()),
            401 => VendorErrorKind::Unauthorized,
            429 => VendorErrorKind::Throttled,
            500.. => VendorErrorKind::Unavailable,
            _ => VendorErrorKind::BadRequest,
        };
        let error = VendorError::answered(kind, status, String::from_utf8_lossy(&answer.body));
        Err(VendorError { retry_after: crate::moment::retry_after(&answer.headers), ..error })
    }

    fn explain(&self, error: VendorError) -> VendorError {
        VendorError { code: Some("Explained".to_owned()), ..error }
    }

    fn records(&self, value: &String) -> Option<usize> {
        Some(value.len())
    }
}

fn client(change: impl FnOnce(&mut VendorLimits)) -> Outcome<VendorClient> {
    let retry = VendorRetry { base: Duration::from_millis(1), ..VendorRetry::default() };
    let mut limits = VendorLimits { retry, ..VendorLimits::default() };
    change(&mut limits);
    let options = HttpOptions { proxy: crate::http_client::Proxy::None, ..HttpOptions::default() };
    Ok(VendorClient::new(Network::new(&options, true)?, limits, Arc::new(CallCounts::default())))
}

/// Makes a call without a context.
async fn read(client: &VendorClient, request: VendorRequest) -> Result<String, VendorError> {
    client.call(&Context::default(), request, Repeat::Always, &Text).await
}

/// Authorizes by a token that is the generation. A request for `/slow` waits for the login.
#[derive(Default)]
struct Login {
    generation: AtomicU64,
    renewals: AtomicUsize,
    login: Option<(VendorClient, VendorRequest)>,
    gate: Notify,
}

impl Authorize for Login {
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>> {
        async move {
            if request.url.path() == "/slow" {
                self.gate.notified().await;
            }
            if let Some((client, login)) = &self.login {
                client.call(&Context::default(), login.clone(), Repeat::Always, &Text).await?;
            }
            let generation = self.generation.load(Ordering::SeqCst);
            request.url.query_pairs_mut().append_pair("token", &generation.to_string());
            Ok(Generation(generation))
        }
        .boxed()
    }

    fn renew<'a>(&'a self, refused: Generation) -> BoxFuture<'a, Result<bool, VendorError>> {
        async move {
            self.renewals.fetch_add(1, Ordering::SeqCst);
            Ok(self.generation.compare_exchange(refused.0, refused.0 + 1, Ordering::SeqCst, Ordering::SeqCst).is_ok())
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_slow_authorization_holds_no_place() -> Test {
    let server = Server::start(|_, _| ok()).await?;
    let login = Arc::new(Login::default());
    let client = client(|limits| limits.concurrency = 1)?.authorized_by(Arc::clone(&login) as Arc<dyn Authorize>);
    let slow = tokio::spawn({
        let (client, request) = (client.clone(), server.get("/slow"));
        async move { read(&client, request).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let call = read(&client, server.get("/fast"));
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), call).await??, "fine");
    login.gate.notify_one();
    assert_eq!(slow.await??, "fine");
    Ok(())
}

#[tokio::test]
async fn a_login_takes_no_place() -> Test {
    let server = Server::start(|_, _| ok()).await?;
    let client = client(|limits| limits.concurrency = 1)?;
    let held = tokio::spawn({
        let (client, request) = (client.clone(), server.get("/held"));
        async move { read(&client, request).await }
    });
    while server.heads().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let waits = read(&client, server.get("/waits"));
    assert!(tokio::time::timeout(Duration::from_millis(100), waits).await.is_err());
    let login = client.for_login();
    let login = read(&login, server.get("/login"));
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), login).await??, "fine");
    server.release.notify_one();
    assert_eq!(held.await??, "fine");
    assert_eq!(server.paths(), ["/held", "/login"]);
    Ok(())
}

#[tokio::test]
async fn rejected_credentials_are_renewed_once() -> Test {
    let server = Server::start(|_, head| match head.contains("token=1") && !head.contains("/never") {
        true => ok(),
        false => response(401, "", "no"),
    });
    let server = server.await?;
    let login = Arc::new(Login::default());
    let client = client(|_| {})?.authorized_by(Arc::clone(&login) as Arc<dyn Authorize>);
    // A change is repeated too, since the vendor did not make it.
    let post = client.call(&Context::default(), server.post("/a"), Repeat::IfNotSent, &Text).await?;
    assert_eq!((post.as_str(), server.paths()), ("fine", vec!["/a?token=0".to_owned(), "/a?token=1".to_owned()]));
    let error = read(&client, server.get("/never")).await.unwrap_err();
    assert_eq!((error.kind, server.paths().len()), (VendorErrorKind::Unauthorized, 4));
    assert_eq!(login.renewals.load(Ordering::SeqCst), 2);
    let fixed = client.authorized_by(Arc::new(FixedHeader::basic(&"1".into(), &"hush".into())?));
    let error = read(&fixed, server.get("/fixed")).await.unwrap_err();
    assert_eq!((error.kind, server.paths().len()), (VendorErrorKind::Unauthorized, 5));
    Ok(())
}

#[tokio::test]
async fn the_failure_of_a_login_ends_the_call() -> Test {
    let server = Server::start(|_, _| response(503, "", "closed")).await?;
    let client = client(|limits| limits.retry.attempts = 2)?;
    let login = Login { login: Some((client.for_login(), server.get("/login"))), ..Login::default() };
    let client = client.authorized_by(Arc::new(login));
    let error = read(&client, server.get("/a")).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (VendorErrorKind::Unavailable, Some("Explained")));
    assert_eq!(server.paths(), ["/login", "/login"], "the login's own attempts only");
    Ok(())
}

#[tokio::test]
async fn what_may_have_been_sent_is_repeated_only_by_reads() -> Test {
    let unavailable = Server::start(|_, _| response(503, "", "closed")).await?;
    let broken = Server::start(|_, _| None).await?;
    let cut = Server::start(|_, _| Some("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nfin".to_owned())).await?;
    let client = client(|_| {})?;
    for (server, reached) in [(&unavailable, Reached::Answered), (&broken, Reached::Unknown), (&cut, Reached::Answered)]
    {
        for (request, attempts) in [(server.post("/a"), 1), (server.get("/a"), 4)] {
            let calls = Arc::new(AtomicU64::new(0));
            let (cx, repeat) = (Context::default().counted(Arc::clone(&calls)), Repeat::of(&request.method));
            let error = client.call(&cx, request, repeat, &Text).await.unwrap_err();
            assert_eq!((error.reached, calls.load(Ordering::SeqCst)), (reached, attempts), "{error} {repeat:?}");
        }
    }
    // Nothing listens here any more.
    let nowhere = format!("http://{}", TcpListener::bind("127.0.0.1:0").await?.local_addr()?);
    let request = VendorRequest { method: Method::POST, ..VendorRequest::get(Url::parse(&nowhere)?, "/operation") };
    let calls = Arc::new(AtomicU64::new(0));
    let cx = Context::default().counted(Arc::clone(&calls));
    let error = client.call(&cx, request, Repeat::IfNotSent, &Text).await.unwrap_err();
    assert_eq!((error.reached, calls.load(Ordering::SeqCst)), (Reached::No, 4), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_requested_three_times() -> Test {
    let server = Server::start(|_, head| match head.contains("/head") {
        true => response(200, "X-Refused: yes\r\n", "bad"),
        false => response(200, "", "bad"),
    });
    let server = server.await?;
    let client = client(|_| {})?;
    let error = read(&client, server.get("/a")).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (VendorErrorKind::MalformedResponse, Some("Explained")));
    assert_eq!(server.paths().len(), 3);
    let error = read(&client, server.get("/head")).await.unwrap_err();
    assert_eq!((error.message.as_deref(), server.paths().len()), (Some("refused by its head"), 4));
    Ok(())
}

#[tokio::test]
async fn a_body_has_a_limit_and_that_of_a_failure_too() -> Test {
    let server = Server::start(|_, head| match head.contains("/fails") {
        true => response(400, "", &"x".repeat(11)),
        false => response(200, "", &"x".repeat(21)),
    });
    let server = server.await?;
    let client = client(|limits| (limits.body_bytes, limits.error_bytes, limits.retry.attempts) = (20, 10, 1))?;
    let error = read(&client, server.get("/a")).await.unwrap_err();
    assert_eq!(error.kind, VendorErrorKind::MalformedResponse);
    assert_eq!(error.message.as_deref(), Some("the page is longer than 20 bytes"));
    let error = read(&client, server.get("/fails")).await.unwrap_err();
    assert_eq!((error.status, error.message.as_deref()), (Some(400), Some("")));
    Ok(())
}

#[tokio::test]
async fn a_trace_and_a_count_follow_into_a_task_without_credentials() -> Test {
    let server = Server::start(|number, _| if number == 0 { response(400, "", "no") } else { ok() }).await?;
    let client = client(|_| {})?.authorized_by(Arc::new(Login::default()));
    let (trace, calls) = (Arc::new(VendorTrace::default()), Arc::new(AtomicU64::new(0)));
    let cx = Context::default().traced(Arc::clone(&trace)).counted(Arc::clone(&calls));
    for path in ["/a?b=c", "/d"] {
        let (client, cx, request) = (client.clone(), cx.clone(), server.get(path));
        let _ = tokio::spawn(async move { client.call(&cx, request, Repeat::Always, &Text).await }).await?;
    }
    let traced: Vec<_> =
        trace.take().into_iter().map(|call| (call.path, call.status, call.records, call.error)).collect();
    let failed = ("/a?b=c".to_owned(), Some(400), None, Some("BadRequest: no".to_owned()));
    assert_eq!(traced, [failed, ("/d".to_owned(), Some(200), Some(4), None)]);
    assert_eq!((calls.load(Ordering::SeqCst), trace.take().len()), (2, 0));
    Ok(())
}

#[tokio::test]
async fn redirects_stay_within_their_origin_and_are_authorized_anew() -> Test {
    let foreign = Server::start(|_, _| ok()).await?;
    let away = foreign.at("/stolen").to_string();
    let server = Server::start(move |_, head| match head.split(' ').nth(1).unwrap_or_default() {
        path if path.starts_with("/away") => response(307, &format!("Location: {away}\r\n"), ""),
        path if path.starts_with("/round") => response(302, "Location: /round\r\n", ""),
        path if path.starts_with("/from") => response(301, "Location: to\r\n", ""),
        _ => ok(),
    });
    let server = server.await?;
    let client = client(|limits| limits.retry.attempts = 1)?;
    let login = client.authorized_by(Arc::new(Login::default()));
    let cx = Context::default();
    assert_eq!(login.call(&cx, server.get("/from"), Repeat::Always, &Text).await?, "fine");
    assert_eq!(server.paths(), ["/from?token=0", "/to?token=0"]);
    let header = HeaderName::from_static("x-key");
    let client = client.authorized_by(Arc::new(FixedHeader::new(header, &Secret::new("hush"))?));
    assert_eq!(client.call(&cx, server.get("/from"), Repeat::Always, &Text).await?, "fine");
    assert!(server.heads().iter().skip(2).all(|head| head.contains("x-key: hush")), "{:?}", server.heads());
    let error = client.call(&cx, server.get("/away"), Repeat::Always, &Text).await.unwrap_err();
    assert_eq!((error.status, error.message.as_deref()), (Some(307), Some("redirected to another host")));
    assert_eq!(foreign.heads(), Vec::<String>::new());
    let before = server.paths().len();
    let error = client.call(&cx, server.get("/round"), Repeat::Always, &Text).await.unwrap_err();
    assert_eq!((error.message.as_deref(), server.paths().len() - before), (Some("redirected too often"), 4));
    // Only reads are redirected.
    let before = server.paths().len();
    assert_eq!(client.call(&cx, server.post("/from"), Repeat::IfNotSent, &Text).await?, "");
    assert_eq!(server.paths().len() - before, 1);
    Ok(())
}

#[tokio::test]
async fn a_pause_holds_for_all_callers_of_its_origin_whatever_authorizes_them() -> Test {
    let server = Server::start(|number, _| match number {
        0 => response(429, "Retry-After: 1\r\n", "slower"),
        _ => ok(),
    });
    let (server, other) = (server.await?, Server::start(|_, _| ok()).await?);
    let client = client(|_| {})?;
    let impatient = Context::default().without_pauses(Duration::ZERO);
    let error = client.call(&impatient, server.get("/a"), Repeat::Always, &Text).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (VendorErrorKind::Throttled, Some(Duration::from_secs(1))));
    let renamed = client.authorized_by(Arc::new(Login::default()));
    let error = renamed.call(&impatient, server.get("/b"), Repeat::Always, &Text).await.unwrap_err();
    assert_eq!((error.kind, error.reached), (VendorErrorKind::Throttled, Reached::Answered));
    assert!(error.retry_after.is_some_and(|wait| wait <= Duration::from_secs(1)));
    let late = Context::default().until(Instant::now() + Duration::from_millis(10));
    assert!(renamed.call(&late, server.get("/c"), Repeat::Always, &Text).await.is_err());
    assert_eq!(server.paths(), ["/a"]);
    assert_eq!(client.call(&impatient, other.get("/a"), Repeat::Always, &Text).await?, "fine");
    let started = Instant::now();
    assert_eq!(read(&renamed, server.get("/d")).await?, "fine");
    assert!(started.elapsed() > Duration::from_millis(500));
    Ok(())
}

#[tokio::test]
async fn no_credentials_are_printed() -> Test {
    let fixed = FixedHeader::basic(&"user".into(), &"hush".into())?;
    let mut request = VendorRequest::get(Url::parse("https://vendor.example/a?key=hush")?, "/operation");
    fixed.authorize(&mut request).await?;
    let sent = request.headers.get(AUTHORIZATION).ok_or("no header")?.clone();
    assert_eq!(sent, "Basic dXNlcjpodXNo");
    let client = client(|_| {})?.authorized_by(Arc::new(fixed.clone()));
    let printed = format!("{fixed:?} {request:?} {sent:?} {client:?} {:?}", request.headers);
    assert!(!printed.contains("hush") && !printed.contains("dXNlcjpodXNo"), "{printed}");
    assert!(FixedHeader::basic(&"a:b".into(), &"hush".into()).is_err());
    assert!(FixedHeader::new(AUTHORIZATION, &"a\nb".into()).is_err());
    Ok(())
}

#[test]
fn base_urls_are_https_or_of_this_machine() {
    for (text, right) in [
        ("https://vendor.example", true),
        ("http://localhost:8080", true),
        ("http://127.0.0.1", true),
        ("http://vendor.example", false),
        ("ftp://vendor.example", false),
        ("vendor", false),
    ] {
        assert_eq!(read_base_url(text).is_ok(), right, "{text}");
    }
}
