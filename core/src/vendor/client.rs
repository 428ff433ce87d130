//! The HTTP client of one instance.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use http::header::{HeaderMap, LOCATION};
use http::{Method, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use super::counts::CallCounts;
use super::network::{self, Network};
use super::oauth2::PlainHttp;
use super::pauses::Pauses;
use super::retries::Retries;
use super::{
    Answered, Authorize, Context, Decode, Generation, Reached, Repeat, ShownCall, StreamLimits, Upload, VendorAnswer,
    VendorCall, VendorError, VendorErrorKind, VendorLimits, VendorRequest, upload,
};
use crate::body::{self, Body, CollectError};
use crate::http_client;

/// The HTTP client of one instance. Cheap to clone; clones share limits and pauses, whatever authorizes their calls.
#[derive(Clone)]
pub struct VendorClient {
    shared: Arc<Shared>,
    authorize: Option<Arc<dyn Authorize>>,
    /// Whether calls take places of the concurrency limit.
    takes_places: bool,
    /// Whether addresses are checked.
    guarded: bool,
}

pub(super) struct Shared {
    network: Network,
    limits: VendorLimits,
    /// Outcomes of the calls of all instances of an engine.
    counts: Arc<CallCounts>,
    places: Semaphore,
    pauses: Pauses,
}

/// Check of status and headers before the body is read.
pub(super) type CheckHead<'a> = dyn Fn(StatusCode, &HeaderMap) -> Result<(), VendorError> + Sync + 'a;

/// A request that may be sent: authorized, not during a pause, and with a place of the concurrency limit.
struct Admitted<'c> {
    request: VendorRequest,
    generation: Generation,
    place: Option<SemaphorePermit<'c>>,
}

/// A request that was sent. Keeps its place until the answer is decoded.
pub(super) struct Sent<'c> {
    pub started: Instant,
    generation: Generation,
    place: Option<SemaphorePermit<'c>>,
}

/// A place of the concurrency limit that is held independently of the call. Gives it back when it is dropped.
pub(super) struct HeldPlace(Arc<Shared>);

impl Drop for HeldPlace {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
    }
}

impl fmt::Debug for VendorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VendorClient").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl VendorClient {
    /// Creates a client without authorization over an HTTP client, which instances share.
    pub(crate) fn new(network: Network, limits: VendorLimits, counts: Arc<CallCounts>) -> Self {
        let (places, pauses) = (Semaphore::new(limits.concurrency.max(1)), Pauses::default());
        let shared = Shared { network, limits, counts, places, pauses };
        Self { shared: Arc::new(shared), authorize: None, takes_places: true, guarded: false }
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

    /// Returns a client for addresses that the operator of the engine did not choose, as those in documents and in the
    /// configuration of instances. It calls only `http` and `https` addresses without a user name and, unless
    /// `EngineOptions::allow_private_vendors` is on, only `https` and hosts all of whose addresses are public. Other
    /// calls fail before anything is sent (spec E 3.20, E 3.38).
    #[must_use]
    pub fn guarded(&self) -> Self {
        Self { guarded: true, ..self.clone() }
    }

    /// Returns whether addresses of a login may be those of plain HTTP: a guarded client decides that itself.
    pub(super) fn plain_http(&self) -> PlainHttp {
        if self.guarded { PlainHttp::Allowed } else { PlainHttp::Loopback }
    }

    /// Returns the limits of the calls.
    pub fn limits(&self) -> VendorLimits {
        self.shared.limits
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
        match self.run(cx, request, repeat, decode, &|_, _| false, StreamLimits::default()).await? {
            Answered::Value(value) => Ok(value),
            Answered::Stream(_) => unreachable!("nothing is streamed"),
        }
    }

    /// Sends the request once, with its redirects, and receives the answer. Fails only if it could not be sent; that is
    /// final.
    pub(super) async fn attempt<R>(
        &self,
        cx: &Context,
        request: &VendorRequest,
        receive: impl AsyncFnOnce(reqwest::Response) -> Result<R, VendorError>,
    ) -> Result<(Result<R, VendorError>, Sent<'_>), VendorError> {
        if request.is_spent() {
            return Err(upload::spent());
        }
        if cx.is_dry_run() {
            cx.record(|| VendorCall::not_made(request));
            return Err(VendorError::new(VendorErrorKind::BadRequest, "nothing is sent in a dry run"));
        }
        let mut admitted = self.admit(cx, request).await?;
        cx.count_call();
        let started = Instant::now();
        let limit = self.shared.limits.timeout;
        let exchange = async { receive(self.exchange(cx, request, &mut admitted).await?).await };
        let late = async {
            match &request.upload {
                None => tokio::time::sleep(limit).await,
                // A long body may take any time, as long as it moves.
                Some(upload) => upload.progress().quiet(limit).await,
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = late => {
                Err(VendorError::new(VendorErrorKind::Timeout, format!("no whole answer within {limit:?}")))
            }
        };
        let Admitted { generation, place, .. } = admitted;
        Ok((outcome, Sent { started, generation, place }))
    }

    /// Keeps the place of a request for as long as the returned value lives.
    pub(super) fn keep_place(&self, sent: Sent<'_>) -> Option<HeldPlace> {
        sent.place.map(|place| {
            place.forget();
            HeldPlace(Arc::clone(&self.shared))
        })
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

    /// Sends an admitted request and returns the beginning of the answer. A read follows redirects within its origin, and
    /// each of them is authorized as a request of its own; the answer to anything else is returned as it is.
    async fn exchange<'c>(
        &'c self,
        cx: &Context,
        original: &VendorRequest,
        admitted: &mut Admitted<'c>,
    ) -> Result<reqwest::Response, VendorError> {
        let follows = matches!(original.method, Method::GET | Method::HEAD);
        let mut left = self.shared.limits.redirects;
        loop {
            let answer = self.send(admitted.request.clone()).await?;
            if !follows || !is_redirect(answer.status()) {
                return Ok(answer);
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
        let VendorRequest { method, url, headers, body, upload, .. } = request;
        let http = self.shared.network.client(self.guarded, &url)?;
        let builder = match &upload {
            Some(upload) => {
                let made = http.upload(method, url, headers, upload.body(), upload.length());
                made.map_err(|error| VendorError::new(VendorErrorKind::Unavailable, error.to_string()))?
            }
            None => {
                let builder = http.request(method, url, headers);
                if body.is_empty() { builder } else { builder.body(body) }
            }
        };
        builder.send().await.map_err(|error| {
            if let Some(own) = upload.as_ref().and_then(Upload::failure) {
                return own;
            }
            if http_client::is_refused(&error) {
                return network::not_allowed();
            }
            let reached = if error.is_connect() { Reached::No } else { Reached::Unknown };
            network_error(&error, http.reason(&error), reached)
        })
    }

    pub(super) async fn read(
        &self,
        answer: reqwest::Response,
        check: &CheckHead<'_>,
    ) -> Result<VendorAnswer, VendorError> {
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
    pub(super) fn note(
        &self,
        cx: &Context,
        request: &VendorRequest,
        started: Instant,
        status: Option<u16>,
        outcome: Result<Option<usize>, &VendorError>,
        shown: Option<ShownCall>,
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
            error: error.map(ToString::to_string).map(|text| request.masked(text)),
            shown,
            steps: Vec::new(),
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
    pub(super) async fn prepare_retry(
        &self,
        cx: &Context,
        retries: &mut Retries,
        request: &VendorRequest,
        error: VendorError,
        sent: Sent<'_>,
    ) -> Result<(), VendorError> {
        // The place is free for others during the pause.
        let Sent { generation: refused, place, .. } = sent;
        drop(place);
        let renewing = self.authorize.as_ref().filter(|_| error.kind == VendorErrorKind::Unauthorized);
        if let Some(authorize) = renewing.filter(|_| !std::mem::replace(&mut retries.renewed, true)) {
            return if authorize.renew(refused).await? { Ok(()) } else { Err(error) };
        }
        let pause = retries.pause(cx, &error).filter(|_| !request.is_spent());
        let Some(pause) = pause else { return Err(error) };
        tracing::debug!(%error, ?pause, "vendor call is tried again");
        tokio::time::sleep(pause).await;
        Ok(())
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
            Some(error) => network_error(error, http_client::reason(error), Reached::Answered),
            None => {
                let error = VendorError::new(VendorErrorKind::Network, http_client::broken_body(&*error));
                VendorError { reached: Reached::Answered, ..error }
            }
        },
    })
}

fn network_error(error: &reqwest::Error, reason: String, reached: Reached) -> VendorError {
    let kind = if error.is_timeout() { VendorErrorKind::Timeout } else { VendorErrorKind::Network };
    VendorError { reached, ..VendorError::new(kind, reason) }
}
