//! Pages of a list.

use super::{Answer, Head, PartitionKey, ReadPlan, Text};
use crate::record::Batch;

/// A request for one page of a list.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// Plan of the list.
    pub plan: &'a ReadPlan,
    /// The list.
    pub partition: &'a PartitionKey,
    /// Number of the scan, from 0.
    pub scan: usize,
    /// Cursor that the page before returned. `None` for the first page.
    pub cursor: Option<&'a str>,
    /// Number of records to request. `None` for the vendor's default.
    pub size: Option<u32>,
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// Rows with the columns of the plan, without those that an earlier scan returned.
    pub batch: Batch,
    /// Number of records that the vendor sent.
    pub received: usize,
    /// Cursor of the next page, opaque to the engine and stored as it is. `None` after the last page.
    pub next: Option<String>,
    /// Codes of anomalies that did not prevent reading, as those in [`anomaly`](super::anomaly). A bulk job counts them.
    pub warnings: Vec<Text>,
    /// The vendor's time, in seconds since the epoch.
    pub vendor_time_s: Option<i64>,
    /// Answer of a [`ResourceKind::Read`](super::ResourceKind::Read) that is no list: one record, bytes or nothing. The
    /// engine returns it instead of the rows. A bulk job reads the rows only.
    pub whole: Option<Answer>,
    /// Head of the answer, for calls.
    pub head: Head,
    /// Reason why the rows of the page are missing, for instance that a script failed on it. Only pages of bulk jobs have
    /// one: the job lists it as an error, and goes on with the next page, unless too many fail in a row.
    pub failed: Option<PageFailure>,
    /// Whether the rows are those of the whole list, because the vendor does not page it. The engine cuts its pages out
    /// of them.
    pub is_whole_list: bool,
}

impl Page {
    /// Creates the last page of a list, with these rows.
    pub fn last(batch: Batch) -> Self {
        Self {
            received: batch.len(),
            batch,
            next: None,
            warnings: Vec::new(),
            vendor_time_s: None,
            whole: None,
            head: Head::default(),
            failed: None,
            is_whole_list: false,
        }
    }
}

/// Failure of one page of a bulk job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFailure {
    /// Number of the page, from 1.
    pub page: u64,
    /// Error message.
    pub message: String,
}

/// Sizes of the pages of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSizes {
    /// Size without a wish of the caller. 200 by default.
    pub default: usize,
    /// Smallest size. 1 by default.
    pub smallest: usize,
    /// Largest size. 5000 by default.
    pub largest: usize,
    /// Whether a size outside these limits is refused. Otherwise it is adjusted, with a warning.
    pub refuses: bool,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { default: 200, smallest: 1, largest: 5000, refuses: false }
    }
}
