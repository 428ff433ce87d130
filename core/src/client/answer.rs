//! Successful responses and the contents of their headers (spec P 4.1).

use std::time::Instant;

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::header::HeaderMap;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::failure::failure;
use crate::body::{self, Body, CollectError};
use crate::error::{Error, ErrorKind, Info, Result};
use crate::warning::Warning;

/// Maximum size of a response that is buffered, in bytes: list pages and documents. Files are streamed.
pub(super) const WHOLE_LIMIT: usize = 256 << 20;

/// Maximum size of an error body that is read, in bytes.
const ERROR_LIMIT: usize = 1 << 20;

/// Limits of size and time for buffering a response.
#[derive(Clone)]
pub(super) struct Limits {
    pub bytes: usize,
    pub deadline: Option<Instant>,
    /// Cancelled when the platform is closed.
    pub closing: CancellationToken,
}

/// A response of the platform: its status, its headers, and its body, which can be read once.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    warnings: Vec<Warning>,
    body: Body,
    limits: Limits,
}

impl Answer {
    /// Accepts a success and turns anything else into an [`Error`], from status, headers and body alone, so that both
    /// modes behave the same.
    pub(super) async fn of(response: Response<Body>, limits: Limits) -> Result<Self> {
        let (parts, body) = response.into_parts();
        if parts.status.is_success() {
            let warnings = Warning::of_headers(&parts.headers);
            return Ok(Self { status: parts.status, headers: parts.headers, warnings, body, limits });
        }
        let bytes = body::collect(body, ERROR_LIMIT).await.ok().unwrap_or_default();
        Err(failure(parts.status, &parts.headers, &bytes))
    }

    /// Returns the same response with its body buffered.
    pub(super) async fn whole(self) -> Result<Self> {
        let Self { status, headers, warnings, body, limits } = self;
        let bytes = collect(body, limits.clone()).await?;
        Ok(Self { status, headers, warnings, body: body::full(bytes), limits })
    }

    /// Returns the HTTP status: 200, or 206 for a range.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns all headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns a header as a string.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the request id to quote to support.
    pub fn request_id(&self) -> Option<&str> {
        self.header("elements-request-id")
    }

    /// Returns the number of items in the body.
    pub fn returned_count(&self) -> Option<u64> {
        self.header("elements-returned-count")?.parse().ok()
    }

    /// Returns the number of items on all pages, if the request asked for it.
    pub fn total_count(&self) -> Option<u64> {
        self.header("elements-total-count")?.parse().ok()
    }

    /// Returns the token of the next page, or `None` on the last page.
    pub fn next_page_token(&self) -> Option<&str> {
        self.header("elements-next-page-token").filter(|token| !token.is_empty())
    }

    /// Returns the id of the instance that responded, for calls made with an Element token.
    pub fn instance_id(&self) -> Option<i64> {
        self.header("elements-element-instance-id")?.parse().ok()
    }

    /// Returns the entity tag of the file, if it is a strong one and the file can be read in ranges (spec P 16.6).
    pub(super) fn range_tag(&self) -> Option<&str> {
        let in_ranges = self.header("accept-ranges") == Some("bytes") || self.status == StatusCode::PARTIAL_CONTENT;
        self.header("etag").filter(|tag| in_ranges && !tag.starts_with("W/"))
    }

    /// Returns what the platform ignored, adjusted or questions although the call succeeded.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the text of the [warnings](Self::warnings) as the platform sent it.
    pub fn warning(&self) -> Option<&str> {
        self.header("elements-error")
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// `decode` if it is longer than the limit of the options, `transport` if it ends early, `timeout`.
    pub async fn bytes(self) -> Result<Bytes> {
        collect(self.body, self.limits).await
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes); `decode` if it is anything else.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let request_id = self.request_id().map(str::to_owned);
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::from(Info {
                kind: ErrorKind::Decode,
                message: format!("the platform's response could not be parsed: {error}"),
                request_id,
                hint: Some("Check the base URL: the response may not come from a platform.".to_owned()),
                ..Info::default()
            })
        })
    }

    /// Returns the body as a stream of chunks. It ends with the error `closed` as soon as the platform is closed.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static {
        let (closing, mut chunks) = (self.limits.closing, self.body.into_data_stream());
        Box::pin(try_stream! {
            loop {
                let chunk = tokio::select! {
                    biased;
                    () = closing.cancelled() => Err(Error::closed()),
                    chunk = chunks.try_next() => chunk.map_err(|error| broken(CollectError::Broken(error))),
                };
                match chunk? {
                    Some(chunk) => yield chunk,
                    None => break,
                }
            }
        })
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let request_id = self.request_id();
        f.debug_struct("Answer").field("status", &self.status).field("request_id", &request_id).finish_non_exhaustive()
    }
}

/// Buffers a body within its limits.
async fn collect(body: Body, limits: Limits) -> Result<Bytes> {
    let late = async {
        match limits.deadline {
            None => std::future::pending().await,
            Some(at) => tokio::time::sleep_until(at.into()).await,
        }
    };
    tokio::select! {
        biased;
        () = limits.closing.cancelled() => Err(Error::closed()),
        collected = body::collect(body, limits.bytes) => collected.map_err(broken),
        () = late => Err(Error::new(ErrorKind::Timeout, "the response was not complete in time")),
    }
}

fn broken(error: CollectError) -> Error {
    match error {
        CollectError::TooLong => Error::new(ErrorKind::Decode, "the platform's response is too long")
            .with_hint("Request smaller pages, or stream the response."),
        CollectError::Broken(error) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => Error::new(ErrorKind::Transport, error.to_string()),
        },
    }
}
