//! Successful responses of handlers.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use super::failure::Failure;
use crate::body::{self, Body};
use crate::warning::Warning;

/// Headers of spec P 4.1.
pub(crate) mod names {
    use http::HeaderName;

    pub const REQUEST_ID: HeaderName = HeaderName::from_static("elements-request-id");
    pub const RETURNED_COUNT: HeaderName = HeaderName::from_static("elements-returned-count");
    pub const TOTAL_COUNT: HeaderName = HeaderName::from_static("elements-total-count");
    pub const NEXT_PAGE_TOKEN: HeaderName = HeaderName::from_static("elements-next-page-token");
    pub const INSTANCE_ID: HeaderName = HeaderName::from_static("elements-element-instance-id");
    pub const TRACE_ID: HeaderName = HeaderName::from_static("elements-trace-id");
    pub const DRY_RUN: HeaderName = HeaderName::from_static("elements-dry-run");
}

const VENDOR_UNREACHABLE: HeaderName = HeaderName::from_static("elements-vendor-unreachable");
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// A successful response; the status is 200 by default (spec P 1.2).
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// Warnings for a call that succeeds (spec P 4.1).
    pub warnings: Vec<Warning>,
}

impl Reply {
    /// Returns 200 with an empty body.
    pub fn empty() -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body: body::empty(), warnings: Vec::new() }
    }

    /// Returns 200 with this JSON document.
    pub fn json(document: &impl Serialize) -> Result<Self, Failure> {
        let bytes = serde_json::to_vec(document).map_err(|_| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
        Ok(Self::json_bytes(bytes))
    }

    /// Returns 200 with serialized JSON.
    pub fn json_bytes(bytes: impl Into<Bytes>) -> Self {
        Self { body: body::full(bytes), ..Self::empty() }.header(CONTENT_TYPE, JSON)
    }

    pub fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// Sets a header to an arbitrary string, with characters that are invalid in headers replaced by `?`.
    pub fn text_header(self, name: HeaderName, value: &str) -> Self {
        let is_printable = |char| matches!(char, ' '..='~');
        let printable = match value.bytes().all(|byte| is_printable(char::from(byte))) {
            true => Cow::Borrowed(value),
            false => value.chars().map(|char| if is_printable(char) { char } else { '?' }).collect(),
        };
        match HeaderValue::from_str(&printable) {
            Ok(value) => self.header(name, value),
            Err(_) => self,
        }
    }

    /// Adds warnings.
    pub fn warn(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub fn into_response(mut self) -> Response<Body> {
        let warnings = std::mem::take(&mut self.warnings);
        if !warnings.is_empty() {
            self = Warning::headers(&warnings)
                .into_iter()
                .fold(self, |reply, (name, text)| reply.text_header(name, &text));
        }
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl Failure {
    /// Returns the response for the failure.
    pub fn into_response(self, request_id: &str) -> Response<Body> {
        let mut reply = Reply::json_bytes(self.body(request_id));
        reply.status = self.status;
        if let Some(seconds) = self.retry_after_seconds {
            reply = reply.header(http::header::RETRY_AFTER, seconds);
        }
        if let Some(length) = self.rare.and_then(|rare| rare.file_length) {
            reply = reply.text_header(http::header::CONTENT_RANGE, &format!("bytes */{length}"));
        }
        if let Some(verbs) = self.allow {
            reply = reply.header(http::header::ALLOW, *verbs);
        }
        if self.vendor_unreachable {
            reply = reply.header(VENDOR_UNREACHABLE, HeaderValue::from_static("true"));
        }
        reply.into_response()
    }
}
