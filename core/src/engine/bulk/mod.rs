//! Bulk jobs: work that survives a crash (spec P 10, BT 2.6).
//!
//! A worker leases a job, lists its parents (the vendor lists to read), reads up to four of them concurrently and
//! appends their pages to a segment of each parent. Segment and cursor are committed together, so a crash costs a few
//! pages of work and never a record. Rows are ordered by parent when a result is read, or sorted once all are stored.

mod active;
mod attempt;
mod continue_from;
mod dedup_window;
mod disk;
mod disk_reserve;
#[cfg(test)]
mod earlier_files;
mod enumerate;
mod external_sort;
pub(crate) mod file_name;
mod found_columns;
mod frame;
mod gc;
mod job_slot;
mod layout;
mod learned;
mod limits;
mod list;
mod list_columns;
mod outage;
mod overlap;
mod owner;
mod partition;
#[cfg(test)]
mod power_cut;
mod result;
mod result_plan;
mod row_mapper;
mod run;
mod segment;
mod shown;
mod sink;
mod slots;
mod sort;
mod spec;
mod stop;
mod suspend;
mod upload;
mod verify;
mod watermarks;
mod worker;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::options::Workers;
use super::{EngineInner, store};
use crate::error::Result;
pub(crate) use found_columns::found_columns;
#[cfg(feature = "arrow")]
pub(crate) use found_columns::nested_columns;
pub(crate) use frame::RowForm;
pub(crate) use layout::{Format, Found, Layout, Selected, Style};
use learned::LearnedColumns;
pub(crate) use list::{Layouts, ListedObject, listed_rows, write_rows};
pub(crate) use list_columns::{ListColumns, with_columns};
use owner::Owner;
use result::Extent;
pub(crate) use result::{Part, Rows};
pub(crate) use result_plan::{ResultObject, ResultPlan};
pub(crate) use segment::path as segment_path;
pub(crate) use shown::{JobEnd, direction, ended};
use slots::Slots;
pub(crate) use spec::{JobOptions, JobPlan, JobSpec, Notification, date, plan_of, planned, result_plan, spec_of};
use stop::{JobControl, Reason};
pub(crate) use suspend::{go_on, suspend};
pub(crate) use upload::{Action, CONCURRENCY, Incoming, MOST_CONCURRENT, Target, UploadSpec, error_shown, failed_rows};
pub(crate) use verify::verify;
pub(crate) use watermarks::{standing, starts};
pub(crate) use worker::blocking;

/// Number of jobs open at once, besides one for each organization; others wait.
const SHARED_SLOTS: usize = 3;

/// Context for which the details of failed rows are sealed.
pub(crate) const ROW_ERROR: &str = "row error";

/// Number of cached extents, for callers who read results range by range.
const EXTENTS: usize = 64;

/// Maximum interval between searches for waiting jobs, including those of processes that have ended.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Maximum interval between searches for old files.
const SWEEP_AGAIN: Duration = Duration::from_secs(3600);

/// Jobs that this process works on.
pub(crate) struct Bulk {
    /// Name of this process in its leases.
    owner: Owner,
    folder: PathBuf,
    running: Mutex<Running>,
    slots: Slots,
    closing: CancellationToken,
    /// Keyed by the entity tag of the result.
    extents: Mutex<HashMap<String, Arc<Extent>>>,
    learned: LearnedColumns,
}

/// Jobs that are running, and jobs that wait for the app to return from the background.
#[derive(Default)]
struct Running {
    /// Keyed by job id.
    workers: HashMap<i64, Worker>,
    /// While suspended: the instance ids, keyed by job id, of the jobs to start later.
    suspended: Option<HashMap<i64, i64>>,
}

/// Worker of a job.
struct Worker {
    instance_id: i64,
    control: JobControl,
}

impl Bulk {
    pub fn new(folder: PathBuf) -> Result<Self> {
        Ok(Self {
            owner: Owner::new()?,
            folder,
            running: Mutex::default(),
            slots: Slots::new(SHARED_SLOTS),
            closing: CancellationToken::new(),
            extents: Mutex::default(),
            learned: LearnedColumns::default(),
        })
    }

    /// Returns the folder of a job's segments.
    fn folder_of(&self, job_id: i64) -> PathBuf {
        self.folder.join(job_id.to_string())
    }

    /// Parks the running jobs and starts no more.
    pub fn park(&self) {
        self.closing.cancel();
        if let Ok(running) = self.running.lock() {
            running.workers.values().for_each(|worker| worker.control.stop(Reason::Park));
        }
    }

    fn register(&self, instance_id: i64, job_id: i64) -> Option<JobControl> {
        let mut running = self.running.lock().ok()?;
        if let Some(suspended) = &mut running.suspended {
            suspended.insert(job_id, instance_id);
            return None;
        }
        if self.closing.is_cancelled() || running.workers.contains_key(&job_id) {
            return None;
        }
        let control = JobControl::default();
        running.workers.insert(job_id, Worker { instance_id, control: control.clone() });
        Some(control)
    }

    fn unregister(&self, job_id: i64) {
        if let Ok(mut running) = self.running.lock() {
            running.workers.remove(&job_id);
        }
    }

    fn control(&self, job_id: i64) -> Option<JobControl> {
        self.running.lock().ok()?.workers.get(&job_id).map(|worker| worker.control.clone())
    }
}

/// Returns the extent of a result, which is measured only once.
pub(crate) async fn extent(engine: &EngineInner, tag: &str, rows: &Rows) -> Result<Arc<Extent>> {
    let known = engine.bulk.extents.lock().ok().and_then(|extents| extents.get(tag).cloned());
    if let Some(extent) = known {
        return Ok(extent);
    }
    let extent = Arc::new(rows.extent().await?);
    if let Ok(mut extents) = engine.bulk.extents.lock() {
        if extents.len() >= EXTENTS {
            extents.clear();
        }
        extents.insert(tag.to_owned(), Arc::clone(&extent));
    }
    Ok(extent)
}

/// Works on a job in the background, unless this process does so already.
pub(crate) fn start(engine: &Arc<EngineInner>, instance_id: i64, job_id: i64) {
    let Some(control) = engine.bulk.register(instance_id, job_id) else { return };
    let shared = Arc::clone(engine);
    engine.tasks.spawn(async move {
        run::run(&shared, instance_id, job_id, &control).await;
        shared.bulk.unregister(job_id);
        control.ended();
    });
}

/// Cancels a job; what it has read is kept.
pub(crate) async fn cancel(engine: &EngineInner, job_id: i64) -> Result<()> {
    end_leases_of_the_dead(engine).await;
    engine.store.cancel_job(job_id, engine.options.retention_ms()).await?;
    engine.callbacks.wake();
    if let Some(control) = engine.bulk.control(job_id) {
        control.stop(Reason::Cancel);
    }
    Ok(())
}

/// Resumes an aborted or cancelled job. Returns `false` if it is neither.
pub(crate) async fn resume(engine: &Arc<EngineInner>, instance_id: i64, job_id: i64, request_id: &str) -> Result<bool> {
    // A worker that is just ending must be gone before its job is reopened.
    if let Some(control) = engine.bulk.control(job_id) {
        control.wait().await;
    }
    let reopened = engine.store.reopen_job(job_id, request_id).await?;
    if reopened {
        start(engine, instance_id, job_id);
    }
    Ok(reopened)
}

/// Stops the work for an instance that is about to be deleted; [`remove_files`] follows after the deletion.
pub(crate) async fn stop_instance(engine: &EngineInner, instance_id: i64) -> Result<Vec<i64>> {
    let jobs = engine.store.job_ids(Some(instance_id)).await?;
    let stoppers: Vec<JobControl> = jobs.iter().filter_map(|id| engine.bulk.control(*id)).collect();
    for control in stoppers {
        control.stop(Reason::LeaseLost);
        control.wait().await;
    }
    Ok(jobs)
}

/// Removes the files of deleted jobs. Files that cannot be removed now are removed at the next opening.
pub(crate) async fn remove_files(engine: &EngineInner, jobs: &[i64]) {
    for job_id in jobs {
        let folder = engine.bulk.folder_of(*job_id);
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "bulk files were not removed");
        }
    }
}

/// Starts the background work of an open engine: garbage collection and, with `Workers::Auto`, waiting jobs.
pub(crate) fn opened(engine: &Arc<EngineInner>) {
    let shared = Arc::clone(engine);
    engine.tasks.spawn(async move {
        let again = shared.options.retention.clamp(Duration::from_secs(1), SWEEP_AGAIN);
        while !shared.bulk.closing.is_cancelled() {
            if let Err(error) = gc::sweep(&shared).await {
                tracing::warn!(%error, "old bulk files were not removed");
            }
            let folder = shared.bulk.folder.clone();
            let _ = blocking(move || disk_reserve::take(&folder)).await;
            pause(&shared, again).await;
        }
    });
    if engine.options.workers == Workers::Auto {
        let shared = Arc::clone(engine);
        engine.tasks.spawn(async move {
            while !shared.bulk.closing.is_cancelled() {
                take_up(&shared).await;
                pause(&shared, LOOK_AGAIN.min(shared.options.lease / 2)).await;
            }
        });
    }
}

async fn pause(engine: &EngineInner, length: Duration) {
    tokio::select! {
        () = engine.bulk.closing.cancelled() => {}
        () = tokio::time::sleep(length) => {}
    }
}

/// Ends the leases of processes that are known to be dead.
async fn end_leases_of_the_dead(engine: &EngineInner) {
    let end = async || -> Result<()> {
        for owner in engine.store.lease_owners().await? {
            if engine.bulk.owner.is_dead(&owner) {
                engine.store.end_leases(&owner).await?;
            }
        }
        Ok(())
    };
    if let Err(error) = end().await {
        tracing::warn!(%error, "the leases of processes that are gone cannot be ended");
    }
}

/// Returns whether an unfinished job is parked until a caller resumes it.
pub(crate) fn is_parked(engine: &EngineInner, job: &store::JobRow) -> bool {
    let is_held = job.lease_until_ms >= store::now_ms();
    let is_dead = |owner: &String| engine.bulk.owner.is_dead(owner);
    if job.completed_ms.is_some() || (is_held && !job.owner.as_ref().is_some_and(is_dead)) {
        return false;
    }
    let Ok(running) = engine.bulk.running.lock() else { return false };
    if let Some(suspended) = &running.suspended {
        return suspended.contains_key(&job.id);
    }
    let is_ours = engine.options.workers == Workers::Auto || running.workers.contains_key(&job.id);
    // A job that has not begun may be queued in another process.
    !is_ours && job.phase != "queued"
}

/// Starts every unfinished job without a worker.
async fn take_up(engine: &Arc<EngineInner>) {
    end_leases_of_the_dead(engine).await;
    match engine.store.waiting_jobs().await {
        Ok(waiting) => waiting.into_iter().for_each(|(job_id, instance_id)| start(engine, instance_id, job_id)),
        Err(error) => tracing::warn!(%error, "unfinished bulk jobs cannot be looked up"),
    }
}

/// Returns whether the files of a job have expired.
pub(crate) fn is_expired(job: &store::JobRow) -> bool {
    job.expires_ms.is_some_and(|at| at < store::now_ms())
}
