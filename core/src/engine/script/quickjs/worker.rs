//! A thread that runs scripts of one organization. Its context is made anew for each job, so that no job sees anything
//! of another; between jobs it waits a little for the next one.

use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rquickjs::{Context, Ctx, Runtime};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::machine::{Machine, Rejected, Watched};
use super::stack::Thrown;
use super::watch::{Bounded, Clock, Memory};
use crate::engine::script::{Configuration, Input, Outcome, Phase, Purpose, Script, ScriptError, ScriptLimits};
use crate::moment;

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(10);
/// The stack of a thread beyond what scripts may use: the library's own calls are larger in debug builds.
const STACK_BEYOND_LIMIT: usize = 4 << 20;
/// A context that was made anew may take this much more than the first one; else something leaked and the thread ends.
const SLACK_BYTES: usize = 256 << 10;

/// The way to a thread.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub jobs: Sender<Job>,
    pub clock: Arc<Clock>,
}

/// Where a thread waits between jobs.
pub(super) trait Bench: Send + 'static {
    /// Takes a seat; false when there is none.
    fn sit(&self, worker: &Worker) -> bool;
    /// Gives the seat back; false when somebody has called the thread already.
    fn leave(&self, worker: &Worker) -> bool;
}

/// All batches of one live request or bulk job.
#[derive(Debug)]
pub(super) struct Job {
    pub chain: Vec<Script>,
    pub configuration: Configuration,
    pub batches: Receiver<Batch>,
}

/// Some records, and where their outcomes go.
#[derive(Debug)]
pub(super) struct Batch {
    pub purpose: Purpose,
    pub phase: Phase,
    pub work: Arc<Work>,
    /// For all records together in a live request, else for each.
    pub time: Duration,
    /// Given back when the thread is free again, which may be long after anybody waits for it.
    pub permit: OwnedSemaphorePermit,
    pub report: oneshot::Sender<Report>,
}

/// How a batch went.
#[derive(Debug)]
pub(super) struct Report {
    /// The time it took.
    pub took: Duration,
    /// The chain cannot be compiled, so nothing was run.
    pub syntax: Option<ScriptError>,
    /// The thread takes further batches; not after a limit was reached.
    pub healthy: bool,
}

/// The records of a batch and the outcomes so far.
#[derive(Debug)]
pub(super) struct Work {
    pub inputs: Vec<Input>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Work {
    pub fn new(inputs: Vec<Input>) -> Self {
        Self { outcomes: Mutex::new(Vec::with_capacity(inputs.len())), inputs }
    }

    pub fn push(&self, outcome: Outcome) {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
    }

    pub fn done(&self) -> usize {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn has_failed(&self) -> bool {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(outcomes.last(), Some(Outcome::Failed(_)))
    }

    pub fn take(&self) -> Vec<Outcome> {
        std::mem::take(&mut *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Worker {
    /// Starts a thread, which does one job and then waits on the bench for more.
    pub fn start(limits: ScriptLimits, bench: impl Bench) -> std::io::Result<Self> {
        let (jobs, receiver) = channel();
        let worker = Self { jobs, clock: Arc::new(Clock::new()) };
        let own = worker.clone();
        std::thread::Builder::new()
            .name("elementkit-script".to_owned())
            .stack_size(limits.stack_bytes + STACK_BEYOND_LIMIT)
            .spawn(move || own.live(limits, &receiver, &bench))?;
        Ok(worker)
    }

    fn live(&self, limits: ScriptLimits, jobs: &Receiver<Job>, bench: &impl Bench) {
        let memory = Memory::new(limits.memory_bytes);
        let rejected = Rejected::default();
        let Ok(runtime) = self.runtime(limits, &memory, &rejected) else { return };
        let mut first = None;
        loop {
            let Ok(context) = Context::full(&runtime) else { return };
            let most = *first.get_or_insert(memory.used() + SLACK_BYTES);
            if memory.used() > most {
                return;
            }
            let Some(job) = self.next_job(jobs, bench) else { return };
            let healthy = context.with(|ctx| self.serve(&ctx, &job, limits, &memory, &rejected));
            drop(context);
            if !healthy {
                return;
            }
            runtime.run_gc();
            if !bench.sit(self) {
                return;
            }
        }
    }

    fn next_job(&self, jobs: &Receiver<Job>, bench: &impl Bench) -> Option<Job> {
        match jobs.recv_timeout(IDLE) {
            Ok(job) => Some(job),
            Err(_) if bench.leave(self) => None,
            // It was called at this very moment.
            Err(_) => jobs.recv_timeout(IDLE).ok(),
        }
    }

    fn runtime(&self, limits: ScriptLimits, memory: &Rc<Memory>, rejected: &Rejected) -> rquickjs::Result<Runtime> {
        let runtime = Runtime::new_with_alloc(Bounded::new(Rc::clone(memory), Arc::clone(&self.clock)))?;
        runtime.set_max_stack_size(limits.stack_bytes);
        let clock = Arc::clone(&self.clock);
        runtime.set_interrupt_handler(Some(Box::new(move || clock.is_over())));
        let rejected = Rc::clone(rejected);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_, _, reason, is_handled| {
            *rejected.borrow_mut() = (!is_handled).then(|| Thrown::read(&reason));
        })));
        Ok(runtime)
    }

    /// Runs the batches of a job until there are no more, or a limit was reached: then the result is false.
    fn serve(&self, ctx: &Ctx<'_>, job: &Job, limits: ScriptLimits, memory: &Rc<Memory>, rejected: &Rejected) -> bool {
        let mut compiled = None;
        while let Ok(batch) = job.batches.recv() {
            let begin = Instant::now();
            self.clock.set(begin + batch.time);
            let machine = compiled.get_or_insert_with(|| {
                let (clock, memory, rejected) = (Arc::clone(&self.clock), Rc::clone(memory), Rc::clone(rejected));
                Machine::compile(ctx, &job.chain, &job.configuration, limits, Watched { clock, memory, rejected })
            });
            let syntax = match machine {
                Ok(machine) => {
                    self.run(machine, &batch);
                    None
                }
                Err(error) => Some(error.clone()),
            };
            let healthy = !self.clock.is_over() && !memory.was_refused();
            self.clock.clear();
            let Batch { permit, report, .. } = batch;
            drop(permit);
            // Nobody waits for a batch that was given up.
            let _ = report.send(Report { took: begin.elapsed(), syntax, healthy });
            if !healthy {
                return false;
            }
        }
        true
    }

    fn run(&self, machine: &Machine<'_>, Batch { purpose, phase, work, time, .. }: &Batch) {
        for input in work.inputs.iter().skip(work.done()) {
            if *phase == Phase::Bulk {
                self.clock.set(moment::after(Instant::now(), *time));
            }
            let outcome = machine.run(*purpose, input);
            let failed = matches!(outcome, Outcome::Failed(_));
            work.push(outcome);
            if machine.is_worn() || (failed && *phase == Phase::Request) {
                return;
            }
        }
    }
}
