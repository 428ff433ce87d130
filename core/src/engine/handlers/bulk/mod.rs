//! Bulk calls (spec P 10, 16.1 to 16.3).

mod data;
mod download;
mod input;
mod lists;
mod start;
mod upload;
mod view;

pub(crate) use data::data;
pub(crate) use download::download;
pub(crate) use lists::{errors, jobs, jobs_of_user};
pub(crate) use start::{download_job, query};
pub(crate) use upload::{failed, upload};

use std::collections::BTreeSet;

use crate::engine::bulk::{self, JobSpec};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::options::Workers;
use crate::engine::reply::Reply;
use crate::engine::store::JobRow;
use crate::model::{BulkReport, JobStatus, PartitionRows};

const NO_JOB: &str = "No bulk job found";
const NO_FILE: &str = "No bulk file found";

/// `GET /bulk/{id}/status` (spec P 10.5).
pub(crate) async fn status(call: &Call) -> Result<Reply, Failure> {
    let mut job = job_of(call).await?;
    // The worker may have died before it could end the job.
    if job.status == JobStatus::CancellationPending {
        bulk::cancel(&call.engine, job.id).await?;
        job = job_of(call).await?;
    }
    show(call, &job).await
}

/// `GET /bulk/{id}/report` (spec P 16.2).
pub(crate) async fn report(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    let counts = call.engine.store.totals(job.id).await?.counts;
    let standing = bulk::standing(&job, &call.engine.store.partitions(job.id).await?);
    let report = BulkReport {
        id: job.id.to_string(),
        object_name: job.object.clone(),
        status: job.status.clone(),
        rows_read: counts.read,
        rows_written: counts.written,
        rows_ignored: counts.ignored,
        rows_failed: counts.failed,
        duplicates_dropped: counts.duplicates,
        vendor_calls: job.figures.vendor_calls,
        warnings: job.figures.warnings.clone(),
        watermark: standing.watermark,
        pending: standing.pending,
        watermarks: call.query.flag("watermarks").then_some(standing.partitions),
        partitions: if call.query.flag("partitions") { parts_of(call, &job).await? } else { None },
    };
    Reply::json(&report)
}

/// Returns the partitions of a result that can be read apart. `None` for one that is sorted or no longer kept, and for an
/// upload.
async fn parts_of(call: &Call, job: &JobRow) -> Result<Option<Vec<PartitionRows>>, Failure> {
    let spec = bulk::spec_of(job)?;
    if spec.upload.is_some() || spec.is_sorted() || bulk::is_expired(job) {
        return Ok(None);
    }
    let parts = call.engine.store.written_partitions(job.id).await?;
    let shown =
        parts.into_iter().map(|part| PartitionRows { partition: part.key.to_string(), records_count: part.rows });
    Ok(Some(shown.collect()))
}

/// `PUT /bulk/{id}/cancel` (spec P 10.8).
pub(crate) async fn cancel(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    bulk::cancel(&call.engine, job.id).await?;
    show(call, &job_of(call).await?).await
}

/// `PUT /bulk/{id}/resume` (spec P 16.3).
pub(crate) async fn resume(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    match job.status {
        JobStatus::Aborted | JobStatus::Cancelled if bulk::is_expired(&job) => return Err(Failure::not_found(NO_FILE)),
        JobStatus::Aborted | JobStatus::Cancelled => {
            bulk::resume(&call.engine, job.instance_id, job.id, &call.request_id).await?;
        }
        // A parked job resumes here, because manual workers do not take it up themselves.
        JobStatus::Created | JobStatus::Running if call.engine.options.workers == Workers::Manual => {
            bulk::start(&call.engine, job.instance_id, job.id);
        }
        JobStatus::Created | JobStatus::Running => {}
        _ => return Err(Failure::bad_request("Only an aborted or cancelled job can be resumed")),
    }
    show(call, &job_of(call).await?).await
}

async fn job_of(call: &Call) -> Result<JobRow, Failure> {
    let id = call.id_param("id", NO_JOB)?;
    let job = call.engine.store.job(call.instance()?, id).await?;
    job.ok_or_else(|| Failure::not_found(NO_JOB))
}

async fn show(call: &Call, job: &JobRow) -> Result<Reply, Failure> {
    let store = &call.engine.store;
    let totals = store.totals(job.id).await?;
    let spec = bulk::spec_of(job).unwrap_or_else(|_| JobSpec::new(""));
    let seen = match spec.look_for.is_empty() || !view::is_searched(job, &totals) {
        true => BTreeSet::new(),
        false => store.additional_names(job.id).await?,
    };
    let mut view = view::status(job, &totals, spec, &seen);
    if let Some(progress) = view.progress.as_mut().filter(|_| bulk::is_parked(&call.engine, job)) {
        progress.phase = "parked".to_owned();
    }
    Reply::json(&view)
}
