//! Segment files: a sequence of sealed frames, each preceded by its length.
//!
//! A file belongs to one partition, sequence and epoch, so two workers never write to the same file. Data after the
//! length recorded in the store is ignored.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::disk::{DiskFile, sync_folder};
use crate::engine::store::SegmentRow;
use crate::engine::vault::{Key, open_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Maximum length of a frame: far above that of any page, and small enough to fit in memory.
const LONGEST_FRAME: u32 = 256 << 20;

/// Returns the path of a segment's file.
pub(crate) fn path(folder: &Path, segment: &SegmentRow) -> PathBuf {
    let SegmentRow { sequence, epoch, .. } = segment;
    folder.join(format!("{}-{sequence}-{epoch}.segment", segment.name().replace('/', "-")))
}

/// Returns the context that a frame is sealed for, so that one frame cannot stand in for another.
fn place(segment: &SegmentRow, frame: i64) -> String {
    let SegmentRow { sequence, epoch, .. } = segment;
    format!("segment {}/{sequence}/{epoch}/{frame}", segment.name())
}

/// Writes one segment.
pub(super) struct SegmentWriter {
    folder: PathBuf,
    key: Key,
    /// The segment as it is once the last frame is committed.
    row: SegmentRow,
    file: Option<DiskFile>,
}

impl SegmentWriter {
    /// Creates a writer; the file is created with the first frame.
    pub fn new(folder: PathBuf, key: Key, row: SegmentRow) -> Self {
        Self { folder, key, row, file: None }
    }

    /// Appends a frame and flushes it to disk. Returns the segment with the frame. Blocks.
    pub fn append(&mut self, frame: &[u8]) -> Result<SegmentRow> {
        let before = self.row.clone();
        let row = self.push(frame)?;
        if let Err(error) = self.sync() {
            // Data that is not durable must not count.
            self.row = before;
            self.give_up();
            return Err(error);
        }
        Ok(row)
    }

    /// Appends a frame without flushing it; [`sync`](Self::sync) does that. Blocks.
    pub fn push(&mut self, frame: &[u8]) -> Result<SegmentRow> {
        let sealed = self.key.seal(&place(&self.row, self.row.frames), frame)?;
        let written = self.write(&sealed).map_err(|error| failed(&error));
        written.inspect_err(|_| self.give_up())?;
        self.row.frames += 1;
        self.row.length += i64::try_from(sealed.len() + 4).unwrap_or(i64::MAX);
        Ok(self.row.clone())
    }

    /// Closes the file after a failure; the next write reopens it at the recorded length. Half a frame would take up
    /// space on a full disk that the job still needs, so it is removed at once.
    fn give_up(&mut self) {
        if let Some(file) = self.file.take() {
            let _ = file.cut(self.row.length.unsigned_abs());
        }
    }

    fn write(&mut self, sealed: &[u8]) -> io::Result<()> {
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(create(&self.folder, &self.row)?),
        };
        file.write(&length.to_le_bytes())?;
        file.write(sealed)
    }

    /// Flushes everything appended to disk. Blocks.
    pub fn sync(&mut self) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), DiskFile::sync).map_err(|error| failed(&error))
    }
}

fn create(folder: &Path, row: &SegmentRow) -> io::Result<DiskFile> {
    private::folder(folder)?;
    let file = DiskFile::open(&path(folder, row), row.length.unsigned_abs())?;
    // The name must survive a power cut as the content does.
    sync_folder(folder)?;
    Ok(file)
}

/// Removes what a worker has written but not recorded, to free space. Call only after its last write. Blocks.
pub(super) fn trim(folder: &Path, epoch: i64, recorded: &[SegmentRow]) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let own = format!("-{epoch}.segment");
    for file in entries.flatten().map(|entry| entry.path()) {
        if !file.to_string_lossy().ends_with(&own) {
            continue;
        }
        let row = recorded.iter().find(|row| path(folder, row) == file);
        let trimmed = match row {
            Some(row) => {
                File::options().write(true).open(&file).and_then(|file| file.set_len(row.length.unsigned_abs()))
            }
            None => fs::remove_file(&file),
        };
        if let Err(error) = trimmed {
            tracing::debug!(%error, "a segment was not trimmed");
        }
    }
}

/// Removes what this worker and earlier ones have written but not recorded. A worker that has lost its lease removes
/// nothing of its successor's, whose epoch is higher. Blocks.
pub(super) fn remove_unrecorded(folder: &Path, epoch: i64, recorded: &[SegmentRow]) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let kept: HashSet<PathBuf> = recorded.iter().map(|row| path(folder, row)).collect();
    for file in entries.flatten().map(|entry| entry.path()).filter(|file| !kept.contains(file)) {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.rsplit('-').next());
        if stem.and_then(|epoch| epoch.parse::<i64>().ok()).is_some_and(|written| written <= epoch) {
            let _ = fs::remove_file(file);
        }
    }
}

/// Reads the frames of one segment. Blocks.
pub(super) struct SegmentReader<'a> {
    file: BufReader<File>,
    key: &'a Key,
    row: SegmentRow,
    next: i64,
    offset: u64,
}

impl<'a> SegmentReader<'a> {
    pub fn open(folder: &Path, key: &'a Key, row: SegmentRow) -> Result<Self> {
        Self::open_at(folder, key, row, 0, 0)
    }

    /// Opens a segment at a frame, whose offset in the file an earlier reader has returned.
    pub fn open_at(folder: &Path, key: &'a Key, row: SegmentRow, frame: i64, offset: u64) -> Result<Self> {
        let mut file = File::open(path(folder, &row)).map_err(|error| failed(&error))?;
        file.seek(SeekFrom::Start(offset)).map_err(|error| failed(&error))?;
        Ok(Self { file: BufReader::new(file), key, row, next: frame, offset })
    }

    /// Returns the number of the next frame.
    pub fn frame(&self) -> i64 {
        self.next
    }

    /// Returns the offset of the next frame.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next frame, or `None` after the last recorded one. It is not wiped when it is dropped, as the records
    /// that are read from it are not.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.next == self.row.frames {
            return Ok(None);
        }
        let place = place(&self.row, self.next);
        let mut length = [0; 4];
        self.file.read_exact(&mut length).map_err(|error| failed(&error))?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST_FRAME {
            return Err(open_failed(&place));
        }
        let mut sealed = Vec::with_capacity(length as usize);
        let read = self.file.by_ref().take(length.into()).read_to_end(&mut sealed).map_err(|error| failed(&error))?;
        if read < length as usize {
            return Err(failed(&io::ErrorKind::UnexpectedEof.into()));
        }
        self.next += 1;
        self.offset += 4 + sealed.len() as u64;
        self.key.open_in_place(&place, sealed).map(Some).ok_or_else(|| open_failed(&place))
    }
}

pub(super) fn failed(error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free some space on the disk.",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make the bulk folder beside the database writable."
        }
        io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => {
            "Restore the database, its key and its bulk folder from one backup."
        }
        _ => "Check the disk.",
    };
    Error::new(ErrorKind::Storage, format!("a bulk file failed: {error}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(folder: &Path, key: &Key, row: &SegmentRow) -> Result<Vec<Vec<u8>>> {
        let mut reader = SegmentReader::open(folder, key, row.clone())?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    #[test]
    fn bytes_beyond_the_recorded_length_are_ignored() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let key = Key::random()?;
        let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), SegmentRow::new(1, 1, 1));
        let first = writer.append(b"one")?;
        let second = writer.append(b"two")?;
        assert_eq!(read_all(folder.path(), &key, &second)?, [b"one", b"two"]);
        assert_eq!(read_all(folder.path(), &key, &first)?, [b"one"]);
        // A page that was written but never committed is overwritten.
        let mut again = SegmentWriter::new(folder.path().into(), key.clone(), first);
        let third = again.append(b"three")?;
        assert_eq!(read_all(folder.path(), &key, &third)?, [&b"one"[..], b"three"]);
        assert!(read_all(folder.path(), &Key::random()?, &third).is_err());
        Ok(())
    }
}
