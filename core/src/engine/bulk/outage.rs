//! Waiting for a vendor that cannot be reached (spec P 10.5).

use std::time::Duration;

use tokio::time::Instant;

use super::active::ActiveJob;
use super::stop::Stop;
use super::worker::Work;
use crate::element::Page;
use crate::engine::read::Scan;
use crate::moment;
use crate::vendor::VendorError;

pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// A call that takes longer counts as waiting.
pub(super) const SLOW: Duration = Duration::from_secs(3);

/// Reason why there is no next page.
pub(super) enum PageError {
    Stop(Stop),
    /// Failure that waiting does not resolve.
    Vendor(VendorError),
}

impl From<Stop> for PageError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Returns the next page of a scan. Waits through outages, until one has lasted too long.
pub(super) async fn next_page(
    work: &Work<'_>,
    scan: &mut Scan,
    phase: &'static str,
) -> Result<Option<Page>, PageError> {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match answer(work, scan).await? {
            Ok(page) => {
                note_answer(work, page.as_ref());
                work.set_phase(phase).await?;
                return Ok(page);
            }
            Err(error) => error,
        };
        let give_up_at = give_up_at(work);
        if !error.is_outage() || Instant::now() >= give_up_at {
            return Err(PageError::Vendor(error));
        }
        tracing::info!(job_id = work.job.id, %error, "waiting for the vendor");
        let until = after(Instant::now(), error.retry_after.unwrap_or(pause)).min(give_up_at);
        waiting(work, tokio::time::sleep_until(until)).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Makes one call. While the vendor is slow to respond, the job holds no slot.
async fn answer(work: &Work<'_>, scan: &mut Scan) -> Result<Result<Option<Page>, VendorError>, Stop> {
    let mut next = std::pin::pin!(scan.next_page());
    tokio::select! {
        biased;
        () = work.control.asked() => return Err(Stop::Requested),
        outcome = &mut next => return Ok(outcome),
        () = tokio::time::sleep(SLOW) => {}
    }
    waiting(work, next).await
}

/// Releases the slot to other jobs while waiting for a future.
pub(super) async fn waiting<T>(work: &ActiveJob<'_>, something: impl Future<Output = T>) -> Result<T, Stop> {
    work.set_phase("waiting").await?;
    let wait = work.slot.wait();
    let happened = tokio::select! {
        biased;
        () = work.control.asked() => return Err(Stop::Requested),
        happened = something => happened,
    };
    wait.over().await?;
    Ok(happened)
}

/// Returns the time at which the outage will have lasted too long.
pub(super) fn give_up_at(work: &ActiveJob<'_>) -> Instant {
    let answered = work.answered.lock().map_or_else(|_| Instant::now(), |answered| *answered);
    after(answered, work.engine.options.max_outage)
}

fn after(start: Instant, wait: Duration) -> Instant {
    moment::after(start.into_std(), wait).into()
}

fn note_answer(work: &Work<'_>, page: Option<&Page>) {
    if let Ok(mut answered) = work.answered.lock() {
        *answered = Instant::now();
    }
    if let Some(page) = page {
        work.note_clock(page.vendor_time_s);
        page.warnings.iter().for_each(|code| work.warn(code));
    }
}
