//! Sources of the master key: the application, the environment, a configured file, the keyring of the operating system,
//! or a new private file beside the database.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::seal::Key;
use super::{keyring, provided};
use crate::auth::{hex, random_bytes};
use crate::engine::options::EngineOptions;
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::private;
use crate::text;
use crate::vault_key::SharedVaultKeyProvider;

const VARIABLE: &str = "ELEMENTKIT_VAULT_KEY";
/// Variable of the key that replaces the current one in a key rotation.
const NEXT_VARIABLE: &str = "ELEMENTKIT_VAULT_KEY_NEW";

/// Key that seals all others.
#[derive(Clone, Debug)]
pub(crate) struct MasterKey {
    pub key: Key,
    pub source: KeySource,
}

/// Source of a key; recorded in the database, to distinguish a missing key from a new database.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    Environment,
    File(PathBuf),
    /// Name of the entry.
    Keyring(String),
    /// The application's provider, and the name of the key in it.
    Provider(SharedVaultKeyProvider, String),
}

impl MasterKey {
    /// Returns the key of an existing database, which was created with the recorded source. Never creates a new key.
    pub async fn find(options: &EngineOptions, recorded: &str) -> Result<Self> {
        if let Some(provider) = provider(options)? {
            return provided::find(provider, recorded).await;
        }
        if let Some(found) = from_environment()? {
            return Ok(found);
        }
        if let (None, Some(entry)) = (&options.key_file, keyring_entry(recorded)) {
            let source = KeySource::Keyring(entry.to_owned());
            let key = keyring::read(entry)?
                .ok_or_else(|| missing("the keyring of the operating system has no entry", entry))?;
            return Ok(Self { key, source });
        }
        if let (None, Some(name)) = (&options.key_file, provided::name(recorded)) {
            return Err(missing("the application stores it under the name", name)
                .with_hint(format!("Open the database with the application's key provider, or set {VARIABLE}.")));
        }
        let path = key_path(options);
        match read(&path)? {
            Some(key) => Ok(Self { key, source: KeySource::File(path) }),
            None => Err(missing("there is no key in", &path.display().to_string())),
        }
    }

    /// Returns the key of a new database: an existing one, or else a new one in the keyring or in a file.
    pub async fn find_or_create(options: &EngineOptions) -> Result<Self> {
        if let Some(provider) = provider(options)? {
            return provided::create(provider).await;
        }
        if let Some(found) = from_environment()? {
            return Ok(found);
        }
        if options.keyring && options.key_file.is_none() {
            return in_keyring();
        }
        let path = key_path(options);
        let key = read_or_create(&path)?;
        Ok(Self { key, source: KeySource::File(path) })
    }

    /// Returns the content of a key file with this key.
    pub fn file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", encode(&self.key).as_str()))
    }

    /// Removes a new key if another process recorded its own first.
    pub fn forget_unless(&self, recorded: &str) {
        if let KeySource::Keyring(entry) = &self.source
            && keyring_entry(recorded) != Some(entry)
        {
            let _ = keyring::remove(entry);
        }
    }
}

/// Creates a key in the keyring. Its entry has a unique name, which the database records, so that a database can be
/// moved and entries do not collide.
fn in_keyring() -> Result<MasterKey> {
    let (key, entry) = (Key::random()?, format!("vault-{}", hex(&random_bytes::<8>()?)));
    keyring::write(&entry, &key)?;
    Ok(MasterKey { key, source: KeySource::Keyring(entry) })
}

/// Returns the configured provider. Fails if another source is configured as well.
fn provider(options: &EngineOptions) -> Result<Option<&SharedVaultKeyProvider>> {
    if options.vault_keys.is_some() && (options.key_file.is_some() || options.keyring) {
        let message = "a key provider is configured, and a key file or the keyring of the operating system too";
        return Err(Error::new(ErrorKind::Config, message).with_hint("Configure one of them."));
    }
    Ok(options.vault_keys.as_ref())
}

impl MasterKey {
    /// Returns the key that will replace this one, stored beside it: a new file beside the file, a new entry of the
    /// keyring, a new name in the provider, or the other variable.
    pub async fn successor(&self) -> Result<Self> {
        match &self.source {
            KeySource::Provider(provider, _) => self.successor_in(provider).await,
            KeySource::Environment => from_variable(NEXT_VARIABLE)?.ok_or_else(|| {
                Error::new(ErrorKind::Config, format!("the new key is missing: {NEXT_VARIABLE} is not set"))
                    .with_hint(format!("Set it to the new key; when that is done, set {VARIABLE} to it."))
            }),
            KeySource::File(path) => {
                let next = with_suffix(path, NEXT);
                // A file left from an earlier attempt opens no data; otherwise opening the database would have adopted
                // it.
                remove(&next)?;
                Ok(Self { key: create(&next)?, source: KeySource::File(next) })
            }
            // The previous entry is kept, since copies of the database may still need it.
            KeySource::Keyring(_) => in_keyring(),
        }
    }

    /// Fails if the options have a provider that does not have this key.
    pub async fn verify(&self, options: &EngineOptions) -> Result<()> {
        match provider(options)? {
            Some(provider) => provided::verify(provider, self).await,
            None => Ok(()),
        }
    }

    /// Returns a successor that this provider stores, whatever the source of this key.
    pub async fn successor_in(&self, provider: &SharedVaultKeyProvider) -> Result<Self> {
        provided::successor(provider, &self.key).await
    }

    /// Returns the successor of an interrupted attempt, if one may have come into use.
    pub fn left_over(&self) -> Result<Option<Self>> {
        let path = match &self.source {
            KeySource::Environment => return from_variable(NEXT_VARIABLE),
            // The database names the entry in use, so a key rotation is never half complete.
            KeySource::Keyring(_) | KeySource::Provider(..) => return Ok(None),
            KeySource::File(path) => path,
        };
        let next = with_suffix(path, NEXT);
        Ok(read(&next)?.map(|key| Self { key, source: KeySource::File(next) }))
    }

    /// Returns the source of a successor after it has taken over, which the database then records.
    pub fn place(&self) -> KeySource {
        match &self.source {
            KeySource::File(next) if with_suffix(&next.with_extension(""), NEXT) == *next => {
                KeySource::File(next.with_extension(""))
            }
            other => other.clone(),
        }
    }

    /// Replaces the previous key with this successor.
    pub fn take_over(&self) -> Result<Self> {
        let place = self.place();
        if let (KeySource::File(next), KeySource::File(path)) = (&self.source, &place) {
            match fs::rename(next, path) {
                // Another process that opened the file meanwhile has already renamed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unusable(path, &error.to_string())),
                Ok(()) => sync_folder(path)?,
            }
        }
        Ok(Self { key: self.key.clone(), source: place })
    }

    /// Removes a key file that opens no data; other sources keep their keys.
    pub fn discard(&self) -> Result<()> {
        match &self.source {
            KeySource::File(path) => remove(path),
            KeySource::Environment | KeySource::Keyring(_) | KeySource::Provider(..) => Ok(()),
        }
    }
}

/// Suffix of a successor's file name.
const NEXT: &str = ".new";

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, &error.to_string())),
        _ => Ok(()),
    }
}

/// Flushes the folder of a path, since a new name must survive a power cut as the content does.
fn sync_folder(path: &Path) -> Result<()> {
    private::sync_folder(path).map_err(|error| unusable(path, &error.to_string()))
}

impl KeySource {
    /// Returns the source as it is recorded, without the key.
    pub fn describe(&self) -> String {
        match self {
            Self::Environment => format!("the environment variable {VARIABLE}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Keyring(entry) => format!("{IN_KEYRING}{entry}"),
            Self::Provider(_, name) => provided::describe(name),
        }
    }
}

const IN_KEYRING: &str = "the keyring of the operating system, entry ";

/// Returns the entry that a recorded source names.
fn keyring_entry(recorded: &str) -> Option<&str> {
    recorded.strip_prefix(IN_KEYRING)
}

fn from_environment() -> Result<Option<MasterKey>> {
    from_variable(VARIABLE)
}

fn from_variable(name: &str) -> Result<Option<MasterKey>> {
    let Some(text) = environment::read(name) else { return Ok(None) };
    let key = decode(&Zeroizing::new(text)).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name} is not 32 bytes in Base64"))
            .with_hint("Generate one with: head -c 32 /dev/urandom | base64")
    })?;
    Ok(Some(MasterKey { key, source: KeySource::Environment }))
}

/// Returns the path of the key file, if the key is stored in one.
pub(crate) fn key_path(options: &EngineOptions) -> PathBuf {
    options.key_file.clone().unwrap_or_else(|| with_suffix(&options.database, ".key"))
}

/// Returns the path with a suffix added to its file name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Encodes a key for files, variables and keyrings.
pub(super) fn encode(key: &Key) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(key.expose()))
}

pub(super) fn decode(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    Key::from_bytes(&bytes)
}

/// Returns the key of a file, or `None` if there is no file or it is empty: its creator was killed.
fn read(path: &Path) -> Result<Option<Key>> {
    match fs::read(path) {
        Ok(bytes) => parse(bytes, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

fn parse(content: Vec<u8>, path: &Path) -> Result<Option<Key>> {
    if content.trim_ascii().is_empty() {
        return Ok(None);
    }
    let text = text::decode(content).map(Zeroizing::new).unwrap_or_default();
    decode(&text).map(Some).ok_or_else(|| unusable(path, "it does not hold 32 bytes in Base64"))
}

/// Reads a key file, or creates it. Processes that do so at the same time get the same key.
fn read_or_create(path: &Path) -> Result<Key> {
    match read(path)? {
        Some(key) => Ok(key),
        None => create(path),
    }
}

/// Writes a new key into a file that does not exist or is empty, and that only the owner may read. The file is locked
/// meanwhile: a process that is killed leaves an empty file, which the next one fills.
fn create(path: &Path) -> Result<Key> {
    let failed = |error: io::Error| unusable(path, &error.to_string());
    let mut options = fs::OpenOptions::new();
    private::for_owner(private::no_follow(options.read(true).write(true).create(true)));
    let mut file = options.open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content).map_err(failed)?;
    if let Some(written) = parse(content, path)? {
        return Ok(written);
    }
    let key = Key::random()?;
    let text = MasterKey { key: key.clone(), source: KeySource::File(path.to_owned()) }.file_text();
    let written = file.rewind().and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = file.set_len(0);
        return Err(failed(error));
    }
    sync_folder(path)?;
    Ok(key)
}

pub(super) fn missing(what: &str, place: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key of this database is missing: {what} {place}"))
        .with_hint(format!("Restore the key there, or set {VARIABLE}. Without it nothing in the database can be read."))
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key file {} cannot be used: {why}", path.display()))
}
