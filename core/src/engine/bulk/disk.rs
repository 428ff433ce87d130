//! File operations of segments. In tests they also record which data is durable, so that a power cut can be simulated
//! at any of them.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::private;

/// File that is written only at its end.
pub(super) struct DiskFile {
    file: File,
    #[cfg(test)]
    path: std::path::PathBuf,
}

impl DiskFile {
    /// Opens or creates a file, to write after its first `length` bytes.
    pub fn open(path: &Path, length: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        private::no_follow(private::for_owner(options.write(true).create(true).truncate(false)));
        let mut file = options.open(path)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(Self {
            file,
            #[cfg(test)]
            path: path.to_owned(),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // In two halves, so that a simulated cut can fall between them.
        #[cfg(test)]
        let bytes = {
            let (first, rest) = bytes.split_at(bytes.len() / 2);
            self.file.write_all(first)?;
            power::operation(&self.path);
            rest
        };
        self.file.write_all(bytes)
    }

    /// Flushes everything written to disk.
    pub fn sync(&mut self) -> io::Result<()> {
        #[cfg(test)]
        power::operation(&self.path);
        self.file.sync_data()?;
        #[cfg(test)]
        power::synced(&self.path, self.file.metadata()?.len());
        Ok(())
    }

    /// Truncates the file.
    pub fn cut(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}

/// Flushes the names in a folder to disk. Windows has no such call and does not need one.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(test)]
    power::operation(&folder.join("."));
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(test)]
    power::named(folder);
    Ok(())
}

#[cfg(test)]
pub(super) use tests::power;

#[cfg(test)]
mod tests {
    /// Simulated power cuts: copies of a folder as a disk would hold it that lost everything not flushed.
    pub(in super::super) mod power {
        use std::collections::{HashMap, HashSet};
        use std::fs;
        use std::path::{Path, PathBuf};
        use std::sync::Mutex;

        /// Watched folders, one for each test.
        static WATCHED: Mutex<Vec<Watch>> = Mutex::new(Vec::new());

        struct Watch {
            root: PathBuf,
            /// Target folder of the copies.
            copies: PathBuf,
            at: HashSet<usize>,
            operations: usize,
            safe_length: HashMap<PathBuf, u64>,
            safe_names: HashSet<PathBuf>,
        }

        /// Watches a folder from now on and copies it before each of the numbered operations.
        pub fn watch(root: &Path, copies: &Path, at: impl IntoIterator<Item = usize>) {
            let watch = Watch {
                root: root.to_owned(),
                copies: copies.to_owned(),
                at: at.into_iter().collect(),
                operations: 0,
                safe_length: HashMap::new(),
                safe_names: HashSet::new(),
            };
            WATCHED.lock().unwrap_or_else(|error| panic!("{error}")).push(watch);
        }

        fn with(path: &Path, note: impl FnOnce(&mut Watch)) {
            let mut watched = WATCHED.lock().unwrap_or_else(|error| panic!("{error}"));
            if let Some(watch) = watched.iter_mut().find(|watch| path.starts_with(&watch.root)) {
                note(watch);
            }
        }

        pub fn operation(path: &Path) {
            with(path, |watch| {
                watch.operations += 1;
                if watch.at.contains(&watch.operations) {
                    watch.cut();
                }
            });
        }

        pub fn synced(path: &Path, length: u64) {
            with(path, |watch| {
                watch.safe_length.insert(path.to_owned(), length);
            });
        }

        pub fn named(folder: &Path) {
            with(folder, |watch| {
                let names = fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()));
                watch.safe_names.extend(names.into_iter().flatten());
            });
        }

        impl Watch {
            /// Copies what would be found after a power cut now. Data that was not flushed may exist, in part, or not
            /// at all.
            fn cut(&self) {
                let copy = self.copies.join(self.operations.to_string());
                self.copy(&self.root, &copy);
            }

            fn copy(&self, from: &Path, to: &Path) {
                fs::create_dir_all(to).unwrap_or_else(|error| panic!("{error}"));
                let mut entries: Vec<_> = fs::read_dir(from).into_iter().flatten().flatten().collect();
                // The log before the database, so that the copied database is never older than the state that the log
                // continues.
                entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
                for entry in entries {
                    let (path, target) = (entry.path(), to.join(entry.file_name()));
                    if path.is_dir() {
                        self.copy(&path, &target);
                    } else if path.extension().is_some_and(|ending| ending == "segment") {
                        self.copy_segment(&path, &target);
                    } else if path.extension().is_none_or(|ending| ending != "db-shm") {
                        let _ = fs::copy(&path, &target);
                    }
                }
            }

            fn copy_segment(&self, path: &Path, target: &Path) {
                let bytes = fs::read(path).unwrap_or_default();
                let safe = self.safe_length.get(path).copied().unwrap_or(0);
                let safe = usize::try_from(safe).unwrap_or(usize::MAX).min(bytes.len());
                let kept = match self.operations % 4 {
                    _ if !self.safe_names.contains(path) && self.operations.is_multiple_of(2) => return,
                    0 => bytes[..safe].to_vec(),
                    1 => bytes[..safe + (bytes.len() - safe) / 3].to_vec(),
                    // The file was extended, but its data was not written.
                    2 => [&bytes[..safe], &vec![0; bytes.len() - safe]].concat(),
                    _ => bytes,
                };
                fs::write(target, kept).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}
