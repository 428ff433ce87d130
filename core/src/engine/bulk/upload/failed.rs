//! Failed records of an upload as a file of its format, which can be corrected and uploaded again.

use std::io::Read;

use bytes::Bytes;
use futures::stream;

use super::input::{InputFile, cause};
use super::outcome::Stored;
use super::split::{Broken, Layout, Splitter};
use crate::body::{self, Body};
use crate::engine::EngineInner;
use crate::engine::bulk::{ROW_ERROR, blocking};
use crate::engine::store::{JobRow, SegmentRow, Store};
use crate::engine::vault::open_failed;
use crate::error::{Error, ErrorKind, Result};

/// Number of records read at a time.
const AT_ONCE: i64 = 200;

/// Returns the records of an upload that failed, or with `unknown` those whose outcome is not known, as a file of the
/// upload's format, and its media type.
pub(crate) async fn failed_rows(
    engine: &EngineInner,
    job: &JobRow,
    is_csv: bool,
    unknown: bool,
) -> Result<(&'static str, Body)> {
    let segments = engine.store.segments(job.id, None).await?;
    let row = segments.into_iter().find(SegmentRow::is_uploaded).ok_or_else(|| open_failed("the uploaded file"))?;
    let input = InputFile { folder: engine.bulk.folder_of(job.id), key: job.key.clone(), row };
    let file = input.clone();
    let layout = blocking(move || Frame::of(&file, is_csv)).await?;
    let media_type = match layout.layout {
        Layout::Csv => "text/csv",
        Layout::Array => "application/json",
        Layout::Lines => "application/jsonl",
    };
    let reader =
        Reader { store: engine.store.clone(), job: job.clone(), input, unknown, layout, behind: Some(0), count: 0 };
    Ok((media_type, body::stream(stream::try_unfold(reader, Reader::next))))
}

/// The parts of a file around its records.
#[derive(Clone)]
struct Frame {
    layout: Layout,
    head: Vec<u8>,
}

impl Frame {
    fn of(input: &InputFile, is_csv: bool) -> Result<Self> {
        let broken = |broken| match broken {
            Broken::Storage(error) => error,
            Broken::File(message) => Error::new(ErrorKind::InvalidRequest, message),
        };
        let source = input.read_from(0);
        if !is_csv {
            let layout = Splitter::json(source).map_err(broken)?.layout();
            return Ok(Self { layout, head: if layout == Layout::Array { b"[".to_vec() } else { Vec::new() } });
        }
        let header = Splitter::csv(source).map_err(broken)?.next().map_err(broken)?;
        let head = header.map_or_else(Vec::new, |header| line(&header.text));
        Ok(Self { layout: Layout::Csv, head })
    }
}

/// Returns a record with the line break that ends it.
fn line(text: &[u8]) -> Vec<u8> {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    [&text[..end], b"\n"].concat()
}

struct Reader {
    store: Store,
    job: JobRow,
    input: InputFile,
    unknown: bool,
    layout: Frame,
    /// Id of the last row that was read. `None` after the last one.
    behind: Option<i64>,
    /// Number of records so far.
    count: u64,
}

impl Reader {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        let Some(behind) = self.behind else { return Ok(None) };
        let details = self.store.row_errors(self.job.id, behind, AT_ONCE).await?;
        let mut out = if behind == 0 { std::mem::take(&mut self.layout.head) } else { Vec::new() };
        self.behind = details.last().map(|(id, _)| *id);
        let (job, input, unknown) = (self.job.clone(), self.input.clone(), self.unknown);
        let texts = blocking(move || {
            let mut texts = Vec::new();
            for (_, sealed) in &details {
                let plain = job.key.open(ROW_ERROR, sealed).ok_or_else(|| open_failed("a failed row"))?;
                let stored: Stored = serde_json::from_slice(&plain).map_err(|_| open_failed("a failed row"))?;
                if stored.is_unknown == unknown {
                    let (offset, length) = stored.range;
                    let mut text = Vec::new();
                    input.read_from(offset).take(length).read_to_end(&mut text).map_err(cause)?;
                    texts.push(text);
                }
            }
            Ok(texts)
        });
        for text in texts.await? {
            match self.layout.layout {
                Layout::Array => {
                    out.extend_from_slice(if self.count > 0 { b",\n" } else { b"\n" });
                    out.extend_from_slice(&text);
                }
                Layout::Csv | Layout::Lines => out.extend(line(&text)),
            }
            self.count += 1;
        }
        if self.behind.is_none() && self.layout.layout == Layout::Array {
            out.extend_from_slice(b"\n]\n");
        }
        Ok(Some((out.into(), self)))
    }
}
