//! Thread pool of all organizations: idle threads and the limits on their number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::StatusCode;

use super::admission::{Admission, Bounds, Permit};
use super::hooks::Hooks;
use super::runner::Runner;
use super::turns::Turns;
use super::worker::{Bench, Worker};
use crate::element;
use crate::engine::failure::Failure;
use crate::engine::script::{Configuration, Phase, Script, ScriptError, ScriptLimits, ScriptNetwork};

/// Minimum number of scripts that run at once, however few processors there are.
const MIN_TURNS: usize = 2;
/// Each thread may hold as much memory as a context may, 64 MiB.
const BOUNDS: Bounds = Bounds { organization: 4, shared: 16, total: 128 };
/// Maximum number of idle threads of an organization.
const IDLE_PER_ORGANIZATION: usize = 2;
/// Longest wait of a live request's batch for a thread, in addition to the time limit of the batches before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Script engine of a platform.
pub(crate) struct Scripts {
    shared: Arc<PoolInner>,
}

pub(super) struct PoolInner {
    pub limits: ScriptLimits,
    /// Network access of scripts of elements, if there is any host that they may call.
    pub network: Option<Arc<ScriptNetwork>>,
    admission: Arc<Admission>,
    turns: Arc<Turns>,
    /// Idle threads, keyed by organization.
    idle: Mutex<HashMap<i64, Vec<Worker>>>,
}

impl Scripts {
    /// Creates the engine. It starts no thread before a script runs.
    pub fn new(limits: ScriptLimits) -> Self {
        Self::with_network(limits, ScriptNetwork::default())
    }

    /// Creates the engine, with network access for the scripts of elements.
    pub fn with_network(limits: ScriptLimits, network: ScriptNetwork) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = PoolInner {
            limits,
            network: Some(Arc::new(network)).filter(|network| !network.hosts.is_empty()),
            admission: Admission::new(BOUNDS),
            turns: Turns::new(processors.max(MIN_TURNS)),
            idle: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns a runner of these scripts, in this order, for one live request or one bulk job.
    pub fn runner(&self, organization: i64, chain: Vec<Script>, phase: Phase, configuration: Configuration) -> Runner {
        Runner::new(Arc::clone(&self.shared), organization, chain, phase, configuration)
    }

    /// Returns the scripts of elements, for an organization.
    pub fn of_elements(&self, organization: i64) -> Arc<dyn element::Scripts> {
        Arc::new(Hooks::new(Arc::clone(&self.shared), organization))
    }

    /// Compiles a script. Returns its syntax error, or `None` if it is valid.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub async fn check(&self, organization: i64, script: &Script) -> Result<Option<ScriptError>, Failure> {
        self.runner(organization, vec![script.clone()], Phase::Request, Configuration::default()).compile().await
    }
}

impl PoolInner {
    /// Waits until a batch may have a thread. A bulk job waits without a limit, since waiting is no fault of the job.
    ///
    /// # Errors
    /// 503 if a live request has waited too long, and at once if no thread of the organization can be stopped.
    pub async fn admit(&self, organization: i64, phase: Phase) -> Result<Permit, Failure> {
        let busy = |message: &str| Failure::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(Some(30));
        let permit = self.admission.enter(organization, phase);
        if phase == Phase::Bulk {
            return permit.await.ok_or_else(|| busy("Scripts are shutting down"));
        }
        if self.admission.is_stuck(organization) {
            return Err(busy("Scripts of this organization could not be stopped and still run"));
        }
        let admitted = tokio::time::timeout(self.limits.time + PATIENCE, permit).await;
        admitted.ok().flatten().ok_or_else(|| busy("Too many scripts are running"))
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<i64, Vec<Worker>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a thread with a clean context.
    pub fn worker(self: &Arc<Self>, organization: i64) -> Result<Worker, Failure> {
        if let Some(worker) = self.idle().get_mut(&organization).and_then(Vec::pop) {
            return Ok(worker);
        }
        let seat = Seat { shared: Arc::downgrade(self), organization };
        Worker::start(self.limits, self.turns.of_thread(organization), seat).map_err(|error| {
            tracing::error!(%error, "a script thread could not be started");
            Failure::plain(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }
}

/// Access of a thread to its organization's pool of idle threads.
struct Seat {
    shared: Weak<PoolInner>,
    organization: i64,
}

impl Bench for Seat {
    fn sit(&self, worker: &Worker) -> bool {
        let Some(shared) = self.shared.upgrade() else { return false };
        let mut idle = shared.idle();
        let workers = idle.entry(self.organization).or_default();
        let free = workers.len() < IDLE_PER_ORGANIZATION;
        if free {
            workers.push(worker.clone());
        }
        free
    }

    fn leave(&self, worker: &Worker) -> bool {
        let Some(shared) = self.shared.upgrade() else { return true };
        let mut idle = shared.idle();
        let Some(workers) = idle.get_mut(&self.organization) else { return false };
        let before = workers.len();
        workers.retain(|other| !Arc::ptr_eq(&other.clock, &worker.clock));
        let left = workers.len() < before;
        if workers.is_empty() {
            idle.remove(&self.organization);
        }
        left
    }
}
