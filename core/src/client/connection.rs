//! One way to a platform: credentials, retries, deadlines around one [`Transport`] (spec P 14.6).

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use serde::Serialize;

use super::answer::Answer;
use crate::auth::{Authorization, Secret};
use crate::body;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Transport;

/// The constant prefix of every path (spec P 1.1).
const PREFIX: &str = "/elements/api-v2";

/// How a connection tries again. Only reads are repeated, and changes when nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Retries after the first attempt. 3 hosted; 0 embedded, where the engine has retried the vendor already.
    pub retries: usize,
    /// The first pause; it doubles, with jitter. 500 ms.
    pub base: Duration,
    /// The longest pause, `Retry-After` included. 60 s.
    pub cap: Duration,
}

impl RetryPolicy {
    /// The policy of spec P 14.6.
    pub const HOSTED: Self = Self { retries: 3, base: Duration::from_millis(500), cap: Duration::from_secs(60) };
    /// No retries.
    pub const NONE: Self = Self { retries: 0, ..Self::HOSTED };

    fn backoff(self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.base)
            .with_max_delay(self.cap)
            .with_max_times(self.retries)
            .with_jitter()
    }
}

/// How often a bulk job is asked how it stands (spec P 14.7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polling {
    pub first: Duration,
    pub longest: Duration,
}

impl Polling {
    pub const HOSTED: Self = Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
    /// In-process the question costs nothing.
    pub const EMBEDDED: Self = Self { first: Duration::from_millis(20), longest: Duration::from_millis(500) };
}

pub(crate) struct Connection {
    pub transport: Arc<dyn Transport>,
    pub user: Secret,
    pub organization: Option<Secret>,
    pub retry: RetryPolicy,
    pub polling: Polling,
    /// The whole time a call may take, retries included, until its answer begins.
    pub timeout: Option<Duration>,
}

/// One call to the platform, before it is sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub timeout: Option<Duration>,
    /// The Element token, for calls that are an instance's own.
    pub element: Option<Secret>,
}

impl Outgoing {
    /// A call of a path below the prefix.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            timeout: None,
            element: None,
        }
    }

    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self> {
        let wrong = |_| Error::new(ErrorKind::Config, format!("the value of header {name} cannot be sent"));
        self.headers.insert(&name, HeaderValue::from_str(value).map_err(wrong)?);
        Ok(self)
    }

    pub fn json(mut self, document: &impl Serialize) -> Result<Self> {
        let wrong = |error| Error::new(ErrorKind::Config, format!("the body cannot be written as JSON: {error}"));
        self.body = Some(serde_json::to_vec(document).map_err(wrong)?.into());
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    fn uri(&self) -> Result<http::Uri> {
        let mut uri = format!("{PREFIX}/{}", self.path.trim_start_matches('/'));
        if !self.query.is_empty() {
            let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&pairs);
        }
        uri.parse().map_err(|_| Error::new(ErrorKind::Config, format!("{:?} is no path", self.path)))
    }
}

impl Connection {
    /// Sends a call, again where that is safe and may help, and answers its success.
    pub async fn send(&self, call: Outgoing) -> Result<Answer> {
        let deadline = call.timeout.or(self.timeout).map(|limit| Instant::now() + limit);
        let again = |error: &Error| may_repeat(&call.method, error) && deadline.is_none_or(|at| Instant::now() < at);
        (|| self.attempt(&call, deadline))
            .retry(self.retry.backoff())
            .when(again)
            .adjust(|error, pause| pause.map(|pause| self.pause(error, pause)))
            .notify(|error, pause| tracing::debug!(%error, ?pause, "trying again"))
            .await
    }

    /// `Retry-After` goes before our own pause.
    fn pause(&self, error: &Error, pause: Duration) -> Duration {
        error.info().retry_after.unwrap_or(pause).min(self.retry.cap)
    }

    async fn attempt(&self, call: &Outgoing, deadline: Option<Instant>) -> Result<Answer> {
        let body = call.body.clone().map_or_else(body::empty, body::full);
        let mut request = Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.uri()?;
        *request.headers_mut() = call.headers.clone();
        request.headers_mut().insert(AUTHORIZATION, self.authorization(call)?);
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        Answer::of(self.transport.send(request, left).await?).await
    }

    fn authorization(&self, call: &Outgoing) -> Result<HeaderValue> {
        let pairs = Authorization {
            user: Some(self.user.clone()),
            // An instance's own calls do not need the organization's secret, so they do not carry it.
            organization: if call.element.is_some() { None } else { self.organization.clone() },
            element: call.element.clone(),
            bearer: None,
        };
        let wrong = |_| Error::new(ErrorKind::Config, "a secret holds a character that cannot be sent");
        let mut header = HeaderValue::from_str(&pairs.to_header()).map_err(wrong)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

fn may_repeat(method: &Method, error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connect => true,
        ErrorKind::Transport => *method == Method::GET,
        _ => *method == Method::GET && matches!(error.status(), Some(429 | 502 | 503 | 504)),
    }
}
