//! `continueFromJobId`: a job that begins where an earlier one stopped (spec P 10.2).

use std::collections::{BTreeMap, VecDeque};

use super::dedup_window::LENGTH;
use super::frame::{self, Frame};
use super::segment::{SegmentReader, SegmentWriter};
use super::stop::Stop;
use super::worker::{Work, blocking};
use crate::engine::store::{JobRow, Listing, PartitionCheckpoint, PartitionKey, PartitionState, SegmentRow};
use crate::engine::vault::open_failed;
use crate::error::{ErrorKind, Result as Outcome};

/// Takes over the unfinished lists of the earlier job at their cursors. Returns `false` if there is no earlier job or
/// it has not enumerated its lists. Lists that the vendor refused to the earlier job are tried again.
pub(super) async fn take_over(work: &Work<'_>) -> Result<bool, Stop> {
    let Some(earlier) = work.plan.job_options.continue_from else { return Ok(false) };
    let gone = || Stop::failed(ErrorKind::NotFound, "the job to continue from is gone");
    let earlier = work.store().job(&work.instance, earlier).await?.ok_or_else(gone)?;
    if !earlier.enumerated {
        return Ok(false);
    }
    // The earlier job's lists do not contain what changed after it began.
    work.note_watermark(earlier.figures.watermark_s);
    let parents = left(work, &earlier).await?;
    let segments = remember(work, &earlier, &parents).await?;
    let listing = Listing { parents, segments, ..Listing::default() };
    match work.store().set_parents(&work.job, work.epoch, &listing, &work.figures()).await? {
        true => Ok(true),
        false => Err(work.lost()),
    }
}

/// Returns the lists that the earlier job has not read completely.
async fn left(work: &Work<'_>, earlier: &JobRow) -> Result<Vec<PartitionCheckpoint>, Stop> {
    const AT_A_TIME: i64 = 1000;
    const LEFT: [PartitionState; 5] = [
        PartitionState::Pending,
        PartitionState::Skipped,
        PartitionState::Absent,
        PartitionState::Unlisted,
        PartitionState::Relisting,
    ];
    let (mut found, mut behind) = (Vec::new(), PartitionKey { channel: -1, child: 0 });
    loop {
        let rows = work.store().parents_in(&LEFT, earlier.id, behind, AT_A_TIME).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        behind = last.key;
        found.extend(rows.into_iter().map(|row| {
            let unlisted = matches!(row.state, PartitionState::Unlisted | PartitionState::Relisting);
            let state = if unlisted { PartitionState::Relisting } else { PartitionState::Pending };
            let PartitionCheckpoint { key, scan, cursor, since, .. } = row;
            PartitionCheckpoint { key, state, scan, cursor, since, ..PartitionCheckpoint::default() }
        }));
    }
}

/// Copies what the earlier job knows: for each unfinished list, the keys of the records it saw last; and, if lists
/// share records, the keys of all records it has delivered.
async fn remember(work: &Work<'_>, earlier: &JobRow, left: &[PartitionCheckpoint]) -> Result<Vec<SegmentRow>, Stop> {
    let overlaps = work.plan.object.info().overlaps;
    let left: Vec<PartitionKey> = left.iter().map(|parent| parent.key).collect();
    let mut lists: BTreeMap<PartitionKey, Vec<SegmentRow>> = BTreeMap::new();
    for segment in work.store().segments(earlier.id, None).await? {
        let wanted = overlaps || left.binary_search(&segment.parent).is_ok();
        if wanted {
            lists.entry(segment.parent).or_default().push(segment);
        }
    }
    let (from, earlier_key) = (work.engine.bulk.folder_of(earlier.id), earlier.key.clone());
    let (folder, key, epoch) = (work.folder.clone(), work.job.key.clone(), work.epoch);
    let copied = blocking(move || {
        let mut copied = Vec::new();
        for (parent, segments) in lists {
            let row = SegmentRow { parent, sequence: 1, epoch, frames: 0, length: 0 };
            let mut writer = SegmentWriter::new(folder.clone(), key.clone(), row);
            let (mut last, mut seen) = (None, VecDeque::new());
            for segment in segments {
                let mut reader = SegmentReader::open(&from, &earlier_key, segment)?;
                while let Some(bytes) = reader.next()? {
                    seen.extend(frame::keys(&bytes).unwrap_or_default());
                    seen.drain(..seen.len().saturating_sub(LENGTH));
                    if overlaps {
                        last = remember_delivered(&mut writer, &bytes)?.or(last);
                    }
                }
            }
            if left.binary_search(&parent).is_ok() && !seen.is_empty() {
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
