//! A file that appears only when it is whole.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};

/// A file under a temporary name beside its place; removed unless it is kept.
pub(super) struct PartFile {
    place: PathBuf,
    part: PathBuf,
    file: Option<File>,
}

impl PartFile {
    pub async fn create(place: &Path) -> Result<Self> {
        let name = place.file_name().ok_or_else(|| failed(place, &io::Error::from(io::ErrorKind::InvalidInput)))?;
        let mut part_name = std::ffi::OsString::from(".");
        part_name.push(name);
        part_name.push(format!(".{}.part", hex(&random_bytes::<6>()?)));
        let part = place.with_file_name(part_name);
        let file = private(&part).await.map_err(|error| failed(place, &error))?;
        Ok(Self { place: place.to_owned(), part, file: Some(file) })
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
            writer.get_ref().sync_all().await?;
            drop(writer);
            tokio::fs::rename(&self.part, &self.place).await?;
            settle(&self.place).await
        };
        outcome.await.map_err(|error| failed(&self.place, &error))?;
        self.part = PathBuf::new();
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.part.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.part);
        }
    }
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
