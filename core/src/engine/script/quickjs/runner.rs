//! Runner of the scripts of one live request or one bulk job.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::oneshot;

use super::pool::PoolInner;
use super::stack::time_is_up;
use super::turns::Turn;
use super::watch::Clock;
use super::worker::{Batch, Job, Records, Report, Work};
use crate::engine::failure::Failure;
use crate::engine::script::{Configuration, Input, Outcome, Phase, Purpose, Script, ScriptError};

/// Interval between checks of a running thread.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Delay after the deadline before a thread is given up: it is in a library function that cannot be stopped.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);

/// Runs the records of a job through its scripts, in sequential batches.
pub(crate) struct Runner {
    shared: Arc<PoolInner>,
    organization: i64,
    chain: Vec<Script>,
    phase: Phase,
    configuration: Configuration,
    thread: Option<Thread>,
    /// Time that a live request has used so far.
    used: Duration,
}

/// Thread that works for a runner.
struct Thread {
    batches: Sender<Batch>,
    clock: Arc<Clock>,
    turn: Arc<Turn>,
}

/// Cancels the running batch once its result is no longer awaited. Passes its turn on at once, even if the script
/// cannot be stopped.
pub(super) struct Cancel(pub Option<(Arc<Clock>, Arc<Turn>)>);

impl Drop for Cancel {
    fn drop(&mut self) {
        if let Some((clock, turn)) = &self.0 {
            clock.cancel();
            turn.give_back();
        }
    }
}

impl Runner {
    pub(super) fn new(
        shared: Arc<PoolInner>,
        organization: i64,
        chain: Vec<Script>,
        phase: Phase,
        configuration: Configuration,
    ) -> Self {
        Self { shared, organization, chain, phase, configuration, thread: None, used: Duration::ZERO }
    }

    /// Runs records through the chain. Returns their outcomes in order. In a live request the first failure is the last
    /// outcome. Dropping the future ends the running script.
    ///
    /// # Errors
    /// 503 if too many scripts are running; 500 if no thread can be started.
    pub async fn run(&mut self, purpose: Purpose, inputs: Vec<Input>) -> Result<Vec<Outcome>, Failure> {
        let work = Arc::new(Work::new(inputs));
        while work.done() < work.inputs.len() {
            let before = work.done();
            match self.attempt(purpose, &work).await? {
                Some(Report { syntax: Some(error), .. }) => return Ok(self.refused(&error, work.inputs.len())),
                Some(_) => {}
                None => drop(work.push(work.attempt(), Outcome::Failed(self.stuck().to_string()), 0)),
            }
            if work.done() == before {
                return Err(ended());
            }
            if self.phase == Phase::Request && work.has_failed() {
                break;
            }
        }
        Ok(work.take())
    }

    /// Compiles the chain without running it.
    pub(super) async fn compile(&mut self) -> Result<Option<ScriptError>, Failure> {
        let work = Arc::new(Work::new(Vec::new()));
        let report = self.attempt(Purpose::FromVendor, &work).await?;
        Ok(report.map_or_else(|| Some(self.stuck()), |report| report.syntax))
    }

    /// Continues the work on a thread until it is done or a limit is reached. Returns `None` if the thread had to be
    /// given up.
    async fn attempt(&mut self, purpose: Purpose, work: &Arc<Work>) -> Result<Option<Report>, Failure> {
        let permit = self.shared.admit(self.organization, self.phase).await?;
        let given_up = permit.given_up();
        let limit = self.shared.limits.time;
        let time = if self.phase == Phase::Request { limit.saturating_sub(self.used) } else { limit };
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => self.call_thread()?,
        };
        let mut cancel = Cancel(Some((Arc::clone(&thread.clock), Arc::clone(&thread.turn))));
        let (report, reported) = oneshot::channel();
        let attempt = work.attempt();
        let batch = Batch { purpose, phase: self.phase, work: Arc::clone(work), attempt, time, permit, report };
        thread.batches.send(batch).map_err(|_| ended())?;
        let report = wait(reported, &thread.clock).await?;
        match &report {
            None => given_up.mark(),
            Some(report) => {
                self.used += report.took;
                if report.healthy {
                    cancel.0 = None;
                    self.thread = Some(thread);
                }
            }
        }
        Ok(report)
    }

    fn call_thread(&self) -> Result<Thread, Failure> {
        let worker = self.shared.worker(self.organization)?;
        let (batches, receiver) = channel();
        let job = Records { chain: self.chain.clone(), configuration: self.configuration.clone(), batches: receiver };
        worker.jobs.send(Job::Records(job)).map_err(|_| ended())?;
        Ok(Thread { batches, clock: worker.clock, turn: worker.turn })
    }

    /// Returns the outcomes of a chain that cannot be compiled.
    fn refused(&self, error: &ScriptError, records: usize) -> Vec<Outcome> {
        let records = if self.phase == Phase::Request { records.min(1) } else { records };
        vec![Outcome::Failed(error.to_string()); records]
    }

    /// Returns the error of a record whose script could not be stopped. It is unknown which script of the chain it was.
    fn stuck(&self) -> ScriptError {
        let script = self.chain.last().map(Script::name).unwrap_or_default();
        ScriptError { script, place: None, message: time_is_up(self.shared.limits.time) }
    }
}

/// Waits for the report. Returns `None` if the thread is overdue.
pub(super) async fn wait<T>(mut reported: oneshot::Receiver<T>, clock: &Clock) -> Result<Option<T>, Failure> {
    loop {
        match tokio::time::timeout(LOOK_EVERY, &mut reported).await {
            Ok(report) => return report.map(Some).map_err(|_| ended()),
            Err(_) if clock.overdue().is_some_and(|late| late > GIVE_UP_AFTER) => return Ok(None),
            Err(_) => {}
        }
    }
}

fn ended() -> Failure {
    tracing::error!("a script thread ended unexpectedly");
    Failure::plain(StatusCode::INTERNAL_SERVER_ERROR)
}
