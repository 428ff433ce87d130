//! Files that are replaced atomically, such as outputs and states. A reader sees either the old file or the new one.
//!
//! A new file is written under a temporary name in the same directory and renamed. An existing file keeps its mode,
//! owner and group. If it cannot be renamed over, because it is a mount point or its owner could not be kept, it is
//! overwritten once the new content is complete. Why the crate tempfile is not used: `docs/decisions/0009-by-hand.md`.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Read permissions of a file that did not exist before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The owner only: the content is personal data.
    Owner,
    /// Everybody the umask of the process allows.
    Umask,
}

/// A file that replaces the one at its path when it is [kept](Self::keep), and is removed otherwise.
#[derive(Debug)]
pub struct AtomicFile {
    place: PathBuf,
    file: File,
    way: Way,
}

/// Way in which the content reaches its path.
#[derive(Debug)]
enum Way {
    /// A part file is renamed over the path.
    Rename(Part),
    /// A part file is copied into the existing file.
    Copy(Part),
    /// The file is written directly: a device, a pipe, or a file in a directory that accepts no new files.
    Direct,
}

/// The path of a part file, removed when dropped.
#[derive(Debug)]
struct Part(Option<PathBuf>);

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl AtomicFile {
    /// Starts a file for a path. A symbolic link is kept, and the file that it points to is replaced.
    ///
    /// # Errors
    /// `storage` if the path cannot be written, or if another user could have created what exists there.
    pub fn create(place: &Path, readers: Readers) -> Result<Self> {
        let found = Target::find(place).map_err(|error| failed(place, &error))?;
        found.open(readers).map_err(|error| failed(place, &error))
    }

    /// Fails as [`create`](Self::create) would, and leaves nothing behind. Call it before long work whose result is
    /// written to the path. A device or a pipe is not opened.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn check(place: &Path) -> Result<()> {
        let found = Target::find(place).map_err(|error| failed(place, &error))?;
        if found.is_special() {
            return Ok(());
        }
        found.open(Readers::Owner).map(drop).map_err(|error| failed(place, &error))
    }

    /// Returns a handle to write to.
    ///
    /// # Errors
    /// `storage` if no further handle can be opened.
    pub fn writer(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| failed(&self.place, &error))
    }

    /// Moves the content to its path and syncs it to disk.
    ///
    /// # Errors
    /// `storage` if the path cannot be written. If the file may be incomplete, the message names the complete one.
    pub fn keep(mut self) -> Result<()> {
        self.put().map_err(|error| failed(&self.place, &error))
    }

    fn put(&mut self) -> io::Result<()> {
        match &mut self.way {
            Way::Direct if self.file.metadata()?.is_file() => {
                // The existing file may have been longer.
                let length = self.file.stream_position()?;
                self.file.set_len(length)?;
                self.file.sync_all()
            }
            Way::Direct => Ok(()),
            Way::Copy(part) => copy(part, &self.place),
            Way::Rename(part) => {
                self.file.sync_all()?;
                let Some(path) = &part.0 else { return Ok(()) };
                match std::fs::rename(path, &self.place) {
                    Ok(()) => {
                        part.0 = None;
                        private::sync_folder(&self.place)
                    }
                    Err(error) if cannot_be_replaced(&error) => copy(part, &self.place),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// Replaces the content of a file.
///
/// # Errors
/// As [`AtomicFile::create`] and [`AtomicFile::keep`].
pub fn write(place: &Path, content: &[u8], readers: Readers) -> Result<()> {
    let file = AtomicFile::create(place, readers)?;
    file.writer()?.write_all(content).map_err(|error| failed(place, &error))?;
    file.keep()
}

/// Returns whether the error means that the file cannot be renamed over, only rewritten: a mount point.
fn cannot_be_replaced(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices)
}

/// Copies a complete part file into the existing file. If the copy fails, the part file is kept.
fn copy(part: &mut Part, place: &Path) -> io::Result<()> {
    let mut to = writable(place)?;
    let Some(path) = part.0.take() else { return Ok(()) };
    let copied = File::open(&path).and_then(|mut from| {
        to.set_len(0)?;
        io::copy(&mut from, &mut to)?;
        to.sync_all()
    });
    match copied {
        Ok(()) => std::fs::remove_file(&path),
        Err(error) => {
            let message = format!("{error}; the whole content is in {}", path.display());
            Err(io::Error::new(error.kind(), message))
        }
    }
}

/// Opens an existing file for writing, without changing it.
fn writable(place: &Path) -> io::Result<File> {
    private::no_follow(OpenOptions::new().write(true)).open(place)
}

/// A path with its links resolved, and the metadata of the existing file.
struct Target {
    path: PathBuf,
    there: Option<Metadata>,
}

impl Target {
    fn find(given: &Path) -> io::Result<Self> {
        let path = private::resolve(given)?;
        // `/dev/stdout` and the like resolve to files without a path.
        if let Ok(there) = std::fs::metadata(given)
            && !there.is_file()
            && !there.is_dir()
        {
            return Ok(Self { path: given.to_owned(), there: Some(there) });
        }
        let there = match std::fs::symlink_metadata(&path) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        if path.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a file name"));
        }
        Ok(Self { path, there })
    }

    /// Returns whether the path is something that no file may replace, such as a device or a pipe.
    fn is_special(&self) -> bool {
        self.there.as_ref().is_some_and(|there| !there.is_file())
    }

    fn open(self, readers: Readers) -> io::Result<AtomicFile> {
        if self.is_special() {
            let file = OpenOptions::new().write(true).open(&self.path)?;
            return Ok(AtomicFile { place: self.path, file, way: Way::Direct });
        }
        if let Some(Err(error)) = self.there.as_ref().map(|_| writable(&self.path))
            && error.kind() == io::ErrorKind::ReadOnlyFilesystem
        {
            // A read-only mount point; the directory around it may be writable.
            return Err(error);
        }
        let (file, part) = match self.part(readers) {
            Ok(opened) => opened,
            Err(error) if self.there.is_some() && is_refused(&error) => return self.in_place(error),
            Err(error) => return Err(error),
        };
        let way = match &self.there {
            Some(there) if !private::take_over(&file, there) => {
                // Checked now, since it would fail at the end.
                writable(&self.path)?;
                Way::Copy(part)
            }
            _ => Way::Rename(part),
        };
        Ok(AtomicFile { place: self.path, file, way })
    }

    /// Creates a part file in the same directory.
    fn part(&self, readers: Readers) -> io::Result<(File, Part)> {
        let random = random_bytes::<6>().map_err(|error| io::Error::other(error.to_string()))?;
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", hex(&random)));
        let path = self.path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // A replacement is readable by others only if it has the mode of the file it replaces.
        if readers == Readers::Owner || self.there.is_some() {
            private::for_owner(&mut options);
        }
        let file = options.open(&path)?;
        Ok((file, Part(Some(path))))
    }

    /// Opens the existing file itself if the directory accepts no new files.
    fn in_place(self, refusal: io::Error) -> io::Result<AtomicFile> {
        match writable(&self.path) {
            Ok(file) => Ok(AtomicFile { place: self.path, file, way: Way::Direct }),
            Err(_) => Err(refusal),
        }
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Returns the error of a file system operation, with what to do about it.
pub(crate) fn failed(path: &Path, error: &io::Error) -> Error {
    let failure = Error::new(ErrorKind::Storage, format!("{} cannot be written: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.with_hint("Free some space and try again; a result is kept by the platform.")
        }
        io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            failure.with_hint("Name a file in a folder that exists.")
        }
        _ => failure.with_hint("Name another file, or change the permissions of this one and its folder."),
    }
}
