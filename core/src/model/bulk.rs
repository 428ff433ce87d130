//! Bulk jobs in short: as they are started and listed, and their failed records (spec P 10.2, 10.7, 10.10).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::JobStatus;

/// A job that was accepted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkStarted {
    /// The job.
    pub id: String,
    /// The instance it reads for.
    pub instance_id: i64,
    /// `CREATED`.
    pub status: JobStatus,
}

/// A job in the list. `fields` may leave out any member.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(extend("required" = []))]
pub(crate) struct BulkListed {
    /// The job.
    pub id: i64,
    /// The job, by its second name.
    pub job_id: i64,
    /// The instance it reads for.
    #[serde(rename = "instanceId")]
    pub instance_id: i64,
    /// The object it reads.
    pub object_name: String,
    /// `DOWNLOAD`.
    pub job_direction: &'static str,
    /// Its status.
    pub status: JobStatus,
    /// Its status, by its second name.
    pub job_status: JobStatus,
    /// Always empty.
    pub job_state: &'static str,
    /// Records written to the file.
    pub record_count: u64,
    /// Records that failed.
    pub error_count: u64,
    /// When it was created, in milliseconds since the epoch.
    #[serde(rename = "createdDate")]
    pub created_date: i64,
    /// The format that the job was started with.
    #[serde(rename = "fileFormat")]
    pub file_format: String,
    /// Always 0.
    pub job_reset_attempt: u32,
    /// The beginning of its statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_query: Option<String>,
    /// The URL to which the end of the job is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_url: Option<String>,
    /// When it ended, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<i64>,
}

/// A record that failed. `fields` may leave out any member.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("required" = []))]
pub(crate) struct BulkError {
    /// Reason of the failure.
    pub status: String,
    /// The record.
    pub response: Value,
    /// Its id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}
