//! Files that are replaced whole: an output, a state. What a reader finds at the place is the old file or the new one.
//!
//! A new file is written under a temporary name beside its place and renamed. A file that is there keeps its mode, owner
//! and group. Where it cannot be renamed over, because it is a mount point or its owner could not be kept, it is written
//! in place once the new content is complete.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Who may read a file that was not there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The owner alone: the content is personal data.
    Owner,
    /// Whoever the umask of the process allows.
    Umask,
}

/// A file that replaces the one at its place when it is [kept](Self::keep); removed otherwise.
#[derive(Debug)]
pub struct AtomicFile {
    place: PathBuf,
    file: File,
    way: Way,
}

/// How the content gets to its place.
#[derive(Debug)]
enum Way {
    /// A part file is renamed over the place.
    Rename(Part),
    /// A part file is copied into the file at the place.
    Copy(Part),
    /// It is written there at once: a device, a pipe, or a file in a folder that takes no other.
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
    /// Starts a file for a place. A symbolic link stays, and the file that it leads to is replaced.
    ///
    /// # Errors
    /// `storage` when the place cannot be written, or another user could have put what is there.
    pub fn create(place: &Path, readers: Readers) -> Result<Self> {
        let found = Target::find(place).map_err(|error| failed(place, &error))?;
        found.open(readers).map_err(|error| failed(place, &error))
    }

    /// Fails as [`create`](Self::create) would, and leaves nothing behind: for use before long work whose result goes to
    /// the place. A device or a pipe is not opened.
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

    /// The file to write to.
    ///
    /// # Errors
    /// `storage` when no further handle can be opened.
    pub fn writer(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| failed(&self.place, &error))
    }

    /// Puts the content into its place, safe from a power cut.
    ///
    /// # Errors
    /// `storage` when the place cannot be written. When half a file may be there, the message names the whole one.
    pub fn keep(mut self) -> Result<()> {
        self.put().map_err(|error| failed(&self.place, &error))
    }

    fn put(&mut self) -> io::Result<()> {
        match &mut self.way {
            Way::Direct if self.file.metadata()?.is_file() => {
                // The file that was there may have been longer.
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

/// Whether the file at the place is one that only its content can be replaced of: a mount point.
fn cannot_be_replaced(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices)
}

/// Writes a complete part file into the file at the place. When that breaks off, the part file stays.
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

/// Opens a file that is there, without changing it.
fn writable(place: &Path) -> io::Result<File> {
    private::no_follow(OpenOptions::new().write(true)).open(place)
}

/// A place with its links resolved, and what is there.
struct Target {
    path: PathBuf,
    there: Option<Metadata>,
}

impl Target {
    fn find(given: &Path) -> io::Result<Self> {
        let path = private::resolve(given)?;
        // `/dev/stdout` and its kind lead to what no path names.
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
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no file name"));
        }
        Ok(Self { path, there })
    }

    /// Whether something is there that no file may replace: a device, a pipe.
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
            // A mount point that is read-only; the folder around it may not be.
            return Err(error);
        }
        let (file, part) = match self.part(readers) {
            Ok(opened) => opened,
            Err(error) if self.there.is_some() && is_refused(&error) => return self.in_place(error),
            Err(error) => return Err(error),
        };
        let way = match &self.there {
            Some(there) if !private::take_over(&file, there) => {
                // Tried now, since it would fail at the end.
                writable(&self.path)?;
                Way::Copy(part)
            }
            _ => Way::Rename(part),
        };
        Ok(AtomicFile { place: self.path, file, way })
    }

    /// A new file beside the place.
    fn part(&self, readers: Readers) -> io::Result<(File, Part)> {
        let random = random_bytes::<6>().map_err(|error| io::Error::other(error.to_string()))?;
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", hex(&random)));
        let path = self.path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // What replaces a file is open to others only when it has that file's mode.
        if readers == Readers::Owner || self.there.is_some() {
            private::for_owner(&mut options);
        }
        let file = options.open(&path)?;
        Ok((file, Part(Some(path))))
    }

    /// The folder takes no file, but the file that is there can be written.
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

/// What the file system did, with what to do about it.
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
