//! Views of jobs in responses.

use serde_json::{Value, json};

use crate::engine::bulk::{JobOptions, JobSpec};
use crate::engine::store::{JobRow, Totals};

/// Maximum length of a statement in responses, in characters.
const STATEMENT_SHOWN: usize = 4000;

/// Returns the status object with both sets of names (spec P 10.5).
pub(super) fn status(job: &JobRow, totals: &Totals) -> Value {
    let counts = &totals.counts;
    let mut view = json!({
        "id": job.id.to_string(),
        "instanceId": job.instance_id,
        "status": job.status,
        "jobStatus": job.status,
        "objectName": job.object,
        "jobDirection": "DOWNLOAD",
        "recordsCount": counts.written,
        "recordCount": counts.written,
        "recordsFailedCount": counts.failed,
        "errorCount": counts.failed,
        "createdDate": job.created_ms,
        "fileFormat": "json",
        "message": "",
        "progress": {
            "phase": job.phase,
            "rowsWritten": counts.written,
            "rowsIgnored": counts.ignored,
            "rowsFailed": counts.failed,
            "vendorCalls": job.figures.vendor_calls,
            "parentsDone": totals.done,
            "parentsTotal": job.enumerated.then_some(totals.parents),
            "bytes": counts.bytes,
            "startedAt": job.started_ms,
            "updatedAt": job.updated_ms,
        },
    });
    if let Some(at) = job.completed_ms {
        view["completionTime"] = json!(at);
    }
    if job.status.is_success() {
        view["statusMessage"] = json!(format!("Successfully downloaded {} records", counts.written));
    }
    if let Some(error) = &job.error {
        view["error"] = json!(error);
    }
    if let Some(failure) = &job.failure {
        view["failure"] = json!(failure);
    }
    if let Ok(spec) = serde_json::from_slice::<JobSpec>(&job.spec) {
        let JobOptions { file_format, notification, meta_data, .. } = spec.job_options;
        if let Some(format) = file_format {
            view["fileFormat"] = json!(format);
            view["jobCriteria"] = json!(shown(&spec.statement));
        }
        if let Some(notification) = notification {
            view["notificationUrl"] = json!(notification.url);
        }
        if let Some(meta_data) = meta_data {
            view["metaData"] = meta_data;
        }
        if !spec.warnings.is_empty() {
            view["warnings"] = json!(spec.warnings);
        }
    }
    view
}

/// Truncates a long statement, because callers poll these responses.
fn shown(statement: &str) -> String {
    match statement.char_indices().nth(STATEMENT_SHOWN) {
        Some((end, _)) => format!("{}…", &statement[..end]),
        None => statement.to_owned(),
    }
}

/// Returns an item of the list of jobs (spec P 10.10).
pub(super) fn list_item(job: &JobRow, totals: &Totals) -> Value {
    let mut item = json!({
        "id": job.id,
        "job_id": job.id,
        "instanceId": job.instance_id,
        "object_name": job.object,
        "job_direction": "DOWNLOAD",
        "status": job.status,
        "job_status": job.status,
        "job_state": "",
        "record_count": totals.counts.written,
        "error_count": totals.counts.failed,
        "createdDate": job.created_ms,
        "fileFormat": "json",
        "job_reset_attempt": 0,
    });
    if let Ok(spec) = serde_json::from_slice::<JobSpec>(&job.spec) {
        item["job_query"] = json!(shown(&spec.statement));
        if let Some(format) = spec.job_options.file_format {
            item["fileFormat"] = json!(format);
        }
        if let Some(notification) = spec.job_options.notification {
            item["notification_url"] = json!(notification.url);
        }
    }
    if let Some(at) = job.completed_ms {
        item["completion_time"] = json!(at);
    }
    item
}
