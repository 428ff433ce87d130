//! Answers that are read as they arrive, as files are.

use std::pin::Pin;
use std::task::{Context as Polled, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderMap, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep};

use super::client::{CheckHead, HeldPlace};
use super::retries::Retries;
use super::{Context, Decode, Repeat, VendorAnswer, VendorClient, VendorError, VendorRequest};
use crate::body::{self, Body, BoxError};
use crate::http_client;
use crate::moment;

/// Limits of an answer that is read as it arrives. Besides them, the vendor may be silent for the time that the engine
/// allows (`VendorTimeouts::idle`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamLimits {
    /// Time limit of the whole answer. `None` for any time.
    pub time: Option<Duration>,
    /// Maximum size of the decoded body, in bytes. `None` for any size.
    pub bytes: Option<u64>,
}

/// An answer whose body is read as it arrives. The body fails if it is longer than its limits allow.
#[derive(Debug)]
pub struct VendorStream {
    /// The status.
    pub status: StatusCode,
    /// The headers, without the content coding.
    pub headers: HeaderMap,
    /// The decoded body. The call keeps its place of the concurrency limit until it ends or is dropped.
    pub body: Body,
}

/// Answer to an attempt.
enum Received {
    /// A successful one, whose body was not read.
    Begun(VendorStream),
    /// Any other one.
    Whole(VendorAnswer),
}

impl VendorClient {
    /// Makes a call as [`VendorClient::call`] does, up to the head of a successful answer, whose body is then read as it
    /// arrives. The decoder checks heads and classifies unsuccessful answers; one that it accepts is returned whole.
    ///
    /// # Errors
    /// Returns the failure of the last attempt. A failure within the body is one of the body, and is not repeated.
    pub async fn stream(
        &self,
        cx: &Context,
        request: VendorRequest,
        repeat: Repeat,
        decode: &dyn Decode<()>,
        limits: StreamLimits,
    ) -> Result<VendorStream, VendorError> {
        let check = |status: StatusCode, headers: &HeaderMap| decode.head(status, headers);
        let mut retries = Retries::new(self.limits().retry, repeat);
        loop {
            let sent = self.attempt(cx, &request, async |answer| self.receive(answer, &check).await).await;
            let (outcome, sent) = sent.map_err(|error| decode.explain(error))?;
            let status = outcome.as_ref().ok().map(|received| received.status().as_u16());
            let outcome = outcome.and_then(|received| received.accepted(decode));
            self.note(cx, &request, sent.started, status, outcome.as_ref().map(|_| None), None);
            match outcome {
                Ok(answer) => {
                    let late = limits.time.map(|time| Instant::from_std(moment::after(sent.started, time)));
                    let place = self.keep_place(sent);
                    return Ok(answer.limited(limits, late, place));
                }
                Err(error) => self.prepare_retry(cx, &mut retries, error, sent).await,
            }
            .map_err(|error| decode.explain(error))?;
        }
    }
}

impl VendorClient {
    /// Reads an unsuccessful answer, and the head only of a successful one.
    async fn receive(&self, answer: reqwest::Response, check: &CheckHead<'_>) -> Result<Received, VendorError> {
        let status = answer.status();
        if !status.is_success() {
            return self.read(answer, check).await.map(Received::Whole);
        }
        let (headers, body) = http_client::decoded(answer);
        check(status, &headers)?;
        Ok(Received::Begun(VendorStream { status, headers, body }))
    }
}

impl Received {
    fn status(&self) -> StatusCode {
        match self {
            Self::Begun(answer) => answer.status,
            Self::Whole(answer) => answer.status,
        }
    }

    fn accepted(self, decode: &dyn Decode<()>) -> Result<VendorStream, VendorError> {
        match self {
            Self::Begun(answer) => Ok(answer),
            Self::Whole(answer) => {
                let (status, headers, body) = (answer.status, answer.headers.clone(), answer.body.clone());
                decode.decode(answer)?;
                Ok(VendorStream { status, headers, body: body::full(body) })
            }
        }
    }
}

impl VendorStream {
    fn limited(self, limits: StreamLimits, late: Option<Instant>, place: Option<HeldPlace>) -> Self {
        let late = late.map(|late| Box::pin(tokio::time::sleep_until(late)));
        let watched = Watched { inner: Some(self.body), limits, left: limits.bytes, late, place };
        Self { body: watched.boxed_unsync(), ..self }
    }
}

/// A body with limits.
struct Watched {
    /// `None` after the end or a failure.
    inner: Option<Body>,
    limits: StreamLimits,
    /// Bytes that may follow.
    left: Option<u64>,
    late: Option<Pin<Box<Sleep>>>,
    place: Option<HeldPlace>,
}

impl Watched {
    /// Ends the body.
    fn end(&mut self, failure: Option<String>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        (self.inner, self.place) = (None, None);
        Poll::Ready(failure.map(|failure| Err(failure.into())))
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, polled: &mut Polled<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let is_late = self.late.as_mut().is_some_and(|late| late.poll_unpin(polled).is_ready());
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        if is_late {
            let limit = self.limits.time.unwrap_or_default();
            return self.end(Some(format!("no whole answer within {limit:?}")));
        }
        let frame = match ready!(Pin::new(inner).poll_frame(polled)) {
            None => return self.end(None),
            Some(Err(error)) => return self.end(Some(http_client::broken_body(&*error))),
            Some(Ok(frame)) => frame,
        };
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        let Some(left) = self.left else { return Poll::Ready(Some(Ok(frame))) };
        match left.checked_sub(length) {
            Some(left) => {
                self.left = Some(left);
                Poll::Ready(Some(Ok(frame)))
            }
            None => {
                let limit = self.limits.bytes.unwrap_or_default();
                self.end(Some(format!("the answer is longer than {limit} bytes")))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
