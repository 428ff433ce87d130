//! The requests that the rules of the specification demand of a call, computed without the engine's code, and their
//! comparison with those that the vendor got.

mod address;
mod body;
mod compare;
mod convert;
mod demand;
mod headers;
mod literal;
mod paging;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub use compare::{Difference, compare};
pub use demand::demanded;
pub use paging::{Asked, Reading, largest, reading};

/// A call of a resource by a caller.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Values of the path, by name, decoded.
    pub path: BTreeMap<String, String>,
    /// Query, decoded, without paging.
    pub query: Vec<(String, String)>,
    /// Headers beside those that every call has.
    pub headers: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<Value>,
    /// Fields of a form in place of a body.
    pub form: Vec<(String, String)>,
    /// Files of a multipart form in place of a body: name, name of the file, text.
    pub files: Vec<(String, String, String)>,
    /// The page.
    pub asked: Asked,
}

/// The demand of a call.
#[derive(Clone, Debug)]
pub enum Demanded {
    /// The vendor gets this request.
    Request(Box<Request>),
    /// The caller gets this status, with this message, and the vendor nothing.
    Refusal {
        /// Status.
        status: u16,
        /// Message.
        message: String,
        /// Statement of the specification.
        rule: &'static str,
    },
}

/// A request of the vendor.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Parts of the path, decoded.
    pub path: Vec<String>,
    /// The query in order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers that it must have, names in lower case, with their statement.
    pub headers: Vec<(String, String, &'static str)>,
    /// The body.
    pub body: Body,
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// No body.
    None,
    /// JSON.
    Json(Value),
    /// XML; blanks between elements do not matter.
    Xml(String),
    /// A text, exactly.
    Text(String),
    /// A file, which has a type of its own.
    File(String),
    /// A form.
    Form(Vec<(String, String)>),
    /// A multipart form: names and texts.
    Multipart(Vec<(String, String)>),
}

/// Values that a call is made with.
pub(crate) struct Context<'a> {
    pub document: &'a crate::document::Document,
    pub configuration: &'a BTreeMap<String, String>,
    pub resource: &'a crate::document::Resource,
    pub call: &'a Call,
}

impl Context<'_> {
    pub fn configured(&self, key: &str) -> Option<&str> {
        crate::setting::value(self.document, self.configuration, key)
    }

    pub fn is_defined(&self, key: &str) -> bool {
        self.configuration.contains_key(key) || self.document.configuration.iter().any(|entry| entry.key == key)
    }
}

/// Returns the `Authorization` header of a user with a password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Returns a value as the text of a query, path, header or form (spec E 5.31).
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
