//! Segment files: sealed frames, one behind the other, each with its length before it.
//!
//! A file belongs to one parent, sequence and epoch, so no two workers ever write to the same one. What lies behind
//! the length recorded in the store does not exist.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::disk::{DiskFile, sync_folder};
use crate::engine::store::SegmentRow;
use crate::engine::vault::{Key, open_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Far above any page, far below what would hurt.
const LONGEST_FRAME: u32 = 256 << 20;

/// The file of a segment.
pub(crate) fn path(folder: &Path, segment: &SegmentRow) -> PathBuf {
    let SegmentRow { parent, sequence, epoch, .. } = segment;
    folder.join(format!("{}-{}-{sequence}-{epoch}.segment", parent.channel, parent.child))
}

/// Where a frame belongs, so that none can stand in for another.
fn place(segment: &SegmentRow, frame: i64) -> String {
    let SegmentRow { parent, sequence, epoch, .. } = segment;
    format!("segment {}/{}/{sequence}/{epoch}/{frame}", parent.channel, parent.child)
}

/// Writes one segment.
pub(super) struct SegmentWriter {
    folder: PathBuf,
    key: Key,
    /// As it is once the last frame is committed.
    row: SegmentRow,
    file: Option<DiskFile>,
}

impl SegmentWriter {
    /// A writer; the file is made with the first frame.
    pub fn new(folder: PathBuf, key: Key, row: SegmentRow) -> Self {
        Self { folder, key, row, file: None }
    }

    /// Appends a frame and makes it safe on disk; answers the segment with it. Blocks.
    pub fn append(&mut self, frame: &[u8]) -> Result<SegmentRow> {
        let before = self.row;
        self.push(frame)?;
        // What is not safe must not count.
        self.sync().inspect_err(|_| self.row = before).inspect_err(|_| self.give_up())?;
        Ok(self.row)
    }

    /// Appends a frame that [`sync`](Self::sync) makes safe. Blocks.
    pub fn push(&mut self, frame: &[u8]) -> Result<SegmentRow> {
        let sealed = self.key.seal(&place(&self.row, self.row.frames), frame)?;
        let written = self.write(&sealed).map_err(|error| failed(&error));
        written.inspect_err(|_| self.give_up())?;
        self.row.frames += 1;
        self.row.length += i64::try_from(sealed.len() + 4).unwrap_or(i64::MAX);
        Ok(self.row)
    }

    /// After a failure the file is opened anew at the recorded length. On a full disk half a frame would be in the
    /// way of whatever still has to be said, so it goes at once.
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

    /// Makes everything appended safe on disk. Blocks.
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

/// Gives up what a worker has written and not recorded, to make room. Only when it writes no more. Blocks.
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

/// Removes what this worker and those before it have written and is not recorded. A worker that has lost its lease
/// takes nothing from its successor: that one's epoch is higher. Blocks.
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

    /// Begins at a frame, whose place in the file a reader before has told.
    pub fn open_at(folder: &Path, key: &'a Key, row: SegmentRow, frame: i64, offset: u64) -> Result<Self> {
        let mut file = File::open(path(folder, &row)).map_err(|error| failed(&error))?;
        file.seek(SeekFrom::Start(offset)).map_err(|error| failed(&error))?;
        Ok(Self { file: BufReader::new(file), key, row, next: frame, offset })
    }

    /// The number of the next frame.
    pub fn frame(&self) -> i64 {
        self.next
    }

    /// Where the next frame begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame; none behind the last one that counts.
    pub fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
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
        let mut sealed = vec![0; length as usize];
        self.file.read_exact(&mut sealed).map_err(|error| failed(&error))?;
        self.next += 1;
        self.offset += 4 + sealed.len() as u64;
        self.key.open(&place, &sealed).map(Some).ok_or_else(|| open_failed(&place))
    }
}

pub(super) fn failed(error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space on the disk, then resume the job."
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make the bulk folder beside the database writable, then resume the job."
        }
        io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => {
            "Restore the database, its key and its bulk folder from one backup."
        }
        _ => "Look at the disk, then resume the job.",
    };
    Error::new(ErrorKind::Storage, format!("a bulk file failed: {error}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::PartitionKey;

    fn read_all(folder: &Path, key: &Key, row: SegmentRow) -> Result<Vec<Vec<u8>>> {
        let mut reader = SegmentReader::open(folder, key, row)?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next()? {
            frames.push(frame.to_vec());
        }
        Ok(frames)
    }

    #[test]
    fn what_lies_behind_the_recorded_length_does_not_exist() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let key = Key::random()?;
        let parent = PartitionKey { channel: 1, child: 2 };
        let start = SegmentRow { parent, sequence: 1, epoch: 1, frames: 0, length: 0 };
        let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), start);
        let first = writer.append(b"one")?;
        let second = writer.append(b"two")?;
        assert_eq!(read_all(folder.path(), &key, second)?, [b"one", b"two"]);
        assert_eq!(read_all(folder.path(), &key, first)?, [b"one"]);
        // A page that was written and never committed is overwritten.
        let mut again = SegmentWriter::new(folder.path().into(), key.clone(), first);
        let third = again.append(b"three")?;
        assert_eq!(read_all(folder.path(), &key, third)?, [&b"one"[..], b"three"]);
        assert!(read_all(folder.path(), &Key::random()?, third).is_err());
        Ok(())
    }
}
