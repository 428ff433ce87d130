//! Reading of a vendor's answer (spec E 5.8 to 5.12): records as ranges of the page, values to store, errors.

mod by_script;
mod content;
mod error;
mod respond;
mod root;
#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::document::{DefinedResource, Definition};
use super::json::{Found, Path};
use crate::body::Body;
use crate::element::Head;
use crate::record::outlined::Outlined;
use crate::utf8::Utf8;
use crate::vendor::{VendorAnswer, VendorError, VendorErrorKind, VendorStream};

pub use by_script::{ByScript, ErrorBody, json_of, of_script};
pub use error::{error_of, message_in};

/// A successful answer.
#[derive(Debug)]
pub struct Read {
    /// The answer after the root key.
    pub content: Content,
    /// Whether the root key led somewhere (spec E 5.74). True without root key.
    pub found: bool,
    /// Values that the instance stores (spec E 5.78).
    pub stored: Vec<(String, String)>,
    /// Headers for the caller, without the media type (spec E 5.84).
    pub headers: HeaderMap,
    /// Body as the vendor sent it.
    pub raw: Bytes,
    /// Headers of the vendor.
    pub vendor_headers: HeaderMap,
    /// The parts that scripts made. `None` if none ran.
    pub by_script: Option<Box<ByScript>>,
    json: Option<Document>,
}

/// The answer after the root key.
#[derive(Debug)]
pub enum Content {
    /// No body.
    Empty,
    /// A list.
    List(Records),
    /// One JSON value that is no list, as its text.
    One(Bytes),
    /// Text that is neither JSON nor XML.
    Text(String),
    /// Any other body.
    Bytes {
        /// Media type with its parameters.
        media_type: Option<HeaderValue>,
        /// Content.
        bytes: Bytes,
    },
    /// A body that is no text, read as it arrives (spec E 5.72). Scripts see `null` (spec E 5.71).
    Stream {
        /// Media type with its parameters.
        media_type: Option<HeaderValue>,
        /// Content.
        body: Body,
    },
}

/// Records of a list: ranges of the page, each a JSON value that was checked.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The page.
    pub(crate) page: Utf8,
    /// Range of each record.
    pub items: Vec<Range<usize>>,
    /// Whether the records have no white space between their tokens.
    pub is_compact: bool,
    /// Values of records that were found when the page was checked.
    pub(crate) outlined: Outlined,
}

/// A body that is JSON, or XML that became JSON.
#[derive(Debug)]
struct Document {
    text: Utf8,
    found: Found,
    /// Whether names without match are looked for by their local names.
    prefixes: bool,
}

/// Reads an answer of any status.
///
/// # Errors
/// Returns the classified failure of an unsuccessful answer, and a failure if a successful one cannot be read.
pub fn read(definition: &Definition, resource: &DefinedResource, answer: VendorAnswer) -> Result<Read, VendorError> {
    let status = answer.status;
    if status.is_client_error() || status.is_server_error() {
        return Err(error_of(&answer));
    }
    if status.is_redirection() {
        let message = "The vendor redirects";
        return Err(VendorError::answered(VendorErrorKind::MalformedResponse, status.as_u16(), message));
    }
    let raw = answer.body.clone();
    let path = Path::of(resource.response_root.as_deref().unwrap_or_default());
    let mut outlines = resource.outlines.take();
    let parsed = content::parse(&answer, &path, &mut outlines);
    resource.outlines.put(outlines);
    let parsed = parsed?;
    let mut read = Read {
        content: Content::Empty,
        found: path.is_empty(),
        stored: Vec::new(),
        headers: HeaderMap::new(),
        raw,
        vendor_headers: answer.headers,
        by_script: None,
        json: None,
    };
    match parsed {
        content::Parsed::Empty => {}
        content::Parsed::Text(text) => read.content = Content::Text(text),
        content::Parsed::Bytes(bytes) => {
            let media_type = read.vendor_headers.get(http::header::CONTENT_TYPE).cloned();
            read.content = Content::Bytes { media_type, bytes };
        }
        content::Parsed::Json { text, found, is_xml } => {
            let mut document = Document { text, found, prefixes: is_xml };
            (read.content, read.found) = root::content(&document, &path, resource, is_xml);
            if let Content::List(records) = &mut read.content {
                records.outlined = std::mem::take(&mut document.found.outlined);
            }
            read.json = Some(document);
        }
    }
    respond::apply(definition, resource, &mut read)?;
    Ok(read)
}

/// Returns whether an answer is passed on as it arrives: what is no text, and not empty.
pub fn is_streamed(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_empty = status == StatusCode::NO_CONTENT || headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0");
    !is_empty && content::is_binary(headers)
}

/// Returns what is known of an answer that is passed on as it arrives.
///
/// # Errors
/// Returns an error if a value is too long to be stored.
pub fn streamed(
    definition: &Definition,
    resource: &DefinedResource,
    answer: VendorStream,
) -> Result<Read, VendorError> {
    let media_type = answer.headers.get(CONTENT_TYPE).cloned();
    let mut read = Read {
        content: Content::Stream { media_type, body: answer.body },
        found: resource.response_root.is_none(),
        stored: Vec::new(),
        headers: HeaderMap::new(),
        raw: Bytes::new(),
        vendor_headers: answer.headers,
        by_script: None,
        json: None,
    };
    respond::apply(definition, resource, &mut read)?;
    Ok(read)
}

impl Read {
    /// Returns the answer after the root key, and lets go of everything else that refers to the page.
    pub fn into_content(self) -> Content {
        self.content
    }

    /// Returns the headers for the caller.
    pub fn head(&self) -> Head {
        let platform = self.by_script.as_ref().map(|by_script| by_script.headers.clone());
        Head { headers: self.headers.clone(), platform: platform.unwrap_or_default() }
    }

    /// Returns the text of the value at a path of the raw body. `None` if there is none, or the body is not JSON.
    pub fn raw_value(&self, path: &Path) -> Option<&str> {
        let document = self.json.as_ref()?;
        document.value(path)
    }
}

impl Read {
    /// Returns the answer of a call that a script left out (spec E 7.36).
    pub fn left_out() -> Self {
        Self {
            content: Content::Empty,
            found: false,
            stored: Vec::new(),
            headers: HeaderMap::new(),
            raw: Bytes::new(),
            vendor_headers: HeaderMap::new(),
            by_script: None,
            json: None,
        }
    }

    /// Returns the body before the root key as JSON. `None` if it is not JSON.
    pub fn raw_json(&self) -> Option<&str> {
        self.json.as_ref().map(|document| &*document.text)
    }

    /// Returns the body as text. `None` if it is no text (spec E 5.71, 7.29).
    pub fn raw_text(&self) -> Option<String> {
        match (&self.content, self.raw.is_empty()) {
            (Content::Bytes { .. } | Content::Stream { .. }, _) | (_, true) => None,
            _ => content::shown(&self.raw, &self.vendor_headers).map(Utf8::into_string),
        }
    }
}

impl Document {
    fn value(&self, path: &Path) -> Option<&str> {
        let text = &*self.text;
        let direct = self.found.other(text, path);
        match direct {
            None if self.prefixes => super::json::find_all(text, &root::by_local_names(text, path)?),
            direct => direct,
        }
    }
}

impl Records {
    /// Returns the records as texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let page = &*self.page;
        self.items.iter().map(move |range| &page[range.clone()])
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
