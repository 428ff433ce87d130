//! One call to the platform, before it is sent.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::warning::{CollectedWarnings, Warnings};

/// The constant prefix of every path (spec P 1.1).
const PREFIX: &str = "/elements/api-v2";

/// What stays as it is inside one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// A call, ready to be sent as often as needed.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub timeout: Option<Duration>,
    /// The Element token, for calls that are an instance's own.
    pub element: Option<Secret>,
    /// Whether the answer is left unread, to be streamed. Otherwise it is read whole, and reading it belongs to the
    /// attempt: a list page that breaks off is asked for again.
    pub streamed: bool,
    /// What is done with warnings, in place of the connection's policy.
    pub warnings: Option<Warnings>,
    /// When that is done.
    pub judgement: Judgement,
    /// Keeps the warnings that are reported; one that it has is not reported again.
    pub collected: CollectedWarnings,
}

/// When the policy for warnings is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Before the answer is given to the caller.
    Now,
    /// By the caller, who has to undo something first.
    Later,
}

impl Outgoing {
    /// A call of a path below the prefix.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            timeout: None,
            element: None,
            streamed: false,
            warnings: None,
            judgement: Judgement::Now,
            collected: CollectedWarnings::default(),
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The page a token leads to; the first one without.
    pub fn page(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.query("nextPage", token),
            None => self,
        }
    }

    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self> {
        let wrong = |_| Error::new(ErrorKind::Config, format!("the value of header {name} cannot be sent"));
        self.headers.insert(&name, HeaderValue::from_str(value).map_err(wrong)?);
        Ok(self)
    }

    pub fn json(self, document: &impl Serialize) -> Result<Self> {
        let wrong = |error| Error::new(ErrorKind::Config, format!("the body cannot be written as JSON: {error}"));
        let body = serde_json::to_vec(document).map_err(wrong)?;
        Ok(self.body(HeaderValue::from_static("application/json"), body.into()))
    }

    pub fn body(mut self, content_type: HeaderValue, body: Bytes) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = Some(body);
        self
    }

    pub fn streamed(mut self) -> Self {
        self.streamed = true;
        self
    }

    /// The path as it may be logged: without a query, which may hold personal data.
    pub fn shown(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    pub fn uri(&self) -> Result<Uri> {
        let mut uri = format!("{PREFIX}/{}", self.path.trim_start_matches('/'));
        if !self.query.is_empty() {
            let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&pairs);
        }
        uri.parse().map_err(|_| Error::new(ErrorKind::Config, format!("{:?} is no path", self.path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_their_segment() {
        assert_eq!(segment("my.contacts-2_x"), "my.contacts-2_x");
        assert_eq!(segment("a/b?c#ü %"), "a%2Fb%3Fc%23%C3%BC%20%25");
    }

    #[test]
    fn queries_join_what_the_path_has() {
        let uri = |path: &str| Outgoing::get(path).query("where", "a='b&c'").uri().map(|uri| uri.to_string());
        assert_eq!(uri("/x").ok().as_deref(), Some("/elements/api-v2/x?where=a%3D%27b%26c%27"));
        assert_eq!(uri("x?y=1").ok().as_deref(), Some("/elements/api-v2/x?y=1&where=a%3D%27b%26c%27"));
        assert_eq!(uri("a b").map_err(|error| error.kind()), Err(ErrorKind::Config));
    }
}
