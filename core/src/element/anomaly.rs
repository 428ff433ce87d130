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
