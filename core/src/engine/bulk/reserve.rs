//! A little room on the disk that is given up when the disk is full, so that even then a job can say why it ended.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::segment::failed;
use crate::auth::random_bytes;
use crate::error::Result;

/// Enough for the last words of many jobs in the database's log.
const ROOM: usize = 256 << 10;

fn place(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// Takes the room, unless it is taken already; fails when there is none, and then takes nothing. Blocks.
pub(super) fn take(folder: &Path) -> Result<()> {
    let path = place(folder);
    if fs::metadata(&path).is_ok_and(|known| known.len() == ROOM as u64) {
        return Ok(());
    }
    // Random, so that no file system can store it in less.
    let block = random_bytes::<4096>()?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = fs::create_dir_all(folder).and_then(|()| options.open(&path)).and_then(|mut file| {
        (0..ROOM / block.len()).try_for_each(|_| file.write_all(&block))?;
        file.sync_all()
    });
    written.map_err(|error| {
        release(folder);
        failed(&error)
    })
}

/// Gives the room up. Blocks, but not for long.
pub(super) fn release(folder: &Path) {
    let _ = fs::remove_file(place(folder));
}
