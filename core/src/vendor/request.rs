//! Requests.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

use super::{ShownRequest, Upload, VendorError, VendorErrorKind};
use crate::error::{Error, ErrorKind, Result};
use crate::http_client;

/// Characters that are escaped in a segment of a path: all but the unreserved ones of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to a vendor. Its `Debug` form has neither query, headers nor body, which may contain credentials.
#[derive(Clone)]
pub struct VendorRequest {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// A body that is sent as it arrives, in place of `body`. `None` by default.
    pub upload: Option<Upload>,
    /// Name of the operation in logs: the template of the path, without ids.
    pub operation: Cow<'static, str>,
    /// The request as traces show it. `None` if address and path have no secrets; then traces show these alone.
    pub shown: Option<Arc<ShownRequest>>,
}

impl VendorRequest {
    /// Creates a `GET` without headers.
    pub fn get(url: Url, operation: impl Into<Cow<'static, str>>) -> Self {
        let operation = operation.into();
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            upload: None,
            operation,
            shown: None,
        }
    }

    /// Creates a `GET` of the path below a base address whose segments are these. Each segment is escaped, so that an id
    /// with slashes stays one segment.
    ///
    /// # Errors
    /// Returns a `NotFound` failure if a segment is empty, `.` or `..`: no object has such an id, and a URL with it would
    /// name another path.
    pub fn below(
        base: &Url,
        segments: &[&str],
        operation: impl Into<Cow<'static, str>>,
    ) -> std::result::Result<Self, VendorError> {
        let invalid = |segment: &&&str| matches!(**segment, "" | "." | "..");
        if let Some(segment) = segments.iter().find(invalid) {
            let message = format!("{segment:?} cannot be part of a path");
            return Err(VendorError::new(VendorErrorKind::NotFound, message));
        }
        let mut path = base.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let mut url = base.clone();
        url.set_path(&path);
        Ok(Self::get(url, operation))
    }

    /// Returns whether a part of a body was sent that cannot be sent again.
    pub(super) fn is_spent(&self) -> bool {
        self.upload.as_ref().is_some_and(Upload::is_spent)
    }

    /// Returns a text without the secrets of the request.
    pub(super) fn masked(&self, text: String) -> String {
        self.shown.as_ref().map(|shown| shown.masked(&text)).unwrap_or(text)
    }

    /// Returns path and query, as traces show them.
    pub(super) fn target(&self) -> String {
        match &self.shown {
            None => self.url[Position::BeforePath..].to_owned(),
            Some(shown) => match Url::parse(&shown.masked(&shown.url)) {
                Ok(url) => url[Position::BeforePath..].to_owned(),
                Err(_) => self.operation.clone().into_owned(),
            },
        }
    }
}

impl fmt::Debug for VendorRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("VendorRequest");
        shown.field("method", &self.method).field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Whether a call may be repeated after a temporary failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// After every temporary failure.
    Always,
    /// Only if the request certainly did not reach the vendor.
    IfNotSent,
}

impl Repeat {
    /// Returns [`Always`](Self::Always) for methods that change nothing.
    pub fn of(method: &Method) -> Self {
        if method.is_safe() { Self::Always } else { Self::IfNotSent }
    }
}

/// Parses the base URL of a vendor.
///
/// # Errors
/// Returns a `config` error if the URL is neither https nor a loopback address over http.
pub fn read_base_url(text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::new(ErrorKind::Config, format!("the vendor URL {text:?} cannot be used: {why}"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if http_client::is_loopback(&url) => Ok(url),
        "http" => Err(wrong("plain http would send the credentials in the clear")),
        _ => Err(wrong("it is neither https nor http")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stay_within_their_path() -> Result<()> {
        let base = read_base_url("https://acme.example/api/")?;
        let url =
            |segments: &[&str]| VendorRequest::below(&base, segments, "get").map(|request| request.url.to_string());
        let id = url(&["v2", "accounts", "a/b ?#%2F..", "notes"]);
        assert_eq!(id.ok().as_deref(), Some("https://acme.example/api/v2/accounts/a%2Fb%20%3F%23%252F../notes"));
        for wrong in ["", ".", ".."] {
            let error = url(&["accounts", wrong]).err().map(|error| error.kind);
            assert_eq!(error, Some(VendorErrorKind::NotFound), "{wrong:?}");
        }
        Ok(())
    }
}
