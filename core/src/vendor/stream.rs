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
use crate::upload::without_silence;

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

/// Outcome of a call: the value that the decoder made of the answer, or the answer itself.
#[derive(Debug)]
pub enum Answered<T> {
    /// An answer that was decoded.
    Value(T),
    /// A successful one, whose body is read as it arrives.
    Stream(VendorStream),
}

/// Choice of the successful answers whose bodies are read as they arrive.
type Streams<'a> = dyn Fn(StatusCode, &HeaderMap) -> bool + Sync + 'a;

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
        match self.run(cx, request, repeat, &Accepted(decode), &|status, _| status.is_success(), limits).await? {
            Answered::Value(answer) | Answered::Stream(answer) => Ok(answer),
        }
    }

    /// Makes a call as [`VendorClient::call`] does. A successful answer that the decoder [streams](Decode::streams) is not
    /// decoded: its body is read as it arrives, as that of [`VendorClient::stream`].
    ///
    /// # Errors
    /// Returns the failure of the last attempt.
    pub async fn receive<T>(
        &self,
        cx: &Context,
        request: VendorRequest,
        repeat: Repeat,
        decode: &dyn Decode<T>,
        limits: StreamLimits,
    ) -> Result<Answered<T>, VendorError> {
        let streams = |status: StatusCode, headers: &HeaderMap| decode.streams(status, headers);
        self.run(cx, request, repeat, decode, &streams, limits).await
    }

    pub(super) async fn run<T>(
        &self,
        cx: &Context,
        request: VendorRequest,
        repeat: Repeat,
        decode: &dyn Decode<T>,
        streams: &Streams<'_>,
        limits: StreamLimits,
    ) -> Result<Answered<T>, VendorError> {
        let check = |status: StatusCode, headers: &HeaderMap| decode.head(status, headers);
        let mut retries = Retries::new(self.limits().retry, repeat);
        loop {
            let sent = self.attempt(cx, &request, async |answer| self.begin(answer, &check, streams).await).await;
            let (outcome, sent) = sent.map_err(|error| decode.explain(error))?;
            let status = outcome.as_ref().ok().map(|received| received.status().as_u16());
            let shown = request.shown.as_ref().filter(|_| cx.is_traced());
            let shown = shown.map(|shown| match &outcome {
                Ok(Received::Whole(answer)) => shown.call(&request.method, Some(answer)),
                Ok(Received::Begun(answer)) => shown.call(&request.method, Some(&answer.without_body())),
                Err(_) => shown.call(&request.method, None),
            });
            let outcome = outcome.and_then(|received| received.decoded(decode));
            let records = outcome.as_ref().map(|answered| match answered {
                Answered::Value(value) => decode.records(value),
                Answered::Stream(_) => None,
            });
            self.note(cx, &request, sent.started, status, records, shown);
            match outcome {
                Ok(Answered::Value(value)) => return Ok(Answered::Value(value)),
                Ok(Answered::Stream(answer)) => {
                    let late = limits.time.map(|time| Instant::from_std(moment::after(sent.started, time)));
                    let silence = request.upload.as_ref().map(|_| self.limits().timeout);
                    let place = self.keep_place(sent);
                    return Ok(Answered::Stream(answer.limited(limits, late, silence, place)));
                }
                Err(error) => self.prepare_retry(cx, &mut retries, &request, error, sent).await,
            }
            .map_err(|error| decode.explain(error))?;
        }
    }

    /// Reads an answer, or the head only of a successful one that is streamed.
    async fn begin(
        &self,
        answer: reqwest::Response,
        check: &CheckHead<'_>,
        streams: &Streams<'_>,
    ) -> Result<Received, VendorError> {
        let status = answer.status();
        if !status.is_success() || !streams(status, answer.headers()) {
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

    fn decoded<T>(self, decode: &dyn Decode<T>) -> Result<Answered<T>, VendorError> {
        match self {
            Self::Begun(answer) => Ok(Answered::Stream(answer)),
            Self::Whole(answer) => decode.decode(answer).map(Answered::Value),
        }
    }
}

/// Decoder of calls that return every answer which it accepts.
struct Accepted<'a>(&'a dyn Decode<()>);

impl Decode<VendorStream> for Accepted<'_> {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        self.0.head(status, headers)
    }

    fn decode(&self, answer: VendorAnswer) -> Result<VendorStream, VendorError> {
        let (status, headers, body) = (answer.status, answer.headers.clone(), answer.body.clone());
        self.0.decode(answer)?;
        Ok(VendorStream { status, headers, body: body::full(body) })
    }

    fn explain(&self, error: VendorError) -> VendorError {
        self.0.explain(error)
    }
}

impl VendorStream {
    /// Limits the body. `silence` is for connections that do not limit it themselves.
    fn limited(
        self,
        limits: StreamLimits,
        late: Option<Instant>,
        silence: Option<Duration>,
        place: Option<HeldPlace>,
    ) -> Self {
        let late = late.map(|late| Box::pin(tokio::time::sleep_until(late)));
        let body = match silence {
            Some(limit) => without_silence(self.body, limit),
            None => self.body,
        };
        let watched = Watched { inner: Some(body), limits, left: limits.bytes, late, place };
        Self { body: watched.boxed_unsync(), ..self }
    }

    /// Returns the answer as traces show it.
    fn without_body(&self) -> VendorAnswer {
        VendorAnswer { status: self.status, headers: self.headers.clone(), body: Bytes::new() }
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
