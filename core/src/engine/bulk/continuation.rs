//! `continueFromJobId`: a job that begins where an earlier one stopped (spec P 10.2).

use std::collections::VecDeque;

use super::frame::{self, Frame};
use super::segment::{SegmentReader, SegmentWriter};
use super::stop::Stop;
use super::window::{LENGTH, RecordKey, Window};
use super::worker::{Work, blocking, window_of};
use crate::engine::store::{JobRow, ParentKey, ParentRow, SegmentRow};
use crate::error::ErrorKind;

/// Takes the lists that the earlier job has left, each where it stands; false when there is no such job, or it knew
/// of no lists yet.
pub(super) async fn take_over(work: &Work<'_>) -> Result<bool, Stop> {
    let Some(earlier) = work.reading.wishes.continue_from else { return Ok(false) };
    let gone = || Stop::failed(ErrorKind::NotFound, "the job to continue from is gone");
    let earlier = work.store().job(&work.instance, earlier).await?.ok_or_else(gone)?;
    if !earlier.enumerated {
        return Ok(false);
    }
    let (mut parents, mut segments) = (Vec::new(), Vec::new());
    for row in left(work, &earlier).await? {
        let keys = keys(work, &earlier, row.key).await?;
        if !keys.is_empty() {
            segments.push(remember(work, row.key, keys).await?);
        }
        parents.push(ParentRow { key: row.key, scan: row.scan, cursor: row.cursor, ..ParentRow::default() });
    }
    if !work.store().set_parents(&work.job, work.epoch, &parents, &segments, &work.figures()).await? {
        return Err(work.lost());
    }
    if let Some(shared) = &work.shared_window {
        let window = window_of(work.engine, &work.folder, &work.job, None, Window::whole()).await?;
        if let Ok(mut shared) = shared.lock() {
            *shared = window;
        }
    }
    Ok(true)
}

/// The lists the earlier job has not read to their end.
async fn left(work: &Work<'_>, earlier: &JobRow) -> Result<Vec<ParentRow>, Stop> {
    const AT_A_TIME: i64 = 1000;
    let (mut found, mut behind) = (Vec::new(), ParentKey { channel: -1, child: 0 });
    loop {
        let rows = work.store().pending_parents(earlier.id, behind, AT_A_TIME).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        behind = last.key;
        found.extend(rows);
    }
}

/// The records of a list the earlier job has seen last; for lists that share records, those of all.
async fn keys(work: &Work<'_>, earlier: &JobRow, parent: ParentKey) -> Result<Vec<RecordKey>, Stop> {
    let shared = work.shared_window.is_some();
    let segments = work.store().segments(earlier.id, Some(parent).filter(|_| !shared)).await?;
    let (folder, key) = (work.engine.bulk.folder_of(earlier.id), earlier.key.clone());
    let read = move || {
        let mut keys = VecDeque::new();
        for row in segments {
            let mut reader = SegmentReader::open(&folder, &key, row)?;
            while let Some(bytes) = reader.next()? {
                keys.extend(frame::keys(&bytes).unwrap_or_default());
                if !shared && keys.len() > LENGTH {
                    keys.drain(..keys.len() - LENGTH);
                }
            }
        }
        Ok(keys.into())
    };
    Ok(blocking(read).await?)
}

/// Records in the list's own segment that these records are known.
async fn remember(work: &Work<'_>, parent: ParentKey, keys: Vec<RecordKey>) -> Result<SegmentRow, Stop> {
    let row = SegmentRow { parent, sequence: 1, epoch: work.epoch, frames: 0, length: 0 };
    let mut writer = SegmentWriter::new(work.folder.clone(), work.job.key.clone(), row);
    let frame = Frame::of_keys(keys).encode();
    Ok(blocking(move || writer.append(&frame)).await?)
}
