//! Start of the next pull: a watermark for each partition (spec P 16.2).
//!
//! A partition advances to the job's watermark only if it was read completely. One that could not be read keeps its
//! watermark; one with failed rows moves back to the oldest change among them, so that they are read again with as
//! little else as possible.

use std::collections::{BTreeMap, HashSet};

use super::spec::JobSpec;
use crate::element::PartitionKey;
use crate::engine::failure::Failure;
use crate::engine::handlers::instances::view::date_text;
use crate::engine::store::{JobRow, PartitionRow, PartitionState, Start};
use crate::model::{PartitionWatermark, PendingPartition, PendingReason};
use crate::query::Literal;

/// Progress of the partitions of a job.
pub(crate) struct Standing {
    /// Watermark for a pull of everything.
    pub watermark: Option<String>,
    pub pending: Vec<PendingPartition>,
    pub partitions: Vec<PartitionWatermark>,
}

/// Parses the start of each partition of a job.
pub(crate) fn starts(text: &str) -> Result<Vec<Start>, Failure> {
    let wrong = |message: String| Failure::bad_request(format!("watermarks: {message}"));
    let groups: Vec<PartitionWatermark> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let (mut starts, mut seen) = (Vec::new(), HashSet::new());
    for PartitionWatermark { watermark, partitions } in groups {
        if let Some(date) = &watermark
            && instant(date).is_none()
        {
            return Err(wrong(format!("{date} is not an ISO-8601 date")));
        }
        for name in partitions {
            let key: PartitionKey = name.parse().map_err(|_| wrong(format!("{name:?} is not a partition")))?;
            if !seen.insert(key.clone()) {
                return Err(wrong(format!("the partition {name:?} is named twice")));
            }
            starts.push((key, watermark.clone()));
        }
    }
    Ok(starts)
}

/// Returns the progress of the partitions of a job.
pub(crate) fn standing(job: &JobRow, rows: &[PartitionRow]) -> Standing {
    let spec = serde_json::from_slice::<JobSpec>(&job.spec).ok();
    let from = spec.and_then(|spec| spec.from).filter(|from| !from.trim().is_empty());
    let unlisted = rows.iter().filter(|row| matches!(row.state, PartitionState::Unlisted | PartitionState::Relisting));
    let job = Finished {
        enumerated: job.enumerated,
        watermark_s: job.figures.watermark_s,
        from,
        unlisted: unlisted.map(|row| &row.key).collect(),
    };
    let mut groups: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    let (mut pending, mut lowest) = (Vec::new(), Some(job.watermark_s.map(date_text)));
    for row in rows {
        let next = job.next(row);
        if let Some(reason) = job.problem(row) {
            if reason != PendingReason::Gone {
                lowest = lowest.map(|lowest| earlier(lowest, next.clone()));
            }
            pending.push(PendingPartition {
                partition: row.key.to_string(),
                failed_rows: row.failed_rows,
                watermark: next.clone().filter(|_| reason != PendingReason::Gone),
                message: row.message.clone(),
                reason,
            });
        }
        if !job.is_gone(row) {
            groups.entry(next).or_default().push(row.key.to_string());
        }
    }
    let group = |(watermark, partitions)| PartitionWatermark { watermark, partitions };
    Standing { watermark: lowest.flatten(), pending, partitions: groups.into_iter().map(group).collect() }
}

/// Properties that all partitions of a job share.
struct Finished<'a> {
    enumerated: bool,
    watermark_s: Option<i64>,
    /// Date by which its statement is limited.
    from: Option<String>,
    /// Keys below which the lists could not be enumerated.
    unlisted: HashSet<&'a PartitionKey>,
}

impl Finished<'_> {
    /// Returns whether an earlier job read the partition, but the vendor does not list it any more.
    fn is_gone(&self, row: &PartitionRow) -> bool {
        self.enumerated && row.state == PartitionState::Expected && !self.is_unlisted(&row.key)
    }

    fn is_unlisted(&self, key: &PartitionKey) -> bool {
        let mut above = std::iter::successors(Some(key.clone()), PartitionKey::parent);
        !self.unlisted.is_empty() && above.any(|key| self.unlisted.contains(&key))
    }

    fn problem(&self, row: &PartitionRow) -> Option<PendingReason> {
        match row.state {
            PartitionState::Expected => self.is_gone(row).then_some(PendingReason::Gone),
            PartitionState::Done if row.failed_rows > 0 => Some(PendingReason::FailedRows),
            PartitionState::Done | PartitionState::Pending => None,
            PartitionState::Skipped | PartitionState::Absent | PartitionState::Unlisted | PartitionState::Relisting => {
                Some(PendingReason::from(row.problem.as_deref().unwrap_or("not-found")))
            }
        }
    }

    /// Returns the watermark from which the next pull reads a partition.
    fn next(&self, row: &PartitionRow) -> Option<String> {
        let start = match row.since.as_deref() {
            None => self.from.clone(),
            Some("") => None,
            Some(date) => Some(date.to_owned()),
        };
        if row.state != PartitionState::Done {
            return start;
        }
        let watermark = self.watermark_s;
        let reached = match row.failed_from_s.filter(|_| row.failed_rows > 0) {
            // The time of the failed change is unknown.
            Some(i64::MIN) => return start,
            None if row.failed_rows > 0 => return start,
            Some(failed_from) => Some(watermark.map_or(failed_from, |watermark| watermark.min(failed_from))),
            None => watermark,
        };
        let Some(reached) = reached else { return start };
        // Never before the start: earlier records have been read.
        match start.as_deref().and_then(instant) {
            Some(before) if before >= reached => start,
            _ => Some(date_text(reached)),
        }
    }
}

/// Returns the earlier of two watermarks; `None` is the beginning.
fn earlier(left: Option<String>, right: Option<String>) -> Option<String> {
    let (left, right) = (left?, right?);
    Some(if instant(&right) < instant(&left) { right } else { left })
}

/// Returns a date in seconds since the epoch.
fn instant(date: &str) -> Option<i64> {
    Literal { text: date.trim().to_owned(), quoted: true }.date_bounds().map(|(floor, _)| floor)
}
