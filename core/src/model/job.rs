use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lenient::{or_none, readable, text_or_number, whole};
use super::{Other, word_schema};
use crate::warning::Warning;

/// The status of a bulk job (spec P 10.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(rename = "BulkStatus", extend("x-sometimes" = [
    "completionTime", "recordsUnknownCount", "bulk_start_time", "bulk_finish_time", "statusMessage", "message", "error", "failure", "jobCriteria", "notificationUrl", "metaData", "warnings"
]))]
pub struct BulkJob {
    /// The id of the job.
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    /// The instance that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub instance_id: Option<i64>,
    /// Its status.
    #[serde(default)]
    pub status: JobStatus,
    /// Second name of `status` on the wire; `None` in what a client has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_status: Option<JobStatus>,
    /// The object that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// `DOWNLOAD`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub job_direction: Option<String>,
    /// Records written to the file.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub records_count: Option<u64>,
    /// Second name of `recordsCount` on the wire; `None` in what a client has read.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub record_count: Option<u64>,
    /// Records that failed; they are listed by `errors`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub records_failed_count: Option<u64>,
    /// Second name of `recordsFailedCount` on the wire; `None` in what a client has read.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub error_count: Option<u64>,
    /// Of the failed records of an upload, those of which it is not known whether the vendor accepted them. An extension of
    /// ElementKit's own engine.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub records_unknown_count: Option<u64>,
    /// Time of creation, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub created_date: Option<i64>,
    /// The format that the job was started with.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub file_format: Option<String>,
    /// Remarks of the platform about the job: what it could not ask the vendor for, and what may have kept records out of
    /// the result. Usually empty.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub message: Option<String>,
    /// Its progress; only if the platform has the extension `bulk-progress`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<BulkProgress>,
    /// Time of its end, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub completion_time: Option<i64>,
    /// Older name of `objectName` on the wire; `None` in what a client has read.
    #[serde(default, rename = "object_name", skip_serializing_if = "Option::is_none")]
    pub older_object_name: Option<String>,
    /// Older name of `jobDirection` on the wire; `None` in what a client has read.
    #[serde(default, rename = "job_direction", skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub older_job_direction: Option<String>,
    /// Time of its start, in milliseconds since the epoch.
    #[serde(
        default,
        rename = "bulk_start_time",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "or_none"
    )]
    pub bulk_start_time: Option<i64>,
    /// Older name of `completionTime`.
    #[serde(
        default,
        rename = "bulk_finish_time",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "or_none"
    )]
    pub bulk_finish_time: Option<i64>,
    /// The number of records read, in words, once the job has ended.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub status_message: Option<String>,
    /// The reason why it was aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The reason why it was aborted, in parts; absent on platforms that send only `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<JobFailure>,
    /// The beginning of the statement of a job that was started with an object and a format.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub job_criteria: Option<String>,
    /// The URL to which the end of the job is reported.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub notification_url: Option<String>,
    /// The caller's own data, as the job was started with them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub meta_data: Option<serde_json::Value>,
    /// Warnings about the request that started it and, once it has ended, about what was read; some platforms send only
    /// the former, in the response to that request.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "readable")]
    pub warnings: Vec<Warning>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

impl BulkJob {
    /// Returns the minimum number of records of the result. Some platforms also count the records that failed.
    pub(crate) fn least_records(&self) -> Option<u64> {
        let failed = self.records_failed_count.unwrap_or_default();
        self.records_count.map(|count| count.saturating_sub(failed))
    }
}

impl Serialize for BulkJob {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, target)
    }
}

/// Platforms send one or both of two sets of names; the client reads either (spec P 10.5).
const OTHER_NAMES: [(&str, &str); 6] = [
    ("jobStatus", "status"),
    ("instance_id", "instanceId"),
    ("recordCount", "recordsCount"),
    ("errorCount", "recordsFailedCount"),
    ("object_name", "objectName"),
    ("job_direction", "jobDirection"),
];

impl<'de> Deserialize<'de> for BulkJob {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut members = Other::deserialize(source)?;
        for (other, name) in OTHER_NAMES {
            if let Some(value) = members.remove(other) {
                members.entry(name).or_insert(value);
            }
        }
        Self::deserialize(serde_json::Value::Object(members)).map_err(serde::de::Error::custom)
    }
}

/// Failure of a bulk job: the error that a live read would have reported, and the phase of the job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "BulkFailure")]
pub struct JobFailure {
    /// The code of the kind of error, for instance `rate_limited`.
    pub kind: String,
    /// The HTTP status of a live read with this failure; absent if the vendor did not cause it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The message, which describes what went wrong.
    pub message: String,
    /// The vendor's own message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message: Option<String>,
    /// A hint about what to do before the job is resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The phase of the job, a value of `progress.phase`.
    pub phase: String,
    /// Whether resuming the job later may succeed without a change.
    pub retryable: bool,
    /// Whether no connection to the vendor could be made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// Number of seconds after its end before the job may be resumed, if the vendor set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The request that started or last resumed the job, to quote to support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// Writes the text of the status member `error`.
impl fmt::Display for JobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(text) = &self.provider_message {
            write!(f, ": {text}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, ". {hint}"),
            None => Ok(()),
        }
    }
}

/// Progress of a bulk job (spec P 16.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkProgress {
    /// `queued`, `enumerating`, `reading`, `waiting`, `parked`, `finished` or another phase.
    pub phase: String,
    /// Records written so far; may decrease when a parent is read again.
    #[serde(deserialize_with = "whole")]
    pub rows_written: u64,
    /// Records omitted because they have no e-mail address.
    #[serde(deserialize_with = "whole")]
    pub rows_ignored: u64,
    /// Records that failed.
    #[serde(deserialize_with = "whole")]
    pub rows_failed: u64,
    /// Calls to the vendor.
    #[serde(deserialize_with = "whole")]
    pub vendor_calls: u64,
    /// Vendor lists that were read completely.
    #[serde(deserialize_with = "whole")]
    pub parents_done: u64,
    /// Total number of vendor lists, once known.
    #[serde(deserialize_with = "whole")]
    pub parents_total: Option<u64>,
    /// Size of the records written, in bytes, before sealing.
    #[serde(deserialize_with = "whole")]
    pub bytes: u64,
    /// Start time, in milliseconds since the epoch.
    #[serde(deserialize_with = "whole")]
    pub started_at: Option<i64>,
    /// Time of these figures, in milliseconds since the epoch.
    #[serde(deserialize_with = "whole")]
    pub updated_at: i64,
}

/// Figures of a bulk job (spec P 16.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkReport {
    /// The id of the job.
    pub id: String,
    /// The object that it reads.
    pub object_name: String,
    /// Its status.
    pub status: JobStatus,
    /// Records read from the vendor.
    #[serde(deserialize_with = "whole")]
    pub rows_read: u64,
    /// Records written to the file.
    #[serde(deserialize_with = "whole")]
    pub rows_written: u64,
    /// Records omitted because they have no e-mail address.
    #[serde(deserialize_with = "whole")]
    pub rows_ignored: u64,
    /// Records that failed.
    #[serde(deserialize_with = "whole")]
    pub rows_failed: u64,
    /// Records dropped because they had been read already.
    #[serde(deserialize_with = "whole")]
    pub duplicates_dropped: u64,
    /// Calls to the vendor.
    #[serde(deserialize_with = "whole")]
    pub vendor_calls: u64,
    /// Number of occurrences of each warning.
    #[serde(deserialize_with = "whole")]
    pub warnings: std::collections::BTreeMap<String, u64>,
    /// A time from which a pull of everything misses nothing that this job should have read. Absent before the first
    /// response of the vendor, and if everything must be read again, for instance after a partition was refused in a
    /// full pull.
    pub watermark: Option<String>,
    /// Partitions that this job has not read completely, with the reasons.
    pub pending: Vec<PendingPartition>,
    /// Starting points of the next pull by partition, if requested; absent if the platform has no such watermarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermarks: Option<Vec<PartitionWatermark>>,
    /// Partitions with rows in the result, in its order, if requested; absent if the result is sorted or no longer
    /// kept, and if the platform does not split results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Vec<PartitionRows>>,
}

/// Rows of a partition in the result of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PartitionRows {
    /// The partition, for instance `7` or `7/300`; empty for an object that has only one list.
    pub partition: String,
    /// Number of its records in the result.
    #[serde(deserialize_with = "whole")]
    pub records_count: u64,
}

/// Partitions that are read from the same time on. A partition is one list of the vendor, named by the ids above it:
/// `7` for a list of channel 7, `7/300` for one of webcast 300 in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PartitionWatermark {
    /// Records changed at or after this time are read; all records if it is absent.
    pub watermark: Option<String>,
    /// The partitions.
    pub partitions: Vec<String>,
}

/// A partition that was not read completely.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PendingPartition {
    /// The partition, for instance `7` or `7/300`; empty for an object that has only one list.
    pub partition: String,
    /// The reason why it is pending.
    pub reason: PendingReason,
    /// Number of its records that failed.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "whole")]
    pub failed_rows: u64,
    /// Starting point of the next pull of this partition; its beginning if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<String>,
    /// The vendor's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Reason why a partition was not read completely.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PendingReason {
    /// The vendor does not allow the key to read it.
    Forbidden,
    /// The vendor lists it, or the filter names it, and it does not exist.
    NotFound,
    /// Single records failed, for instance in a script.
    FailedRows,
    /// The vendor no longer lists it. It is dropped, and read from its beginning if it is ever listed again.
    Gone,
    /// A reason that this version does not know.
    Other(String),
}

impl PendingReason {
    /// Returns the value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::FailedRows => "failed-rows",
            Self::Gone => "gone",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for PendingReason {
    fn from(word: &str) -> Self {
        let known = [Self::Forbidden, Self::NotFound, Self::FailedRows, Self::Gone];
        known.into_iter().find(|reason| reason.as_str() == word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

impl Default for PendingReason {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl fmt::Display for PendingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for PendingReason {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        target.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PendingReason {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(source)?.as_str()))
    }
}

macro_rules! statuses {
    ($($status:ident $word:literal $doc:literal,)*) => {
        /// Status of a bulk job (spec P 10.5).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum JobStatus {
            $(#[doc = $doc] $status,)*
            /// A status that this version does not know; not terminal.
            Other(String),
        }

        impl JobStatus {
            /// Returns the value on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$status => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for JobStatus {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$status,)*
                    // Older spellings (spec P 10.5).
                    "COMPLETE" => Self::Completed,
                    "CANCELED" => Self::Cancelled,
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

statuses! {
    Scheduled "SCHEDULED" "Waiting for its time.",
    Initiated "INITIATED" "Accepted.",
    Created "CREATED" "Accepted.",
    Started "STARTED" "Begun.",
    Running "RUNNING" "Working, waiting for the vendor, or parked.",
    Success "SUCCESS" "Finished.",
    Completed "COMPLETED" "Finished, also when single records failed.",
    Warning "WARNING" "Finished with remarks.",
    Error "ERROR" "Stopped by a failure.",
    Aborted "ABORTED" "Stopped by a failure; can be resumed.",
    CancellationPending "CANCELLATION_PENDING" "Will be cancelled.",
    Cancelled "CANCELLED" "Cancelled; can be resumed.",
}

impl Default for JobStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl JobStatus {
    /// Returns whether the job has ended.
    pub fn is_terminal(&self) -> bool {
        self.is_success() || matches!(self, Self::Error | Self::Aborted | Self::Cancelled)
    }

    /// Returns whether the job has ended with a complete result.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success | Self::Completed | Self::Warning)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for JobStatus {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        target.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for JobStatus {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(source)?.as_str()))
    }
}

word_schema!(JobStatus, PendingReason);
