//! The uploaded file, sealed: a segment of frames of one size, so that any byte can be found.

use std::io::{self, Read};
use std::path::PathBuf;

use crate::engine::bulk::segment::{self, SegmentReader, SegmentWriter};
use crate::engine::store::{SegmentRow, UPLOADED};
use crate::engine::vault::Key;
use crate::error::{Error, Result};

/// Size of a frame before it is sealed.
const FRAME: usize = 256 << 10;

/// Seals a file while it arrives.
pub(crate) struct InputWriter {
    writer: SegmentWriter,
    row: SegmentRow,
    frame: Vec<u8>,
    length: u64,
}

impl InputWriter {
    pub fn new(folder: PathBuf, key: Key) -> Self {
        let row = SegmentRow::new(UPLOADED, 0, 0);
        let writer = SegmentWriter::new(folder, key, row.clone());
        Self { writer, row, frame: Vec::with_capacity(FRAME), length: 0 }
    }

    /// Returns the number of bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether the next bytes may be taken without writing any.
    pub fn has_room(&self, bytes: &[u8]) -> bool {
        self.frame.len() + bytes.len() < FRAME
    }

    /// Adds bytes. Blocks, unless there is room.
    pub fn add(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(FRAME - self.frame.len()));
            self.frame.extend_from_slice(now);
            bytes = later;
            if self.frame.len() == FRAME {
                self.push()?;
            }
        }
        Ok(())
    }

    fn push(&mut self) -> Result<()> {
        self.row = self.writer.push(&self.frame)?;
        self.frame.clear();
        Ok(())
    }

    /// Flushes the file to disk. Returns its segment. Blocks.
    pub fn finish(mut self) -> Result<SegmentRow> {
        if !self.frame.is_empty() || self.row.frames == 0 {
            self.push()?;
        }
        self.writer.sync()?;
        Ok(self.row)
    }
}

/// Uploaded file of a job.
#[derive(Clone)]
pub(super) struct InputFile {
    pub folder: PathBuf,
    pub key: Key,
    pub row: SegmentRow,
}

impl InputFile {
    /// Reads the file from a byte on.
    pub fn read_from(&self, offset: u64) -> InputReader {
        InputReader { file: self.clone(), offset, frame: Vec::new() }
    }

    /// Returns the frame with a byte. `None` after the last one. Blocks.
    fn frame_at(&self, offset: u64) -> Result<Option<Vec<u8>>> {
        let frame = i64::try_from(offset / FRAME as u64).unwrap_or(i64::MAX);
        if frame >= self.row.frames {
            return Ok(None);
        }
        // All frames but the last have one length.
        let others = u64::try_from(self.row.frames - 1).unwrap_or_default();
        let sealed = if others == 0 { 0 } else { sealed_length(self.row.length, others) };
        let at = frame.unsigned_abs() * sealed;
        SegmentReader::open_at(&self.folder, &self.key, self.row.clone(), frame, at)?.next()
    }
}

/// Returns the length of a full frame in the file: the quotient, since the last frame is not longer.
fn sealed_length(length: i64, others: u64) -> u64 {
    const OVERHEAD: u64 = 4 + 12 + 16;
    let full = FRAME as u64 + OVERHEAD;
    debug_assert!(length.unsigned_abs() > others * full);
    full
}

/// Reads an uploaded file, one frame in memory at a time. Blocks.
pub(super) struct InputReader {
    file: InputFile,
    offset: u64,
    /// Frame with the byte at the offset, unless that is its first one.
    frame: Vec<u8>,
}

impl Read for InputReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let within = |offset: u64| usize::try_from(offset % FRAME as u64).unwrap_or_default();
        if within(self.offset) == 0 || self.frame.is_empty() {
            match self.file.frame_at(self.offset).map_err(io::Error::other)? {
                Some(frame) => self.frame = frame,
                None => return Ok(0),
            }
        }
        let rest = self.frame.get(within(self.offset)..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.offset += count as u64;
        Ok(count)
    }
}

/// Returns the failure of reading an uploaded file.
pub(super) fn cause(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| segment::failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_from_any_byte() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| segment::failed(&error))?;
        for length in [0, 5, FRAME, FRAME + 1, 3 * FRAME - 1, 3 * FRAME] {
            let file: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
            let (path, key) = (folder.path().join(length.to_string()), Key::random()?);
            let mut writer = InputWriter::new(path.clone(), key.clone());
            for part in file.chunks(100_001) {
                writer.add(part)?;
            }
            assert_eq!(writer.length(), length as u64);
            let input = InputFile { folder: path, key, row: writer.finish()? };
            for from in [0, 1, FRAME - 1, FRAME, FRAME + 7, 2 * FRAME, length].into_iter().filter(|at| *at <= length) {
                let mut found = Vec::new();
                input.read_from(from as u64).read_to_end(&mut found).map_err(cause)?;
                assert!(found == file[from..], "{length} from {from}");
            }
        }
        Ok(())
    }
}
