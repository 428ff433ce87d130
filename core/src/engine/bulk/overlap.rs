//! Deduplication across lists: one row for each primary key, that of the first list (spec BT 2.6).
//!
//! Lists are read concurrently, so duplicates are found once all lists are read. The keys of all rows are sorted on
//! disk together with the position of each row (no encoded key is a prefix of another). Of equal keys the first row is
//! kept; the others are dropped while their lists are rewritten. All lists are replaced in one transaction: a crash
//! before it loses no row, and the pass is idempotent.

use std::cmp::Ordering;

use super::external_sort::{Disk, Order, Sorter, Source};
use super::frame::{self, Frame, Keyed};
use super::segment::{self, SegmentReader, SegmentWriter};
use super::stop::Stop;
use super::worker::{Work, blocking};
use crate::element::Distinct;
use crate::engine::store::{Repeats, SegmentRow};
use crate::engine::vault::open_failed;
use crate::record::binary::skip_values;

/// Number of a frame, and its bytes.
type NumberedFrame = (i64, Vec<u8>);

/// Ordinals of the runs of the two sorts, which belong to no partition.
const KEYS: i64 = -2;
const DROPPED: i64 = -3;

/// Size in bytes of an encoded row position.
const PLACE: usize = 1 + 4 * 8;

/// Drops rows whose record is also in an earlier list. Returns the number of dropped rows.
pub(super) async fn drop_repeats(work: &Work<'_>) -> std::result::Result<u64, Stop> {
    if work.plan.plan.distinct != Distinct::Whole {
        return Ok(0);
    }
    let segments = work.store().segments(work.job.id, None).await?;
    if segments.iter().all(|segment| segment.ordinal == segments[0].ordinal) {
        return Ok(0);
    }
    work.set_phase("deduplicating").await?;
    let form = work.plan.result.row_form();
    let pass = Pass { disk: Disk::of(work), keys: form.keys, width: form.keys + form.columns.width() };
    let known = segments.clone();
    let outcome = blocking(move || {
        segment::remove_unrecorded(&pass.disk.folder, pass.disk.epoch, &known);
        let outcome = pass.run(&known);
        if outcome.is_err() {
            segment::remove_unrecorded(&pass.disk.folder, pass.disk.epoch, &known);
        }
        Ok(outcome)
    });
    let repeats = outcome.await??;
    if !repeats.is_empty() && !work.store().drop_repeats(work.job.id, work.epoch, &repeats, &work.figures()).await? {
        return Err(work.lost());
    }
    let recorded = work.store().segments(work.job.id, None).await?;
    let (folder, epoch) = (work.folder.clone(), work.epoch);
    blocking(move || {
        segment::remove_unrecorded(&folder, epoch, &recorded);
        Ok(())
    })
    .await?;
    Ok(repeats.iter().map(|repeats| repeats.rows).sum())
}

/// One deduplication pass. Blocks.
struct Pass {
    disk: Disk,
    /// Number of values before the columns of a row.
    keys: usize,
    /// Number of values of a row.
    width: usize,
}

impl Pass {
    fn run(&self, segments: &[SegmentRow]) -> std::result::Result<Vec<Repeats>, Stop> {
        let Some(sorted) = self.sorted_keys(segments)? else { return Ok(Vec::new()) };
        let Some(dropped) = self.repeated(sorted)? else { return Ok(Vec::new()) };
        let mut dropped = Places { source: Source::open(&Bytes, &self.disk, dropped)?, next: None };
        dropped.advance()?;
        let mut repeats = Vec::new();
        for segments in segments.chunk_by(|left, right| left.ordinal == right.ordinal) {
            if dropped.is_in(segments) {
                repeats.push(self.rewritten(segments, &mut dropped)?);
            }
        }
        Ok(repeats)
    }

    /// Returns the next frame of a segment and its number, unless the job was asked to stop.
    fn next_frame(&self, reader: &mut SegmentReader) -> std::result::Result<Option<NumberedFrame>, Stop> {
        let number = reader.frame();
        let Some(bytes) = reader.next()? else { return Ok(None) };
        if self.disk.control.is_asked() { Err(Stop::Requested) } else { Ok(Some((number, bytes))) }
    }

    /// Returns the keys of all rows with their positions, sorted.
    fn sorted_keys(&self, segments: &[SegmentRow]) -> std::result::Result<Option<SegmentRow>, Stop> {
        let mut sorter = Sorter::new(Bytes, self.disk.clone(), KEYS, u64::MAX);
        let mut entry = Vec::new();
        for segment in segments {
            let mut reader = SegmentReader::open(&self.disk.folder, &self.disk.key, segment.clone())?;
            while let Some((number, bytes)) = self.next_frame(&mut reader)? {
                let keyed = frame::keyed(&bytes).ok_or_else(|| open_failed("a bulk file"))?;
                for (index, key) in keyed.kept().enumerate() {
                    let place = place(keyed.is_delivered(), segment, number, index);
                    entry.clear();
                    entry.extend(u32::try_from(key.len() + PLACE).unwrap_or(u32::MAX).to_le_bytes());
                    entry.extend_from_slice(key);
                    entry.extend(place);
                    sorter.push(&entry)?;
                }
            }
        }
        sorter.finish()
    }

    /// Returns the positions of rows whose key occurs before, sorted.
    fn repeated(&self, sorted: SegmentRow) -> std::result::Result<Option<SegmentRow>, Stop> {
        let mut sorter = Sorter::new(Bytes, self.disk.clone(), DROPPED, u64::MAX);
        let mut source = Source::open(&Bytes, &self.disk, sorted)?;
        let (mut last, mut entry) = (Vec::new(), Vec::new());
        while source.advance()? {
            let (key, place) = content(source.row()).split_at(content(source.row()).len() - PLACE);
            // A row that an earlier job has delivered is not stored here.
            if key == last && place[0] != 0 {
                entry.clear();
                entry.extend(u32::try_from(PLACE).unwrap_or(u32::MAX).to_le_bytes());
                entry.extend_from_slice(place);
                sorter.push(&entry)?;
            }
            if key != last {
                last.clear();
                last.extend_from_slice(key);
            }
        }
        sorter.finish()
    }

    /// Rewrites a list without the dropped rows.
    fn rewritten(&self, segments: &[SegmentRow], dropped: &mut Places<'_>) -> std::result::Result<Repeats, Stop> {
        let last = segments.last().ok_or_else(|| open_failed("a bulk file"))?;
        let row = SegmentRow::new(last.ordinal, last.sequence + 1, self.disk.epoch);
        let mut writer = SegmentWriter::new(self.disk.folder.clone(), self.disk.key.clone(), row.clone());
        let mut repeats = Repeats { segment: row, rows: 0, bytes: 0 };
        for segment in segments {
            let mut reader = SegmentReader::open(&self.disk.folder, &self.disk.key, segment.clone())?;
            while let Some((number, bytes)) = self.next_frame(&mut reader)? {
                let keyed = frame::keyed(&bytes).ok_or_else(|| open_failed("a bulk file"))?;
                // Frames that do not record which keys have rows contain no dropped rows.
                repeats.segment = if keyed.tells_rows() {
                    let frame = self.without_repeats(&keyed, segment, number, dropped, &mut repeats)?;
                    writer.push(&frame.encode())?
                } else {
                    writer.push(&bytes)?
                };
            }
        }
        writer.sync()?;
        Ok(repeats)
    }

    fn without_repeats(
        &self,
        keyed: &Keyed<'_>,
        segment: &SegmentRow,
        number: i64,
        dropped: &mut Places<'_>,
        repeats: &mut Repeats,
    ) -> std::result::Result<Frame, Stop> {
        let damaged = || open_failed("a bulk file");
        let (mut frame, mut rows, mut index) = (Frame::with_keys_of(keyed), keyed.rows, 0);
        for (position, key) in keyed.keys.iter().enumerate() {
            if !key.kept || keyed.is_delivered() {
                continue;
            }
            let row = rows;
            skip_values(self.width, &mut rows).ok_or_else(damaged)?;
            let row = &row[..row.len() - rows.len()];
            if dropped.next == Some(place(false, segment, number, index)) {
                let mut columns = row;
                skip_values(self.keys, &mut columns).ok_or_else(damaged)?;
                repeats.rows += 1;
                repeats.bytes += columns.len() as u64;
                frame.drop_row(position);
                dropped.advance()?;
            } else {
                frame.push_encoded(row);
            }
            index += 1;
        }
        Ok(frame)
    }
}

/// Returns the position of a row, in the order of rows. Rows that an earlier job has delivered come first.
fn place(delivered: bool, segment: &SegmentRow, frame: i64, index: usize) -> [u8; PLACE] {
    let numbers = [segment.ordinal, segment.sequence, frame, i64::try_from(index).unwrap_or(i64::MAX)];
    let mut place = [0; PLACE];
    place[0] = u8::from(!delivered);
    for (number, bytes) in numbers.iter().zip(place[1..].chunks_exact_mut(8)) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
    place
}

/// Iterator over the positions of dropped rows.
struct Places<'a> {
    source: Source<'a, Bytes>,
    next: Option<[u8; PLACE]>,
}

impl Places<'_> {
    fn advance(&mut self) -> std::result::Result<(), Stop> {
        self.next = match self.source.advance()? {
            true => Some(content(self.source.row()).try_into().map_err(|_| open_failed("a bulk file"))?),
            false => None,
        };
        Ok(())
    }

    /// Returns whether the next row is one of a partition, given by its segments.
    fn is_in(&self, segments: &[SegmentRow]) -> bool {
        let Some(segment) = segments.first() else { return false };
        self.next.is_some_and(|place| place[1..9] == segment.ordinal.to_be_bytes())
    }
}

/// Entries ordered by their bytes, each preceded by its length.
struct Bytes;

fn content(entry: &[u8]) -> &[u8] {
    entry.get(4..).unwrap_or_default()
}

impl Order for Bytes {
    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        content(left).cmp(content(right))
    }

    fn skip(&self, rest: &mut &[u8]) -> Option<()> {
        let (length, behind) = rest.split_first_chunk()?;
        *rest = behind.get(u32::from_le_bytes(*length) as usize..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::stop::JobControl;
    use super::*;
    use crate::engine::vault::Key;
    use crate::error::Result;
    use crate::record::Value;
    use crate::record::binary::write_value;

    fn encoded(number: i64) -> Vec<u8> {
        let mut row = Vec::new();
        write_value(Value::Int(number), &mut row);
        row
    }

    /// Writes a list with one frame for each element.
    fn list(pass: &Pass, folder: &Path, ordinal: i64, frames: &[Vec<u8>]) -> Result<SegmentRow> {
        let row = SegmentRow::new(ordinal, 1, 1);
        let mut writer = SegmentWriter::new(folder.to_owned(), pass.disk.key.clone(), row.clone());
        let mut last = row;
        for frame in frames {
            last = writer.append(frame)?;
        }
        Ok(last)
    }

    /// Returns a frame of records, of which the odd ones have no row.
    fn frame(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
        let mut frame = Frame::default();
        for number in numbers {
            frame.push_key(encoded(number).into());
            if number % 2 == 0 {
                frame.push_encoded(&encoded(number));
                frame.keep_last();
            }
        }
        frame.encode()
    }

    fn rows(pass: &Pass, segment: &SegmentRow) -> Result<Vec<Vec<u8>>> {
        let mut reader = SegmentReader::open(&pass.disk.folder, &pass.disk.key, segment.clone())?;
        let mut rows = Vec::new();
        while let Some(bytes) = reader.next()? {
            let mut rest = frame::encoded_rows(&bytes).unwrap_or_default();
            while !rest.is_empty() {
                let row = rest;
                skip_values(1, &mut rest).ok_or_else(|| open_failed("a row"))?;
                rows.push(row[..row.len() - rest.len()].to_vec());
            }
        }
        Ok(rows)
    }

    #[test]
    fn the_first_list_keeps_a_record_in_any_memory() -> Result<()> {
        for memory in [1, 4096, 1 << 20] {
            let folder = tempfile::tempdir().map_err(|error| segment::failed(&error))?;
            let (key, control) = (Key::random()?, JobControl::default());
            let disk = Disk { folder: folder.path().to_owned(), key, epoch: 2, memory, control };
            let pass = Pass { disk, keys: 0, width: 1 };
            // A frame of the first version: its rows are kept, since it does not record which keys they belong to.
            let old = [&[1, 1, 2][..], &encoded(0), &encoded(0)].concat();
            let delivered = Frame::of_delivered(vec![encoded(90).into()]).encode();
            let segments = [
                list(&pass, folder.path(), 7, &[frame(0..20), frame(60..100)])?,
                list(&pass, folder.path(), 8, &[frame(10..30), frame(95..105), old])?,
                list(&pass, folder.path(), 9, &[delivered, frame(28..32)])?,
            ];
            let stopped = |_| open_failed("the pass");
            let found = pass.run(&segments).map_err(stopped)?;
            let numbers = |numbers: &[i64]| numbers.iter().map(|number| encoded(*number)).collect::<Vec<_>>();
            let of = |ordinal: i64| found.iter().find(|repeats| repeats.segment.ordinal == ordinal);
            let rows_of = |ordinal| of(ordinal).map(|repeats| rows(&pass, &repeats.segment)).transpose();
            let first: Vec<i64> = (0..20).chain(60..100).filter(|number| number % 2 == 0 && *number != 90).collect();
            assert_eq!(rows_of(7)?, Some(numbers(&first)), "what an earlier job has delivered is dropped");
            assert_eq!(rows_of(8)?, Some(numbers(&[20, 22, 24, 26, 28, 100, 102, 104, 0])));
            assert_eq!(rows_of(9)?, Some(numbers(&[30])));
            let bytes = [10, 12, 14, 16, 18, 96, 98].map(|number| encoded(number).len() as u64).iter().sum();
            assert_eq!(of(8).map(|repeats| (repeats.rows, repeats.bytes)), Some((7, bytes)));
            // A second pass finds no duplicates.
            let again: Vec<SegmentRow> = found.iter().map(|repeats| repeats.segment.clone()).collect();
            assert!(pass.run(&again).map_err(stopped)?.is_empty());
        }
        Ok(())
    }
}
