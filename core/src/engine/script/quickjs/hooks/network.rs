//! Calls of scripts to other hosts (spec E 7.58). A script's thread starts them; they run on the runtime of the engine.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use url::Url;

use crate::engine::script::ScriptNetwork;
use crate::engine::script::quickjs::watch::Clock;
use crate::http_client;

/// Maximum number of calls of a script at once.
const MAX_AT_ONCE: usize = 8;
/// Maximum size of an answer's body in bytes.
const MAX_BODY: usize = 16 << 20;
/// Interval at which a thread that waits for an answer checks whether it must end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Message of a call whose address is refused (spec E 3.20).
const NOT_ALLOWED: &str = "The vendor address is not allowed";
/// Headers that the client sets.
const OWN_HEADERS: [HeaderName; 4] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// Access to the network of one script.
#[derive(Clone)]
pub(super) struct Access {
    pub network: Arc<ScriptNetwork>,
    pub runtime: Handle,
}

/// Calls of one script. Dropping it ends them.
pub(super) struct Calls {
    access: Option<Access>,
    running: HashMap<u32, AbortHandle>,
    last: u32,
    sender: Sender<(u32, Event)>,
    receiver: Receiver<(u32, Event)>,
}

/// A request as the script wrote it.
pub(super) struct Request {
    pub method: String,
    pub url: String,
    /// Names and values in turns.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// Time after which the script learns that there is no answer yet. Zero for never.
    pub timeout: Duration,
}

pub(super) enum Event {
    Answer(Answer),
    /// Message and code of Node.
    Failed(String, &'static str),
    Timeout,
}

pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Calls {
    pub fn new(access: Option<Access>) -> Self {
        let (sender, receiver) = channel();
        Self { access, running: HashMap::new(), last: 0, sender, receiver }
    }

    /// Returns whether there is any host to call.
    pub fn is_open(&self) -> bool {
        self.access.as_ref().is_some_and(|access| !access.network.hosts.is_empty())
    }

    pub fn is_allowed(&self, url: &str) -> bool {
        let Some(Access { network, .. }) = &self.access else { return false };
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_lowercase));
        host.is_some_and(|host| network.hosts.contains(&host))
    }

    pub fn are_pending(&self) -> bool {
        !self.running.is_empty()
    }

    /// Sends a request. Returns the number of the call, or why it cannot be sent.
    pub fn send(&mut self, request: Request, clock: &Clock) -> Result<u32, String> {
        let Some(access) = self.access.as_ref().filter(|_| self.is_allowed(&request.url)) else {
            return Err("network access is not available".to_owned());
        };
        if self.running.len() >= MAX_AT_ONCE {
            return Err(format!("a script may make {MAX_AT_ONCE} calls at once"));
        }
        let (network, sender) = (Arc::clone(&access.network), self.sender.clone());
        self.last += 1;
        let (id, left) = (self.last, clock.left());
        let task = access.runtime.spawn(async move {
            let (timeout, notify) = (request.timeout, sender.clone());
            let exchange = exchange(&network, request, left);
            tokio::pin!(exchange);
            let early = if timeout.is_zero() { None } else { tokio::time::timeout(timeout, &mut exchange).await.ok() };
            let outcome = match early {
                Some(outcome) => outcome,
                None => {
                    if !timeout.is_zero() {
                        let _ = notify.send((id, Event::Timeout));
                    }
                    exchange.await
                }
            };
            let event = outcome.map_or_else(|(message, code)| Event::Failed(message, code), Event::Answer);
            // The script may have ended.
            let _ = sender.send((id, event));
        });
        self.running.insert(id, task.abort_handle());
        Ok(id)
    }

    pub fn abort(&mut self, id: u32) {
        if let Some(task) = self.running.remove(&id) {
            task.abort();
        }
    }

    /// Waits for an event of a call. Returns `None` when the script must end.
    pub fn wait(&mut self, clock: &Clock) -> Option<(u32, Event)> {
        while !clock.is_over() {
            match self.receiver.recv_timeout(LOOK_EVERY) {
                Ok((id, event)) if self.running.contains_key(&id) => {
                    if !matches!(event, Event::Timeout) {
                        self.running.remove(&id);
                    }
                    return Some((id, event));
                }
                // An answer that came after all.
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.running.values().for_each(AbortHandle::abort);
    }
}

type Failed = (String, &'static str);

/// Makes a call. Follows no redirects, as Node does.
async fn exchange(network: &ScriptNetwork, request: Request, left: Duration) -> Result<Answer, Failed> {
    let invalid = |error: &dyn std::fmt::Display| (error.to_string(), "ERR_INVALID_ARG_VALUE");
    let url = Url::parse(&request.url).map_err(|error| invalid(&error))?;
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| invalid(&error))?;
    let headers = headers(&request.headers).map_err(|error| invalid(&error))?;
    let refused = || (NOT_ALLOWED.to_owned(), "EACCES");
    let clients = network.clients.as_ref().ok_or_else(refused)?;
    let client = clients.client(true, &url).map_err(|_| refused())?;
    let failed = |error: reqwest::Error| {
        if http_client::is_refused(&error) {
            return refused();
        }
        let code = if error.is_timeout() {
            "ETIMEDOUT"
        } else if error.is_connect() {
            "ECONNREFUSED"
        } else {
            "ECONNRESET"
        };
        (client.reason(&error), code)
    };
    let sent = client.request(method, url, headers).body(request.body).timeout(left).send();
    let mut response = sent.await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(failed)? {
        if body.len() + part.len() > MAX_BODY {
            return Err((format!("the answer has more than {} MiB", MAX_BODY >> 20), "ECONNRESET"));
        }
        body.extend_from_slice(&part);
    }
    let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    let headers = response.headers().iter().flat_map(|(name, value)| [name.to_string(), text(value)]).collect();
    Ok(Answer { status: response.status().as_u16(), headers, body })
}

/// Returns the headers to send. An answer is not decoded, so none is asked to be encoded unless the script wants it.
fn headers(parts: &[String]) -> Result<HeaderMap, http::Error> {
    let mut headers = HeaderMap::new();
    for pair in parts.chunks_exact(2) {
        let (name, value) = (HeaderName::try_from(&pair[0])?, HeaderValue::try_from(&pair[1])?);
        if !OWN_HEADERS.contains(&name) {
            headers.append(name, value);
        }
    }
    headers.entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    Ok(headers)
}
