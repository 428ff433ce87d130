//! Views of jobs in responses.

use crate::engine::bulk::{self, DOWNLOAD, JobEnd, JobSpec};
use crate::engine::store::{JobRow, Totals};
use crate::model::bulk::BulkListed;
use crate::model::{BulkJob, BulkProgress};

/// The format of jobs that were started without one.
const DEFAULT_FORMAT: &str = "json";

/// Maximum length of a statement in responses, in characters.
const STATEMENT_SHOWN: usize = 4000;

/// Returns the status object with both sets of names (spec P 10.5).
pub(super) fn status(job: &JobRow, totals: &Totals) -> BulkJob {
    let counts = &totals.counts;
    let spec = serde_json::from_slice::<JobSpec>(&job.spec).ok();
    let parts = spec.map(|spec| (spec.statement, spec.job_options, spec.warnings, spec.remark));
    let (statement, options, warnings, remark) = parts.unwrap_or_default();
    let criteria = options.file_format.as_ref().map(|_| shown(&statement));
    let success = || format!("Successfully downloaded {} records", counts.written);
    BulkJob {
        file_format: Some(options.file_format.unwrap_or_else(|| DEFAULT_FORMAT.to_owned())),
        message: Some(remark.unwrap_or_default()),
        progress: Some(progress(job, totals)),
        status_message: job.status.is_success().then(success),
        job_criteria: criteria,
        notification_url: options.notification.map(|notification| notification.url),
        meta_data: options.meta_data,
        warnings,
        ..bulk::ended(job, &JobEnd::of(job, totals))
    }
}

fn progress(job: &JobRow, totals: &Totals) -> BulkProgress {
    let counts = &totals.counts;
    BulkProgress {
        phase: job.phase.clone(),
        rows_written: counts.written,
        rows_ignored: counts.ignored,
        rows_failed: counts.failed,
        vendor_calls: job.figures.vendor_calls,
        parents_done: totals.done,
        parents_total: job.enumerated.then_some(totals.parents),
        bytes: counts.bytes,
        started_at: job.started_ms,
        updated_at: job.updated_ms,
    }
}

/// Truncates a long statement, because callers poll these responses.
fn shown(statement: &str) -> String {
    match statement.char_indices().nth(STATEMENT_SHOWN) {
        Some((end, _)) => format!("{}…", &statement[..end]),
        None => statement.to_owned(),
    }
}

/// Returns an item of the list of jobs (spec P 10.10).
pub(super) fn list_item(job: &JobRow, totals: &Totals) -> BulkListed {
    let spec = serde_json::from_slice::<JobSpec>(&job.spec).ok();
    let query = spec.as_ref().map(|spec| shown(&spec.statement));
    let options = spec.map(|spec| spec.job_options).unwrap_or_default();
    BulkListed {
        id: job.id,
        job_id: job.id,
        instance_id: job.instance_id,
        object_name: job.object.clone(),
        job_direction: DOWNLOAD,
        status: job.status.clone(),
        job_status: job.status.clone(),
        job_state: "",
        record_count: totals.counts.written,
        error_count: totals.counts.failed,
        created_date: job.created_ms,
        file_format: options.file_format.unwrap_or_else(|| DEFAULT_FORMAT.to_owned()),
        job_reset_attempt: 0,
        job_query: query,
        notification_url: options.notification.map(|notification| notification.url),
        completion_time: job.completed_ms,
    }
}
