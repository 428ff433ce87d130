//! Thread that runs the scripts of one organization. It creates a new context for each job, so that no job sees data of
//! another; between jobs it waits briefly for the next one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rquickjs::{Context, Ctx, Runtime};
use tokio::sync::oneshot;

use super::admission::Permit;
use super::hooks::{self, HookReport, HookRun};
use super::machine::{Machine, Rejected, Watched};
use super::stack::Thrown;
use super::turns::{Slice, Turn};
use super::watch::{Bounded, Clock, Memory};
use crate::engine::script::{
    Configuration, Input, Outcome, PAGE_BYTES, Phase, Purpose, Script, ScriptError, ScriptLimits,
};
use crate::moment;

/// Time after which an idle thread ends.
const IDLE: Duration = Duration::from_secs(10);
/// Stack size beyond the scripts' limit: the library's own calls are larger in debug builds.
const STACK_BEYOND_LIMIT: usize = 4 << 20;
/// Amount by which a new context may exceed the memory of the first one. If it takes more, memory has leaked and the
/// thread ends.
const SLACK_BYTES: usize = 256 << 10;

/// Handle to a thread.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub jobs: Sender<Job>,
    pub clock: Arc<Clock>,
    pub turn: Arc<Turn>,
}

/// Pool in which a thread waits between jobs.
pub(super) trait Bench: Send + 'static {
    /// Adds an idle thread. Returns `false` if the pool is full or gone.
    fn sit(&self, worker: &Worker) -> bool;
    /// Removes an idle thread. Returns `false` if it was already assigned a job.
    fn leave(&self, worker: &Worker) -> bool;
}

/// Work that needs a context of its own.
pub(super) enum Job {
    Records(Records),
    Hook(HookRun),
}

/// All batches of one live request or bulk job.
#[derive(Debug)]
pub(super) struct Records {
    pub chain: Vec<Script>,
    pub configuration: Configuration,
    pub batches: Receiver<Batch>,
}

/// Some records, and the destination of their outcomes.
#[derive(Debug)]
pub(super) struct Batch {
    pub purpose: Purpose,
    pub phase: Phase,
    pub work: Arc<Work>,
    /// Attempt that this batch belongs to; see [`Work::push`].
    pub attempt: usize,
    /// Time limit for all records together in a live request, otherwise for each.
    pub time: Duration,
    /// Dropped when the thread is free again, which may be long after the caller stopped waiting.
    pub permit: Permit,
    pub report: oneshot::Sender<Report>,
}

/// Result of a batch.
#[derive(Debug)]
pub(super) struct Report {
    /// Duration from its first turn on.
    pub took: Duration,
    /// Syntax error of a chain that cannot be compiled, so that nothing was run.
    pub syntax: Option<ScriptError>,
    /// Whether the thread takes more batches; `false` after a limit was reached.
    pub healthy: bool,
}

/// Records of a batch and the outcomes so far.
#[derive(Debug)]
pub(super) struct Work {
    pub inputs: Vec<Input>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    outcomes: Vec<Outcome>,
    /// Bytes that the remaining outcomes may take together.
    left: usize,
    attempt: usize,
}

impl Work {
    pub fn new(inputs: Vec<Input>) -> Self {
        let outcomes = Vec::with_capacity(inputs.len());
        Self { inputs, progress: Mutex::new(Progress { outcomes, left: PAGE_BYTES, attempt: 0 }) }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt; results of threads of earlier attempts are ignored from now on.
    pub fn attempt(&self) -> usize {
        let mut progress = self.progress();
        progress.attempt += 1;
        progress.attempt
    }

    /// Adds the outcome of the next record and charges its bytes to the page. Returns `false` if the attempt was given
    /// up.
    pub fn push(&self, attempt: usize, outcome: Outcome, bytes: usize) -> bool {
        let mut progress = self.progress();
        let counts = progress.attempt == attempt;
        if counts {
            progress.outcomes.push(outcome);
            progress.left = progress.left.saturating_sub(bytes);
        }
        counts
    }

    /// Returns the bytes that the remaining outcomes may take together.
    fn left(&self) -> usize {
        self.progress().left
    }

    pub fn done(&self) -> usize {
        self.progress().outcomes.len()
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.progress().outcomes.last(), Some(Outcome::Failed(_)))
    }

    pub fn take(&self) -> Vec<Outcome> {
        std::mem::take(&mut self.progress().outcomes)
    }
}

/// State that belongs to a thread.
struct Own<'a> {
    limits: ScriptLimits,
    memory: &'a Rc<Memory>,
    rejected: &'a Rejected,
    slice: &'a Rc<Slice>,
}

impl Worker {
    /// Starts a thread, which does one job and then waits in the pool for more.
    pub fn start(limits: ScriptLimits, turn: Arc<Turn>, bench: impl Bench) -> std::io::Result<Self> {
        let (jobs, receiver) = channel();
        let worker = Self { jobs, clock: Arc::new(Clock::new()), turn };
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
        let slice = Rc::new(Slice::new(Arc::clone(&self.turn), Arc::clone(&self.clock)));
        let Ok(runtime) = self.runtime(limits, &memory, &rejected, &slice) else { return };
        let mut first = None;
        loop {
            let Ok(context) = Context::full(&runtime) else { return };
            let most = *first.get_or_insert(memory.used() + SLACK_BYTES);
            if memory.used() > most {
                return;
            }
            let Some(job) = self.next_job(jobs, bench) else { return };
            let own = Own { limits, memory: &memory, rejected: &rejected, slice: &slice };
            let stays = match job {
                Job::Records(job) => context.with(|ctx| self.serve(&ctx, &job, &own)) && bench.sit(self),
                Job::Hook(run) => self.serve_hook(&context, run, &own, bench),
            };
            drop(context);
            if !stays {
                return;
            }
            runtime.run_gc();
        }
    }

    /// Runs a script of an element. The thread is back in the pool before its caller knows, so that the next script of
    /// a call finds it. Returns whether it is.
    fn serve_hook(&self, context: &Context, run: HookRun, own: &Own<'_>, bench: &impl Bench) -> bool {
        let HookRun { input, phase, time, permit, report } = run;
        if !own.slice.begin(phase) {
            return false;
        }
        self.clock.set(moment::after(Instant::now(), time));
        let run = || context.with(|ctx| hooks::run(&ctx, &input, own.limits, self.watched(own), own.slice));
        // A panicking conversion ends this thread.
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            self.clock.cancel();
            Err(hooks::broken(&input.script))
        });
        let used = time.saturating_sub(self.clock.left());
        let healthy = !self.clock.is_over() && !own.memory.was_refused();
        self.clock.clear();
        own.slice.finish();
        drop(permit);
        let stays = healthy && bench.sit(self);
        // A script that was given up has no receiver any more.
        let _ = report.send(HookReport { outcome, used, healthy });
        stays
    }

    fn watched(&self, own: &Own<'_>) -> Watched {
        let (memory, rejected) = (Rc::clone(own.memory), Rc::clone(own.rejected));
        Watched { clock: Arc::clone(&self.clock), memory, rejected }
    }

    fn next_job(&self, jobs: &Receiver<Job>, bench: &impl Bench) -> Option<Job> {
        match jobs.recv_timeout(IDLE) {
            Ok(job) => Some(job),
            Err(_) if bench.leave(self) => None,
            // A job was assigned at this very moment.
            Err(_) => jobs.recv_timeout(IDLE).ok(),
        }
    }

    fn runtime(
        &self,
        limits: ScriptLimits,
        memory: &Rc<Memory>,
        rejected: &Rejected,
        slice: &Rc<Slice>,
    ) -> rquickjs::Result<Runtime> {
        let runtime = Runtime::new_with_alloc(Bounded::new(Rc::clone(memory), Arc::clone(&self.clock)))?;
        runtime.set_max_stack_size(limits.stack_bytes);
        let slice = Rc::clone(slice);
        runtime.set_interrupt_handler(Some(Box::new(move || slice.must_stop())));
        let rejected = Rc::clone(rejected);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_, _, reason, is_handled| {
            *rejected.borrow_mut() = (!is_handled).then(|| Thrown::read(&reason));
        })));
        Ok(runtime)
    }

    /// Runs the batches of a job. Returns `true` when there are no more, `false` if a limit was reached.
    fn serve(&self, ctx: &Ctx<'_>, job: &Records, own: &Own<'_>) -> bool {
        let mut compiled = None;
        while let Ok(batch) = job.batches.recv() {
            if !own.slice.begin(batch.phase) {
                return false;
            }
            let begin = Instant::now();
            self.clock.set(moment::after(begin, batch.time));
            let machine = compiled.get_or_insert_with(|| {
                Machine::compile(ctx, &job.chain, &job.configuration, own.limits, self.watched(own))
            });
            let syntax = match machine {
                Ok(machine) => {
                    self.run(machine, &batch);
                    None
                }
                Err(error) => Some(error.clone()),
            };
            let healthy = !self.clock.is_over() && !own.memory.was_refused();
            self.clock.clear();
            own.slice.finish();
            let took = begin.elapsed();
            let Batch { permit, report, .. } = batch;
            drop(permit);
            // A batch that was given up has no receiver any more.
            let _ = report.send(Report { took, syntax, healthy });
            if !healthy {
                return false;
            }
        }
        true
    }

    fn run(&self, machine: &Machine<'_>, Batch { purpose, phase, work, attempt, time, .. }: &Batch) {
        for input in work.inputs.iter().skip(work.done()) {
            if *phase == Phase::Bulk {
                self.clock.set(moment::after(Instant::now(), *time));
            }
            let run = || machine.run(*purpose, input, work.left());
            // A panicking conversion fails its record and ends this thread, but not the job.
            let (outcome, bytes) = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                self.clock.cancel();
                (Outcome::Failed(machine.broken()), 0)
            });
            let failed = matches!(outcome, Outcome::Failed(_));
            if !work.push(*attempt, outcome, bytes) {
                return;
            }
            if machine.is_worn() || (failed && *phase == Phase::Request) {
                return;
            }
        }
    }
}
