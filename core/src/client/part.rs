//! A file that appears only when it is whole, where its place can hold a file.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};

/// A file under a temporary name beside its place; removed unless it is kept.
pub(super) struct PartFile {
    place: PathBuf,
    /// None when the place itself is written to.
    part: Option<PathBuf>,
    file: Option<File>,
}

impl PartFile {
    pub async fn create(place: &Path) -> Result<Self> {
        if is_taken(place).await {
            let file = tokio::fs::OpenOptions::new().write(true).open(place).await;
            let file = file.map_err(|error| failed(place, &error))?;
            return Ok(Self { place: place.to_owned(), part: None, file: Some(file) });
        }
        // A link stays, and what it leads to is replaced.
        let place = &tokio::fs::canonicalize(place).await.unwrap_or_else(|_| place.to_owned());
        let name = place.file_name().ok_or_else(|| failed(place, &io::Error::from(io::ErrorKind::InvalidInput)))?;
        let mut part_name = std::ffi::OsString::from(".");
        part_name.push(name);
        part_name.push(format!(".{}.part", hex(&random_bytes::<6>()?)));
        let part = place.with_file_name(part_name);
        let file = private(&part).await.map_err(|error| failed(place, &error))?;
        Ok(Self { place: place.to_owned(), part: Some(part), file: Some(file) })
    }

    /// Where to write.
    pub fn writer(&mut self) -> Result<BufWriter<File>> {
        let file = self.file.take().ok_or_else(|| failed(&self.place, &io::Error::from(io::ErrorKind::NotFound)))?;
        Ok(BufWriter::with_capacity(256 << 10, file))
    }

    /// Puts the file into its place.
    pub async fn keep(mut self, mut writer: BufWriter<File>) -> Result<()> {
        let outcome = async {
            writer.flush().await?;
            let Some(part) = &self.part else { return Ok(()) };
            writer.get_ref().sync_all().await?;
            drop(writer);
            tokio::fs::rename(part, &self.place).await?;
            settle(&self.place).await
        };
        outcome.await.map_err(|error| failed(&self.place, &error))?;
        self.part = None;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}

/// Whether something is in the place that no file may replace: a device, a pipe, `/dev/stdout`.
async fn is_taken(place: &Path) -> bool {
    tokio::fs::metadata(place).await.is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Makes a name last that a file was given: whoever goes on from here may rely on the file.
#[cfg(unix)]
async fn settle(place: &Path) -> io::Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).await?.sync_all().await
}

#[cfg(not(unix))]
async fn settle(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Results hold personal data, so nobody else on the machine may read them.
async fn private(path: &Path) -> io::Result<File> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await
}

/// What the file system did, with what to do about it.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    let failure = Error::new(ErrorKind::Storage, format!("{} cannot be written: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.with_hint("Free some space and download again; the result is kept by the platform.")
        }
        _ => failure.with_hint("Choose another place or change its permissions, then download again."),
    }
}
