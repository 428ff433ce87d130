//! Pages of a list.

use super::{PartitionKey, ReadPlan, Text};
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
    /// Codes of anomalies that did not prevent reading. A bulk job counts them.
    pub warnings: Vec<Text>,
    /// The vendor's time, in seconds since the epoch.
    pub vendor_time_s: Option<i64>,
}
