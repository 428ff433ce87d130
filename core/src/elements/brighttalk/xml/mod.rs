//! Vendor XML to batches (spec BT 1.3, 1.10–1.13): one pass over the events of a page, no tree.
//!
//! A page is atomic: whatever is wrong with it, none of its records is delivered (Q14).

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

/// Why a page cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no page of this list; says why (`MalformedResponse`).
    Malformed(String),
    /// It is an error document with status 200 (spec BT 1.9, rule 8).
    ErrorDocument {
        /// The stable code, when there was one.
        code: Option<String>,
        /// The vendor's words, when there were any.
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
    /// Adds the number of the record in which it was found, from 1; before the first record there is none to name.
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
