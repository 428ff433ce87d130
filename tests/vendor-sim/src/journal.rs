//! The requests that the vendor got.

use std::collections::BTreeMap;

use serde::Serialize;

/// A request and the status of its answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// Number, from 1.
    pub number: u64,
    /// The method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: String,
    /// Position of the resource that it belongs to.
    pub resource: Option<usize>,
    /// Status of the answer.
    pub status: u16,
    /// Body of the answer.
    pub answer: String,
    /// Whether a fault changed the answer.
    pub fault: bool,
    /// Values of the instance before the request was answered.
    #[serde(skip)]
    pub configuration: BTreeMap<String, String>,
}

impl Entry {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the query parameters, decoded; `+` stays.
    pub fn parameters(&self) -> Vec<(String, String)> {
        parameters(&self.query)
    }
}

/// Returns the parameters of a query, decoded. `+` stays, since the engine never writes it for a blank (spec E 5.57).
pub fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Decodes `%XX`.
pub fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
