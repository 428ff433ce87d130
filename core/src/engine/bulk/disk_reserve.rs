//! A little room on the disk that is given up when the disk is full, so that even then a job can say why it ended.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::segment::failed;
use crate::auth::random_bytes;
use crate::error::Result;
use crate::private;

/// Enough for the last words of many jobs in the database's log.
const ROOM: usize = 256 << 10;

fn place(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// Takes the room, unless it is taken already; fails when there is none, and then takes nothing. Blocks.
pub(super) fn take(folder: &Path) -> Result<()> {
    let path = place(folder);
    if fs::symlink_metadata(&path).is_ok_and(|known| known.is_file() && known.len() == ROOM as u64) {
        return Ok(());
    }
    // Random, so that no file system can store it in less.
    let block = random_bytes::<4096>()?;
    let mut options = fs::OpenOptions::new();
    private::no_follow(private::for_owner(options.write(true).create(true).truncate(true)));
    let opened = private::own_folder(folder).and_then(|()| {
        // A link is nothing of ours; the file it leads to stays as it is.
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

/// Gives the room up. Blocks, but not for long.
pub(super) fn release(folder: &Path) {
    let _ = fs::remove_file(place(folder));
}
