//! The running vendor.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::answer::Answer;
use crate::document::Document;
use crate::fault::{Fault, Rule};
use crate::journal::{self, Entry};
use crate::setting::{self, CLIENT_ID};
use crate::vendor::{Outcome, Vendor};

/// Options of the vendor.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of records of each list.
    pub records: usize,
    /// Lifetime of tokens in seconds.
    pub token_seconds: u64,
    /// Number of calls that a token serves.
    pub token_calls: u64,
    /// Port; 0 for a free one.
    pub port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self { records: 23, token_seconds: 3600, token_calls: u64::MAX, port: 0 }
    }
}

/// A running vendor; it stops when it is dropped.
pub struct Simulator {
    origin: String,
    vendor: Arc<Mutex<Vendor>>,
    _stop: DropGuard,
}

impl Simulator {
    /// Starts the vendor of a definition on this host.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn start(definition: &Value, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let document = Document::read(&setting::localized(definition, &origin));
        let vendor = Arc::new(Mutex::new(Vendor::new(origin.clone(), document, options)));
        let stop = CancellationToken::new();
        let routes = Router::new().fallback(serve).with_state(Arc::clone(&vendor));
        let until = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, routes).with_graceful_shutdown(until).await });
        Ok(Self { origin, vendor, _stop: stop.drop_guard() })
    }

    fn vendor(&self) -> MutexGuard<'_, Vendor> {
        self.vendor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the origin.
    pub fn url(&self) -> &str {
        &self.origin
    }

    /// Returns the definition whose addresses lead here.
    pub fn document(&self) -> Document {
        self.vendor().document.clone()
    }

    /// Returns values for an instance, with what its logins stored so far.
    pub fn configuration(&self) -> BTreeMap<String, String> {
        self.vendor().configuration.clone()
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<Entry> {
        self.vendor().journal.clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.vendor().journal.clear();
    }

    /// Adds fault rules, one or an array.
    ///
    /// # Errors
    /// A description of an invalid rule.
    pub fn add_faults(&self, rules: &Value) -> Result<(), String> {
        let rules = if rules.is_array() { rules.clone() } else { json!([rules]) };
        let rules: Vec<Rule> = serde_json::from_value(rules).map_err(|error| error.to_string())?;
        self.vendor().faults.add(rules);
        Ok(())
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.vendor().faults.clear();
    }

    /// Makes all tokens invalid; refresh tokens stay valid.
    pub fn expire_tokens(&self) {
        self.vendor().tokens.expire();
    }

    /// Returns all codes and tokens so far.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.vendor().tokens.issued().to_vec()
    }

    /// Returns the number of tokens so far.
    pub fn logins(&self) -> usize {
        self.vendor().tokens.logins
    }

    /// Returns a code as if a user had agreed.
    pub fn code(&self) -> String {
        self.vendor().tokens.code(None)
    }

    /// Agrees at the address for the user. Returns code and state.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn grant(&self, address: &str) -> Result<(String, String), String> {
        let (_, query) = address.split_once('?').ok_or("the address has no query")?;
        let query: BTreeMap<String, String> = journal::parameters(query).into_iter().collect();
        let get = |name: &str| query.get(name).cloned().ok_or_else(|| format!("{name} is missing in {address}"));
        if (get("response_type")?.as_str(), get("client_id")?.as_str()) != ("code", CLIENT_ID) {
            return Err(format!("{address} does not ask for a code of the client"));
        }
        get("redirect_uri")?;
        Ok((self.vendor().tokens.code(query.get("code_challenge").cloned()), get("state")?))
    }

    /// Agrees at the address for the user of OAuth 1. Returns the request token and its verifier.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn agree(&self, address: &str) -> Result<(String, String), String> {
        self.vendor().oauth1.agree(address)
    }

    /// Waits for ever; the vendor answers meanwhile.
    pub async fn run(&self) {
        std::future::pending::<()>().await;
    }
}

async fn serve(State(vendor): State<Arc<Mutex<Vendor>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let entry = Entry {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        ..Entry::default()
    };
    let Outcome { answer, fault } = vendor.lock().unwrap_or_else(PoisonError::into_inner).serve(entry);
    damaged(answer, fault).await
}

/// Returns an answer with the effect of a fault.
async fn damaged(mut answer: Answer, fault: Option<Fault>) -> Response {
    let html = "<html><body>Welcome<br></body></html>".to_owned();
    let message = |status: u16| json!({"message": format!("fault {status}")}).to_string();
    match fault {
        Some(Fault::Status { status, headers }) => {
            answer = Answer {
                headers: headers.into_iter().collect(),
                body: message(status),
                ..Answer::json(status, &Value::Null)
            };
        }
        Some(Fault::RateLimit { retry_after }) => {
            let headers = vec![("retry-after".to_owned(), retry_after.to_string())];
            answer = Answer { headers, body: message(429), ..Answer::json(429, &Value::Null) };
        }
        Some(Fault::SlowHeaders { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Some(Fault::SlowBody { ms }) => return halves(&answer, Some(Duration::from_millis(ms))),
        Some(Fault::Truncate {}) => return halves(&answer, None),
        Some(Fault::Half {}) => answer.body = half(&answer.body).0.to_owned(),
        Some(Fault::Html {}) => (answer.body, answer.media, answer.status) = (html, "text/html".to_owned(), 200),
        Some(Fault::Empty {}) => answer.body = String::new(),
        Some(Fault::WrongType { content_type }) => answer.media = content_type,
        Some(Fault::ExpireTokens {} | Fault::RepeatedPage {}) | None => {}
    }
    let body = Body::from(answer.body.clone());
    response(&answer, body)
}

fn response(answer: &Answer, body: Body) -> Response {
    let mut builder = Response::builder().status(answer.status);
    if !answer.body.is_empty() {
        builder = builder.header("content-type", &answer.media);
    }
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    builder.body(body).unwrap_or_default()
}

fn half(text: &str) -> (&str, &str) {
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.split_at(middle)
}

/// Returns an answer whose body pauses in the middle, or ends there with the connection.
fn halves(answer: &Answer, pause: Option<Duration>) -> Response {
    let (first, second) = half(&answer.body);
    let (first, second) = (Bytes::from(first.to_owned()), Bytes::from(second.to_owned()));
    let begin = futures::stream::once(async move { Ok(first) });
    let rest = futures::stream::once(async move {
        // The first half must leave before the connection ends.
        tokio::time::sleep(pause.unwrap_or(Duration::from_millis(20))).await;
        if pause.is_some() { Ok(second) } else { Err(io::Error::other("cut")) }
    });
    response(answer, Body::from_stream(begin.chain(rest)))
}
