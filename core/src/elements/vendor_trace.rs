//! Traces of calls to a vendor (spec P 6.10).

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;

/// One call to a vendor. Contains no credentials, which are in a header.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VendorCall {
    /// Path and query.
    pub path: String,
    /// The vendor's status, if it responded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Number of records on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<usize>,
    /// Error message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Duration in milliseconds.
    pub process_time: u64,
}

/// The traced calls of one operation. Records nothing before [`begin`](Self::begin).
#[derive(Debug, Default)]
pub struct VendorTrace {
    wanted: AtomicBool,
    notes: Mutex<Vec<VendorCall>>,
}

/// Maximum number of calls in a trace; a list of any length is one operation.
const LIMIT: usize = 1000;

tokio::task_local! {
    static CURRENT: Arc<VendorTrace>;
}

impl VendorTrace {
    /// Starts recording calls.
    pub fn begin(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// Removes and returns the recorded calls.
    pub fn taken(&self) -> Vec<VendorCall> {
        self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default()
    }
}

/// Runs an operation and records its calls in `notes`.
pub async fn traced<T>(notes: Arc<VendorTrace>, work: impl Future<Output = T>) -> T {
    CURRENT.scope(notes, work).await
}

/// Records a call if tracing is on.
pub fn note(make: impl FnOnce() -> VendorCall) {
    let add = |notes: &Arc<VendorTrace>| {
        if notes.wanted.load(Ordering::Relaxed)
            && let Ok(mut list) = notes.notes.lock()
            && list.len() < LIMIT
        {
            list.push(make());
        }
    };
    // Fails outside of a traced operation, where nothing is recorded.
    let _ = CURRENT.try_with(add);
}
