//! ORDER BY: the rows a job has stored, sorted in bounded memory (spec P 8.7).
//!
//! Rows are taken in up to the sort's memory, sorted, and written as a run: a segment that no row in the store knows
//! of. Runs are merged until one is left, and that one takes the place of all segments in one transaction. A crash
//! before it costs the sort and no row; the next worker begins it again.

use std::cmp::Ordering;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::frame::{self, Frame};
use super::segment::{self, SegmentReader, SegmentWriter};
use super::stop::{Stop, Stopper};
use super::worker::{Work, blocking};
use crate::engine::store::{ParentKey, SegmentRow};
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;
use crate::query::{OrderBy, SortKey, compare_rows};
use crate::record::binary::{read_value, skip_values};

/// Runs that are merged at once. Each has a frame in memory, so a frame is this part of the sort's memory.
const MERGED_AT_ONCE: usize = 64;

/// Where sorted rows belong: to no list.
const SORTED: ParentKey = ParentKey { channel: -1, child: 0 };

/// Sorts what the job has read, when its statement says so.
pub(super) async fn sort(work: &Work<'_>) -> std::result::Result<(), Stop> {
    if !work.reading.is_sorted() {
        return Ok(());
    }
    work.set_phase("sorting").await?;
    let segments = work.store().segments(work.job.id, None).await?;
    let form = work.reading.row_form();
    let mut sorter = Sorter {
        folder: work.folder.clone(),
        key: work.job.key.clone(),
        order: work.reading.order.clone(),
        width: form.keys + form.columns.width(),
        limit: work.reading.sorted_limit().unwrap_or(u64::MAX),
        memory: work.engine.options.sort_memory,
        epoch: work.epoch,
        runs: 0,
        stopper: work.stopper.clone(),
    };
    let outcome = blocking(move || {
        segment::remove_unrecorded(&sorter.folder, sorter.epoch, &segments);
        let sorted = sorter.sorted(&segments);
        if sorted.is_err() {
            segment::remove_unrecorded(&sorter.folder, sorter.epoch, &segments);
        }
        Ok(sorted)
    });
    let sorted = outcome.await??;
    if !work.store().replace_segments(work.job.id, work.epoch, &sorted, &work.figures()).await? {
        return Err(work.lost());
    }
    let (folder, epoch) = (work.folder.clone(), work.epoch);
    blocking(move || {
        segment::remove_unrecorded(&folder, epoch, &sorted);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Sorts segments. Blocks.
struct Sorter {
    folder: PathBuf,
    key: Key,
    order: Vec<OrderBy>,
    /// Values a row, its keys among them.
    width: usize,
    /// Rows that are kept.
    limit: u64,
    /// Bytes of rows that are in memory at once.
    memory: usize,
    epoch: i64,
    /// How many were written.
    runs: i64,
    stopper: Stopper,
}

impl Sorter {
    /// The rows of the segments as one segment; none when there is no row.
    fn sorted(&mut self, segments: &[SegmentRow]) -> std::result::Result<Vec<SegmentRow>, Stop> {
        let mut runs = self.cut(segments)?;
        while runs.len() > 1 {
            let mut merged = Vec::new();
            for group in runs.chunks(MERGED_AT_ONCE) {
                merged.push(self.merge(group)?);
                for run in group {
                    let _ = fs::remove_file(segment::path(&self.folder, run));
                }
            }
            runs = merged;
        }
        Ok(runs)
    }

    /// Cuts the rows into runs, as many rows to each as the memory holds.
    fn cut(&mut self, segments: &[SegmentRow]) -> std::result::Result<Vec<SegmentRow>, Stop> {
        let (mut runs, mut rows) = (Vec::new(), Rows::default());
        for segment in segments {
            let key = self.key.clone();
            let mut source = Source::open(self, &key, *segment)?;
            while source.advance(self)? {
                rows.push(source.row());
                if rows.bytes.len() + rows.places.len() * size_of::<Range<usize>>() >= self.memory {
                    runs.push(self.write(&mut rows)?);
                }
            }
        }
        if !rows.places.is_empty() {
            runs.push(self.write(&mut rows)?);
        }
        Ok(runs)
    }

    fn write(&mut self, rows: &mut Rows) -> std::result::Result<SegmentRow, Stop> {
        let Rows { bytes, places } = rows;
        // Stable: rows that are equal stay as they were read.
        places.sort_by(|left, right| self.compare(&bytes[left.clone()], &bytes[right.clone()]));
        let mut run = self.run();
        for place in places.iter() {
            if !run.push(&bytes[place.clone()], self)? {
                break;
            }
        }
        bytes.clear();
        places.clear();
        Ok(run.finish()?)
    }

    /// Merges runs, of which the earlier have the earlier rows.
    fn merge(&mut self, runs: &[SegmentRow]) -> std::result::Result<SegmentRow, Stop> {
        let key = self.key.clone();
        let mut out = self.run();
        let mut sources = Vec::new();
        for run in runs {
            let mut source = Source::open(self, &key, *run)?;
            if source.advance(self)? {
                sources.push(source);
            }
        }
        let behind = |sources: &[Source<'_>], left: usize, right: usize| {
            self.compare(sources[left].row(), sources[right].row()).then(left.cmp(&right))
        };
        // The next row is that of the last source.
        let mut queue: Vec<usize> = (0..sources.len()).collect();
        queue.sort_by(|left, right| behind(&sources, *right, *left));
        while let Some(next) = queue.pop() {
            if !out.push(sources[next].row(), self)? {
                break;
            }
            if sources[next].advance(self)? {
                let place = queue.partition_point(|other| behind(&sources, *other, next).is_gt());
                queue.insert(place, next);
            }
        }
        Ok(out.finish()?)
    }

    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        compare_rows(&self.order, keys(left), keys(right))
    }

    fn run(&mut self) -> Run {
        self.runs += 1;
        let row = SegmentRow { parent: SORTED, sequence: self.runs, epoch: self.epoch, frames: 0, length: 0 };
        Run {
            writer: SegmentWriter::new(self.folder.clone(), self.key.clone(), row),
            row,
            frame: Frame::default(),
            frame_size: self.memory / MERGED_AT_ONCE,
            left: self.limit,
        }
    }
}

/// The keys an encoded row begins with, and what follows them.
fn keys(mut row: &[u8]) -> impl Iterator<Item = SortKey<'_>> {
    std::iter::from_fn(move || read_value(&mut row).map(SortKey::from))
}

/// Rows in memory.
#[derive(Default)]
struct Rows {
    bytes: Zeroizing<Vec<u8>>,
    places: Vec<Range<usize>>,
}

impl Rows {
    fn push(&mut self, row: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(row);
        self.places.push(start..self.bytes.len());
    }
}

/// A run that is being written.
struct Run {
    writer: SegmentWriter,
    row: SegmentRow,
    frame: Frame,
    frame_size: usize,
    /// Rows that may still be written.
    left: u64,
}

impl Run {
    /// Adds a row; false when no more are wanted.
    fn push(&mut self, row: &[u8], sorter: &Sorter) -> std::result::Result<bool, Stop> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.frame.push_encoded(row);
        if self.frame.size() >= self.frame_size {
            if sorter.stopper.is_asked() {
                return Err(Stop::Asked);
            }
            self.flush()?;
        }
        Ok(true)
    }

    fn flush(&mut self) -> Result<()> {
        let bytes = Zeroizing::new(std::mem::take(&mut self.frame).encode());
        self.row = self.writer.push(&bytes)?;
        Ok(())
    }

    /// Makes the run safe on disk, the last one must be.
    fn finish(mut self) -> Result<SegmentRow> {
        self.flush()?;
        self.writer.sync()?;
        Ok(self.row)
    }
}

/// The encoded rows of a segment, one after the other.
struct Source<'a> {
    reader: SegmentReader<'a>,
    frame: Zeroizing<Vec<u8>>,
    /// Where the row lies in the frame.
    row: Range<usize>,
}

impl<'a> Source<'a> {
    fn open(sorter: &Sorter, key: &'a Key, segment: SegmentRow) -> Result<Self> {
        let reader = SegmentReader::open(&sorter.folder, key, segment)?;
        Ok(Self { reader, frame: Zeroizing::default(), row: 0..0 })
    }

    fn row(&self) -> &[u8] {
        &self.frame[self.row.clone()]
    }

    /// Goes to the next row; false behind the last one.
    fn advance(&mut self, sorter: &Sorter) -> std::result::Result<bool, Stop> {
        let damaged = || open_failed("a bulk file");
        while self.row.end == self.frame.len() {
            if sorter.stopper.is_asked() {
                return Err(Stop::Asked);
            }
            let Some(frame) = self.reader.next()? else { return Ok(false) };
            let start = frame.len() - frame::encoded_rows(&frame).ok_or_else(damaged)?.len();
            (self.frame, self.row) = (frame, start..start);
        }
        let mut rest = &self.frame[self.row.end..];
        skip_values(sorter.width, &mut rest).ok_or_else(damaged)?;
        self.row = self.row.end..self.frame.len() - rest.len();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::query::parse_order_by;
    use crate::record::Value;
    use crate::record::binary::write_value;

    /// Keys of every kind, many of them equal, and the number of the row.
    fn row(number: i64) -> Vec<u8> {
        let mut row = Vec::new();
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()) >> 40;
        let text = format!("{:x}", mixed % 50);
        let keys = match mixed % 7 {
            0 => Value::Null,
            1 => Value::Int(mixed % 20),
            2 => Value::Float((mixed % 40) as f64 / 2.0),
            _ => Value::Text(&text),
        };
        for value in [keys, Value::Int(mixed % 3), Value::Int(number)] {
            write_value(value, &mut row);
        }
        row
    }

    fn number_of(row: &[u8]) -> i64 {
        let mut rest = row;
        skip_values(2, &mut rest).and_then(|()| read_value(&mut rest)).map_or(-1, |value| match value {
            Value::Int(number) => number,
            _ => -1,
        })
    }

    fn sorter(folder: &std::path::Path, key: &Key, limit: u64, memory: usize) -> Sorter {
        Sorter {
            folder: folder.to_owned(),
            key: key.clone(),
            order: parse_order_by("a desc, b").unwrap_or_default(),
            width: 3,
            limit,
            memory,
            epoch: 1,
            runs: 0,
            stopper: Stopper::default(),
        }
    }

    fn stopped(stop: Stop) -> crate::error::Error {
        let text = match stop {
            Stop::Asked => "asked".to_owned(),
            Stop::Failed(failure) => failure.message,
        };
        crate::error::Error::new(ErrorKind::Internal, text)
    }

    #[test]
    fn any_number_of_rows_is_sorted_in_any_memory() -> Result<()> {
        let key = Key::random()?;
        for (count, limit, memory) in [
            (0, 9, 4096),
            (1, 9, 4096),
            (900, u64::MAX, 1 << 20),
            (6000, u64::MAX, 2048),
            (6000, 700, 2048),
            (40, 0, 1),
        ] {
            let folder = tempfile::tempdir().map_err(|error| segment::failed(&error))?;
            let rows: Vec<Vec<u8>> = (0..count).map(row).collect();
            let mut segments = Vec::new();
            for (part, rows) in (1..).zip(rows.chunks(700)) {
                let parent = ParentKey { channel: part, child: 0 };
                let row = SegmentRow { parent, sequence: 1, epoch: 1, frames: 0, length: 0 };
                let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), row);
                for page in rows.chunks(100) {
                    let mut frame = Frame::of_keys(vec![[7][..].into()]);
                    page.iter().for_each(|row| frame.push_encoded(row));
                    segments.retain(|row: &SegmentRow| row.parent != parent);
                    segments.push(writer.append(&frame.encode())?);
                }
            }
            let mut sorter = sorter(folder.path(), &key, limit, memory);
            let sorted = sorter.sorted(&segments).map_err(stopped)?;
            assert_eq!(sorted.len(), usize::from(count > 0));
            let mut found = Vec::new();
            for segment in &sorted {
                let mut source = Source::open(&sorter, &key, *segment)?;
                while source.advance(&sorter).map_err(stopped)? {
                    found.push(number_of(source.row()));
                }
            }
            let mut wanted = rows.clone();
            wanted.sort_by(|left, right| sorter.compare(left, right));
            wanted.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            assert!(found == wanted.iter().map(|row| number_of(row)).collect::<Vec<_>>(), "{count} in {memory}");
            assert!(memory > 2048 || count < 6000 || sorter.runs > 65, "{} runs", sorter.runs);
            // Nothing is left but what was there and the result.
            let files = fs::read_dir(folder.path()).map_or(0, |entries| entries.count());
            assert_eq!(files, segments.len() + sorted.len());
            segment::remove_unrecorded(folder.path(), 0, &[]);
            segment::remove_unrecorded(folder.path(), 1, &sorted);
            assert_eq!(fs::read_dir(folder.path()).map_or(0, |entries| entries.count()), sorted.len());
        }
        Ok(())
    }

    #[test]
    fn a_sort_stops_when_it_is_asked_to() -> Result<()> {
        let (key, folder) = (Key::random()?, tempfile::tempdir().map_err(|error| segment::failed(&error))?);
        let row_of = SegmentRow { parent: SORTED, sequence: 1, epoch: 0, frames: 0, length: 0 };
        let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), row_of);
        let mut frame = Frame::default();
        frame.push_encoded(&row(1));
        let segment = writer.append(&frame.encode())?;
        let mut sorter = sorter(folder.path(), &key, 9, 4096);
        sorter.stopper.stop(super::super::stop::Reason::Park);
        assert!(matches!(sorter.sorted(&[segment]), Err(Stop::Asked)));
        Ok(())
    }
}
