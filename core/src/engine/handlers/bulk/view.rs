//! Views of jobs in responses.

use std::collections::BTreeSet;

use crate::element::anomaly;
use crate::engine::bulk::{self, JobEnd, JobSpec, direction};
use crate::engine::handlers::query_warnings::{anomaly_of, unseen_field};
use crate::engine::store::{JobRow, Totals};
use crate::model::bulk::BulkListed;
use crate::model::{BulkJob, BulkProgress};
use crate::warning::Warning;

/// The format of jobs that were started without one.
const DEFAULT_FORMAT: &str = "json";

/// Maximum length of a statement in responses, in characters.
const STATEMENT_SHOWN: usize = 4000;

/// Returns the status object with both sets of names (spec P 10.5). `seen` are the fields that the job looked for and
/// found.
pub(super) fn status(job: &JobRow, totals: &Totals, spec: JobSpec, seen: &BTreeSet<String>) -> BulkJob {
    let counts = &totals.counts;
    let unseen = is_searched(job, totals).then_some(&spec.look_for).into_iter().flatten();
    let unseen: Vec<Warning> = unseen.filter(|name| !seen.contains(*name)).map(|name| unseen_field(name)).collect();
    let message = message(job, spec.remark);
    let JobSpec { statement, job_options: options, mut warnings, upload, .. } = spec;
    warnings.extend(job.figures.warnings.keys().filter_map(|code| anomaly_of(code)));
    warnings.extend(unseen);
    let criteria = options.file_format.as_ref().filter(|_| upload.is_none()).map(|_| shown(&statement));
    let done = if upload.is_some() { "uploaded" } else { "downloaded" };
    let success = || format!("Successfully {done} {} records", counts.written);
    BulkJob {
        file_format: Some(options.file_format.unwrap_or_else(|| DEFAULT_FORMAT.to_owned())),
        message: Some(message),
        progress: Some(progress(job, totals)),
        status_message: job.status.is_success().then(success),
        job_criteria: criteria,
        notification_url: options.notification.map(|notification| notification.url),
        meta_data: options.meta_data,
        warnings,
        ..bulk::ended(job, &JobEnd::of(job, totals))
    }
}

/// Returns whether fields that were not found occur in no record of the result.
pub(super) fn is_searched(job: &JobRow, totals: &Totals) -> bool {
    job.status.is_success() && totals.counts.read > 0
}

/// Returns the remark about the plan, and what may have kept records out of the result, with the number of pages.
fn message(job: &JobRow, remark: Option<String>) -> String {
    let anomaly = |(code, pages): (&String, &u64)| {
        anomaly::explanation(code).map(|explanation| format!("{explanation} ({code}: {pages})"))
    };
    let all: Vec<String> = remark.into_iter().chain(job.figures.warnings.iter().filter_map(anomaly)).collect();
    all.join("; ")
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
    let is_upload = spec.as_ref().is_some_and(|spec| spec.upload.is_some());
    let query = spec.as_ref().filter(|_| !is_upload).map(|spec| shown(&spec.statement));
    let failed_too = if is_upload { totals.counts.failed } else { 0 };
    let options = spec.map(|spec| spec.job_options).unwrap_or_default();
    BulkListed {
        id: job.id,
        job_id: job.id,
        instance_id: job.instance_id,
        object_name: job.object.clone(),
        job_direction: direction(is_upload),
        status: job.status.clone(),
        job_status: job.status.clone(),
        job_state: "",
        record_count: totals.counts.written + failed_too,
        error_count: totals.counts.failed,
        created_date: job.created_ms,
        file_format: options.file_format.unwrap_or_else(|| DEFAULT_FORMAT.to_owned()),
        job_reset_attempt: 0,
        job_query: query,
        notification_url: options.notification.map(|notification| notification.url),
        completion_time: job.completed_ms,
    }
}
