//! `continueFromJobId`: a job that begins where an earlier one stopped (spec P 10.2).

use std::collections::VecDeque;

use super::dedup_window::LENGTH;
use super::frame::{self, Frame};
use super::segment::{SegmentReader, SegmentWriter};
use super::stop::Stop;
use super::worker::{Work, blocking};
use crate::element::Distinct;
use crate::engine::store::{JobRow, ListedPartition, Listing, PartitionCheckpoint, PartitionState, SegmentRow};
use crate::engine::vault::open_failed;
use crate::error::{ErrorKind, Result as Outcome};

/// Takes over the unfinished lists of the earlier job at their cursors. Returns `false` if there is no earlier job or
/// it has not enumerated its lists. Lists that the vendor refused to the earlier job are tried again.
pub(super) async fn take_over(work: &Work<'_>) -> Result<bool, Stop> {
    let Some(earlier) = work.plan.job_options.continue_from else { return Ok(false) };
    let gone = || Stop::failed(ErrorKind::NotFound, "the job to continue from no longer exists");
    let earlier = work.store().job(&work.instance, earlier).await?.ok_or_else(gone)?;
    if !earlier.enumerated {
        return Ok(false);
    }
    // The earlier job's lists do not contain what changed after it began.
    work.note_watermark(earlier.figures.watermark_s);
    let partitions = left(work, &earlier).await?;
    let segments = remember(work, &earlier, &partitions).await?;
    let listing = Listing { partitions, segments, ..Listing::default() };
    match work.store().set_partitions(&work.job, work.epoch, &listing, &work.figures()).await? {
        true => Ok(true),
        false => Err(work.lost()),
    }
}

/// Returns the lists that the earlier job has not read completely, in order. They keep their ordinals.
async fn left(work: &Work<'_>, earlier: &JobRow) -> Result<Vec<ListedPartition>, Stop> {
    const AT_A_TIME: i64 = 1000;
    const LEFT: [PartitionState; 5] = [
        PartitionState::Pending,
        PartitionState::Skipped,
        PartitionState::Absent,
        PartitionState::Unlisted,
        PartitionState::Relisting,
    ];
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let rows = work.store().partitions_in(&LEFT, earlier.id, after, AT_A_TIME).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.ordinal;
        found.extend(rows.into_iter().map(|row| {
            let unlisted = matches!(row.state, PartitionState::Unlisted | PartitionState::Relisting);
            let state = if unlisted { PartitionState::Relisting } else { PartitionState::Pending };
            let PartitionCheckpoint { key, ordinal, scan, cursor, since, .. } = row;
            ListedPartition { key, ordinal: Some(ordinal), state, scan, cursor, since, problem: None }
        }));
    }
}

/// Copies what the earlier job knows: for each unfinished list, the keys of the records it saw last; and, if lists
/// share records, the keys of all records it has delivered.
async fn remember(work: &Work<'_>, earlier: &JobRow, left: &[ListedPartition]) -> Result<Vec<SegmentRow>, Stop> {
    let overlaps = work.plan.plan.distinct == Distinct::Whole;
    let left: Vec<i64> = left.iter().filter_map(|partition| partition.ordinal).collect();
    let mut segments = work.store().segments(earlier.id, None).await?;
    segments.retain(|segment| overlaps || left.binary_search(&segment.ordinal).is_ok());
    let (from, earlier_key) = (work.engine.bulk.folder_of(earlier.id), earlier.key.clone());
    let (folder, key, epoch) = (work.folder.clone(), work.job.key.clone(), work.epoch);
    let copied = blocking(move || {
        let mut copied = Vec::new();
        for segments in segments.chunk_by(|left, right| left.ordinal == right.ordinal) {
            let ordinal = segments[0].ordinal;
            let mut writer = SegmentWriter::new(folder.clone(), key.clone(), SegmentRow::new(ordinal, 1, epoch));
            let (mut last, mut seen) = (None, VecDeque::new());
            for segment in segments {
                let mut reader = SegmentReader::open(&from, &earlier_key, segment.clone())?;
                while let Some(bytes) = reader.next()? {
                    seen.extend(frame::keys(&bytes).unwrap_or_default());
                    seen.drain(..seen.len().saturating_sub(LENGTH));
                    if overlaps {
                        last = remember_delivered(&mut writer, &bytes)?.or(last);
                    }
                }
            }
            if left.binary_search(&ordinal).is_ok() && !seen.is_empty() {
                last = Some(writer.push(&Frame::of_keys(seen.into()).encode())?);
            }
            writer.sync()?;
            copied.extend(last);
        }
        Ok(copied)
    });
    Ok(copied.await?)
}

/// Copies the keys of a frame's rows.
fn remember_delivered(writer: &mut SegmentWriter, bytes: &[u8]) -> Outcome<Option<SegmentRow>> {
    let keyed = frame::keyed(bytes).ok_or_else(|| open_failed("a bulk file"))?;
    let delivered: Vec<_> = keyed.kept().map(Into::into).collect();
    if delivered.is_empty() { Ok(None) } else { writer.push(&Frame::of_delivered(delivered).encode()).map(Some) }
}
