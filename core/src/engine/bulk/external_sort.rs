//! Sorting encoded rows in bounded memory.
//!
//! Rows are collected up to the sort's memory limit, sorted, and written as a run: a segment that is not recorded in
//! the store. Runs are merged until one is left.

use std::cmp::Ordering;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use super::frame::{self, Frame};
use super::segment::{self, SegmentReader, SegmentWriter};
use super::stop::{JobControl, Stop};
use super::worker::Work;
use crate::engine::store::SegmentRow;
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;

/// Number of runs merged at once. Each has a frame in memory, so the frame size is this fraction of the sort's memory.
const MERGED_AT_ONCE: usize = 64;

/// Order of encoded rows.
pub(super) trait Order {
    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering;

    /// Advances past one encoded row. Returns `None` if the data does not begin with a complete row.
    fn skip(&self, rest: &mut &[u8]) -> Option<()>;
}

/// Sorts rows. Blocks.
pub(super) struct Sorter<O> {
    pub order: O,
    disk: Disk,
    /// Ordinal of its runs, which belong to no partition.
    ordinal: i64,
    /// Maximum number of rows that are kept.
    limit: u64,
    rows: Rows,
    runs: Vec<SegmentRow>,
    /// Number of runs written.
    written: i64,
}

/// Settings and target folder of the runs of a job's sort.
#[derive(Clone)]
pub(super) struct Disk {
    pub folder: PathBuf,
    pub key: Key,
    pub epoch: i64,
    /// Maximum size in bytes of the rows in memory.
    pub memory: usize,
    pub control: JobControl,
}

impl Disk {
    pub fn of(work: &Work<'_>) -> Self {
        Self {
            folder: work.folder.clone(),
            key: work.job.key.clone(),
            epoch: work.epoch,
            memory: work.engine.options.sort_memory,
            control: work.control.clone(),
        }
    }
}

impl<O: Order> Sorter<O> {
    pub fn new(order: O, disk: Disk, ordinal: i64, limit: u64) -> Self {
        Self { order, disk, ordinal, limit, rows: Rows::default(), runs: Vec::new(), written: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[u8]) -> std::result::Result<(), Stop> {
        self.rows.push(row);
        if self.rows.size() >= self.disk.memory {
            self.write()?;
        }
        Ok(())
    }

    /// Returns all rows in order as one segment, or `None` if there are no rows.
    pub fn finish(mut self) -> std::result::Result<Option<SegmentRow>, Stop> {
        if !self.rows.places.is_empty() {
            self.write()?;
        }
        while self.runs.len() > 1 {
            let mut merged = Vec::new();
            for group in std::mem::take(&mut self.runs).chunks(MERGED_AT_ONCE) {
                merged.push(self.merge(group)?);
                for run in group {
                    let _ = fs::remove_file(segment::path(&self.disk.folder, run));
                }
            }
            self.runs = merged;
        }
        Ok(self.runs.pop())
    }

    /// Writes the rows in memory as a run.
    fn write(&mut self) -> std::result::Result<(), Stop> {
        let mut rows = std::mem::take(&mut self.rows);
        let Rows { bytes, places } = &mut rows;
        // The sort is stable: equal rows stay in the order they were read.
        places.sort_by(|left, right| self.order.compare(&bytes[left.clone()], &bytes[right.clone()]));
        let mut run = self.run();
        for place in places.iter() {
            if !run.push(&bytes[place.clone()])? {
                break;
            }
        }
        self.runs.push(run.finish()?);
        bytes.clear();
        places.clear();
        self.rows = rows;
        Ok(())
    }

    /// Merges runs. Of equal rows, those of earlier runs come first.
    fn merge(&mut self, runs: &[SegmentRow]) -> std::result::Result<SegmentRow, Stop> {
        let mut out = self.run();
        let mut sources = Vec::new();
        for run in runs {
            let mut source = Source::open(&self.order, &self.disk, run.clone())?;
            if source.advance()? {
                sources.push(source);
            }
        }
        let behind = |sources: &[Source<'_, O>], left: usize, right: usize| {
            self.order.compare(sources[left].row(), sources[right].row()).then(left.cmp(&right))
        };
        // Sorted in descending order: the next row is that of the last source.
        let mut queue: Vec<usize> = (0..sources.len()).collect();
        queue.sort_by(|left, right| behind(&sources, *right, *left));
        while let Some(next) = queue.pop() {
            if !out.push(sources[next].row())? {
                break;
            }
            if sources[next].advance()? {
                let place = queue.partition_point(|other| behind(&sources, *other, next).is_gt());
                queue.insert(place, next);
            }
        }
        Ok(out.finish()?)
    }

    fn run(&mut self) -> Run {
        self.written += 1;
        let row = SegmentRow::new(self.ordinal, self.written, self.disk.epoch);
        Run {
            writer: SegmentWriter::new(self.disk.folder.clone(), self.disk.key.clone(), row.clone()),
            row,
            frame: Frame::default(),
            frame_size: self.disk.memory / MERGED_AT_ONCE,
            left: self.limit,
            control: self.disk.control.clone(),
        }
    }
}

/// Rows in memory.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Rows {
    fn push(&mut self, row: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(row);
        self.places.push(start..self.bytes.len());
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.places.len() * size_of::<Range<usize>>()
    }
}

/// Run that is being written.
struct Run {
    writer: SegmentWriter,
    row: SegmentRow,
    frame: Frame,
    frame_size: usize,
    /// Number of rows that may still be written.
    left: u64,
    control: JobControl,
}

impl Run {
    /// Adds a row. Returns `false` if the limit is reached.
    fn push(&mut self, row: &[u8]) -> std::result::Result<bool, Stop> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.frame.push_encoded(row);
        if self.frame.size() >= self.frame_size {
            if self.control.is_asked() {
                return Err(Stop::Requested);
            }
            self.flush()?;
        }
        Ok(true)
    }

    fn flush(&mut self) -> Result<()> {
        let bytes = std::mem::take(&mut self.frame).encode();
        self.row = self.writer.push(&bytes)?;
        Ok(())
    }

    /// Flushes the run to disk; the final run must be durable.
    fn finish(mut self) -> Result<SegmentRow> {
        self.flush()?;
        self.writer.sync()?;
        Ok(self.row)
    }
}

/// Iterator over the encoded rows of a segment.
pub(super) struct Source<'a, O> {
    order: &'a O,
    reader: SegmentReader<'a>,
    control: &'a JobControl,
    frame: Vec<u8>,
    /// Range of the current row in the frame.
    row: Range<usize>,
}

impl<'a, O: Order> Source<'a, O> {
    pub fn open(order: &'a O, disk: &'a Disk, segment: SegmentRow) -> Result<Self> {
        let reader = SegmentReader::open(&disk.folder, &disk.key, segment)?;
        Ok(Self { order, reader, control: &disk.control, frame: Vec::new(), row: 0..0 })
    }

    pub fn row(&self) -> &[u8] {
        &self.frame[self.row.clone()]
    }

    /// Advances to the next row. Returns `false` after the last one.
    pub fn advance(&mut self) -> std::result::Result<bool, Stop> {
        let damaged = || open_failed("a bulk file");
        while self.row.end == self.frame.len() {
            if self.control.is_asked() {
                return Err(Stop::Requested);
            }
            let Some(frame) = self.reader.next()? else { return Ok(false) };
            let start = frame.len() - frame::encoded_rows(&frame).ok_or_else(damaged)?.len();
            (self.frame, self.row) = (frame, start..start);
        }
        let mut rest = &self.frame[self.row.end..];
        self.order.skip(&mut rest).ok_or_else(damaged)?;
        self.row = self.row.end..self.frame.len() - rest.len();
        Ok(true)
    }
}
