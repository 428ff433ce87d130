use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Other;
use super::lenient::{text_or_number, whole};

/// The status of a bulk job (spec P 10.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct BulkJob {
    /// The job.
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    /// Where it stands.
    #[serde(default)]
    pub status: JobStatus,
    /// The instance it reads for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub instance_id: Option<i64>,
    /// The object it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// Records written to the file.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub records_count: Option<u64>,
    /// Records that failed; they are listed by `errors`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub records_failed_count: Option<u64>,
    /// When it was created, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub created_date: Option<i64>,
    /// When it ended, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub completion_time: Option<i64>,
    /// Why it was aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was aborted, in parts; absent on platforms that send [`error`](Self::error) alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<JobFailure>,
    /// How far it is; only where the platform has the extension `bulk-progress`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<BulkProgress>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

impl BulkJob {
    /// How many records the result has at least. Some platforms count the records that failed too.
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

/// Platforms send one or both of two sets of names; a client reads either (spec P 10.5).
const OTHER_NAMES: [(&str, &str); 4] = [
    ("jobStatus", "status"),
    ("instance_id", "instanceId"),
    ("recordCount", "recordsCount"),
    ("errorCount", "recordsFailedCount"),
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

/// Why a bulk job failed: what a live read with the same failure would report, and what the job was doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobFailure {
    /// The code of the [`ErrorKind`](crate::ErrorKind), for instance `rate_limited`.
    pub kind: String,
    /// The HTTP status of a live read with this failure; absent when the vendor did not cause it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What happened, in words.
    pub message: String,
    /// The vendor's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message: Option<String>,
    /// What to do before the job is resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the job was doing: one of the words of [`BulkProgress::phase`].
    pub phase: String,
    /// Whether resuming the job later may succeed without a change.
    pub retryable: bool,
    /// Whether no connection to the vendor could be made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// How many seconds after its end the job may be resumed, when the vendor said so.
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

/// How far a bulk job is (spec P 16.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkProgress {
    /// `queued`, `enumerating`, `reading`, `waiting`, `parked`, `finished` or another word.
    pub phase: String,
    /// Records written so far; may fall when a parent is read again.
    #[serde(deserialize_with = "whole")]
    pub rows_written: u64,
    /// Records left out for want of an e-mail address.
    #[serde(deserialize_with = "whole")]
    pub rows_ignored: u64,
    /// Records that failed.
    #[serde(deserialize_with = "whole")]
    pub rows_failed: u64,
    /// Calls to the vendor.
    #[serde(deserialize_with = "whole")]
    pub vendor_calls: u64,
    /// Vendor lists read to their end.
    #[serde(deserialize_with = "whole")]
    pub parents_done: u64,
    /// Vendor lists there are, once known.
    #[serde(deserialize_with = "whole")]
    pub parents_total: Option<u64>,
    /// Size of the records written, in bytes, before sealing.
    #[serde(deserialize_with = "whole")]
    pub bytes: u64,
    /// When it started, in milliseconds since the epoch.
    #[serde(deserialize_with = "whole")]
    pub started_at: Option<i64>,
    /// When these figures were taken, in milliseconds since the epoch.
    #[serde(deserialize_with = "whole")]
    pub updated_at: i64,
}

/// The figures of a bulk job (spec P 16.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BulkReport {
    /// The job.
    pub id: String,
    /// The object it reads.
    pub object_name: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Records read from the vendor.
    #[serde(deserialize_with = "whole")]
    pub rows_read: u64,
    /// Records written to the file.
    #[serde(deserialize_with = "whole")]
    pub rows_written: u64,
    /// Records left out for want of an e-mail address.
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
    /// How often each warning occurred.
    #[serde(deserialize_with = "whole")]
    pub warnings: std::collections::BTreeMap<String, u64>,
    /// A time from which a pull of everything misses nothing that this job should have read. Absent before the first
    /// answer of the vendor, and when everything must be read again, for instance after a partition was refused in a
    /// full pull.
    pub watermark: Option<String>,
    /// Partitions that this job has not read completely, with the reason.
    pub pending: Vec<PendingPartition>,
    /// Where the next pull starts each partition, if asked for; absent where the platform has no such watermarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermarks: Option<Vec<PartitionWatermark>>,
}

/// Partitions that are read from the same time on. A partition is one list of the vendor, named by the ids above it:
/// `7` for a list of channel 7, `7/300` for one of webcast 300 in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PartitionWatermark {
    /// Records changed at or after this time are read; absent: all records.
    pub watermark: Option<String>,
    /// The partitions.
    pub partitions: Vec<String>,
}

/// A partition that was not read completely.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PendingPartition {
    /// The partition, for instance `7` or `7/300`; empty for an object that is one list.
    pub partition: String,
    /// Why it is pending.
    pub reason: PendingReason,
    /// Records of it that failed.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "whole")]
    pub failed_rows: u64,
    /// Where the next pull starts this partition; absent: at its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<String>,
    /// What the vendor answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why a partition was not read completely.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PendingReason {
    /// The vendor does not allow the key to read it.
    Forbidden,
    /// The vendor lists it, or the filter names it, and it does not exist.
    NotFound,
    /// Single records failed, for instance in a script.
    FailedRows,
    /// The vendor does not list it any more. It is dropped, and read from its beginning if it is ever listed again.
    Gone,
    /// A word this version does not know.
    Other(String),
}

impl PendingReason {
    /// The word on the wire.
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
        /// Where a bulk job stands (spec P 10.5).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum JobStatus {
            $(#[doc = $doc] $status,)*
            /// A word this version does not know; not terminal.
            Other(String),
        }

        impl JobStatus {
            /// The word on the wire.
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
    /// Whether the job has ended.
    pub fn is_terminal(&self) -> bool {
        self.is_success() || matches!(self, Self::Error | Self::Aborted | Self::Cancelled)
    }

    /// Whether the job has ended with a whole result.
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
