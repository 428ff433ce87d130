//! Codes of anomalies in records that do not prevent reading. A bulk job counts them (`Page::warnings`).
//!
//! Elements use these codes for the same anomalies, so that a report means the same for all of them, and codes of their
//! own for others. The engine itself counts a row without a primary key as failed.

use crate::record::Kind;

/// The record has no id.
pub const MISSING_ID: &str = "missing-id";
/// A value that should be an integer is not.
pub const INVALID_INTEGER: &str = "invalid-integer";
/// A value that should be a number is not.
pub const INVALID_NUMBER: &str = "invalid-number";
/// A value that should be `true` or `false` is neither.
pub const INVALID_BOOLEAN: &str = "invalid-boolean";
/// A value that should be a date is not.
pub const INVALID_DATE: &str = "invalid-date";
/// A value that should be a text is not.
pub const INVALID_TEXT: &str = "invalid-text";

/// The answer has no list, so that it has no records (spec E 9.28).
pub const NO_LIST: &str = "no-list";
/// The answer is empty where a list was expected.
pub const EMPTY_ANSWER: &str = "empty-answer";
/// A page, or the cursor of the next one, was sent before, which ends the list (spec E 6.33).
pub const REPEATED_PAGE: &str = "repeated-page";
/// The vendor ignores the size of pages, so that its answer counts as the whole list (spec E 6.17).
pub const PAGING_IGNORED: &str = "paging-ignored";

/// Returns what a code of an anomaly means, if records may be missing because of it.
pub fn explanation(code: &str) -> Option<&'static str> {
    match code {
        NO_LIST => Some("The answer of the vendor has no list"),
        EMPTY_ANSWER => Some("The vendor sent an empty answer in place of a list"),
        REPEATED_PAGE => Some("The vendor repeated a page, which ended the list"),
        PAGING_IGNORED => Some("The vendor ignores the size of pages; they are cut out of its whole answer"),
        _ => None,
    }
}

/// Returns the code of a value that a column of this kind cannot have.
pub fn invalid(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Int => INVALID_INTEGER,
        Kind::Float => INVALID_NUMBER,
        Kind::Bool => INVALID_BOOLEAN,
        Kind::Date => INVALID_DATE,
        Kind::Text | Kind::Json => INVALID_TEXT,
    }
}
