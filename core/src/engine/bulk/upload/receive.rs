//! Reception of a file before its job exists: its format and object may follow it in the request.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::input::InputWriter;
use crate::auth::{hex, random_bytes};
use crate::engine::EngineInner;
use crate::engine::bulk::blocking;
use crate::engine::bulk::disk::sync_folder;
use crate::engine::bulk::segment::failed;
use crate::engine::store::SegmentRow;
use crate::engine::vault::Key;
use crate::error::{Error, ErrorKind, Result};

/// Beginning of the name of a folder with a file that is arriving.
const PREFIX: &str = "arriving-";
/// Age of the last bytes from which a file counts as given up.
const GIVEN_UP: Duration = Duration::from_secs(3600);

/// File that is arriving, in a folder that is removed unless a job takes it.
pub(crate) struct Incoming {
    bulk: PathBuf,
    folder: PathBuf,
    pub key: Key,
    writer: Option<InputWriter>,
    length: u64,
}

impl Incoming {
    pub fn new(engine: &EngineInner) -> Result<Self> {
        let bulk = engine.bulk.folder.clone();
        let folder = bulk.join(format!("{PREFIX}{}", hex(&random_bytes::<16>()?)));
        let key = Key::random()?;
        let writer = Some(InputWriter::new(folder.clone(), key.clone()));
        Ok(Self { bulk, folder, key, writer, length: 0 })
    }

    /// Returns the number of bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes as they arrive.
    pub async fn add(&mut self, bytes: bytes::Bytes) -> Result<()> {
        let mut writer = self.writer.take().ok_or_else(ended)?;
        if writer.has_room(&bytes) {
            writer.add(&bytes)?;
        } else {
            writer = blocking(move || writer.add(&bytes).map(|()| writer)).await?;
        }
        self.length = writer.length();
        self.writer = Some(writer);
        Ok(())
    }

    /// Flushes the file to disk. Returns its segment.
    pub async fn finish(&mut self) -> Result<SegmentRow> {
        let writer = self.writer.take().ok_or_else(ended)?;
        blocking(move || writer.finish()).await
    }

    /// Moves the file into the folder of a job, which nothing else uses yet. Blocks.
    pub fn place(&self, job_id: i64) -> Result<()> {
        let target = self.bulk.join(job_id.to_string());
        let moved = || {
            match fs::remove_dir_all(&target) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::rename(&self.folder, &target)?;
            sync_folder(&self.bulk)
        };
        moved().map_err(|error| failed(&error))
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Internal, "the file has ended")
}

/// A file that no job has taken is removed.
impl Drop for Incoming {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns whether a folder has a file that is still arriving.
pub(in crate::engine::bulk) fn is_arriving(folder: &Path) -> bool {
    let is_one = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    let young = |entry: fs::DirEntry| {
        let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        changed.and_then(|at| SystemTime::now().duration_since(at).ok()).is_none_or(|age| age < GIVEN_UP)
    };
    is_one && fs::read_dir(folder).into_iter().flatten().flatten().any(young)
}
