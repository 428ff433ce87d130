//! Pause of a whole upload: no record is sent while the vendor asks for a pause or cannot be reached.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::bulk::active::ActiveJob;
use crate::engine::bulk::outage::{FIRST_PAUSE, LONGEST_PAUSE, give_up_at, waiting};
use crate::engine::bulk::stop::Stop;
use crate::moment;
use crate::vendor::VendorError;

/// Gate that every record passes before it is sent.
pub(super) struct Gate(Mutex<State>);

struct State {
    until: Option<Instant>,
    /// Failure that has lasted too long.
    failed: Option<VendorError>,
    /// Next pause, unless the vendor asks for another.
    pause: Duration,
}

impl Gate {
    pub fn new() -> Self {
        Self(Mutex::new(State { until: None, failed: None, pause: FIRST_PAUSE }))
    }

    /// Waits until the gate is open. Fails if the outage has lasted too long.
    pub async fn pass(&self, active: &ActiveJob<'_>) -> Result<(), Stop> {
        loop {
            if let Some(error) = &self.state().failed {
                return Err(error.into());
            }
            let Some(until) = self.state().until.filter(|until| *until > Instant::now()) else { return Ok(()) };
            waiting(active, tokio::time::sleep_until(until)).await?;
            active.set_phase("sending").await?;
        }
    }

    /// Closes the gate for the pause that the vendor asks for, or for one that grows until a record is answered.
    pub fn close(&self, active: &ActiveJob<'_>, error: &VendorError) {
        let (now, give_up_at) = (Instant::now(), give_up_at(active));
        let mut state = self.state();
        if now >= give_up_at {
            state.failed = Some(error.clone());
            return;
        }
        let is_open = state.until.is_none_or(|until| until <= now);
        let until =
            Instant::from(moment::after(now.into_std(), error.retry_after.unwrap_or(state.pause))).min(give_up_at);
        state.until = Some(state.until.map_or(until, |known| known.max(until)));
        if is_open {
            // Several records may fail for the same reason at once.
            state.pause = (state.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Notes that the vendor has answered.
    pub fn answered(&self, active: &ActiveJob<'_>) {
        if let Ok(mut answered) = active.answered.lock() {
            *answered = Instant::now();
        }
        self.state().pause = FIRST_PAUSE;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
