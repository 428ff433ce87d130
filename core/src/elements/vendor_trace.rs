//! What is noted of calls to a vendor, for whoever wants to see them later (spec P 6.10).

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;

/// One call to a vendor. It holds no credentials: those stand in a header.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VendorCall {
    /// Path and query.
    pub path: String,
    /// The vendor's status, when it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Records on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<usize>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub process_time: u64,
}

/// The notes of one piece of work. Nothing is noted before [`begin`](Self::begin).
#[derive(Debug, Default)]
pub struct VendorTrace {
    wanted: AtomicBool,
    notes: Mutex<Vec<VendorCall>>,
}

/// VendorTrace of one piece of work; a list of any length is still one.
const LIMIT: usize = 1000;

tokio::task_local! {
    static CURRENT: Arc<VendorTrace>;
}

impl VendorTrace {
    /// From now on calls are noted.
    pub fn begin(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// What was noted.
    pub fn taken(&self) -> Vec<VendorCall> {
        self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default()
    }
}

/// Does a piece of work; calls made in it are noted in `notes`.
pub async fn traced<T>(notes: Arc<VendorTrace>, work: impl Future<Output = T>) -> T {
    CURRENT.scope(notes, work).await
}

/// Adds a note, if somebody wants one.
pub fn note(make: impl FnOnce() -> VendorCall) {
    let add = |notes: &Arc<VendorTrace>| {
        if notes.wanted.load(Ordering::Relaxed)
            && let Ok(mut list) = notes.notes.lock()
            && list.len() < LIMIT
        {
            list.push(make());
        }
    };
    // Outside of any such work nobody wants notes.
    let _ = CURRENT.try_with(add);
}
