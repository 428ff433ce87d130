//! Outcomes of records.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::rows::Row;
use crate::vendor::VendorError;

/// Code under which a job counts its records whose outcome is not known.
pub(crate) const UNKNOWN_OUTCOME: &str = "unknown-outcome";

/// Reason of records whose call was under way when the process ended (spec E 9.27).
pub(super) const PROCESS_ENDED: &str = "the process ended before the answer";
/// Reason of records whose call was under way when the job was stopped.
pub(super) const STOPPED: &str = "the job was stopped before the answer";

/// Outcome of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// The vendor accepted it; with the record that it returned, as JSON.
    Done(Option<String>),
    /// It was refused, or could not be sent.
    Failed {
        status: String,
        #[serde(default)]
        response: Value,
    },
    /// It was sent, and it is not known whether the vendor accepted it.
    Unknown {
        reason: String,
        #[serde(default)]
        sent: Value,
    },
}

/// Details of a record that failed, as they are stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    /// As callers see them.
    pub shown: Value,
    /// Offset and length of the record in the file.
    pub range: (u64, u64),
    pub is_unknown: bool,
}

impl Outcome {
    pub fn failed(status: impl Into<String>) -> Self {
        Self::Failed { status: status.into(), response: Value::Null }
    }

    /// Returns the outcome of a call that the vendor refused.
    pub fn refused(error: &VendorError) -> Self {
        let body = error.body.as_ref().map(|body| serde_json::from_str(body).unwrap_or_else(|_| body.as_str().into()));
        Self::Failed { status: status_of(error), response: body.unwrap_or_default() }
    }

    /// Returns about how many bytes it takes.
    pub fn size(&self) -> usize {
        match self {
            Self::Done(record) => record.as_ref().map_or(0, String::len),
            Self::Failed { status, response } => status.len() + response.to_string().len(),
            Self::Unknown { reason, sent } => reason.len() + sent.to_string().len(),
        }
    }

    /// Returns the record of a successful row with its number, as JSON (spec E 9.26).
    pub fn document(&self, number: u64) -> Option<String> {
        let Self::Done(record) = self else { return None };
        let object = record.as_deref().map(str::trim).and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
        Some(match (object.map(str::trim), record) {
            (Some(""), _) | (None, None) => format!("{{\"_row\":{number}}}"),
            (Some(members), _) => format!("{{{members},\"_row\":{number}}}"),
            (None, Some(other)) => format!("{{\"response\":{other},\"_row\":{number}}}"),
        })
    }

    /// Returns the details of a row that was not accepted, or whose outcome is unknown (spec P 10.7, E 9.25).
    pub fn details(&self, row: &Sent) -> Option<Stored> {
        let id = row.number;
        let (shown, is_unknown) = match self {
            Self::Done(_) => return None,
            Self::Failed { status, response } => (json!({"id": id, "status": status, "response": response}), false),
            Self::Unknown { reason, sent } => {
                let status = format!("unknown: {reason}");
                (json!({"id": id, "status": status, "response": null, "unknown": true, "sent": sent}), true)
            }
        };
        Some(Stored { shown, range: row.range, is_unknown })
    }
}

/// Returns the details of a failed row of a job as callers see them.
pub(crate) fn error_shown(details: &[u8]) -> Value {
    match serde_json::from_slice::<Stored>(details) {
        Ok(stored) => stored.shown,
        Err(_) => serde_json::from_slice(details).unwrap_or_default(),
    }
}

/// Returns status and texts of a failure.
pub(super) fn status_of(error: &VendorError) -> String {
    match (error.status, error.provider_message()) {
        (Some(status), Some(text)) => format!("{status} {text}"),
        _ => error.to_string(),
    }
}

/// Row of a window without its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub index: u64,
    pub number: u64,
    pub range: (u64, u64),
}

impl From<&Row> for Sent {
    fn from(row: &Row) -> Self {
        Self { index: row.index, number: row.number, range: row.range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_number_of_their_row() {
        let document = |record: Option<&str>| Outcome::Done(record.map(str::to_owned)).document(7);
        assert_eq!(document(Some(" {\"a\": 1} ")).as_deref(), Some("{\"a\": 1,\"_row\":7}"));
        assert_eq!(document(Some("{}")).as_deref(), Some("{\"_row\":7}"));
        assert_eq!(document(Some("[1]")).as_deref(), Some("{\"response\":[1],\"_row\":7}"));
        assert_eq!(document(None).as_deref(), Some("{\"_row\":7}"));
        assert_eq!(Outcome::failed("x").document(7), None);
    }
}
