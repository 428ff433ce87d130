//! Traces of calls to a vendor (spec P 6.10).

use std::sync::Mutex;

use serde::Serialize;

use super::{ShownCall, ShownRequest, VendorRequest};

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
    /// Scripts that ran around the call, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ScriptStep>,
    /// Duration in milliseconds.
    pub process_time: u64,
}

impl VendorCall {
    /// Returns the record of a request that was not sent.
    pub(super) fn not_made(request: &VendorRequest) -> Self {
        let shown = request.shown.as_deref().cloned().unwrap_or_else(|| ShownRequest::plain(request));
        Self {
            path: request.target(),
            status: None,
            records: None,
            error: None,
            shown: Some(shown.call(&request.method, None)),
            steps: Vec::new(),
            process_time: 0,
        }
    }
}

/// A script that ran for a call, or the step of a chain that follows it. Secrets are masked.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptStep {
    /// `preRequest`, `postRequest` or `chain`.
    pub step: &'static str,
    /// Name of the script, or method and path of the next resource.
    pub script: String,
    /// Names that the script saw, with their values. Long ones are cut.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub given: serde_json::Map<String, serde_json::Value>,
    /// Changes that it asked for.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub changes: serde_json::Map<String, serde_json::Value>,
    /// Lines that it wrote.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub console: Vec<String>,
    /// Remark, for instance that the script did not call `done`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Error message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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

    /// Records a call. Returns its position. `None` if the trace is full.
    pub(super) fn record(&self, call: impl FnOnce() -> VendorCall) -> Option<usize> {
        let mut calls = self.0.lock().ok().filter(|calls| calls.len() < LIMIT)?;
        calls.push(call());
        Some(calls.len() - 1)
    }

    /// Adds steps to a recorded call.
    pub(super) fn add_steps(&self, position: usize, steps: Vec<ScriptStep>) {
        if let Ok(mut calls) = self.0.lock()
            && let Some(call) = calls.get_mut(position)
        {
            call.steps.extend(steps);
        }
    }
}
