//! The HTTP client of one instance.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::header::{HeaderMap, LOCATION};
use http::{Method, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use super::counts::CallCounts;
use super::pauses::Pauses;
use super::{
    Authorize, Context, Decode, Generation, Reached, Repeat, VendorAnswer, VendorCall, VendorError, VendorErrorKind,
    VendorLimits, VendorRequest,
};
use crate::auth::random_bytes;
use crate::body::{self, Body, CollectError};
use crate::http_client::{self, HttpClient};
use crate::moment;

/// Maximum number of retries after `MalformedResponse` (spec BT 1.9).
const MALFORMED_RETRIES: usize = 2;

/// The HTTP client of one instance. Cheap to clone; clones share limits and pauses, whatever authorizes their calls.
#[derive(Clone)]
pub struct VendorClient {
    shared: Arc<Shared>,
    authorize: Option<Arc<dyn Authorize>>,
    /// Whether calls take places of the concurrency limit.
    takes_places: bool,
}

struct Shared {
    http: HttpClient,
    limits: VendorLimits,
    /// Outcomes of the calls of all instances of an engine.
    counts: Arc<CallCounts>,
    places: Semaphore,
    pauses: Pauses,
}

/// Check of status and headers before the body is read.
type CheckHead<'a> = dyn Fn(StatusCode, &HeaderMap) -> Result<(), VendorError> + Sync + 'a;

/// A request that may be sent: authorized, not during a pause, and with a place of the concurrency limit.
struct Admitted<'c> {
    request: VendorRequest,
    generation: Generation,
    place: Option<SemaphorePermit<'c>>,
}

/// A request that was sent, with its outcome. Keeps its place until the answer is decoded.
struct Sent<'c> {
    outcome: Result<VendorAnswer, VendorError>,
    started: Instant,
    generation: Generation,
    place: Option<SemaphorePermit<'c>>,
}

impl fmt::Debug for VendorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VendorClient").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl VendorClient {
    /// Creates a client without authorization over an HTTP client, which instances share.
    pub(crate) fn new(http: HttpClient, limits: VendorLimits, counts: Arc<CallCounts>) -> Self {
        let (places, pauses) = (Semaphore::new(limits.concurrency.max(1)), Pauses::default());
        let shared = Shared { http, limits, counts, places, pauses };
        Self { shared: Arc::new(shared), authorize: None, takes_places: true }
    }

    /// Returns a client whose calls are authorized by this, with the limits of this client.
    #[must_use]
    pub fn authorized_by(&self, authorize: Arc<dyn Authorize>) -> Self {
        Self { authorize: Some(authorize), ..self.clone() }
    }

    /// Returns a client for the calls of a login: they are not authorized and take no places of the concurrency limit,
    /// which the calls that wait for the login may hold.
    #[must_use]
    pub fn for_login(&self) -> Self {
        Self { authorize: None, takes_places: false, ..self.clone() }
    }

    /// Makes a call: sends the request, follows redirects, decodes the answer, and repeats all that after temporary
    /// failures. Returns what the decoder makes of the answer.
    ///
    /// # Errors
    /// Returns the failure of the last attempt.
    pub async fn call<T>(
        &self,
        cx: &Context,
        request: VendorRequest,
        repeat: Repeat,
        decode: &dyn Decode<T>,
    ) -> Result<T, VendorError> {
        let check = |status: StatusCode, headers: &HeaderMap| decode.head(status, headers);
        let mut retries = Retries::new(self.shared.limits.retry, repeat);
        loop {
            let sent = self.attempt(cx, &request, &check).await;
            let Sent { outcome, started, generation, place } = sent.map_err(|error| decode.explain(error))?;
            let status = outcome.as_ref().ok().map(|answer| answer.status.as_u16());
            let outcome = outcome.and_then(|answer| decode.decode(answer));
            let records = outcome.as_ref().map(|value| decode.records(value));
            self.note(cx, &request, started, status, records);
            let error = match outcome {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            drop(place);
            self.prepare_retry(cx, &mut retries, error, generation).await.map_err(|error| decode.explain(error))?;
        }
    }

    /// Sends the request once, with its redirects. Fails only if it could not be sent; that is final.
    async fn attempt(
        &self,
        cx: &Context,
        request: &VendorRequest,
        check: &CheckHead<'_>,
    ) -> Result<Sent<'_>, VendorError> {
        let mut admitted = self.admit(cx, request).await?;
        cx.count_call();
        let started = Instant::now();
        let limit = self.shared.limits.timeout;
        let outcome = match tokio::time::timeout(limit, self.exchange(cx, request, &mut admitted, check)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(VendorError::new(VendorErrorKind::Timeout, format!("no whole answer within {limit:?}"))),
        };
        Ok(Sent { outcome, started, generation: admitted.generation, place: admitted.place })
    }

    /// Waits until the request may be sent. The place is taken last, so that no request holds one while it waits for a
    /// login or a pause.
    async fn admit(&self, cx: &Context, request: &VendorRequest) -> Result<Admitted<'_>, VendorError> {
        let Shared { places, pauses, .. } = &*self.shared;
        let closed = |_| VendorError::new(VendorErrorKind::Network, "the engine is closing");
        let origin = request.url.origin();
        loop {
            pauses.wait_out(cx, &origin).await?;
            let mut request = request.clone();
            let generation = match &self.authorize {
                Some(authorize) => authorize.authorize(&mut request).await?,
                None => Generation::default(),
            };
            let place = match self.takes_places {
                true => Some(places.acquire().await.map_err(closed)?),
                false => None,
            };
            // A pause may have begun while the request waited for its place.
            if !pauses.is_paused(&origin) {
                return Ok(Admitted { request, generation, place });
            }
        }
    }

    /// Sends an admitted request and reads the answer. A read follows redirects within its origin, and each of them is
    /// authorized as a request of its own; the answer to anything else is returned as it is.
    async fn exchange<'c>(
        &'c self,
        cx: &Context,
        original: &VendorRequest,
        admitted: &mut Admitted<'c>,
        check: &CheckHead<'_>,
    ) -> Result<VendorAnswer, VendorError> {
        let follows = matches!(original.method, Method::GET | Method::HEAD);
        let mut left = self.shared.limits.redirects;
        loop {
            let answer = self.send(admitted.request.clone()).await?;
            if !follows || !is_redirect(answer.status()) {
                return self.read(answer, check).await;
            }
            let url = target_of(&answer, &original.url)?;
            if left == 0 {
                let error = VendorError::new(VendorErrorKind::Unavailable, "redirected too often");
                return Err(VendorError { reached: Reached::Answered, ..error });
            }
            left -= 1;
            drop(answer);
            admitted.place = None;
            *admitted = self.admit(cx, &VendorRequest { url, ..original.clone() }).await?;
        }
    }

    async fn send(&self, request: VendorRequest) -> Result<reqwest::Response, VendorError> {
        let VendorRequest { method, url, headers, body, .. } = request;
        let http = &self.shared.http;
        let builder = http.request(method, url, headers);
        let builder = if body.is_empty() { builder } else { builder.body(body) };
        builder.send().await.map_err(|error| {
            let reached = if error.is_connect() { Reached::No } else { Reached::Unknown };
            network(&error, http.reason(&error), reached)
        })
    }

    async fn read(&self, answer: reqwest::Response, check: &CheckHead<'_>) -> Result<VendorAnswer, VendorError> {
        let VendorLimits { body_bytes, error_bytes, .. } = self.shared.limits;
        let status = answer.status();
        let (headers, body) = http_client::decoded(answer);
        check(status, &headers)?;
        let body = match status.is_success() {
            true => collect(body, body_bytes).await?,
            // The status is a failure already.
            false => collect(body, error_bytes).await.unwrap_or_default(),
        };
        Ok(VendorAnswer { status, headers, body })
    }

    /// Records the outcome of an attempt: the number of records of an answer with this status, or the failure.
    fn note(
        &self,
        cx: &Context,
        request: &VendorRequest,
        started: Instant,
        status: Option<u16>,
        outcome: Result<Option<usize>, &VendorError>,
    ) {
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let operation = &*request.operation;
        let Shared { limits, counts, pauses, .. } = &*self.shared;
        let error = outcome.err();
        counts.add(error.map(|error| error.kind));
        cx.record(|| VendorCall {
            path: request.target(),
            status: error.map_or(status, |error| error.status),
            records: outcome.ok().flatten(),
            error: error.map(ToString::to_string),
            process_time: elapsed_ms,
        });
        match outcome {
            Ok(records) => tracing::debug!(operation, records, elapsed_ms, "vendor answer"),
            Err(error) => {
                tracing::debug!(operation, %error, elapsed_ms, "vendor failure");
                pauses.remember(&request.url.origin(), error, limits.retry.retry_after_cap);
            }
        }
    }

    /// Waits until a failed call can be repeated.
    ///
    /// # Errors
    /// Returns the failure if the call is not to be repeated.
    async fn prepare_retry(
        &self,
        cx: &Context,
        retries: &mut Retries,
        error: VendorError,
        refused: Generation,
    ) -> Result<(), VendorError> {
        let renewing = self.authorize.as_ref().filter(|_| error.kind == VendorErrorKind::Unauthorized);
        if let Some(authorize) = renewing.filter(|_| !std::mem::replace(&mut retries.renewed, true)) {
            return if authorize.renew(refused).await? { Ok(()) } else { Err(error) };
        }
        let Some(pause) = retries.pause(cx, &error) else { return Err(error) };
        tracing::debug!(%error, ?pause, "vendor call is tried again");
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// The retries of one call (spec BT 1.9).
struct Retries {
    retry_after_cap: Duration,
    repeat: Repeat,
    pauses: ExponentialBackoff,
    malformed: usize,
    /// Whether the credentials were renewed.
    renewed: bool,
}

impl Retries {
    fn new(retry: super::VendorRetry, repeat: Repeat) -> Self {
        let pauses = ExponentialBuilder::default().with_min_delay(retry.base).with_max_delay(retry.cap);
        let pauses = pauses.with_max_times(retry.attempts.saturating_sub(1)).build();
        Self { retry_after_cap: retry.retry_after_cap, repeat, pauses, malformed: 0, renewed: false }
    }

    /// Returns the pause before the next attempt, or `None` if there is to be none.
    fn pause(&mut self, cx: &Context, error: &VendorError) -> Option<Duration> {
        self.malformed += usize::from(error.kind == VendorErrorKind::MalformedResponse);
        let pause = self.pauses.next()?;
        let repeatable = self.repeat == Repeat::Always || error.reached == Reached::No;
        if !repeatable || !error.is_transient() || self.malformed > MALFORMED_RETRIES {
            return None;
        }
        let pause = match error.retry_after {
            Some(asked) => Some(asked).filter(|asked| *asked <= self.retry_after_cap.min(cx.longest_pause()))?,
            // Full jitter: a random part of the pause.
            None => pause.mul_f64(random_fraction()),
        };
        Some(pause).filter(|pause| !cx.is_too_late(moment::after(Instant::now(), *pause)))
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Returns the target of a redirect, which has the origin of the request.
fn target_of(answer: &reqwest::Response, request: &Url) -> Result<Url, VendorError> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| answer.url().join(location).ok());
    target.filter(|target| target.origin() == request.origin()).ok_or_else(|| {
        let status = answer.status().as_u16();
        VendorError::answered(VendorErrorKind::Unavailable, status, "redirected to another host")
    })
}

/// Reads a whole decoded body of at most `limit` bytes.
async fn collect(body: Body, limit: usize) -> Result<bytes::Bytes, VendorError> {
    body::collect(body, limit).await.map_err(|error| match error {
        CollectError::TooLong => {
            let error =
                VendorError::new(VendorErrorKind::MalformedResponse, format!("the page is longer than {limit} bytes"));
            VendorError { reached: Reached::Answered, ..error }
        }
        CollectError::Broken(error) => match http_client::network_error(&*error) {
            Some(error) => network(error, http_client::reason(error), Reached::Answered),
            None => {
                let error = VendorError::new(VendorErrorKind::Network, http_client::broken_body(&*error));
                VendorError { reached: Reached::Answered, ..error }
            }
        },
    })
}

fn network(error: &reqwest::Error, reason: String, reached: Reached) -> VendorError {
    let kind = if error.is_timeout() { VendorErrorKind::Timeout } else { VendorErrorKind::Network };
    VendorError { reached, ..VendorError::new(kind, reason) }
}

/// Returns a random number from 0 to 1.
fn random_fraction() -> f64 {
    random_bytes::<4>().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
