//! Answers to the records of the current window, written as they arrive.
//!
//! They are not flushed one by one: what a process has written outlives it, and is lost only with the machine. The
//! window's commit puts them into the result and empties the journal.

use std::path::{Path, PathBuf};

use super::outcome::Outcome;
use crate::engine::bulk::disk::DiskFile;
use crate::engine::bulk::disk_reserve;
use crate::engine::bulk::segment::failed;
use crate::engine::vault::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Extension of the files in the folder of a job. Each worker has its own, since one that has lost its lease may still
/// write.
const EXTENSION: &str = "journal";

/// Returns whether a file is a journal.
pub(in crate::engine::bulk) fn is_journal(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == EXTENSION)
}

/// Journal of an upload. Its functions block, for the time that the system takes to copy a few bytes.
pub(super) struct Journal {
    path: PathBuf,
    key: Key,
    /// Files of earlier workers.
    earlier: Vec<PathBuf>,
    file: Option<DiskFile>,
    /// Number of entries in the file, and their length.
    entries: u64,
    length: u64,
    is_complete: bool,
}

impl Journal {
    /// Opens the journal of a worker. Returns it with the entries of all workers: the index of each record with its
    /// outcome.
    pub fn open(folder: &Path, key: Key, epoch: i64) -> Result<(Self, Vec<(u64, Outcome)>)> {
        let path = folder.join(format!("{epoch}.{EXTENSION}"));
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let (own, earlier): (Vec<PathBuf>, Vec<PathBuf>) =
            files.filter(|file| is_journal(file)).partition(|file| *file == path);
        let mut journal = Self { path, key, earlier, file: None, entries: 0, length: 0, is_complete: true };
        let mut found = Vec::new();
        for file in &journal.earlier {
            found.extend(journal.entries_of(file)?.0);
        }
        for file in &own {
            let (entries, length) = journal.entries_of(file)?;
            (journal.entries, journal.length) = (entries.len() as u64, length);
            found.extend(entries);
        }
        Ok((journal, found))
    }

    /// Returns the entries of a file, and the length of those that were written whole.
    fn entries_of(&self, file: &Path) -> Result<(Vec<(u64, Outcome)>, u64)> {
        let bytes = std::fs::read(file).map_err(|error| failed(&error))?;
        let (mut rest, mut found) = (&bytes[..], Vec::new());
        while let Some((entry, behind)) = self.entry(file, found.len() as u64, rest) {
            found.push(entry);
            rest = behind;
        }
        Ok((found, (bytes.len() - rest.len()) as u64))
    }

    /// Reads the next entry. `None` at the end, or at an entry that was not written whole.
    fn entry<'a>(&self, file: &Path, number: u64, bytes: &'a [u8]) -> Option<((u64, Outcome), &'a [u8])> {
        let (length, rest) = bytes.split_at_checked(4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?);
        let (sealed, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        let plain = self.key.open(&place(file, number), sealed)?;
        Some((serde_json::from_slice(&plain).ok()?, rest))
    }

    /// Adds the outcome of a record.
    ///
    /// # Errors
    /// Fails if the disk is full. The outcome may be in the journal nevertheless: see [`is_complete`](Self::is_complete).
    pub fn add(&mut self, index: u64, outcome: &Outcome) -> Result<()> {
        let unwritable = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, error.to_string());
        let plain = serde_json::to_vec(&(index, outcome)).map_err(|error| unwritable(&error))?;
        let sealed = self.key.seal(&place(&self.path, self.entries), &plain)?;
        let length = u32::try_from(sealed.len()).map_err(|error| unwritable(&error))?;
        let entry = [&length.to_le_bytes()[..], &sealed].concat();
        let written = self.write(&entry);
        if written.is_err() {
            // On a full disk the reserve has room for the answers under way. The failure ends the job all the same.
            self.path.parent().and_then(Path::parent).inspect(|bulk| disk_reserve::release(bulk));
            self.is_complete &= self.write(&entry).is_ok();
        }
        written
    }

    fn write(&mut self, entry: &[u8]) -> Result<()> {
        if let Err(error) = self.opened().and_then(|file| file.write(entry)) {
            // Half an entry would hide those after it.
            if let Some(file) = self.file.take() {
                let _ = file.cut(self.length);
            }
            return Err(failed(&error));
        }
        self.entries += 1;
        self.length += entry.len() as u64;
        Ok(())
    }

    /// Returns whether every outcome could be written.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn opened(&mut self) -> std::io::Result<&mut DiskFile> {
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                private::folder(folder)?;
            }
            let file = DiskFile::open(&self.path, self.length)?;
            file.cut(self.length)?;
            self.file = Some(file);
        }
        self.file.as_mut().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    /// Flushes the entries to disk.
    pub fn sync(&mut self) -> Result<()> {
        if self.entries == 0 {
            return Ok(());
        }
        self.opened().and_then(DiskFile::sync).map_err(|error| failed(&error))
    }

    /// Removes all entries, which are in the result now. Some may remain after a crash; they are older than the window.
    pub fn clear(&mut self) -> Result<()> {
        for file in self.earlier.drain(..) {
            let _ = std::fs::remove_file(file);
        }
        if self.length > 0 {
            (self.entries, self.length) = (0, 0);
            self.file = None;
            self.opened().map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

/// Returns the context that an entry is sealed for.
fn place(file: &Path, entry: u64) -> String {
    format!("journal {} {entry}", file.file_name().unwrap_or_default().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_outlive_the_process_and_half_of_one_does_not_count() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let (folder, key) = (folder.path().join("1"), Key::random()?);
        let open = |epoch| Journal::open(&folder, key.clone(), epoch);
        let (mut journal, found) = open(1)?;
        assert!(found.is_empty());
        let outcomes = [(3, Outcome::Done(None)), (2, Outcome::failed("x"))];
        for (index, outcome) in &outcomes {
            journal.add(*index, outcome)?;
        }
        journal.sync()?;
        let path = folder.join("1.journal");
        let bytes = std::fs::read(&path).map_err(|error| failed(&error))?;
        std::fs::write(&path, [&bytes[..], &bytes[..20]].concat()).map_err(|error| failed(&error))?;
        let (mut journal, found) = open(1)?;
        assert_eq!(found, outcomes);
        journal.add(4, &Outcome::Done(Some("{}".to_owned())))?;
        assert_eq!(open(1)?.1.len(), 3, "what was half written is gone");
        // Another worker has a file of its own, and takes over the entries.
        let (mut journal, found) = open(2)?;
        assert_eq!(found.len(), 3);
        journal.add(5, &outcomes[0].1)?;
        assert_eq!(open(3)?.1.len(), 4);
        journal.clear()?;
        assert!(open(3)?.1.is_empty());
        journal.add(9, &outcomes[0].1)?;
        assert_eq!(open(2)?.1, [(9, Outcome::Done(None))]);
        assert!(Journal::open(&folder, Key::random()?, 2)?.1.is_empty());
        Ok(())
    }
}
