//! Reading of answers.

use std::sync::Arc;
use std::time::Duration;

use elementkit::element::Page;
use elementkit::record::{Batch, Schema};
use elementkit::vendor::{Decode, VendorAnswer, VendorError, VendorErrorKind};
use http::HeaderMap;
use http::StatusCode;
use http::header::{CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::rows;

/// Maximum length of the body of a response without an error document in an error.
const BODY_SHOWN: usize = 300;

/// Reads a page, or one record as a page.
pub(crate) struct PageDecoder<'a> {
    pub schema: &'a Arc<Schema>,
    pub single: bool,
}

/// Accepts any JSON.
pub(crate) struct Anything;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageDocument<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    has_more: bool,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct ErrorDocument {
    error: ErrorDetails,
}

#[derive(Deserialize)]
struct ErrorDetails {
    code: String,
    message: String,
}

impl Decode<Page> for PageDecoder<'_> {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        json_only(status, headers)
    }

    fn decode(&self, answer: VendorAnswer) -> Result<Page, VendorError> {
        let text = successful(&answer)?;
        let (mut batch, mut warnings) = (Batch::new(Arc::clone(self.schema)), Vec::new());
        batch.reserve(text.len());
        let unreadable = |error: serde_json::Error| malformed(&answer, error.to_string());
        let next = if self.single {
            let record: &RawValue = serde_json::from_str(text).map_err(unreadable)?;
            rows::push(&mut batch, record.get(), &mut warnings).map_err(|why| malformed(&answer, why))?;
            None
        } else {
            let page: PageDocument<'_> = serde_json::from_str(text).map_err(unreadable)?;
            for record in page.items {
                rows::push(&mut batch, record.get(), &mut warnings).map_err(|why| malformed(&answer, why))?;
            }
            if page.has_more && page.next_cursor.is_none() {
                return Err(malformed(&answer, "the page has no cursor of the next one"));
            }
            page.next_cursor.filter(|_| page.has_more)
        };
        let received = batch.len();
        Ok(Page { batch, received, next, warnings, vendor_time_s: date(&answer.headers, DATE) })
    }

    fn records(&self, page: &Page) -> Option<usize> {
        Some(page.received)
    }
}

impl Decode<()> for Anything {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        json_only(status, headers)
    }

    fn decode(&self, answer: VendorAnswer) -> Result<(), VendorError> {
        let text = successful(&answer)?;
        serde_json::from_str(text).map(|_: &RawValue| ()).map_err(|error| malformed(&answer, error.to_string()))
    }
}

fn json_only(status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if status.is_success() && !media.starts_with("application/json") {
        let message = format!("the media type is {media:?} instead of JSON");
        return Err(VendorError::answered(VendorErrorKind::MalformedResponse, status.as_u16(), message));
    }
    Ok(())
}

/// Returns the text of a successful answer.
fn successful(answer: &VendorAnswer) -> Result<&str, VendorError> {
    let text = std::str::from_utf8(&answer.body);
    let error = text.ok().and_then(|text| serde_json::from_str::<ErrorDocument>(text).ok());
    let status = answer.status.as_u16();
    if answer.status.is_success() && error.is_none() {
        return text.map_err(|_| malformed(answer, "the text is not UTF-8"));
    }
    let (code, message) = error.map(|ErrorDocument { error }| (error.code, error.message)).unzip();
    let kind = match (status, code.as_deref()) {
        (401, _) => VendorErrorKind::Unauthorized,
        (403, _) => VendorErrorKind::Forbidden,
        (404, _) => VendorErrorKind::NotFound,
        (410, _) | (400, Some("invalid_cursor")) => VendorErrorKind::CursorRejected,
        (429, _) => VendorErrorKind::Throttled,
        (200..300 | 408 | 500.., _) => VendorErrorKind::Unavailable,
        _ => VendorErrorKind::BadRequest,
    };
    let body = text.ok().filter(|_| message.is_none()).map(|text| text.chars().take(BODY_SHOWN).collect());
    let error = VendorError::answered(kind, status, "");
    Err(VendorError { code, message, body, retry_after: retry_after(&answer.headers), ..error })
}

/// Returns the delay that a response asks for.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = || u64::try_from(date(headers, RETRY_AFTER)? - jiff::Timestamp::now().as_second()).ok();
    text.parse().ok().or_else(until).map(Duration::from_secs)
}

/// Returns the date in a header, in seconds since the epoch.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<i64> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second())
}

fn malformed(answer: &VendorAnswer, why: impl Into<String>) -> VendorError {
    VendorError::answered(VendorErrorKind::MalformedResponse, answer.status.as_u16(), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_seconds_or_dates() {
        let with = |value: &str| HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        assert_eq!(retry_after(&with("7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&with("soon")), None);
        assert_eq!(retry_after(&with("Sun, 06 Nov 1994 08:49:37 GMT")), None, "it is over");
        let in_an_hour = jiff::Timestamp::now().as_second() + 3600;
        let text = jiff::Timestamp::from_second(in_an_hour).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let pause = retry_after(&with(&text)).unwrap();
        assert!((3595..=3600).contains(&pause.as_secs()), "{pause:?}");
        assert_eq!(date(&with(&text), RETRY_AFTER), Some(in_an_hour));
    }
}
