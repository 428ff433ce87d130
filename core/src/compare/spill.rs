//! Temporary files of waiting records, split by key so that each part fits into memory.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use super::digest::Kept;
use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Number of parts.
const PARTS: u64 = 64;

/// The files of both lists, in a folder that only the user can read. It is deleted with them.
pub(super) struct Spill {
    folder: Folder,
    files: Vec<[BufWriter<File>; 2]>,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What remains is for the system to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Spill {
    pub fn new() -> Result<Self> {
        let name = format!("elementkit-compare-{}", hex(&random_bytes::<12>()?));
        let folder = Folder(std::env::temp_dir().join(name));
        private::folder(&folder.0).map_err(|error| failed(&error))?;
        let mut files = Vec::new();
        for part in 0..PARTS {
            let create = |side| {
                let mut options = OpenOptions::new();
                private::for_owner(options.write(true).create_new(true));
                let file = options.open(folder.0.join(format!("{part}-{side}")));
                file.map(BufWriter::new).map_err(|error| failed(&error))
            };
            files.push([create(0)?, create(1)?]);
        }
        Ok(Self { folder, files })
    }

    /// Writes a record of a list.
    pub fn write(&mut self, side: usize, kept: &Kept) -> Result<()> {
        let part = usize::try_from(kept.key.1 % PARTS).unwrap_or_default();
        let file = &mut self.files[part][side];
        let mut line = serde_json::to_vec(kept).unwrap_or_default();
        line.push(b'\n');
        file.write_all(&line).map_err(|error| failed(&error))
    }

    /// Returns the parts, each with the file of the first and of the other list.
    pub fn parts(self) -> Result<impl Iterator<Item = [Part; 2]>> {
        let folder = self.folder;
        for mut file in self.files.into_iter().flatten() {
            file.flush().map_err(|error| failed(&error))?;
        }
        Ok((0..PARTS).map(move |part| [0, 1].map(|side| Part(folder.0.join(format!("{part}-{side}"))))))
    }
}

/// A file of waiting records.
pub(super) struct Part(PathBuf);

impl Part {
    pub fn records(&self) -> Result<impl Iterator<Item = Result<Kept>>> {
        let file = File::open(&self.0).map_err(|error| failed(&error))?;
        let read = |line: std::io::Result<String>| {
            let line = line.map_err(|error| failed(&error))?;
            let changed = |_| Error::new(ErrorKind::Storage, "a temporary file was changed");
            serde_json::from_str(&line).map_err(changed)
        };
        Ok(BufReader::new(file).lines().map(read))
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("a temporary file failed: {error}"))
        .with_hint("Set TMPDIR to a folder that is writable and has room.")
}
