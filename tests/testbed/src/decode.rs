//! Reading of answers.

use std::sync::Arc;

use elementkit::element::Page;
use elementkit::record::{Batch, Schema};
use elementkit::vendor::{Decode, VendorAnswer, VendorError, VendorErrorKind};
use http::HeaderMap;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::rows;

/// Reads a page, or one record as a page.
pub(crate) struct PageDecoder<'a> {
    pub schema: &'a Arc<Schema>,
    pub single: bool,
}

/// Accepts any JSON.
pub(crate) struct Anything;

/// Accepts successful answers of any media type.
pub(crate) struct Successful;

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
        Ok(Page { received, next, warnings, vendor_time_s: answer.time_s(), ..Page::last(batch) })
    }

    fn records(&self, page: &Page) -> Option<usize> {
        Some(page.received)
    }
}

impl Decode<()> for Successful {
    fn decode(&self, answer: VendorAnswer) -> Result<(), VendorError> {
        successful(&answer).map(drop)
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

/// Refuses a successful answer of another media type.
pub(crate) fn json_only(status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if status.is_success() && !media.starts_with("application/json") {
        let message = format!("the media type is {media:?} instead of JSON");
        return Err(VendorError::answered(VendorErrorKind::MalformedResponse, status.as_u16(), message));
    }
    Ok(())
}

/// Returns the text of a successful answer.
pub(crate) fn successful(answer: &VendorAnswer) -> Result<&str, VendorError> {
    let text = std::str::from_utf8(&answer.body);
    let error = text.ok().and_then(|text| serde_json::from_str::<ErrorDocument>(text).ok());
    if answer.status.is_success() && error.is_none() {
        return text.map_err(|_| malformed(answer, "the text is not UTF-8"));
    }
    let (code, message) = error.map(|ErrorDocument { error }| (error.code, error.message)).unzip();
    let kind = match code.as_deref() {
        Some("invalid_cursor") => VendorErrorKind::CursorRejected,
        // An error document with status 200.
        _ if answer.status.is_success() => VendorErrorKind::Unavailable,
        _ => VendorErrorKind::of_status(answer.status),
    };
    Err(VendorError::of_answer(answer, kind, code, message))
}

pub(crate) fn malformed(answer: &VendorAnswer, why: impl Into<String>) -> VendorError {
    VendorError::answered(VendorErrorKind::MalformedResponse, answer.status.as_u16(), why)
}
