//! Repetition of calls after temporary failures.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::{Context, Reached, Repeat, VendorError, VendorErrorKind, VendorRetry};
use crate::auth::random_bytes;
use crate::moment;

/// Maximum number of retries after `MalformedResponse` (spec BT 1.9).
const MALFORMED_RETRIES: usize = 2;

/// The retries of one call (spec BT 1.9).
pub(super) struct Retries {
    retry_after_cap: Duration,
    repeat: Repeat,
    pauses: ExponentialBackoff,
    malformed: usize,
    /// Whether the credentials were renewed.
    pub renewed: bool,
}

impl Retries {
    pub fn new(retry: VendorRetry, repeat: Repeat) -> Self {
        let pauses = ExponentialBuilder::default().with_min_delay(retry.base).with_max_delay(retry.cap);
        let pauses = pauses.with_max_times(retry.attempts.saturating_sub(1)).build();
        Self { retry_after_cap: retry.retry_after_cap, repeat, pauses, malformed: 0, renewed: false }
    }

    /// Returns the pause before the next attempt, or `None` if there is to be none.
    pub fn pause(&mut self, cx: &Context, error: &VendorError) -> Option<Duration> {
        self.malformed += usize::from(error.kind == VendorErrorKind::MalformedResponse);
        let pause = self.pauses.next()?;
        let repeatable = self.repeat == Repeat::Always || error.reached == Reached::No;
        if !repeatable || !error.is_transient() || self.malformed > MALFORMED_RETRIES {
            return None;
        }
        let pause = match error.retry_after {
            Some(asked) => Some(asked).filter(|asked| *asked <= self.retry_after_cap.min(cx.longest_pause()))?,
            // Full jitter: a random part of the pause.
            None => pause.mul_f64(random_fraction()),
        };
        Some(pause).filter(|pause| !cx.is_too_late(moment::after(Instant::now(), *pause)))
    }
}

/// Returns a random number from 0 to 1.
fn random_fraction() -> f64 {
    random_bytes::<4>().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
