//! Where the master key comes from: the environment, a configured file, or a new private file beside the database.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::seal::Key;
use crate::error::{Error, ErrorKind, Result};

const VARIABLE: &str = "ELEMENTKIT_VAULT_KEY";

/// The key that seals all others.
#[derive(Clone, Debug)]
pub(crate) struct MasterKey {
    pub key: Key,
    pub source: KeySource,
}

/// Where a key was found; recorded in the database, so that a missing key is told from a new database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    Environment,
    File(PathBuf),
}

impl MasterKey {
    /// The key of an existing database; never makes a new one.
    pub fn find(database: &Path, configured: Option<&Path>) -> Result<Self> {
        if let Some(found) = from_environment()? {
            return Ok(found);
        }
        let path = key_path(database, configured);
        match read(&path)? {
            Some(key) => Ok(Self { key, source: KeySource::File(path) }),
            None => Err(missing(&path)),
        }
    }

    /// The key of a new database: one that is there, else a new file.
    pub fn find_or_create(database: &Path, configured: Option<&Path>) -> Result<Self> {
        if let Some(found) = from_environment()? {
            return Ok(found);
        }
        let path = key_path(database, configured);
        let key = match read(&path)? {
            Some(key) => key,
            None => create(&path)?,
        };
        Ok(Self { key, source: KeySource::File(path) })
    }
}

impl KeySource {
    /// As it is recorded; never the key.
    pub fn describe(&self) -> String {
        match self {
            Self::Environment => format!("the environment variable {VARIABLE}"),
            Self::File(path) => format!("the file {}", path.display()),
        }
    }
}

fn from_environment() -> Result<Option<MasterKey>> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
    let key = decode(&Zeroizing::new(text)).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{VARIABLE} is not 32 bytes in Base64"))
            .with_hint("Make one with: head -c 32 /dev/urandom | base64")
    })?;
    Ok(Some(MasterKey { key, source: KeySource::Environment }))
}

fn key_path(database: &Path, configured: Option<&Path>) -> PathBuf {
    configured.map_or_else(|| with_suffix(database, ".key"), Path::to_owned)
}

/// The path with something added to its file name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn decode(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    Key::from_bytes(&bytes)
}

fn read(path: &Path) -> Result<Option<Key>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    decode(&text).map(Some).ok_or_else(|| unusable(path, "it does not hold 32 bytes in Base64"))
}

/// Only the owner may read it, and an existing file is never overwritten.
fn create(path: &Path) -> Result<Key> {
    let key = Key::random()?;
    let text = Zeroizing::new(STANDARD.encode(key.expose()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{}", text.as_str())?;
        file.sync_all()
    });
    written.map(|()| key).map_err(|error| unusable(path, &error.to_string()))
}

fn missing(path: &Path) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key of this database is missing: there is no {}", path.display()))
        .with_hint(format!("Put the key file back, or set {VARIABLE}. Without it nothing in the database can be read."))
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key file {} cannot be used: {why}", path.display()))
}
