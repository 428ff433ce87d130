//! Waiting for a vendor that cannot be reached (spec P 10.5).

use std::time::Duration;

use tokio::time::Instant;

use super::stop::Stop;
use super::worker::Work;
use crate::elements::brighttalk::error::VendorError;
use crate::elements::brighttalk::scan::Scan;
use crate::elements::brighttalk::vendor::Page;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Why there is no next page.
pub(super) enum Failed {
    Stop(Stop),
    /// A failure that waiting does not help against.
    Vendor(VendorError),
}

impl From<Stop> for Failed {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// The next page of a scan. Waits through outages, until one has lasted too long.
pub(super) async fn next_page(work: &Work<'_>, scan: &mut Scan, phase: &'static str) -> Result<Option<Page>, Failed> {
    let mut pause = FIRST_PAUSE;
    loop {
        let outcome = tokio::select! {
            biased;
            () = work.stopper.asked() => return Err(Stop::Asked.into()),
            outcome = scan.next_page() => outcome,
        };
        let error = match outcome {
            Ok(page) => {
                note_answer(work, page.as_ref());
                work.set_phase(phase).await?;
                return Ok(page);
            }
            Err(error) => error,
        };
        let give_up_at = answered(work) + work.engine.options.max_outage;
        if !error.is_outage() || Instant::now() >= give_up_at {
            return Err(Failed::Vendor(error));
        }
        tracing::info!(job_id = work.job.id, %error, "waiting for the vendor");
        work.set_phase("waiting").await?;
        let until = (Instant::now() + error.retry_after.unwrap_or(pause)).min(give_up_at);
        tokio::select! {
            () = work.stopper.asked() => return Err(Stop::Asked.into()),
            () = tokio::time::sleep_until(until) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn answered(work: &Work<'_>) -> Instant {
    work.answered.lock().map_or_else(|_| Instant::now(), |answered| *answered)
}

fn note_answer(work: &Work<'_>, page: Option<&Page>) {
    if let Ok(mut answered) = work.answered.lock() {
        *answered = Instant::now();
    }
    if let Some(page) = page {
        work.note_clock(page.date_s);
        page.warnings.iter().for_each(|warning| work.warn(warning.code));
    }
}
