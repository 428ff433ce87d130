//! Calls that are no reads of lists: writes, and any other verb and path of an element.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::{Parameters, PathValues, Resource};
use crate::body::{self, Body};
use crate::record::Batch;
use crate::vendor::{IncomingBody, VendorStream};

/// A call of a resource that is [no read](super::ResourceKind::is_read).
#[derive(Clone, Copy, Debug)]
pub struct ResourceCall<'a> {
    /// Resource that was called.
    pub resource: &'a Resource,
    /// Values of the variables in the path.
    pub path: &'a PathValues,
    /// Query parameters that the resource declares; all of the call if the resource is open.
    pub parameters: &'a Parameters,
    /// Headers that the resource declares; all of the call if the resource is open.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: CallBody<'a>,
}

/// Body of a call.
#[derive(Clone, Copy, Debug)]
pub enum CallBody<'a> {
    /// No body.
    Empty,
    /// A record in the vendor's names, as the text of a JSON object. Numbers are as the caller wrote them, unless a
    /// mapping applies. Unknown members are not removed.
    Record(&'a str),
    /// Any other body. One that is declared as JSON is well-formed.
    Bytes {
        /// Media type with its parameters.
        media_type: &'a str,
        /// Content.
        bytes: &'a Bytes,
    },
    /// A body that is longer than what the engine holds in memory, for resources that read such bodies as they arrive
    /// ([`Resource::streams_body`]). It is neither JSON nor a URL-encoded form.
    Stream {
        /// Media type with its parameters.
        media_type: &'a str,
        /// Content.
        body: &'a IncomingBody,
    },
}

/// Successful answer to a call. The status of the platform's response is always 200 (spec P 1.2).
#[derive(Debug)]
pub enum Answer {
    /// The record that was written: the first row, with columns of the object of the resource. The engine maps it and
    /// removes nulls as in reads.
    Record(Batch),
    /// Several records, as [`Record`](Self::Record).
    Rows(Batch),
    /// Another answer, with headers.
    With(Head, Box<Self>),
    /// A body that is no record. JSON may contain nulls; the engine removes them as the instance wants.
    Bytes {
        /// Headers.
        head: Head,
        /// Content.
        body: Body,
    },
    /// No body.
    Empty(Head),
}

impl Answer {
    /// Returns an answer with a whole body of this media type.
    pub fn bytes(media_type: HeaderValue, bytes: impl Into<Bytes>) -> Self {
        let head = Head::of(HeaderMap::from_iter([(CONTENT_TYPE, media_type)]));
        Self::Bytes { head, body: body::full(bytes) }
    }

    /// Returns an answer whose body is passed on as it arrives, with the headers of the vendor.
    pub fn stream(answer: VendorStream) -> Self {
        Self::Bytes { head: Head::of(answer.headers), body: answer.body }
    }

    /// Returns an answer without body and headers.
    pub fn empty() -> Self {
        Self::Empty(Head::default())
    }
}

/// Head of an answer.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Headers for the caller, for instance the media type and an entity tag. Those of the connection, cookies and
    /// the platform's own (`Elements-…`) are not passed on. A body without a media type is
    /// `application/octet-stream`.
    pub headers: HeaderMap,
    /// Headers of the platform (`Elements-…`) that the element sets itself. They go before those of the engine.
    pub platform: HeaderMap,
}

impl Head {
    /// Creates a head with the vendor's headers.
    pub fn of(headers: HeaderMap) -> Self {
        Self { headers, platform: HeaderMap::new() }
    }

    /// Returns whether there are no headers.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.platform.is_empty()
    }
}
