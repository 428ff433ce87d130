//! Records that are sent between two commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::journal::Journal;
use super::outcome::{Outcome, STOPPED, Sent};
use super::prepare::Task;
use super::rows::Position;
use super::send::Delivery;
use super::work::Upload;
use crate::engine::bulk::stop::{Reason, Stop};
use crate::error::Result as Stored;

/// Time that calls under way have to end when the job is stopped.
const GRACE: Duration = Duration::from_millis(1500);

/// Size of the answers of a window from which no more records are sent in it.
const ANSWER_BYTES: usize = 8 << 20;

/// Records that are sent between two commits.
pub(super) struct Window {
    tasks: Vec<Task>,
    /// Position after each record.
    positions: Vec<Position>,
    outcomes: Vec<Option<Outcome>>,
    /// Whether an earlier worker may have sent the record.
    repeated: Vec<bool>,
}

impl Window {
    pub fn new(tasks: Vec<Task>, positions: Vec<Position>) -> Self {
        let (outcomes, repeated) = (vec![None; tasks.len()], vec![false; tasks.len()]);
        Self { tasks, positions, outcomes, repeated }
    }

    /// Takes over what is known about records that an earlier worker has intended to send: their outcomes, and that the
    /// first `open` of the others may have been sent.
    pub fn recall(&mut self, outcomes: Vec<Option<Outcome>>, open: usize) {
        self.outcomes = outcomes;
        let unanswered = self.outcomes.iter().zip(&mut self.repeated).filter(|(outcome, _)| outcome.is_none());
        unanswered.take(open).for_each(|(_, repeated)| *repeated = true);
    }

    /// Returns the number of records of the file up to the end of the window.
    pub fn end(&self) -> u64 {
        self.positions.last().map_or(0, |position| position.index)
    }

    /// Returns the records before the first one without an outcome.
    pub fn settled(&self) -> impl Iterator<Item = (&Sent, &Outcome)> {
        self.tasks.iter().zip(&self.outcomes).map_while(|(task, outcome)| Some((&task.sent, outcome.as_ref()?)))
    }

    /// Returns whether records after the settled ones have an outcome.
    pub fn has_gaps(&self) -> bool {
        self.outcomes.iter().skip_while(|outcome| outcome.is_some()).any(Option::is_some)
    }

    /// Returns whether a record has no outcome.
    pub fn has_open(&self) -> bool {
        self.outcomes.iter().any(Option::is_none)
    }

    /// Returns the position after the settled records.
    pub fn position(&self) -> Option<Position> {
        self.settled().count().checked_sub(1).map(|last| self.positions[last])
    }

    /// Sends the records in order, a few at a time, and writes each outcome into the journal before another record is
    /// sent. When the job is to stop, no more are sent, and the calls under way have a moment to end.
    pub async fn send(&mut self, upload: &Upload<'_>, journal: &mut Journal) -> Result<(), Stop> {
        let Self { tasks, outcomes, repeated, .. } = self;
        let committing: Vec<AtomicBool> = tasks.iter().map(|_| AtomicBool::new(false)).collect();
        let deliver = |position: usize| {
            let (task, is_repeated) = (&tasks[position], repeated[position]);
            let is_committing = &committing[position];
            async move {
                let outcome = match &task.state {
                    Ok(prepared) => Delivery { upload, prepared, is_repeated, is_committing }.send().await,
                    Err(outcome) => Ok(outcome.clone()),
                };
                (position, outcome)
            }
        };
        let mut waiting =
            (0..outcomes.len()).filter(|position| outcomes[*position].is_none()).collect::<Vec<_>>().into_iter();
        let mut under_way = FuturesUnordered::new();
        let mut ended = Ended { stop: None, deadline: None };
        let mut answered_bytes = 0;
        loop {
            while ended.goes_on(upload) && answered_bytes < ANSWER_BYTES && under_way.len() < upload.spec.concurrency {
                let Some(position) = waiting.next() else { break };
                under_way.push(deliver(position).boxed());
            }
            if under_way.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                answered = under_way.next() => match answered {
                    Some((position, Ok(outcome))) => {
                        answered_bytes += outcome.size();
                        ended.note(keep(journal, &tasks[position], &outcome, &mut outcomes[position]));
                    }
                    Some((_, Err(stop))) => ended.note(Err(stop)),
                    None => break,
                },
                () = upload.active.control.asked(), if ended.deadline.is_none() => {
                    let grace = if upload.active.control.reason() == Reason::LeaseLost { Duration::ZERO } else { GRACE };
                    ended.deadline = Some(Instant::now() + grace);
                }
                () = passed(ended.deadline), if ended.deadline.is_some() => break,
            }
        }
        drop(under_way);
        if upload.active.control.is_asked() && upload.active.control.reason() != Reason::LeaseLost {
            for ((task, is_committing), outcome) in tasks.iter().zip(&committing).zip(outcomes) {
                ended.note(report(upload, task, is_committing, journal, outcome));
            }
        }
        match ended.stop {
            Some(stop) => Err(stop),
            None if upload.active.control.is_asked() => Err(Stop::Requested),
            None => Ok(()),
        }
    }
}

/// Reports a record whose call was given up and must not be repeated as unknown.
fn report(
    upload: &Upload<'_>,
    task: &Task,
    is_committing: &AtomicBool,
    journal: &mut Journal,
    into: &mut Option<Outcome>,
) -> Result<(), Stop> {
    match &task.state {
        Ok(prepared) if into.is_none() && is_committing.load(Ordering::Relaxed) => {
            let delivery = Delivery { upload, prepared, is_repeated: false, is_committing };
            keep(journal, task, &delivery.unknown(upload.target.create(), STOPPED), into)
        }
        _ => Ok(()),
    }
}

/// Reason why no more records are sent.
struct Ended {
    stop: Option<Stop>,
    /// Time at which calls under way are given up.
    deadline: Option<Instant>,
}

impl Ended {
    fn goes_on(&self, upload: &Upload<'_>) -> bool {
        self.stop.is_none() && !upload.active.control.is_asked()
    }

    fn note(&mut self, outcome: Result<(), Stop>) {
        if let Err(stop) = outcome {
            self.stop.get_or_insert(stop);
        }
    }
}

/// Keeps the outcome of a record, in the journal first.
fn keep(journal: &mut Journal, task: &Task, outcome: &Outcome, into: &mut Option<Outcome>) -> Result<(), Stop> {
    let written: Stored<()> = journal.add(task.sent.index, outcome);
    *into = Some(outcome.clone());
    Ok(written?)
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
