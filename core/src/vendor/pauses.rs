//! Pauses that vendors request by 429 with `Retry-After`: during one, no caller of the instance sends a request.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use url::Origin;

use super::{Context, VendorError, VendorErrorKind};
use crate::moment;

/// The current pauses, at most one per origin.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<Vec<Pause>>);

#[derive(Clone, Debug)]
struct Pause {
    origin: Origin,
    until: Instant,
    /// The failure that requested the pause.
    error: VendorError,
}

impl Pauses {
    /// Waits until no pause is left for the origin.
    ///
    /// # Errors
    /// Returns the failure that requested the pause if the context forbids to wait that long.
    pub async fn wait_out(&self, cx: &Context, origin: &Origin) -> Result<(), VendorError> {
        // The pause may have grown meanwhile.
        while let Some(Pause { until, error, .. }) = self.current(origin) {
            let wait = until.saturating_duration_since(Instant::now());
            if cx.is_too_late(until) || wait > cx.longest_pause() {
                return Err(VendorError { retry_after: Some(wait), ..error });
            }
            tokio::time::sleep_until(until.into()).await;
        }
        Ok(())
    }

    /// Returns whether the origin must not be called now.
    pub fn is_paused(&self, origin: &Origin) -> bool {
        self.current(origin).is_some()
    }

    /// Starts a pause of at most `longest` if the failure requests one.
    pub fn remember(&self, origin: &Origin, error: &VendorError, longest: Duration) {
        let asked = error.retry_after.filter(|_| error.kind == VendorErrorKind::Throttled);
        let (Some(asked), Ok(mut pauses)) = (asked, self.0.lock()) else { return };
        let until = moment::after(Instant::now(), asked.min(longest));
        let replaced = |pause: &Pause| pause.origin == *origin && pause.until < until;
        pauses.retain(|pause| pause.until > Instant::now() && !replaced(pause));
        if pauses.iter().all(|pause| pause.origin != *origin) {
            pauses.push(Pause { origin: origin.clone(), until, error: error.clone() });
        }
    }

    fn current(&self, origin: &Origin) -> Option<Pause> {
        let pauses = self.0.lock().ok()?;
        pauses.iter().find(|pause| pause.origin == *origin && pause.until > Instant::now()).cloned()
    }
}
