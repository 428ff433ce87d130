//! Outcomes of calls to vendors over all instances, as metrics for operators.

use std::sync::atomic::{AtomicU64, Ordering};

use super::VendorErrorKind;

/// Counts of calls by outcome.
#[derive(Debug, Default)]
pub(crate) struct CallCounts([AtomicU64; OUTCOMES.len()]);

/// Success first; the others follow the order of [`VendorErrorKind`] up to [`VendorErrorKind::PagingLoop`].
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
    /// Counts a call, which succeeded if it has no error.
    pub(super) fn add(&self, error: Option<VendorErrorKind>) {
        let position = error.map_or(0, |kind| kind.reported() as usize + 1);
        if let Some(count) = self.0.get(position) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the outcomes with their counts so far.
    #[cfg(any(feature = "server", test))]
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        OUTCOMES.iter().zip(&self.0).map(|(outcome, count)| (*outcome, count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_outcome_and_an_invalid_id_is_a_bad_request() {
        use VendorErrorKind::*;
        for (error, outcome) in [
            (None, "ok"),
            (Some(Unauthorized), "unauthorized"),
            (Some(BadRequest), "bad_request"),
            (Some(InvalidId), "bad_request"),
            (Some(Refused), "bad_request"),
            (Some(PagingLoop), "paging_loop"),
        ] {
            let counts = CallCounts::default();
            counts.add(error);
            let counted: Vec<_> = counts.all().filter(|(_, number)| *number > 0).collect();
            assert_eq!(counted, [(outcome, 1)], "{error:?}");
        }
    }
}
