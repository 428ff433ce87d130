//! Life cycle of a worker: a slot, a lease, the work, the end.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use super::active::ActiveJob;
use super::job_slot::JobSlot;
use super::stop::{JobControl, Reason, Stop};
use super::worker::{Work, blocking};
use super::{LOOK_AGAIN, disk_reserve, end_leases_of_the_dead, segment, spec_of, upload};
use crate::engine::EngineInner;
use crate::engine::options::Workers;
use crate::engine::store::{Lease, now_ms};
use crate::error::{ErrorKind, Result};
use crate::model::{JobFailure, JobStatus};

/// Number of attempts to store the end of a job.
const MAX_FINISH_ATTEMPTS: u32 = 10;

/// First and longest pause of a job while the database accepts no changes.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Leased job, with the slot it holds.
pub(super) struct Begun {
    pub slot: JobSlot,
    pub organization: i64,
    pub epoch: i64,
    /// Time until which no other worker takes the job.
    pub lease_until_ms: i64,
}

/// Works on a job until it ends, is stopped, or belongs to another worker.
pub(super) async fn run(engine: &EngineInner, instance_id: i64, job_id: i64, control: &JobControl) {
    let mut pause = PAUSES.0;
    loop {
        let Some(begun) = begin(engine, instance_id, job_id, control).await else { return };
        let epoch = begun.epoch;
        let outcome = AssertUnwindSafe(run_job(engine, instance_id, job_id, begun, control)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(Stop::failed(ErrorKind::Internal, "an internal error")));
        let Err(Stop::Busy(error)) = &outcome else {
            end(engine, job_id, epoch, control, &outcome).await;
            return engine.callbacks.wake();
        };
        // Not even the end could be stored. Committed rows are kept, and the job resumes after them.
        tracing::warn!(%error, job_id, "the job waits for the database");
        tokio::select! {
            () = control.asked() => {}
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Acquires a worker slot and leases the job. Returns `None` if this process should not run it.
async fn begin(engine: &EngineInner, instance_id: i64, job_id: i64, control: &JobControl) -> Option<Begun> {
    loop {
        let organization = match engine.store.organization_of(instance_id).await {
            Ok(organization) => organization?,
            Err(error) => {
                tracing::warn!(%error, job_id, "the organization of the job cannot be looked up");
                pause(control).await?;
                continue;
            }
        };
        // A job that is stopped, or deleted with its instance, does not wait for other jobs.
        let slot = tokio::select! {
            biased;
            slot = engine.bulk.slots.take(organization) => slot,
            () = control.asked() => return None,
        };
        if control.is_asked() && control.reason() != Reason::Cancel {
            return None;
        }
        end_leases_of_the_dead(engine).await;
        let lease_until_ms = now_ms().saturating_add(lease_ms(engine));
        if let Some(epoch) = lease(engine, job_id).await {
            let slot = JobSlot::new(engine.bulk.slots.clone(), organization, control.clone(), slot);
            return Some(Begun { slot, organization, epoch, lease_until_ms });
        }
        drop(slot);
        // If unfinished jobs are not started automatically, this waits for the end of the current worker.
        let waits = engine.options.workers == Workers::Manual;
        if !waits || !engine.store.is_unfinished(job_id).await.unwrap_or(true) {
            return None;
        }
        pause(control).await?;
    }
}

/// Pauses before another attempt. Returns `None` if the job is to stop.
async fn pause(control: &JobControl) -> Option<()> {
    tokio::select! {
        () = tokio::time::sleep(LOOK_AGAIN) => Some(()),
        () = control.asked() => None,
    }
}

/// Returns the epoch of a new lease, if the job is free. Even a lease needs some disk space.
async fn lease(engine: &EngineInner, job_id: i64) -> Option<i64> {
    for _ in 0..2 {
        match engine.store.lease_job(job_id, engine.bulk.owner.name(), lease_ms(engine)).await {
            Ok(epoch) => return epoch,
            Err(error) => {
                tracing::warn!(%error, job_id, "the job cannot be leased");
                if error.kind() == ErrorKind::Server {
                    return None;
                }
            }
        }
        make_room(engine, job_id, None).await;
    }
    None
}

/// Releases the disk reserve and the unrecorded data of the job's last worker.
async fn make_room(engine: &EngineInner, job_id: i64, epoch: Option<i64>) {
    let recorded = engine.store.segments(job_id, None).await;
    let (folder, job_folder) = (engine.bulk.folder.clone(), engine.bulk.folder_of(job_id));
    let made = blocking(move || {
        if let (Some(epoch), Ok(recorded)) = (epoch, recorded) {
            segment::trim(&job_folder, epoch, &recorded);
        }
        disk_reserve::release(&folder);
        Ok(())
    });
    let _ = made.await;
}

fn lease_ms(engine: &EngineInner) -> i64 {
    i64::try_from(engine.options.lease.as_millis()).unwrap_or(i64::MAX)
}

/// Stores how the job has ended. If the disk is too full even for that, frees some space first.
async fn end(engine: &EngineInner, job_id: i64, epoch: i64, control: &JobControl, outcome: &Result<(), Stop>) {
    let mut attempt = 0;
    while attempt < MAX_FINISH_ATTEMPTS {
        let Err(error) = try_end(engine, job_id, epoch, control, outcome).await else { return };
        // If all attempts fail, the lease expires and the job is started again.
        tracing::error!(%error, job_id, attempt, "the end of the job could not be stored");
        // A busy database becomes free eventually, so this does not count as an attempt.
        if error.kind() != ErrorKind::Server {
            make_room(engine, job_id, Some(epoch)).await;
            attempt += 1;
        }
        tokio::select! {
            () = engine.bulk.closing.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(200) * attempt) => {}
        }
    }
}

async fn try_end(
    engine: &EngineInner,
    job_id: i64,
    epoch: i64,
    control: &JobControl,
    outcome: &Result<(), Stop>,
) -> Result<()> {
    let keep_ms = engine.options.retention_ms();
    let finish = async |status: JobStatus, failure: Option<&JobFailure>| {
        engine.store.finish_job(job_id, epoch, &status, failure, keep_ms).await
    };
    match outcome {
        Ok(()) => finish(JobStatus::Completed, None).await,
        Err(Stop::Failed(failure)) => {
            let JobFailure { phase, request_id, .. } = &**failure;
            tracing::warn!(target: "elementkit::jobs", job_id, error = %failure, phase, request_id, "bulk job aborted");
            finish(JobStatus::Aborted, Some(failure)).await
        }
        Err(Stop::Busy(_)) => Ok(()),
        Err(Stop::Requested) => match control.reason() {
            Reason::Cancel => finish(JobStatus::Cancelled, None).await,
            Reason::Park => engine.store.park_job(job_id, epoch).await,
            Reason::LeaseLost => Ok(()),
        },
    }
}

async fn run_job(
    engine: &EngineInner,
    instance_id: i64,
    job_id: i64,
    begun: Begun,
    control: &JobControl,
) -> Result<(), Stop> {
    let gone = || Stop::failed(ErrorKind::NotFound, "the instance no longer exists");
    let instance = engine.store.any_instance(instance_id).await?.ok_or_else(gone)?;
    let job = engine.store.job(&instance, job_id).await?.ok_or_else(gone)?;
    let request_id = job.request_id.clone();
    let active = ActiveJob::new(engine, &instance, job, begun, control);
    let outcome = tokio::select! {
        biased;
        outcome = work_on(&active) => outcome,
        never = keep_lease(&active) => match never {},
    };
    let phase = active.phase().to_owned();
    outcome.map_err(|stop| match stop {
        Stop::Failed(failure) => Stop::Failed(Box::new(JobFailure { phase, request_id, ..*failure })),
        other => other,
    })
}

/// Reads the records of a download, or sends those of an upload.
async fn work_on(active: &ActiveJob<'_>) -> Result<(), Stop> {
    match spec_of(&active.job)?.upload {
        Some(_) => upload::run(active).await,
        None => Work::new(active).await?.read().await,
    }
}

/// Renews the lease while the job is running.
async fn keep_lease(work: &ActiveJob<'_>) -> Infallible {
    loop {
        // Often enough to notice soon that another process has cancelled the job.
        tokio::time::sleep((work.engine.options.lease / 4).min(Duration::from_secs(2))).await;
        let length_ms = lease_ms(work.engine);
        let until_ms = now_ms().saturating_add(length_ms);
        match work.store().renew_lease(work.job.id, work.epoch, length_ms).await {
            Ok(Lease::Held) => work.extend_lease(until_ms),
            Ok(Lease::CancelAsked) => {
                work.extend_lease(until_ms);
                work.control.stop(Reason::Cancel);
            }
            Ok(Lease::Lost) => work.control.stop(Reason::LeaseLost),
            Err(error) => tracing::warn!(%error, job_id = work.job.id, "the lease was not renewed"),
        }
    }
}
