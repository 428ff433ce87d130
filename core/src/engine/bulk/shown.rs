//! The part of the status object that callbacks carry too.

use super::spec_of;
use super::upload::UNKNOWN_OUTCOME;
use crate::engine::store::{CallbackRow, JobRow, Totals};
use crate::model::{BulkJob, JobFailure, JobStatus};

/// Returns the direction of a job.
pub(crate) fn direction(is_upload: bool) -> &'static str {
    if is_upload { "UPLOAD" } else { "DOWNLOAD" }
}

/// Returns whether a job is an upload.
fn is_upload(job: &JobRow) -> bool {
    spec_of(job).is_ok_and(|spec| spec.upload.is_some())
}

/// State of a job: the current one, or that at the time of a callback.
pub(crate) struct JobEnd<'a> {
    pub status: &'a JobStatus,
    pub rows_written: u64,
    pub rows_failed: u64,
    pub completed_ms: Option<i64>,
    pub error: Option<&'a str>,
    pub failure: Option<&'a JobFailure>,
}

impl<'a> JobEnd<'a> {
    /// As the job stands now.
    pub fn of(job: &'a JobRow, totals: &Totals) -> Self {
        Self {
            status: &job.status,
            rows_written: totals.counts.written,
            rows_failed: totals.counts.failed,
            completed_ms: job.completed_ms,
            error: job.error.as_deref(),
            failure: job.failure.as_ref(),
        }
    }

    /// As the job ended that a callback reports.
    pub fn reported(callback: &'a CallbackRow) -> Self {
        let count = |rows: i64| u64::try_from(rows).unwrap_or_default();
        Self {
            status: &callback.status,
            rows_written: count(callback.rows_written),
            rows_failed: count(callback.rows_failed),
            completed_ms: Some(callback.completed_ms),
            error: callback.error.as_deref(),
            failure: callback.failure.as_ref(),
        }
    }
}

/// Returns the status object (spec P 10.5) without progress and options.
pub(crate) fn ended(job: &JobRow, end: &JobEnd<'_>) -> BulkJob {
    let is_upload = is_upload(job);
    // Every record of an upload that was read was written or has failed (spec P 10.5).
    let count = end.rows_written + if is_upload { end.rows_failed } else { 0 };
    BulkJob {
        id: job.id.to_string(),
        instance_id: Some(job.instance_id),
        status: end.status.clone(),
        job_status: Some(end.status.clone()),
        object_name: Some(job.object.clone()),
        job_direction: Some(direction(is_upload).to_owned()),
        older_object_name: Some(job.object.clone()),
        older_job_direction: Some(direction(is_upload).to_owned()),
        bulk_start_time: job.started_ms,
        bulk_finish_time: end.completed_ms,
        records_count: Some(count),
        record_count: Some(count),
        records_failed_count: Some(end.rows_failed),
        error_count: Some(end.rows_failed),
        records_unknown_count: is_upload
            .then(|| job.figures.warnings.get(UNKNOWN_OUTCOME).copied().unwrap_or_default()),
        created_date: Some(job.created_ms),
        completion_time: end.completed_ms,
        error: end.error.map(str::to_owned),
        failure: end.failure.cloned(),
        ..BulkJob::default()
    }
}
