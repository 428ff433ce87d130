//! Outcomes of calls to the vendor over all instances, as metrics for operators.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{VendorError, VendorErrorKind};

/// Counts of calls by outcome.
#[derive(Debug, Default)]
pub(crate) struct CallCounts([AtomicU64; OUTCOMES.len()]);

/// Success first; the others follow the order of [`VendorErrorKind`].
const OUTCOMES: [&str; 12] = [
    "ok",
    "unauthorized",
    "not_found",
    "forbidden",
    "cursor_rejected",
    "throttled",
    "unavailable",
    "bad_request",
    "malformed_response",
    "network",
    "timeout",
    "paging_loop",
];
const _: () = assert!(VendorErrorKind::PagingLoop as usize + 2 == OUTCOMES.len());

impl CallCounts {
    /// Counts a call.
    pub fn add<T>(&self, outcome: &Result<T, VendorError>) {
        let position = outcome.as_ref().err().map_or(0, |error| error.kind as usize + 1);
        if let Some(count) = self.0.get(position) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the outcomes with their counts so far.
    #[cfg(feature = "server")]
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        OUTCOMES.iter().zip(&self.0).map(|(outcome, count)| (*outcome, count.load(Ordering::Relaxed)))
    }
}
