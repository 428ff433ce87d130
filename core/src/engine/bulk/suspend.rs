//! Suspension while an app is in the background: jobs are parked, and resume when it returns.

use std::sync::Arc;

use super::stop::{JobControl, Reason};
use super::{Bulk, start};
use crate::engine::EngineInner;

impl Bulk {
    /// Requests every job to park, and remembers it.
    fn suspend(&self) -> Vec<JobControl> {
        let Ok(mut running) = self.running.lock() else { return Vec::new() };
        let working = running.workers.iter().map(|(job_id, worker)| (*job_id, worker.instance_id)).collect::<Vec<_>>();
        running.suspended.get_or_insert_default().extend(working);
        let stoppers = running.workers.values().map(|worker| worker.control.clone());
        stoppers.inspect(|control| control.stop(Reason::Park)).collect()
    }
}

/// Parks every job, and starts no more until [`go_on`] is called.
pub(crate) async fn suspend(engine: &EngineInner) {
    for control in engine.bulk.suspend() {
        control.wait().await;
    }
}

/// Resumes the parked jobs, and starts those that were requested since.
pub(crate) async fn go_on(engine: &Arc<EngineInner>) {
    let waiting = engine.bulk.running.lock().ok().and_then(|mut running| running.suspended.take());
    for (job_id, instance_id) in waiting.into_iter().flatten() {
        // A worker that is just ending must be gone before another takes its job.
        if let Some(control) = engine.bulk.control(job_id) {
            control.wait().await;
        }
        start(engine, instance_id, job_id);
    }
}
