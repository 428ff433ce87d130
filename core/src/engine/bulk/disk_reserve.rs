//! Reserved disk space that is released when the disk is full, so that a job can still record why it ended.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::segment::failed;
use crate::auth::random_bytes;
use crate::error::Result;
use crate::private;

/// Size of the reserve: enough for the final records of many jobs in the database's log.
const ROOM: usize = 256 << 10;

fn place(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// Allocates the reserve, unless it exists. On failure, for instance on a full disk, leaves nothing allocated. Blocks.
pub(super) fn take(folder: &Path) -> Result<()> {
    let path = place(folder);
    if fs::symlink_metadata(&path).is_ok_and(|known| known.is_file() && known.len() == ROOM as u64) {
        return Ok(());
    }
    // Random, so that a compressing file system cannot store it in less.
    let block = random_bytes::<4096>()?;
    let mut options = fs::OpenOptions::new();
    private::no_follow(private::for_owner(options.write(true).create(true).truncate(true)));
    let opened = private::own_folder(folder).and_then(|()| {
        // A symbolic link is not ours: it is removed, and its target stays unchanged.
        if fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink()) {
            fs::remove_file(&path)?;
        }
        options.open(&path)
    });
    let written = opened.and_then(|mut file| {
        (0..ROOM / block.len()).try_for_each(|_| file.write_all(&block))?;
        file.sync_all()
    });
    written.map_err(|error| {
        release(folder);
        failed(&error)
    })
}

/// Releases the reserve. Blocks, but not for long.
pub(super) fn release(folder: &Path) {
    let _ = fs::remove_file(place(folder));
}
