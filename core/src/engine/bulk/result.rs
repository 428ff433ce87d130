//! Result of a job as a stream: segments in the defined order, one frame in memory at a time.

use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;

use super::layout::Layout;
use super::segment::SegmentReader;
use super::sink::{ByteRange, Counter, Sink};
use super::{ResultPlan, RowForm, blocking, frame, verify};
use crate::body::{self, Body};
use crate::engine::EngineInner;
use crate::engine::store::{JobRow, SegmentRow, WrittenPartition};
use crate::engine::vault::{Key, open_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Batch;

/// Minimum distance between the marks from which a range can be read.
const MARK_EVERY: u64 = 1 << 20;

/// Stored rows of a job in a layout. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rows {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    key: Key,
    form: RowForm,
    /// Number of rows a sorted job keeps: before the sort it has more.
    limit: u64,
    segments: Vec<SegmentRow>,
    /// Number of recorded rows, which must be present.
    expected: u64,
    layout: Layout,
}

/// Part of a result that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The whole result, compressed with gzip.
    Packed,
    /// A range of bytes.
    Bytes(Range<u64>),
}

/// Length of a result, and the offsets at which frames begin.
#[derive(Debug, Default)]
pub(crate) struct Extent {
    pub length: u64,
    /// Offsets of frames, ascending.
    marks: Vec<(u64, FrameStart)>,
}

/// Start of a frame of a result.
#[derive(Clone, Copy, Debug, Default)]
struct FrameStart {
    segment: usize,
    frame: i64,
    /// Offset of the frame in the file.
    offset: u64,
    /// Number of rows before it.
    rows: u64,
}

impl Rows {
    /// Returns all rows of a job, or those of one partition.
    pub async fn of(
        engine: &EngineInner,
        job: &JobRow,
        plan: &ResultPlan,
        layout: Layout,
        part: Option<&WrittenPartition>,
    ) -> Result<Self> {
        let expected = match part {
            Some(part) => part.rows,
            None => engine.store.totals(job.id).await?.counts.written,
        };
        let mut segments = engine.store.segments(job.id, None).await?;
        segments.retain(|segment| match part {
            Some(part) => segment.ordinal == part.ordinal,
            None => !segment.is_uploaded(),
        });
        let (folder, key) = (engine.bulk.folder_of(job.id), job.key.clone());
        let (form, limit) = (plan.row_form(), plan.sorted_limit().unwrap_or(u64::MAX));
        Ok(Self { inner: Arc::new(Inner { folder, key, form, limit, segments, expected, layout }) })
    }

    /// Measures the result by writing it without storing the bytes.
    pub async fn extent(&self) -> Result<Extent> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.measure()).await
    }

    /// Returns the bytes of a part. `extent` is that of these rows; without it a range is read from the beginning.
    pub fn stream(&self, engine: &EngineInner, part: Part, extent: Option<Arc<Extent>>) -> Body {
        let (mut sink, chunks) = Sink::new();
        let inner = Arc::clone(&self.inner);
        engine.tasks.spawn_blocking(move || {
            let outcome = inner.send(&part, extent.as_deref(), &mut sink);
            match outcome {
                Ok(()) => {}
                // The reader has stopped reading.
                Err(_) if sink.is_gone() => {}
                Err(error) => {
                    tracing::error!(%error, "a result cannot be read");
                    sink.fail(error);
                }
            }
        });
        body::stream(stream::unfold(chunks, |mut chunks| async move {
            let chunk = chunks.recv().await;
            chunk.map(|chunk| (chunk, chunks))
        }))
    }
}

impl Inner {
    fn send(&self, part: &Part, extent: Option<&Extent>, sink: &mut Sink) -> Result<()> {
        match part {
            Part::Whole => self.write(None, &mut *sink, &AtomicBool::new(false))?,
            Part::Packed => {
                let mut packed = GzEncoder::new(&mut *sink, Compression::fast());
                self.write(None, &mut packed, &AtomicBool::new(false))?;
                packed.finish().map_err(unwritten)?;
            }
            Part::Bytes(range) => {
                let mark = extent.and_then(|extent| extent.before(range.start));
                let at = mark.map_or(0, |(at, _)| at);
                let done = AtomicBool::new(range.is_empty());
                let window = ByteRange::new(&mut *sink, range.start - at..range.end - at, &done);
                self.write(mark.map(|(_, place)| place), window, &done)?;
            }
        }
        sink.flush().map_err(unwritten)
    }

    /// Writes the rows from a frame on, or the head and all rows if `from` is `None`, until `done` is set.
    fn write(&self, from: Option<FrameStart>, out: impl Write + Send, done: &AtomicBool) -> Result<()> {
        let mut writer = self.layout.writer(from.is_none(), out).map_err(unwritten)?;
        self.walk(from.unwrap_or_default(), |batch, _| {
            writer.rows(batch)?;
            Ok(!done.load(Ordering::Relaxed))
        })?;
        writer.finish().map_err(unwritten)
    }

    fn measure(&self) -> Result<Extent> {
        let length = AtomicU64::new(0);
        let mut marks: Vec<(u64, FrameStart)> = Vec::new();
        let mut writer = self.layout.writer(true, Counter(&length)).map_err(unwritten)?;
        self.walk(FrameStart::default(), |batch, place| {
            let at = length.load(Ordering::Relaxed);
            if self.layout.is_row_by_row() && at >= marks.last().map_or(MARK_EVERY, |(last, _)| last + MARK_EVERY) {
                marks.push((at, place));
            }
            writer.rows(batch).map(|()| true)
        })?;
        writer.finish().map_err(unwritten)?;
        Ok(Extent { length: length.into_inner(), marks })
    }

    /// Passes every frame from a position on to `take`, until that returns `false`.
    fn walk(&self, from: FrameStart, mut take: impl FnMut(&Batch, FrameStart) -> io::Result<bool>) -> Result<()> {
        let FrameStart { mut frame, mut offset, mut rows, .. } = from;
        for (segment, row) in self.segments.iter().enumerate().skip(from.segment) {
            let mut reader = SegmentReader::open_at(&self.folder, &self.key, row.clone(), frame, offset)?;
            loop {
                let place = FrameStart { segment, frame: reader.frame(), offset: reader.offset(), rows };
                let Some(bytes) = reader.next()? else { break };
                let mut batch = frame::rows(&self.form, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
                batch.truncate(self.limit - rows);
                rows += batch.len() as u64;
                if !take(&batch, place).map_err(unwritten)? || rows == self.limit {
                    return Ok(());
                }
            }
            (frame, offset) = (0, 0);
        }
        if (from.segment, from.frame) == (0, 0) { verify::whole(rows, self.expected) } else { Ok(()) }
    }
}

impl Extent {
    /// Returns the last mark at or before a byte.
    fn before(&self, byte: u64) -> Option<(u64, FrameStart)> {
        let behind = self.marks.partition_point(|(at, _)| *at <= byte);
        behind.checked_sub(1).map(|last| self.marks[last])
    }
}

fn unwritten(error: io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("the result cannot be written: {error}"))
}
