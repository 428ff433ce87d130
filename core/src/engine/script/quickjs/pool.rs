//! The threads of all organizations: how many there are, and which of them wait for work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::runner::Runner;
use super::worker::{Bench, Worker};
use crate::engine::failure::Failure;
use crate::engine::script::{Configuration, Phase, Script, ScriptError, ScriptLimits};

/// Fewest batches that run at a time, however few processors there are.
const MIN_PLACES: usize = 8;
/// Threads that wait for the next job of an organization.
const IDLE_PER_ORGANIZATION: usize = 2;
/// How long a batch waits for a free place beyond the time limit of those before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The script engine of a platform.
#[derive(Debug)]
pub(crate) struct Scripts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub limits: ScriptLimits,
    places: Arc<Semaphore>,
    places_per_organization: usize,
    organizations: Mutex<HashMap<i64, Organization>>,
}

#[derive(Debug)]
struct Organization {
    places: Arc<Semaphore>,
    idle: Vec<Worker>,
}

/// What a batch holds while it runs.
pub(super) struct Places {
    /// One of all; given back when nobody waits for the batch any more.
    pub any: OwnedSemaphorePermit,
    /// One of the organization's; given back when the thread is free. A script that cannot be stopped so takes places
    /// of its own organization alone.
    pub own: OwnedSemaphorePermit,
}

impl Scripts {
    /// No thread is started before a script runs.
    pub fn new(limits: ScriptLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let places = MIN_PLACES.max(2 * processors);
        Self {
            shared: Arc::new(Shared {
                limits,
                places: Arc::new(Semaphore::new(places)),
                places_per_organization: places / 2,
                organizations: Mutex::default(),
            }),
        }
    }

    /// A runner of these scripts, in this order, for one live request or one bulk job.
    pub fn runner(&self, organization: i64, chain: Vec<Script>, phase: Phase, configuration: Configuration) -> Runner {
        Runner::new(Arc::clone(&self.shared), organization, chain, phase, configuration)
    }

    /// Whether a script can be compiled: none, or its syntax error.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub async fn check(&self, organization: i64, script: &Script) -> Result<Option<ScriptError>, Failure> {
        self.runner(organization, vec![script.clone()], Phase::Request, Configuration::default()).compile().await
    }
}

impl Shared {
    fn organizations(&self) -> MutexGuard<'_, HashMap<i64, Organization>> {
        self.organizations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn organization<T>(&self, id: i64, f: impl FnOnce(&mut Organization) -> T) -> T {
        let fresh =
            || Organization { places: Arc::new(Semaphore::new(self.places_per_organization)), idle: Vec::new() };
        f(self.organizations().entry(id).or_insert_with(fresh))
    }

    /// Waits until a batch may run.
    pub async fn places(&self, organization: i64) -> Result<Places, Failure> {
        let own = self.organization(organization, |organization| Arc::clone(&organization.places));
        let any = Arc::clone(&self.places);
        let both =
            async { Some(Places { own: own.acquire_owned().await.ok()?, any: any.acquire_owned().await.ok()? }) };
        let busy =
            || Failure::new(StatusCode::SERVICE_UNAVAILABLE, "Too many scripts are running").retry_after(Some(30));
        tokio::time::timeout(self.limits.time + PATIENCE, both).await.ok().flatten().ok_or_else(busy)
    }

    /// A thread with a clean context.
    pub fn worker(self: &Arc<Self>, id: i64) -> Result<Worker, Failure> {
        if let Some(worker) = self.organization(id, |organization| organization.idle.pop()) {
            return Ok(worker);
        }
        let seat = Seat { shared: Arc::downgrade(self), organization: id };
        Worker::start(self.limits, seat).map_err(|error| {
            tracing::error!(%error, "a thread for scripts could not be started");
            Failure::plain(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }
}

/// Where the threads of an organization wait.
struct Seat {
    shared: Weak<Shared>,
    organization: i64,
}

impl Bench for Seat {
    fn sit(&self, worker: &Worker) -> bool {
        let Some(shared) = self.shared.upgrade() else { return false };
        shared.organization(self.organization, |organization| {
            let free = organization.idle.len() < IDLE_PER_ORGANIZATION;
            if free {
                organization.idle.push(worker.clone());
            }
            free
        })
    }

    fn leave(&self, worker: &Worker) -> bool {
        let Some(shared) = self.shared.upgrade() else { return true };
        shared.organization(self.organization, |organization| {
            let before = organization.idle.len();
            organization.idle.retain(|idle| !Arc::ptr_eq(&idle.clock, &worker.clock));
            organization.idle.len() < before
        })
    }
}
