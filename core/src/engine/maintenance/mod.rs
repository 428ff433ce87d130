//! Maintenance of a database file: key rotation, backups, checks and erasure.
//!
//! All functions work on the file, whether or not engines in this or other processes have it open.

mod backup;
mod check;
mod purge;

use std::path::Path;

pub use backup::{BackupReport, RestoreReport, backup, restore};
pub use check::{CheckReport, check};
pub use purge::{PurgeReport, PurgeScope, purge};

use super::options::EngineOptions;
use super::store::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::SharedVaultKeyProvider;

/// Creates a new vault key and seals all values again with it. The old key then opens nothing.
///
/// A key file is replaced: the new key is stored beside it, with the extension `.new`, until all values are sealed
/// again, so that a crash at any moment leaves a file that opens. A key from `ELEMENTKIT_VAULT_KEY` is replaced by
/// the one in `ELEMENTKIT_VAULT_KEY_NEW`. A key in the keyring gets a new entry; the old entry stays, since earlier
/// backups need it. A key of a provider gets a new name likewise. Engines that have the file open elsewhere must be
/// opened again; until then they fail instead of sealing with the old key.
///
/// # Errors
/// Returns a `storage` error if the database does not exist, its key is missing, a value in it does not open, or a
/// file cannot be written, and `config` if the new key is missing or unusable. Nothing was changed then.
pub async fn rotate_key(options: &EngineOptions) -> Result<()> {
    seal_anew(options, None).await
}

/// Creates a new vault key in a provider of the application and seals all values again with it, for a database whose
/// key is in a file, which is removed, in the environment or in a keyring. From then on `EngineOptions::vault_keys`
/// opens the database.
///
/// # Errors
/// As for [`rotate_key`], and if the provider fails or does not store the new key. Nothing was changed then.
pub async fn move_key(options: &EngineOptions, provider: impl Into<SharedVaultKeyProvider>) -> Result<()> {
    seal_anew(options, Some(provider.into())).await
}

async fn seal_anew(options: &EngineOptions, into: Option<SharedVaultKeyProvider>) -> Result<()> {
    let store = existing(options).await?;
    let outcome = store.rotate_key(into.as_ref()).await;
    store.close().await;
    outcome
}

/// Opens a database that must exist.
async fn existing(options: &EngineOptions) -> Result<Store> {
    if !options.database.is_file() {
        let message = format!("there is no database {}", options.database.display());
        return Err(Error::new(ErrorKind::Storage, message).with_hint("Name another one."));
    }
    // Opening it would make a new database of it, in which nothing is missing.
    if std::fs::metadata(&options.database).is_ok_and(|file| file.len() == 0) {
        let message = format!("{} is empty: it is no database", options.database.display());
        return Err(Error::new(ErrorKind::Storage, message).with_hint("Restore it from a backup, or name another one."));
    }
    Store::open(options).await
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be {what}: {error}", path.display()))
        .with_hint("Check the disk and the permissions, then try again.")
}
