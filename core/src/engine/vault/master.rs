//! Where the master key comes from: the application, the environment, a configured file, the keyring of the operating
//! system, or a new private file beside the database.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
/// The key that takes its place when keys are changed.
const NEXT_VARIABLE: &str = "ELEMENTKIT_VAULT_KEY_NEW";

/// How long another process may take to write a key file.
const MOMENT: Duration = Duration::from_secs(1);

/// The key that seals all others.
#[derive(Clone, Debug)]
pub(crate) struct MasterKey {
    pub key: Key,
    pub source: KeySource,
}

/// Where a key was found; recorded in the database, so that a missing key is told from a new database.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    Environment,
    File(PathBuf),
    /// The name of the entry.
    Keyring(String),
    /// The application's provider, and the name of the key there.
    Provider(SharedVaultKeyProvider, String),
}

impl MasterKey {
    /// The key of an existing database, which was made with the recorded source; never makes a new one.
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
            return Err(missing("the application keeps it, under the name", name)
                .with_hint(format!("Open the database with the application's key provider, or set {VARIABLE}.")));
        }
        let path = key_path(options);
        match read(&path)? {
            Some(key) => Ok(Self { key, source: KeySource::File(path) }),
            None => Err(missing("there is no", &path.display().to_string())),
        }
    }

    /// The key of a new database: one that is there, else a new one in the keyring or in a file.
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

    /// The text of a key file with this key.
    pub fn file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", encode(&self.key).as_str()))
    }

    /// Removes a new key that another process's new key forestalled.
    pub fn forget_unless(&self, recorded: &str) {
        if let KeySource::Keyring(entry) = &self.source
            && keyring_entry(recorded) != Some(entry)
        {
            let _ = keyring::remove(entry);
        }
    }
}

/// A new key in the keyring. Its entry has a name of its own, which the database records: so a database can be moved, and
/// one entry never stands in another's place.
fn in_keyring() -> Result<MasterKey> {
    let (key, entry) = (Key::random()?, format!("vault-{}", hex(&random_bytes::<8>()?)));
    keyring::write(&entry, &key)?;
    Ok(MasterKey { key, source: KeySource::Keyring(entry) })
}

/// The provider to ask; no other source may be configured beside it.
fn provider(options: &EngineOptions) -> Result<Option<&SharedVaultKeyProvider>> {
    if options.vault_keys.is_some() && (options.key_file.is_some() || options.keyring) {
        let message = "a key provider is configured, and a key file or the keyring of the operating system too";
        return Err(Error::new(ErrorKind::Config, message).with_hint("Configure one of them."));
    }
    Ok(options.vault_keys.as_ref())
}

impl MasterKey {
    /// The key that will take this one's place, kept beside it: a new file beside the file, a new entry of the keyring, a
    /// new name in the provider, or the other variable.
    pub async fn successor(&self) -> Result<Self> {
        match &self.source {
            KeySource::Provider(provider, _) => self.successor_in(provider).await,
            KeySource::Environment => from_variable(NEXT_VARIABLE)?.ok_or_else(|| {
                Error::new(ErrorKind::Config, format!("the new key is missing: {NEXT_VARIABLE} is not set"))
                    .with_hint(format!("Set it to the new key; when that is done, set {VARIABLE} to it."))
            }),
            KeySource::File(path) => {
                let next = with_suffix(path, NEXT);
                // One that is left from an earlier attempt opens nothing, or opening had used it.
                remove(&next)?;
                Ok(Self { key: create(&next)?, source: KeySource::File(next) })
            }
            // The entry before it stays, since copies of the database may still need it.
            KeySource::Keyring(_) => in_keyring(),
        }
    }

    /// Fails when the options have a provider that does not have this key.
    pub async fn verify(&self, options: &EngineOptions) -> Result<()> {
        match provider(options)? {
            Some(provider) => provided::verify(provider, self).await,
            None => Ok(()),
        }
    }

    /// A successor that this provider keeps, wherever this key is.
    pub async fn successor_in(&self, provider: &SharedVaultKeyProvider) -> Result<Self> {
        provided::successor(provider, &self.key).await
    }

    /// The successor of an attempt that ended early, if there is one that could have come into use.
    pub fn left_over(&self) -> Result<Option<Self>> {
        let path = match &self.source {
            KeySource::Environment => return from_variable(NEXT_VARIABLE),
            // The database names the entry that counts, so a change of keys is never half made.
            KeySource::Keyring(_) | KeySource::Provider(..) => return Ok(None),
            KeySource::File(path) => path,
        };
        let next = with_suffix(path, NEXT);
        Ok(read(&next)?.map(|key| Self { key, source: KeySource::File(next) }))
    }

    /// Where a successor will be when it has taken over; what the database then records.
    pub fn place(&self) -> KeySource {
        match &self.source {
            KeySource::File(next) if with_suffix(&next.with_extension(""), NEXT) == *next => {
                KeySource::File(next.with_extension(""))
            }
            other => other.clone(),
        }
    }

    /// A successor takes the place of the key before it.
    pub fn take_over(&self) -> Result<Self> {
        let place = self.place();
        if let (KeySource::File(next), KeySource::File(path)) = (&self.source, &place) {
            match fs::rename(next, path) {
                // Another process that opened the file meanwhile has done it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unusable(path, &error.to_string())),
                Ok(()) => sync_folder(path)?,
            }
        }
        Ok(Self { key: self.key.clone(), source: place })
    }

    /// Removes a key file that opens nothing; other places keep what they have.
    pub fn discard(&self) -> Result<()> {
        match &self.source {
            KeySource::File(path) => remove(path),
            KeySource::Environment | KeySource::Keyring(_) | KeySource::Provider(..) => Ok(()),
        }
    }
}

/// The name of a successor's file ends so.
const NEXT: &str = ".new";

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, &error.to_string())),
        _ => Ok(()),
    }
}

/// A new name must survive a power cut as the content does.
fn sync_folder(path: &Path) -> Result<()> {
    private::sync_folder(path).map_err(|error| unusable(path, &error.to_string()))
}

impl KeySource {
    /// As it is recorded; never the key.
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

/// The entry that a recorded source names.
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
            .with_hint("Make one with: head -c 32 /dev/urandom | base64")
    })?;
    Ok(Some(MasterKey { key, source: KeySource::Environment }))
}

/// The file of the key, where it is in one.
pub(crate) fn key_path(options: &EngineOptions) -> PathBuf {
    options.key_file.clone().unwrap_or_else(|| with_suffix(&options.database, ".key"))
}

/// The path with something added to its file name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A key as files, variables and keyrings hold it.
pub(super) fn encode(key: &Key) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(key.expose()))
}

pub(super) fn decode(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    Key::from_bytes(&bytes)
}

fn read(path: &Path) -> Result<Option<Key>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    let text = text::decode(bytes).map(Zeroizing::new).unwrap_or_default();
    decode(&text).map(Some).ok_or_else(|| unusable(path, "it does not hold 32 bytes in Base64"))
}

/// Another process may be making the same file just now: a moment later it is there and whole.
fn read_or_create(path: &Path) -> Result<Key> {
    let end = Instant::now() + MOMENT;
    loop {
        let outcome = match read(path) {
            Ok(Some(key)) => return Ok(key),
            Ok(None) => create(path),
            Err(error) => Err(error),
        };
        if outcome.is_ok() || Instant::now() >= end {
            return outcome;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Only the owner may read it, and an existing file is never overwritten.
fn create(path: &Path) -> Result<Key> {
    let key = Key::random()?;
    let text = encode(&key);
    let mut options = fs::OpenOptions::new();
    private::for_owner(options.write(true).create_new(true));
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{}", text.as_str())?;
        file.sync_all()
    });
    written.map(|()| key).map_err(|error| unusable(path, &error.to_string()))
}

pub(super) fn missing(what: &str, place: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key of this database is missing: {what} {place}")).with_hint(
        format!("Put the key back there, or set {VARIABLE}. Without it nothing in the database can be read."),
    )
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the vault key file {} cannot be used: {why}", path.display()))
}
