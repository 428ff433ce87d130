//! A call to the platform before it is sent.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::address::Address;
use super::upload::Upload;
use crate::auth::Secret;
use crate::body::{self, Body};
use crate::error::{Error, ErrorKind, Result};
use crate::warning::{CollectedWarnings, Warnings};

/// Prefix of every path (spec P 1.1).
const PREFIX: &str = "/elements/api-v2";

/// Size in bytes from which parameters are sent in the body if the platform supports it. Servers and proxies commonly
/// accept a request line of 8 KB.
pub(super) const LONG_QUERY: usize = 4 << 10;

/// Maximum length of a URL in the HTTP library.
const LONGEST_URI: usize = 65_534;

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Characters that are not encoded in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a name as one path segment.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// A call. It can be sent any number of times, unless its body is a stream.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub method: Method,
    pub path: String,
    /// Kind of the path.
    pub address: Address,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// A body that is read when it is sent, in place of `body`.
    pub upload: Option<Upload>,
    pub timeout: Option<Duration>,
    /// Element token, for calls made as an instance.
    pub element: Option<Secret>,
    /// Whether the response is left unread, to be streamed. Otherwise it is buffered within the attempt, so that a list
    /// page that ends early is requested again.
    pub streamed: bool,
    /// Whether the parameters of a read are sent in its body (spec P 16.14).
    pub query_in_body: bool,
    /// Policy for warnings, in place of the connection's.
    pub warnings: Option<Warnings>,
    /// Time at which the policy is applied.
    pub judgement: Judgement,
    /// Collects the warnings that are reported; one that it contains is not reported again.
    pub collected: CollectedWarnings,
}

/// Time at which the policy for warnings is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Before the response is returned to the caller.
    Now,
    /// Later, by the caller, which has to undo something first.
    Later,
}

impl Outgoing {
    /// Creates a call of a path below the prefix.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            address: Address::Platform,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            upload: None,
            timeout: None,
            element: None,
            streamed: false,
            query_in_body: false,
            warnings: None,
            judgement: Judgement::Now,
            collected: CollectedWarnings::default(),
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Sets the kind of the path.
    pub fn at(self, address: Address) -> Self {
        Self { address, ..self }
    }

    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the page that a token refers to; the first one without a token.
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

    pub fn json(self, document: &(impl Serialize + ?Sized)) -> Result<Self> {
        let wrong = |error| Error::new(ErrorKind::Config, format!("the body cannot be written as JSON: {error}"));
        let body = serde_json::to_vec(document).map_err(wrong)?;
        Ok(self.body(HeaderValue::from_static("application/json"), body.into()))
    }

    pub fn body(mut self, content_type: HeaderValue, body: Bytes) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = Some(body);
        self.upload = None;
        self
    }

    /// Sets a body that is read when it is sent.
    pub fn upload(mut self, content_type: HeaderValue, upload: Upload) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        (self.body, self.upload) = (None, Some(upload));
        self
    }

    /// Returns whether the call can be sent again.
    pub fn is_repeatable(&self) -> bool {
        self.upload.as_ref().is_none_or(|upload| upload.again)
    }

    pub fn streamed(mut self) -> Self {
        self.streamed = true;
        self
    }

    /// Returns the path for logs: without the query, which may contain personal data.
    pub fn shown(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Returns the parameters as a URL query.
    fn pairs(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish()
    }

    /// Returns whether the parameters make a URL that servers commonly reject.
    pub fn has_long_query(&self) -> bool {
        self.query.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>() > LONG_QUERY
    }

    pub fn uri(&self) -> Result<Uri> {
        let mut uri = format!("{PREFIX}/{}", self.path.trim_start_matches('/'));
        if !self.query.is_empty() && !self.query_in_body {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&self.pairs());
        }
        if uri.len() > LONGEST_URI {
            let message =
                format!("the parameters make a URL of {} bytes; at most {LONGEST_URI} can be sent", uri.len());
            return Err(
                Error::new(ErrorKind::InvalidRequest, message).with_hint("Shorten the condition, or use a bulk job.")
            );
        }
        uri.parse().map_err(|_| Error::new(ErrorKind::Config, format!("{:?} is not a path", self.path)))
    }

    /// Returns the request without its credentials. A read with its parameters in the body is a `POST` with a header
    /// that marks it as a read (spec P 16.14).
    pub fn request(&self) -> Result<Request<Body>> {
        let whole = || self.body.clone().map_or_else(body::empty, body::full);
        let mut request = Request::new(self.upload.as_ref().map_or_else(whole, Upload::body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri()?;
        *request.headers_mut() = self.headers.clone();
        if self.query_in_body {
            *request.method_mut() = Method::POST;
            *request.body_mut() = body::full(self.pairs());
            request.headers_mut().insert(METHOD_OVERRIDE, HeaderValue::from_static("GET"));
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        Ok(request)
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
