//! Detection of jobs that no worker runs, so that waits for them end.

use std::time::{Duration, Instant};

use super::retry::Polling;
use crate::error::{Error, ErrorKind};
use crate::model::BulkJob;

/// State of a job that is being waited for.
#[derive(Default)]
pub(super) struct StallWatch {
    /// Whether the platform was asked to resume it.
    resumed: bool,
    parked_since: Option<Instant>,
}

/// Next step for a job that has not ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    /// Possibly no worker runs it: resume it.
    Resume,
    /// No worker runs it although it was resumed.
    GiveUp,
}

impl StallWatch {
    /// Returns the step to take after a status.
    pub fn step(&mut self, job: &BulkJob, now: Instant, patience: Duration) -> Step {
        let phase = job.progress.as_ref().map_or("", |progress| progress.phase.as_str());
        if phase != "parked" {
            self.parked_since = None;
        }
        // A queued job may belong to a process that is gone. If it does not, resuming it changes nothing.
        if matches!(phase, "parked" | "queued") && !self.resumed {
            self.resumed = true;
            return Step::Resume;
        }
        let is_over =
            phase == "parked" && now.saturating_duration_since(*self.parked_since.get_or_insert(now)) >= patience;
        if is_over { Step::GiveUp } else { Step::Wait }
    }
}

/// Returns the error of a wait for a job that no worker runs.
pub(super) fn parked(id: &str, polling: Polling) -> Error {
    let message = format!("bulk job {id} is parked: nothing has worked on it for {:?}", polling.parked);
    Error::new(ErrorKind::Timeout, message).with_hint(
        "Resume the platform if it was suspended, or open it with workers that take up unfinished jobs; then wait again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BulkProgress;

    fn job(phase: &str) -> BulkJob {
        BulkJob {
            progress: Some(BulkProgress { phase: phase.to_owned(), ..BulkProgress::default() }),
            ..BulkJob::default()
        }
    }

    #[test]
    fn a_stalled_job_is_resumed_once_and_then_reported() {
        let (start, patience) = (Instant::now(), Duration::from_secs(10));
        let mut known = StallWatch::default();
        let mut step = |phase: &str, second| known.step(&job(phase), start + Duration::from_secs(second), patience);
        assert_eq!(step("reading", 0), Step::Wait);
        assert_eq!(step("parked", 1), Step::Resume);
        assert_eq!(step("parked", 2), Step::Wait);
        assert_eq!(step("parked", 11), Step::Wait);
        assert_eq!(step("parked", 12), Step::GiveUp);
        assert_eq!(step("waiting", 13), Step::Wait);
        assert_eq!(step("parked", 14), Step::Wait, "it went on meanwhile");
        let mut queued = StallWatch::default();
        assert_eq!(queued.step(&job("queued"), start, patience), Step::Resume);
        assert_eq!(queued.step(&job("queued"), start + patience * 9, patience), Step::Wait, "others are ahead");
        assert_eq!(StallWatch::default().step(&BulkJob::default(), start, patience), Step::Wait);
    }
}
