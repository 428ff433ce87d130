//! An app in the background: jobs are parked, and go on when it is back.

use std::sync::Arc;

use super::stop::{Reason, Stopper};
use super::{Bulk, start};
use crate::engine::Shared;

impl Bulk {
    /// Asks every job to park and remembers it.
    fn suspend(&self) -> Vec<Stopper> {
        let Ok(mut running) = self.running.lock() else { return Vec::new() };
        let working = running.workers.iter().map(|(job_id, worker)| (*job_id, worker.instance_id)).collect::<Vec<_>>();
        running.suspended.get_or_insert_default().extend(working);
        let stoppers = running.workers.values().map(|worker| worker.stopper.clone());
        stoppers.inspect(|stopper| stopper.stop(Reason::Park)).collect()
    }
}

/// Parks every job, and starts none until it goes on.
pub(crate) async fn suspend(engine: &Shared) {
    for stopper in engine.bulk.suspend() {
        stopper.wait().await;
    }
}

/// Goes on with what was parked, and with what was to be started since.
pub(crate) async fn go_on(engine: &Arc<Shared>) {
    let waiting = engine.bulk.running.lock().ok().and_then(|mut running| running.suspended.take());
    for (job_id, instance_id) in waiting.into_iter().flatten() {
        // A worker that is just ending must be gone before another takes its job.
        if let Some(stopper) = engine.bulk.stopper(job_id) {
            stopper.wait().await;
        }
        start(engine, instance_id, job_id);
    }
}
