//! The vendor's API over HTTP: one page per call, with retries, limits and rules for credentials (spec BT 1.1–1.3,
//! 1.6, 1.9).

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use tokio::sync::Semaphore;
use url::{Position, Url};

use super::call::Call;
use super::counts::CallCounts;
use super::error::{VendorError, VendorErrorKind};
use super::xml::{self, ParseOptions, ParsedPage, Warning};
use crate::auth::Secret;
use crate::body::{self, CollectError};
use crate::elements::vendor_trace::{self, VendorCall};
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{self, HttpClient};
use crate::moment;
use crate::record::Batch;

/// The vendor's production environment (spec BT 1.1).
pub const PRODUCTION: &str = "https://api.brighttalk.com";
/// The vendor's staging environment.
pub const STAGING: &str = "https://api.stage.brighttalk.net";

/// Default number of records per page (spec BT 1.6).
pub const PAGE_SIZE: u32 = 200;
/// Page size above which a rejection may mean that the vendor has a lower maximum.
const SAFE_PAGE_SIZE: u32 = 50;
/// Maximum size of a decoded page (Q17).
const BODY_LIMIT: usize = 64 << 20;
/// Maximum size of an error's body.
const ERROR_LIMIT: usize = 64 << 10;
const MAX_REDIRECTS: usize = 3;

/// Connection to the vendor for one instance.
#[derive(Clone, Debug)]
pub struct VendorConfig {
    /// Scheme, host and port; credentials are never sent elsewhere.
    pub base_url: Url,
    /// User name of Basic authentication.
    pub api_key: Secret,
    /// Password of Basic authentication.
    pub api_secret: Secret,
    /// Maximum number of concurrent calls.
    pub concurrency: usize,
    /// Time limit of a whole response.
    pub timeout: Duration,
    /// Retries of calls.
    pub retry: VendorRetry,
}

/// Retries of calls (spec BT 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorRetry {
    /// Maximum number of attempts.
    pub attempts: usize,
    /// First pause, doubled with each retry, with full jitter.
    pub base: Duration,
    /// Maximum pause.
    pub cap: Duration,
    /// Longest `Retry-After` to wait for.
    pub retry_after_cap: Duration,
}

impl Default for VendorRetry {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_secs(300),
        }
    }
}

/// Time limits of a call (spec BT 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorTimeouts {
    /// Time limit for connecting. 10 seconds by default.
    pub connect: Duration,
    /// Time limit for silence before a response begins and within it. 60 seconds by default.
    pub idle: Duration,
    /// Time limit of the whole response. 300 seconds by default.
    pub whole: Duration,
}

impl Default for VendorTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60), whole: Duration::from_secs(300) }
    }
}

/// Maximum number of retries after `MalformedResponse` (spec BT 1.9).
const MALFORMED_RETRIES: usize = 2;

impl VendorConfig {
    /// Creates a configuration with default limits.
    ///
    /// # Errors
    /// Returns a `config` error if the URL is neither https nor a loopback address over http, or the key contains a
    /// colon.
    pub fn new(base_url: &str, api_key: Secret, api_secret: Secret) -> Result<Self> {
        let base_url = read_base_url(base_url)?;
        if api_key.expose().contains(':') {
            return Err(Error::new(ErrorKind::Config, "the API key must not contain a colon"));
        }
        Ok(Self {
            base_url,
            api_key,
            api_secret,
            concurrency: 4,
            timeout: VendorTimeouts::default().whole,
            retry: VendorRetry::default(),
        })
    }
}

/// Parses the base URL of the vendor.
///
/// # Errors
/// Returns a `config` error if the URL is not acceptable.
pub(crate) fn read_base_url(text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::new(ErrorKind::Config, format!("the vendor URL {text:?} cannot be used: {why}"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if http_client::is_loopback(&url) => Ok(url),
        "http" => Err(wrong("plain http would send the credentials in the clear")),
        _ => Err(wrong("it is neither https nor http")),
    }
}

/// One page of a list, or one record.
#[derive(Debug)]
pub struct Page {
    /// The records.
    pub batch: Batch,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Anomalies that did not prevent parsing.
    pub warnings: Vec<Warning>,
    /// The vendor's time, in seconds since the epoch.
    pub date_s: Option<i64>,
}

/// The vendor as one instance uses it. Cheap to clone; all clones share its limits.
#[derive(Clone)]
pub struct Vendor {
    shared: Arc<VendorInner>,
    /// Counter of the calls of this clone and its clones.
    calls: Arc<AtomicU64>,
    /// Time after which no call waits or retries.
    deadline: Option<Instant>,
    /// Longest pause to wait for; longer ones are returned to the caller as the failure that requests them.
    longest_pause: Duration,
}

struct VendorInner {
    client: HttpClient,
    config: VendorConfig,
    /// Outcomes of the calls of all vendors of an engine.
    counts: Arc<CallCounts>,
    authorization: HeaderValue,
    places: Semaphore,
    /// End of the pause that a 429 with `Retry-After` requested, during which no call is sent, with that failure.
    pause: Mutex<Option<(Instant, VendorError)>>,
    /// Whether the vendor rejected the page size, so that none is sent any more (spec BT 1.6).
    no_page_size: AtomicBool,
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vendor").field("base_url", &self.shared.config.base_url.as_str()).finish_non_exhaustive()
    }
}

impl Vendor {
    /// Creates a vendor over an HTTP client, which instances share.
    pub(crate) fn new(config: VendorConfig, client: HttpClient, counts: Arc<CallCounts>) -> Result<Self> {
        let pair = format!("{}:{}", config.api_key.expose(), config.api_secret.expose());
        let wrong = |_| Error::new(ErrorKind::Config, "the credentials cannot be sent");
        let mut authorization = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).map_err(wrong)?;
        authorization.set_sensitive(true);
        let places = Semaphore::new(config.concurrency);
        let shared = VendorInner {
            client,
            config,
            counts,
            authorization,
            places,
            pause: Mutex::new(None),
            no_page_size: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared), calls: Arc::default(), deadline: None, longest_pause: Duration::MAX })
    }

    /// Returns a clone with a separate call counter, and that counter.
    pub(crate) fn counted(&self) -> (Self, Arc<AtomicU64>) {
        let calls = Arc::new(AtomicU64::new(0));
        (Self { calls: Arc::clone(&calls), ..self.clone() }, calls)
    }

    /// Returns a clone that fails instead of waiting for pauses longer than this; the caller then waits itself.
    pub(crate) fn without_pauses(&self, longer_than: Duration) -> Self {
        Self { longest_pause: longer_than, ..self.clone() }
    }

    /// Returns a clone for a call with a deadline: it does not wait beyond the deadline, so that its caller learns at
    /// once how long the vendor must not be called.
    pub(crate) fn until(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Verifies the credentials with one cheap read (spec BT 2.1).
    pub async fn verify(&self) -> Result<(), VendorError> {
        let call = Call {
            endpoint: super::call::Endpoint::MyChannels,
            ids: super::call::Ids::default(),
            filters: super::call::Filters::default(),
        };
        self.page(&call, None, Some(1)).await.map(drop)
    }

    /// Reads one page with the retries of spec BT 1.9. `cursor` is that of the previous page; every page is requested
    /// with the filters.
    pub async fn page(&self, call: &Call, cursor: Option<&str>, page_size: Option<u32>) -> Result<Page, VendorError> {
        let first = self.page_as_asked(call, cursor, page_size).await;
        match first {
            Err(error) if page_size_refused(&error, cursor, page_size) => {
                let page = self.page_as_asked(call, cursor, None).await?;
                self.shared.no_page_size.store(true, Ordering::Relaxed);
                Ok(page)
            }
            outcome => outcome,
        }
    }

    async fn page_as_asked(
        &self,
        call: &Call,
        cursor: Option<&str>,
        page_size: Option<u32>,
    ) -> Result<Page, VendorError> {
        let retry = self.shared.config.retry;
        let pauses = ExponentialBuilder::default().with_min_delay(retry.base).with_max_delay(retry.cap);
        let mut pauses = pauses.with_max_times(retry.attempts.saturating_sub(1)).build();
        let mut malformed = 0;
        loop {
            let error = match self.attempt(call, cursor, page_size).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let error = error.of_page(call, cursor);
            malformed += usize::from(error.kind == VendorErrorKind::MalformedResponse);
            let Some(pause) = pauses.next() else { return Err(error) };
            if !error.is_transient() || malformed > MALFORMED_RETRIES {
                return Err(error);
            }
            let pause = match error.retry_after {
                Some(asked) if asked > retry.retry_after_cap.min(self.longest_pause) => return Err(error),
                Some(asked) => asked,
                // Full jitter: a random part of the pause.
                None => pause.mul_f64(random_fraction()),
            };
            if self.is_too_late(moment::after(Instant::now(), pause)) {
                return Err(error);
            }
            tracing::debug!(%error, ?pause, "vendor call is tried again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call, cursor: Option<&str>, page_size: Option<u32>) -> Result<Page, VendorError> {
        let closed = |_| VendorError::new(VendorErrorKind::Network, "the engine is closing");
        let _place = self.shared.places.acquire().await.map_err(closed)?;
        self.wait_out_pause().await?;
        let url = self.url(call, cursor, page_size)?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let target = url[Position::BeforePath..].to_owned();
        let limit = self.shared.config.timeout;
        let outcome = match tokio::time::timeout(limit, self.fetch(url, call)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(VendorError::new(VendorErrorKind::Timeout, format!("no whole answer within {limit:?}"))),
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        vendor_trace::note(|| note(target, &outcome, elapsed_ms));
        self.shared.counts.add(&outcome);
        match &outcome {
            Ok(page) => tracing::debug!(endpoint = ?call.endpoint, rows = page.batch.len(), elapsed_ms, "vendor page"),
            Err(error) => {
                tracing::debug!(endpoint = ?call.endpoint, %error, elapsed_ms, "vendor failure");
                self.remember_pause(error);
            }
        }
        outcome
    }

    async fn wait_out_pause(&self) -> Result<(), VendorError> {
        let pause = || {
            self.shared.pause.lock().ok().and_then(|pause| pause.clone()).filter(|(until, _)| *until > Instant::now())
        };
        // The pause may have grown meanwhile.
        while let Some((until, answer)) = pause() {
            let wait = until.saturating_duration_since(Instant::now());
            if self.is_too_late(until) || wait > self.longest_pause {
                return Err(VendorError { retry_after: Some(wait), ..answer });
            }
            tokio::time::sleep_until(until.into()).await;
        }
        Ok(())
    }

    fn is_too_late(&self, at: Instant) -> bool {
        self.deadline.is_some_and(|deadline| at >= deadline)
    }

    fn remember_pause(&self, error: &VendorError) {
        let asked = error.retry_after.filter(|_| error.kind == VendorErrorKind::Throttled);
        let asked = asked.map(|asked| asked.min(self.shared.config.retry.retry_after_cap));
        if let (Some(asked), Ok(mut pause)) = (asked, self.shared.pause.lock()) {
            let until = moment::after(Instant::now(), asked);
            if pause.as_ref().is_none_or(|(present, _)| *present < until) {
                *pause = Some((until, error.clone()));
            }
        }
    }

    /// Builds the URL of a page from the call: the `next` link itself is never requested (spec BT 1.6).
    fn url(&self, call: &Call, cursor: Option<&str>, page_size: Option<u32>) -> Result<Url, VendorError> {
        let missing = || VendorError::new(VendorErrorKind::BadRequest, "an id is missing in the path");
        let path = call.path().ok_or_else(missing)?;
        let mut url = self.shared.config.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        let mut query = call.query();
        if call.endpoint.info().paged {
            query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
            let page_size = page_size.filter(|_| !self.shared.no_page_size.load(Ordering::Relaxed));
            query.extend(page_size.map(|size| ("pageSize", size.to_string())));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn fetch(&self, url: Url, call: &Call) -> Result<Page, VendorError> {
        let answer = self.get(url).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if !(200..300).contains(&status) {
            return Err(failure(status, &headers, read(answer, ERROR_LIMIT).await.unwrap_or_default()));
        }
        let media = check_media_type(&headers)?;
        let bytes = read(answer, BODY_LIMIT).await?;
        let info = call.endpoint.info();
        let text = xml::to_text(bytes, media.as_deref(), info.record).map_err(VendorError::unreadable)?;
        let parsed = xml::parse(&text, info, &call.ids, ParseOptions::default());
        let page = parsed.map_err(VendorError::unreadable)?;
        Ok(self.page_of(page, moment::date(&headers)))
    }

    fn page_of(&self, parsed: ParsedPage, date_s: Option<i64>) -> Page {
        let mut warnings = parsed.warnings;
        if let Some(next) = &parsed.next {
            let place = |url: &Url| (url.host().map(|host| host.to_owned()), url.port_or_known_default());
            let own = place(&self.shared.config.base_url);
            let foreign = Url::parse(&next.href).is_ok_and(|url| place(&url) != own);
            if foreign {
                let path = format!("{}/link/@href", parsed.root);
                warnings.push(Warning { code: "foreign-next-host", path, detail: String::new() });
            }
        }
        Page { batch: parsed.batch, next: parsed.next.map(|next| next.cursor), warnings, date_s }
    }

    /// Sends a request and follows at most three redirects within the same origin.
    async fn get(&self, url: Url) -> Result<reqwest::Response, VendorError> {
        let mut url = url;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(url.clone()).await?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let place = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = place.and_then(|place| url.join(place).ok());
            match next.filter(|next| next.origin() == self.shared.config.base_url.origin()) {
                Some(next) => url = next,
                None => {
                    let status = Some(answer.status().as_u16());
                    let error = VendorError::new(VendorErrorKind::Unavailable, "redirected to another host");
                    return Err(VendorError { status, ..error });
                }
            }
        }
        Err(VendorError::new(VendorErrorKind::Unavailable, "redirected too often"))
    }

    async fn send(&self, url: Url) -> Result<reqwest::Response, VendorError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.shared.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/xml"));
        headers.insert("Api-Client", HeaderValue::from_static(concat!("ElementKit/", env!("CARGO_PKG_VERSION"))));
        let client = &self.shared.client;
        client.request(Method::GET, url, headers).send().await.map_err(|error| network(&error, client.reason(&error)))
    }
}

fn note(path: String, outcome: &Result<Page, VendorError>, process_time: u64) -> VendorCall {
    match outcome {
        Ok(page) => VendorCall { path, status: Some(200), records: Some(page.batch.len()), error: None, process_time },
        Err(error) => {
            VendorCall { path, status: error.status, records: None, error: Some(error.to_string()), process_time }
        }
    }
}

fn network(error: &reqwest::Error, reason: String) -> VendorError {
    let kind = if error.is_timeout() { VendorErrorKind::Timeout } else { VendorErrorKind::Network };
    VendorError { unreachable: error.is_connect(), ..VendorError::new(kind, reason) }
}

/// Reads and decodes a whole body of at most `limit` bytes.
async fn read(answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, VendorError> {
    let (_, packed) = http_client::decoded(answer);
    body::collect(packed, limit).await.map(Into::into).map_err(|error| match error {
        CollectError::TooLong => {
            VendorError::new(VendorErrorKind::MalformedResponse, format!("the page is longer than {limit} bytes"))
        }
        CollectError::Broken(error) => match http_client::network_error(&*error) {
            Some(error) => network(error, http_client::reason(error)),
            None => VendorError::new(VendorErrorKind::Network, http_client::broken_body(&*error)),
        },
    })
}

/// Rejects responses that are not XML. Returns the charset (spec BT 1.3).
fn check_media_type(headers: &HeaderMap) -> Result<Option<String>, VendorError> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    if !(matches!(media.as_str(), "application/xml" | "text/xml") || media.ends_with("+xml")) {
        let error =
            VendorError::new(VendorErrorKind::MalformedResponse, format!("the media type is {media:?}, not XML"));
        return Err(VendorError { status: Some(200), ..error });
    }
    let parameters = parts.filter_map(|part| part.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    Ok(charsets.next().map(|(_, value)| value.trim().trim_matches('"').to_owned()))
}

fn failure(status: u16, headers: &HeaderMap, body: Vec<u8>) -> VendorError {
    let is_xml = check_media_type(headers).is_ok();
    let (code, message) = match String::from_utf8(body.clone()) {
        Ok(text) if is_xml || text.trim_start().starts_with('<') => xml::error_body(&text),
        _ => (None, None),
    };
    // For display only (spec BT 1.3).
    let body = match String::from_utf8(body) {
        Ok(text) => text,
        Err(error) => encoding_rs::mem::decode_latin1(error.as_bytes()).into_owned(),
    };
    VendorError {
        kind: VendorError::classify(status, code.as_deref()),
        status: Some(status),
        code,
        message,
        body: Some(body),
        retry_after: moment::retry_after(headers),
        unreachable: false,
    }
}

fn page_size_refused(error: &VendorError, cursor: Option<&str>, page_size: Option<u32>) -> bool {
    let code = error.code.as_deref();
    let names_it = code.is_some_and(|code| code.contains("PageSize"));
    // With a cursor, any other code may refer to the cursor.
    let may_mean_it = cursor.is_none() && code.is_none_or(|code| code == "InvalidParameter");
    error.status == Some(400) && page_size.is_some_and(|size| size > SAFE_PAGE_SIZE) && (names_it || may_mean_it)
}

/// Returns a random number from 0 to 1.
fn random_fraction() -> f64 {
    crate::auth::random_bytes::<4>().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
