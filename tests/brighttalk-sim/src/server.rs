//! The HTTP server: authentication, faults, admin paths, bodies.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, RETRY_AFTER,
};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::fault::{Cut, ErrorBody, Fault, Faults, RetryAfterForm, Rule, Seen};
use crate::handler::{Asked, Reader, Twist, document};
use crate::journal::{Entry, Journal};
use crate::population::Population;
use crate::records::{Writer, error_document};
use crate::stats::Stats;
use crate::xml::Xml;

/// A running simulator; it stops when it is dropped.
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    config: Config,
    world: Population,
    faults: Faults,
    journal: Journal,
}

impl Simulator {
    /// Starts one on a port of its own.
    ///
    /// # Errors
    /// When the address cannot be bound or the file of faults cannot be read.
    pub async fn start(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let faults = Faults::default();
        if let Some(path) = &config.faults {
            faults.add(rules(&std::fs::read(path)?).map_err(io::Error::other)?);
        }
        let world = Population::new(&config);
        let shared = Arc::new(Shared { world, faults, journal: Journal::default(), config });
        let stop = CancellationToken::new();
        let app = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let server = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(server.into_future());
        Ok(Self { address, shared, stop })
    }

    /// The origin of the vendor API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of records of every list.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.shared.world)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Entry> {
        self.shared.journal.since(0)
    }

    /// Adds one fault rule or an array of them (spec BT 3.5).
    ///
    /// # Errors
    /// What is wrong with a rule.
    pub fn add_faults(&self, rules_json: &Value) -> Result<Vec<u64>, String> {
        Ok(self.shared.faults.add(rules(rules_json.to_string().as_bytes())?))
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults.remove(None);
    }

    /// Waits until it is dropped or stopped from outside.
    pub async fn run(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn rules(text: &[u8]) -> Result<Vec<Rule>, String> {
    let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let rules = if value.is_array() { value } else { json!([value]) };
    serde_json::from_value(rules).map_err(|error| error.to_string())
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match path.strip_prefix("/__sim/").filter(|_| shared.config.admin) {
        Some(what) => admin(&shared, what, request).await,
        None => vendor(&shared, &path, &request),
    }
}

/// An answer of the vendor in the making.
struct Draft {
    status: u16,
    content_type: &'static str,
    headers: Vec<(String, String)>,
    body: String,
}

impl Draft {
    fn new(status: u16, body: String) -> Self {
        Self { status, content_type: "application/xml;charset=UTF-8", headers: Vec::new(), body }
    }
}

fn vendor(shared: &Shared, path: &str, request: &Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let key = key_of(shared, request.headers());
    let reader = Reader { world: &shared.world, config: &shared.config, second_key: key == Some(1), query: &query };
    let asked = if key.is_some() { Some(reader.read(path)) } else { None };
    let page = match &asked {
        Some(Ok(Asked::Page(page))) if !shared.faults.is_empty() => Some(page.number(&shared.world)),
        _ => None,
    };
    let names = [shared.config.api_key.as_str(), "2"];
    let seen = Seen { path, query: &query, key: key.map(|key| names[key]), page };
    let hit = shared.faults.hit(shared.world.seed, &seen);
    let fault = hit.as_ref().map(|(_, fault)| fault);
    let origin = origin(shared, request.headers());
    let draft = match (refused(fault), asked) {
        (Some(draft), _) => draft,
        _ if !matches!(*request.method(), Method::GET | Method::HEAD) => Draft::new(405, String::new()),
        (_, None) => {
            let challenge = ("www-authenticate".to_owned(), "Basic realm=\"BrightTALK API\"".to_owned());
            Draft { headers: vec![challenge], ..Draft::new(401, String::new()) }
        }
        (_, Some(Err(refusal))) => Draft::new(refusal.status, refusal.body()),
        (_, Some(Ok(asked))) => {
            let quirks = shared.config.quirks;
            let writer = Writer { world: &shared.world, origin: &origin, quirks, expand: false, out: Xml::default() };
            Draft::new(200, document(writer, &asked, &twist(fault)))
        }
    };
    shared.journal.add(entry(request, &draft, key.is_some(), hit.as_ref().map(|(id, _)| *id)));
    send(shared, request, draft, fault)
}

/// The answer of faults that need no document.
fn refused(fault: Option<&Fault>) -> Option<Draft> {
    match fault? {
        Fault::Status { status, code, message, body, headers } => {
            let code = code.as_deref().unwrap_or("InternalError");
            let message = message.as_deref().unwrap_or("Something went wrong.");
            let (content_type, body) = match body {
                ErrorBody::Api => ("application/xml;charset=UTF-8", error_document(code, message)),
                ErrorBody::Html => ("text/html", "<html><body>Bad gateway<br></body></html>".to_owned()),
                ErrorBody::Empty => ("text/plain", String::new()),
                ErrorBody::OtherXml => ("application/xml", "<fault>odd</fault>".to_owned()),
            };
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            Some(Draft { status: *status, content_type, headers, body })
        }
        Fault::RateLimit { retry_after, form, .. } => {
            let mut draft = Draft::new(429, error_document("RateLimitExceeded", "Too many requests."));
            let value = match form {
                RetryAfterForm::None => return Some(draft),
                RetryAfterForm::Seconds => retry_after.to_string(),
                RetryAfterForm::Date => {
                    let seconds = i64::try_from(*retry_after).unwrap_or_default();
                    http_date(jiff::Timestamp::now().as_second() + seconds)
                }
            };
            draft.headers.push((RETRY_AFTER.as_str().to_owned(), value));
            Some(draft)
        }
        Fault::CursorExpired { status, .. } => {
            Some(Draft::new(*status, error_document("CursorExpired", "The cursor has expired.")))
        }
        _ => None,
    }
}

fn twist(fault: Option<&Fault>) -> Twist {
    match fault {
        Some(Fault::Loop { to_page }) => Twist { loop_to: Some(*to_page), ..Twist::default() },
        Some(Fault::NextHost { host, scheme }) => {
            let scheme = scheme.as_deref().unwrap_or("https");
            Twist { next_origin: Some(format!("{scheme}://{host}")), ..Twist::default() }
        }
        _ => Twist::default(),
    }
}

fn entry(request: &Request, draft: &Draft, valid: bool, fault: Option<u64>) -> Entry {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Entry {
        number: 0,
        time_ms: jiff::Timestamp::now().as_millisecond(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization_present: headers.contains_key(AUTHORIZATION),
        authorization_valid: valid,
        accept: text(ACCEPT.as_str()),
        accept_encoding: text(ACCEPT_ENCODING.as_str()),
        api_client: text("api-client"),
        status: draft.status,
        fault,
        bytes: draft.body.len(),
        foreign: false,
    }
}

fn send(shared: &Shared, request: &Request, mut draft: Draft, fault: Option<&Fault>) -> Response {
    if let Some(Fault::Truncate { at, how: Cut::Clean }) = fault {
        let mut end = position(*at, draft.body.len());
        while !draft.body.is_char_boundary(end) {
            end -= 1;
        }
        draft.body.truncate(end);
    }
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let gzip = !draft.body.is_empty() && accepted.is_some_and(|accepted| accepted.contains("gzip"));
    let bytes = if gzip { compress(draft.body.as_bytes()) } else { draft.body.into_bytes() };
    let mut response = Response::builder().status(draft.status).header(DATE, http_date(shared.world.now_s));
    if !bytes.is_empty() || draft.status == 200 {
        response = response.header(CONTENT_TYPE, draft.content_type);
    }
    if gzip {
        response = response.header(CONTENT_ENCODING, "gzip");
    }
    for (name, value) in draft.headers {
        response = response.header(name, value);
    }
    response = response.header(CONTENT_LENGTH, bytes.len());
    let body = if request.method() == Method::HEAD { Body::empty() } else { body(bytes, fault) };
    response.body(body).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

/// The body, broken or slowed down where a fault says so.
fn body(bytes: Vec<u8>, fault: Option<&Fault>) -> Body {
    match fault {
        Some(Fault::Truncate { at, how: Cut::Close } | Fault::Reset { at }) => {
            let end = position(*at, bytes.len());
            let cut = Bytes::from(bytes).slice(..end);
            let parts = futures::stream::iter([Ok(cut), Err(io::Error::other("fault"))]);
            Body::from_stream(parts)
        }
        Some(Fault::SlowBody { bytes_per_sec, stall_after, ms }) => {
            let (first, chunk, pause) = match (bytes_per_sec, stall_after) {
                (Some(rate), _) => {
                    let chunk = usize::try_from((rate / 10).max(1)).unwrap_or(usize::MAX);
                    (chunk, chunk, Duration::from_millis(100))
                }
                (None, stall) => (stall.unwrap_or(0), usize::MAX, Duration::from_millis(ms.unwrap_or(1000))),
            };
            slowly(bytes.into(), first, chunk, pause)
        }
        _ => Body::from(bytes),
    }
}

fn slowly(bytes: Bytes, first: usize, chunk: usize, pause: Duration) -> Body {
    let stream = futures::stream::unfold((bytes, first, false), move |(mut rest, next, wait)| async move {
        if rest.is_empty() {
            return None;
        }
        if wait {
            tokio::time::sleep(pause).await;
        }
        let part = rest.split_to(next.min(rest.len()));
        Some((Ok::<_, io::Error>(part), (rest, chunk, true)))
    });
    Body::from_stream(stream)
}

/// A place in a body: below 1 a part of it, else a number of bytes.
fn position(at: f64, length: usize) -> usize {
    let bytes = if at < 1.0 { at * length as f64 } else { at };
    (bytes as usize).min(length)
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Which of the two API users calls.
fn key_of(shared: &Shared, headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (key, secret) = pair.split_once(':')?;
    let known = [shared.config.api_key.as_str(), "2"];
    known.iter().position(|known| *known == key).filter(|_| secret == shared.config.api_secret)
}

fn origin(shared: &Shared, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    shared.config.link_base.clone().unwrap_or_else(|| format!("http://{host}"))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn http_date(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The paths below `/__sim` (spec BT 3.6).
async fn admin(shared: &Shared, what: &str, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let method = request.method().clone();
    match (method.as_str(), what.split_once('/').unwrap_or((what, ""))) {
        ("GET", ("config", _)) => json_answer(json!({"config": format!("{:?}", masked(&shared.config))})),
        ("GET", ("stats", _)) => match value("list") {
            Some(list) => count(shared, &list),
            None => json_answer(json!(Stats::of(&shared.world))),
        },
        ("GET", ("requests", _)) => {
            let since = value("since").and_then(|number| number.parse().ok()).unwrap_or(0);
            json_answer(json!(shared.journal.since(since)))
        }
        ("GET", ("faults", _)) => json_answer(shared.faults.json()),
        ("POST", ("faults", _)) => {
            let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
            match rules(&body) {
                Ok(rules) => json_answer(json!({"ids": shared.faults.add(rules)})),
                Err(error) => with_status(StatusCode::BAD_REQUEST, json!({"error": error})),
            }
        }
        ("DELETE", ("faults", id)) => {
            shared.faults.remove(id.parse().ok());
            json_answer(json!({}))
        }
        ("POST", ("reset", _)) => {
            shared.faults.remove(None);
            shared.journal.clear();
            json_answer(json!({}))
        }
        _ => plain(StatusCode::NOT_FOUND),
    }
}

/// The exact number of records of a list, given by its path and filters.
fn count(shared: &Shared, list: &str) -> Response {
    let (path, query) = list.split_once('?').unwrap_or((list, ""));
    let query = pairs(query);
    let reader = Reader { world: &shared.world, config: &shared.config, second_key: false, query: &query };
    match reader.read(path) {
        Ok(Asked::Page(page)) => json_answer(json!({"count": shared.world.count(page.list, &page.filters)})),
        Ok(_) => json_answer(json!({"count": 1})),
        Err(refusal) => with_status(StatusCode::NOT_FOUND, json!({"error": refusal.message})),
    }
}

fn masked(config: &Config) -> Config {
    Config { api_secret: "********".to_owned(), ..config.clone() }
}

fn json_answer(value: Value) -> Response {
    with_status(StatusCode::OK, value)
}

fn with_status(status: StatusCode, value: Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
