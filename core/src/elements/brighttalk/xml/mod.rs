//! Conversion of vendor XML to batches (spec BT 1.3, 1.10–1.13) in one pass over the tokens of a page, without a
//! tree.
//!
//! A page is atomic: an error anywhere in it discards all its records (Q14).

mod decode;
mod layout;
mod link;
mod nested;
mod page;
mod scalar;
mod tokens;
mod tolerant;
mod warning;

pub(crate) use decode::to_text;
pub use link::{Link, NextLink};
pub(crate) use page::error_body;
pub use page::{ParseOptions, ParsedPage, parse};
pub use warning::Warning;

use std::fmt;

/// Reason why a page cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The page is not a page of this list, for this reason (`MalformedResponse`).
    Malformed(String),
    /// The page is an error document with status 200 (spec BT 1.9, rule 8).
    ErrorDocument {
        /// The stable code, if present.
        code: Option<String>,
        /// The vendor's message, if present.
        message: Option<String>,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => f.write_str(why),
            Self::ErrorDocument { code, .. } => write!(f, "error document {}", code.as_deref().unwrap_or("")),
        }
    }
}

impl Unreadable {
    /// Adds the number of the record with the error, from 1; 0 is before the first record and is omitted.
    fn in_record(self, number: usize) -> Self {
        match self {
            Self::Malformed(why) if number > 0 => Self::Malformed(format!("{why}, in record {number}")),
            other => other,
        }
    }
}

fn malformed(why: impl fmt::Display) -> Unreadable {
    Unreadable::Malformed(why.to_string())
}
