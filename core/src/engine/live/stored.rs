//! The configuration of a stored instance: one login at a time in all processes, whose outcome is stored before it is
//! used (spec E 4.44, E 4.45).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::{configuration, generation};
use crate::auth::{hex, random_bytes};
use crate::engine::store::{InstanceRow, LoginAttempt, LoginTurn, Store, now_ms};
use crate::engine::tasks::Tasks;
use crate::error::{Error, ErrorKind, Result};
use crate::vendor::{
    Changes, Configuration, Generation, LiveConfiguration, Login, LoginError, Reached, VendorError, VendorErrorKind,
};

/// Time limit for a caller to wait for a login (spec E 4.44).
const WAIT: Duration = Duration::from_secs(30);
/// Time after which others may log in if a process was killed during a login.
const LEASE: Duration = Duration::from_secs(10);
/// Pause between two extensions of a lease.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Pause between two looks at the login of another process.
const POLL: Duration = Duration::from_millis(50);
/// Time for which the outcome of a login is written again if the database cannot be written.
const STORE_LIMIT: Duration = Duration::from_secs(60);
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// Message of the failure of a call whose login was rejected (spec E 4.45).
const NOT_REFRESHED: &str = "The authentication of the instance could not be refreshed";

/// The configuration of a stored instance, shared by all callers of it in this process.
pub(crate) struct StoredConfiguration {
    store: Store,
    tasks: Tasks,
    instance_id: i64,
    state: Mutex<State>,
    this: Weak<Self>,
}

struct State {
    /// The instance as last read.
    row: InstanceRow,
    current: Arc<Configuration>,
    flight: Option<Flight>,
}

type Outcome = Result<Arc<Configuration>, VendorError>;

/// A running login, for which any number of callers wait.
struct Flight {
    /// Generation that it replaces.
    seen: Generation,
    outcome: Shared<BoxFuture<'static, Outcome>>,
}

impl StoredConfiguration {
    pub fn new(store: Store, tasks: Tasks, row: &InstanceRow) -> Arc<Self> {
        let state = State { row: row.clone(), current: Arc::new(configuration(row)), flight: None };
        Arc::new_cyclic(|this| Self {
            store,
            tasks,
            instance_id: row.id,
            state: Mutex::new(state),
            this: Weak::clone(this),
        })
    }

    /// Takes over values that a call has read. Older ones than those known are ignored.
    pub fn observe(&self, row: &InstanceRow) -> Arc<Configuration> {
        let mut state = self.lock();
        let known = &state.row;
        let is_newer = row.version >= known.version && row.acquired_version >= known.acquired_version;
        if is_newer && (row.version, row.acquired_version) != (known.version, known.acquired_version) {
            state.row = row.clone();
            state.current = Arc::new(configuration(row));
        }
        Arc::clone(&state.current)
    }

    /// Returns the acquired values with their generation.
    pub fn acquired(&self) -> (BTreeMap<String, String>, Generation) {
        let state = self.lock();
        (state.row.acquired.clone(), generation(&state.row))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the running login, or starts one in a task that outlives the caller.
    fn flight(&self, seen: Generation, login: Login) -> Shared<BoxFuture<'static, Outcome>> {
        let mut state = self.lock();
        // A login that replaces an older generation has ended, or the caller would not know the newer one.
        let is_running = |flight: &&Flight| flight.seen >= seen && flight.outcome.peek().is_none();
        if let Some(running) = state.flight.as_ref().filter(is_running) {
            return running.outcome.clone();
        }
        let outcome: Shared<BoxFuture<'static, Outcome>> = match self.this.upgrade() {
            None => async { Err(closing()) }.boxed().shared(),
            Some(this) => {
                let task = self.tasks.spawn_detached(async move { this.run(seen, login).await });
                async move { task.await.unwrap_or_else(|_| Err(closing())) }.boxed().shared()
            }
        };
        state.flight = Some(Flight { seen, outcome: outcome.clone() });
        outcome
    }

    async fn run(&self, seen: Generation, login: Login) -> Outcome {
        let owner = hex(&random_bytes::<8>().map_err(|error| unavailable(&error))?);
        let until = Instant::now() + WAIT;
        loop {
            // From the lease on, the login is waited for when the engine closes.
            let Some(vital) = self.tasks.begin_vital() else { return Err(closing()) };
            let now_ms = now_ms();
            let generation = i64::try_from(seen.0).unwrap_or(i64::MAX);
            let attempt = LoginAttempt {
                instance_id: self.instance_id,
                generation,
                owner: &owner,
                now_ms,
                until_ms: lease_end(now_ms),
            };
            match self.store.begin_login(&attempt).await.map_err(|error| unavailable(&error))? {
                LoginTurn::Newer(row) => return Ok(self.observe(&row)),
                LoginTurn::Taken(row) if row.disabled => {
                    self.release(&owner).await;
                    return Err(VendorError::new(VendorErrorKind::Unauthorized, "The element instance is disabled"));
                }
                LoginTurn::Taken(row) => return self.log_in(&owner, *row, login).await,
                LoginTurn::Busy if Instant::now() < until => {}
                LoginTurn::Busy => return Err(late()),
                LoginTurn::Gone => return Err(VendorError::new(VendorErrorKind::NotFound, "the instance was deleted")),
            }
            drop(vital);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Logs in while the lease is extended, and stores the outcome.
    async fn log_in(&self, owner: &str, row: InstanceRow, login: Login) -> Outcome {
        let newest = self.observe(&row);
        let outcome = tokio::select! {
            outcome = login(newest) => outcome,
            () = self.extend(owner) => Err(LoginError::Failed(closing())),
        };
        match outcome {
            Ok(changes) => self.keep(&row, &changes).await,
            Err(LoginError::Failed(error)) => {
                self.release(owner).await;
                Err(error)
            }
            Err(LoginError::Refused(error)) => Err(self.refused(owner, &error).await),
        }
    }

    /// Extends the lease again and again.
    async fn extend(&self, owner: &str) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            if let Err(error) = self.store.extend_login(self.instance_id, owner, lease_end(now_ms())).await {
                tracing::warn!(%error, instance_id = self.instance_id, "the lease of a login was not extended");
            }
        }
    }

    /// Stores acquired values. Tries again for a while, because the old refresh token may have become invalid.
    async fn keep(&self, row: &InstanceRow, changes: &Changes) -> Outcome {
        let until = Instant::now() + STORE_LIMIT;
        loop {
            match self.store.finish_login(row, changes).await {
                Ok(Some(row)) => return Ok(self.observe(&row)),
                Ok(None) => return Err(VendorError::new(VendorErrorKind::NotFound, "the instance was deleted")),
                Err(error) if error.kind() == ErrorKind::Closed || Instant::now() >= until => {
                    tracing::error!(%error, instance_id = self.instance_id, "the tokens of a login were not stored");
                    return Err(unavailable(&error));
                }
                Err(_) => tokio::time::sleep(STORE_PAUSE).await,
            }
        }
    }

    /// Counts a rejection. Returns the failure of the calls that waited for the login.
    async fn refused(&self, owner: &str, error: &VendorError) -> VendorError {
        let instance_id = self.instance_id;
        // The vendor's message is part of an answer to a login, which is not logged (spec E 4.62).
        tracing::warn!(instance_id, status = error.status, "the vendor rejected the login of an instance");
        match self.store.refuse_login(instance_id, owner).await {
            Ok(true) => tracing::error!(instance_id, "the instance is disabled after repeated rejections"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, instance_id, "a rejected login was not counted"),
        }
        let reached = Reached::Answered;
        VendorError { reached, ..VendorError::new(VendorErrorKind::Unauthorized, NOT_REFRESHED) }
    }

    async fn release(&self, owner: &str) {
        if let Err(error) = self.store.release_login(self.instance_id, owner).await {
            tracing::warn!(%error, instance_id = self.instance_id, "the lease of a login ends by itself");
        }
    }

    async fn store_changes(&self, changes: Changes) -> Result<Arc<Configuration>> {
        let row = self.lock().row.clone();
        let changed = self.store.write_acquired(&row, &changes).await?;
        let row = changed.ok_or_else(|| Error::new(ErrorKind::NotFound, "the instance was deleted"))?;
        Ok(self.observe(&row))
    }

    async fn newer(&self, seen: Generation, login: Login) -> Outcome {
        let current = self.current();
        if current.generation() > seen {
            return Ok(current);
        }
        let flight = self.flight(seen, login);
        tokio::time::timeout(WAIT, flight).await.map_err(|_| late())?
    }
}

fn lease_end(now_ms: i64) -> i64 {
    now_ms.saturating_add(i64::try_from(LEASE.as_millis()).unwrap_or_default())
}

fn late() -> VendorError {
    VendorError::new(VendorErrorKind::Timeout, "the login of the instance takes too long")
}

fn closing() -> VendorError {
    VendorError::new(VendorErrorKind::Network, "the engine is closing")
}

fn unavailable(error: &Error) -> VendorError {
    VendorError::new(VendorErrorKind::Unavailable, format!("the login of the instance cannot be stored: {error}"))
}

impl LiveConfiguration for StoredConfiguration {
    fn current(&self) -> Arc<Configuration> {
        Arc::clone(&self.lock().current)
    }

    fn write(&self, changes: Changes) -> BoxFuture<'_, Result<Arc<Configuration>>> {
        self.store_changes(changes).boxed()
    }

    fn renew(&self, seen: Generation, login: Login) -> BoxFuture<'_, Result<Arc<Configuration>, VendorError>> {
        self.newer(seen, login).boxed()
    }
}
