//! Answers as scripts see them and change them (spec E 7.27 to 7.30, 7.44, 7.69).

use std::borrow::Cow;

use http::HeaderMap;

use super::super::document::DefinedResource;
use super::super::json::{self, Found, Kind, Path};
use super::content;
use super::root;
use super::{Content, Document};
use crate::record::outline::Outlines;
use crate::utf8::Utf8;
use crate::vendor::{VendorAnswer, VendorError, VendorErrorKind};

/// The parts of an answer that scripts made.
#[derive(Debug, Default)]
pub struct ByScript {
    /// Cursor of the next page, the script's header `elements-next-page-token` (spec E 6.23).
    pub cursor: Option<String>,
    /// Body that a script returned, as JSON, before the root key (spec E 6.35).
    pub body: Option<String>,
    /// Number of records that the vendor gave, if it gave a list and a script returned another body. It tells whether the
    /// page was full (spec E 6.18).
    pub records: Option<u64>,
    /// Headers for the caller, whose names start with `elements-` (spec E 5.84).
    pub headers: HeaderMap,
    /// Fields and objects that scripts add (spec E 7.50), as JSON.
    pub metadata: Vec<String>,
    /// Objects that scripts add (spec E 7.50), as JSON.
    pub objects: Vec<String>,
}

/// Body of an answer that is no success.
#[derive(Debug, Default)]
pub struct ErrorBody {
    /// As JSON, if it is JSON or XML.
    pub json: Option<String>,
    /// The body as text. `None` if the answer has no body.
    pub text: Option<String>,
}

impl ErrorBody {
    /// Reads the body of an answer without success.
    pub fn of(answer: &VendorAnswer) -> Self {
        let text = (!answer.body.is_empty()).then(|| content::shown(&answer.body, &answer.headers)).flatten();
        Self { json: content::lenient(answer), text: text.map(Utf8::into_string) }
    }

    /// Returns the body as a JSON value: the text as a string if it is not JSON.
    pub fn value(&self) -> Option<String> {
        self.json.clone().or_else(|| self.text.as_deref().map(json::quote))
    }
}

/// Returns an answer as one JSON value. `None` without body, and for bytes.
pub fn json_of(content: &Content) -> Option<Cow<'_, str>> {
    match content {
        Content::Empty | Content::Bytes { .. } | Content::Stream { .. } => None,
        Content::One(json) => std::str::from_utf8(json).ok().map(Cow::Borrowed),
        Content::Text(text) => Some(Cow::Owned(json::quote(text))),
        Content::List(records) => {
            let mut array = String::with_capacity(records.page.len() + 2);
            array.push('[');
            for (position, text) in records.texts().enumerate() {
                if position > 0 {
                    array.push(',');
                }
                array.push_str(text);
            }
            array.push(']');
            Some(Cow::Owned(array))
        }
    }
}

/// Returns the answer that a script returned as JSON. A text that is a JSON object or array is sent as that (spec E 7.71).
/// `unwraps` is whether the root key is applied (spec E 5.75).
///
/// # Errors
/// `MalformedResponse` if the value is nested too deeply.
pub fn of_script(value: &str, unwraps: bool, resource: &DefinedResource) -> Result<Content, VendorError> {
    let inner = match json::kind_of(value) {
        Kind::Text => json::text_of(value).unwrap_or_default(),
        _ => Cow::Borrowed(value),
    };
    let path = Path::of(resource.response_root.as_deref().filter(|_| unwraps).unwrap_or_default());
    let found = match root::find(&inner, &path, &mut Outlines::default()) {
        Ok(found) if json::kind_of(value) != Kind::Text || is_composite(&inner) => found,
        _ if json::kind_of(value) == Kind::Text => return Ok(Content::Text(inner.into_owned())),
        _ => {
            let message = "The answer of a script is nested too deeply";
            return Err(VendorError::new(VendorErrorKind::MalformedResponse, message));
        }
    };
    Ok(content_of(inner.into_owned(), found, &path, resource))
}

fn is_composite(text: &str) -> bool {
    matches!(json::kind_of(text.trim_start()), Kind::Object | Kind::Array)
}

fn content_of(text: String, found: Found, path: &Path, resource: &DefinedResource) -> Content {
    let document = Document { text: Utf8::from(text), found, prefixes: false };
    root::content(&document, path, resource, false).0
}
