//! A successful answer with what its headers say (spec P 4.1).

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::header::{HeaderMap, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::body::{self, Body, CollectError};
use crate::error::{Error, ErrorKind, Info, Result};

/// The largest answer that is read whole: list pages and documents. Files are streamed.
const WHOLE_LIMIT: usize = 256 << 20;

/// The largest error body that is looked at.
const ERROR_LIMIT: usize = 1 << 20;

/// An answer of the platform. The body is still to be read.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Answer {
    /// Takes a success, and makes an [`Error`] of anything else: from status, headers and body alone, so that it
    /// is the same in both modes.
    pub(crate) async fn of(response: Response<Body>) -> Result<Self> {
        let (parts, body) = response.into_parts();
        if parts.status.is_success() {
            return Ok(Self { status: parts.status, headers: parts.headers, body });
        }
        let bytes = body::collect(body, ERROR_LIMIT).await.ok().unwrap_or_default();
        Err(failure(parts.status, &parts.headers, &bytes))
    }

    /// The HTTP status: 200, or 206 for a range.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The request id to quote to support.
    pub fn request_id(&self) -> Option<&str> {
        self.header("elements-request-id")
    }

    /// How many items the body has.
    pub fn returned_count(&self) -> Option<u64> {
        self.header("elements-returned-count")?.parse().ok()
    }

    /// How many items there are on all pages; only when asked for.
    pub fn total_count(&self) -> Option<u64> {
        self.header("elements-total-count")?.parse().ok()
    }

    /// The token of the next page; none on the last one.
    pub fn next_page_token(&self) -> Option<&str> {
        self.header("elements-next-page-token").filter(|token| !token.is_empty())
    }

    /// What the platform ignored or adjusted although the call succeeded.
    pub fn warning(&self) -> Option<&str> {
        self.header("elements-error")
    }

    /// The whole body.
    pub async fn bytes(self) -> Result<Bytes> {
        body::collect(self.body, WHOLE_LIMIT).await.map_err(broken)
    }

    /// The body as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let request_id = self.request_id().map(str::to_owned);
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::from(Info {
                kind: ErrorKind::Decode,
                message: format!("the platform's answer could not be understood: {error}"),
                request_id,
                ..Info::default()
            })
        })
    }

    /// The body as a stream of chunks.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static {
        let chunks = self.body.into_data_stream();
        futures::StreamExt::map(chunks, |chunk| chunk.map_err(|error| broken(CollectError::Broken(error))))
    }
}

fn broken(error: CollectError) -> Error {
    match error {
        CollectError::TooLong => Error::new(ErrorKind::Decode, "the platform's answer is too long"),
        CollectError::Broken(error) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => Error::new(ErrorKind::Transport, error.to_string()),
        },
    }
}

/// The error body of spec P 3.1; every part may be missing, and proxies send other things.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorBody {
    request_id: Option<String>,
    message: Option<String>,
    provider_message: Option<String>,
}

fn failure(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let header_id = headers.get("elements-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let reason = || format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"));
    let kind = kind_of(status);
    let hint = hint_for(kind, body.provider_message.is_some());
    Error::from(Info {
        kind,
        status: Some(status.as_u16()),
        message: body.message.filter(|text| !text.is_empty()).unwrap_or_else(reason),
        provider_message: body.provider_message,
        request_id: header_id.or(body.request_id),
        hint: hint.map(str::to_owned),
        retry_after: retry_after(headers),
    })
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        502 => ErrorKind::Vendor,
        504 => ErrorKind::Timeout,
        400..500 => ErrorKind::InvalidRequest,
        _ => ErrorKind::Server,
    }
}

fn hint_for(kind: ErrorKind, from_vendor: bool) -> Option<&'static str> {
    match (kind, from_vendor) {
        (ErrorKind::Authentication, true) => Some("Check the API key and secret of the instance with the vendor."),
        (ErrorKind::Authentication, false) => {
            Some("Check the user secret, the organization secret and the Element token.")
        }
        (ErrorKind::PermissionDenied, true) => Some("Ask the vendor to allow this API key what was asked."),
        (ErrorKind::RateLimited, _) => Some("Wait as long as retry_after says, then try again."),
        (ErrorKind::Vendor | ErrorKind::Timeout, _) => Some("Try again later; if it stays, ask the vendor."),
        (ErrorKind::Server, _) => Some("Try again later; if it stays, report the request id."),
        _ => None,
    }
}

/// `Retry-After` in seconds or as an HTTP date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let wait = then.duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_body_becomes_an_error() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, http::HeaderValue::from_static("7"));
        let body = br#"{"requestId":"abc","message":"Too Many Requests","providerMessage":"RateLimitExceeded: slow"}"#;
        let error = failure(StatusCode::TOO_MANY_REQUESTS, &headers, body);
        let info = error.info();
        assert_eq!((info.kind, info.status), (ErrorKind::RateLimited, Some(429)));
        assert_eq!(info.provider_message.as_deref(), Some("RateLimitExceeded: slow"));
        assert_eq!((info.request_id.as_deref(), info.retry_after), (Some("abc"), Some(Duration::from_secs(7))));
    }

    #[test]
    fn a_foreign_error_page_is_named_by_its_status() {
        let error = failure(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"<html>");
        assert_eq!((error.kind(), error.message()), (ErrorKind::Vendor, "502 Bad Gateway"));
    }

    #[test]
    fn retry_after_may_be_a_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, http::HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
    }
}
