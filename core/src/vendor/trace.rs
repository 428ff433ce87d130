//! Traces of calls to a vendor (spec P 6.10).

use std::sync::Mutex;

use serde::Serialize;

use super::ShownCall;

/// One call to a vendor. Contains no credentials: it is recorded from the request before it is authorized.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VendorCall {
    /// Path and query.
    pub path: String,
    /// The vendor's status, if it responded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Number of records in the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<usize>,
    /// Error message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Request and answer, if the element shows them.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub shown: Option<ShownCall>,
    /// Duration in milliseconds.
    pub process_time: u64,
}

/// The calls of one traced operation.
#[derive(Debug, Default)]
pub struct VendorTrace(Mutex<Vec<VendorCall>>);

/// Maximum number of calls in a trace; a list of any length is one operation.
const LIMIT: usize = 1000;

impl VendorTrace {
    /// Removes and returns the recorded calls.
    pub fn take(&self) -> Vec<VendorCall> {
        self.0.lock().map(|mut calls| std::mem::take(&mut *calls)).unwrap_or_default()
    }

    pub(super) fn record(&self, call: impl FnOnce() -> VendorCall) {
        if let Ok(mut calls) = self.0.lock()
            && calls.len() < LIMIT
        {
            calls.push(call());
        }
    }
}
