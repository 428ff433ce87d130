//! Scripts of elements (spec E 7): each runs in a context of its own, on a thread of the pool.

mod execution;
mod native;
mod network;
mod output;
#[cfg(test)]
mod tests;
mod web;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

pub(super) use execution::{broken, run};
use network::Access;

use super::admission::Permit;
use super::pool::PoolInner;
use super::runner::{Cancel, wait};
use super::stack::time_is_up;
use super::worker::Job;
use crate::element::{CallScripts, Done, FailureCause, Script, ScriptFailure, Scripts, Urgency};
use crate::engine::failure::Failure;
use crate::engine::script::Phase;

/// Number of threads that a script is given to. A thread may end at the moment at which it is given one.
const ATTEMPTS: usize = 3;

/// Scripts of the elements of one organization.
pub(super) struct Hooks {
    shared: Arc<PoolInner>,
    organization: i64,
}

/// Scripts of one call.
struct HookCall {
    shared: Arc<PoolInner>,
    organization: i64,
    phase: Phase,
    /// Time that the scripts have used so far.
    used: Duration,
}

/// A script and the names that it sees, each with a value in JSON.
pub(super) struct HookInput {
    pub script: Script,
    pub names: Vec<(&'static str, String)>,
    /// Network access, if there is any host that it may call.
    access: Option<Access>,
}

/// One execution, and the destination of its outcome.
pub(super) struct HookRun {
    pub input: Arc<HookInput>,
    pub phase: Phase,
    /// Time limit.
    pub time: Duration,
    /// Dropped when the thread is free again, which may be long after the caller stopped waiting.
    pub permit: Permit,
    pub report: oneshot::Sender<HookReport>,
}

/// Result of an execution.
pub(super) struct HookReport {
    pub outcome: Result<Done, ScriptFailure>,
    /// Time that it used of its limit.
    pub used: Duration,
    /// Whether the thread takes more work; `false` after a limit was reached.
    pub healthy: bool,
}

impl Hooks {
    pub fn new(shared: Arc<PoolInner>, organization: i64) -> Self {
        Self { shared, organization }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("organization", &self.organization).finish_non_exhaustive()
    }
}

impl Scripts for Hooks {
    fn begin(&self, urgency: Urgency) -> Box<dyn CallScripts> {
        let phase = match urgency {
            Urgency::Live => Phase::Request,
            Urgency::Bulk => Phase::Bulk,
        };
        let (shared, organization) = (Arc::clone(&self.shared), self.organization);
        Box::new(HookCall { shared, organization, phase, used: Duration::ZERO })
    }
}

impl CallScripts for HookCall {
    fn run<'a>(
        &'a mut self,
        script: &'a Script,
        names: &'a [(&'static str, String)],
    ) -> BoxFuture<'a, Result<Done, ScriptFailure>> {
        async move {
            let access = self.shared.network.as_ref().map(|network| {
                let (network, runtime) = (Arc::clone(network), Handle::current());
                Access { network, runtime }
            });
            let input = Arc::new(HookInput { script: script.clone(), names: names.to_vec(), access });
            let mut failure = None;
            for _ in 0..ATTEMPTS {
                match self.attempt(&input).await {
                    Ok(outcome) => return outcome,
                    Err(reason) => failure = Some(reason),
                }
            }
            Err(busy(script, failure.map(|failure| failure.message).unwrap_or_default()))
        }
        .boxed()
    }
}

impl HookCall {
    /// Runs a script on a thread. Fails if no thread can be started, or if the thread ended before it ran the script.
    async fn attempt(&mut self, input: &Arc<HookInput>) -> Result<Result<Done, ScriptFailure>, Failure> {
        let limit = self.shared.limits.time;
        let time = limit.saturating_sub(self.used);
        if time.is_zero() {
            return Ok(Err(stopped(&input.script, time_is_up(limit))));
        }
        let permit = match self.shared.admit(self.organization, self.phase).await {
            Ok(permit) => permit,
            Err(failure) => return Ok(Err(busy(&input.script, failure.message))),
        };
        let given_up = permit.given_up();
        let worker = self.shared.worker(self.organization)?;
        let mut cancel = Cancel(Some((Arc::clone(&worker.clock), Arc::clone(&worker.turn))));
        let (report, reported) = oneshot::channel();
        let run = HookRun { input: Arc::clone(input), phase: self.phase, time, permit, report };
        worker.jobs.send(Job::Hook(run)).map_err(|_| Failure::plain(http::StatusCode::INTERNAL_SERVER_ERROR))?;
        match wait(reported, &worker.clock).await? {
            None => {
                given_up.mark();
                self.used = limit;
                Ok(Err(stopped(&input.script, time_is_up(limit))))
            }
            Some(HookReport { outcome, used, healthy }) => {
                self.used += used;
                if healthy {
                    cancel.0 = None;
                }
                Ok(outcome)
            }
        }
    }
}

fn busy(script: &Script, message: String) -> ScriptFailure {
    ScriptFailure { cause: FailureCause::Busy, ..stopped(script, message) }
}

/// Returns the failure of a script that was ended at an unknown place.
fn stopped(script: &Script, message: String) -> ScriptFailure {
    ScriptFailure {
        script: script.name.clone(),
        place: None,
        message,
        cause: FailureCause::Script,
        console: Vec::new(),
    }
}
