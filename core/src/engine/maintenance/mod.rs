//! Upkeep of a database file: a new vault key, copies, checks, and deletion that leaves nothing readable.
//!
//! All of it works on the file, whether or not engines have it open in this process or in others.

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

/// Makes a new vault key and seals everything anew that the old one seals. The old key opens nothing any more.
///
/// A key file is replaced: the new one lies beside it, with the ending `.new`, until everything is sealed anew, so
/// that a crash at any instant leaves a file that opens. A key from `ELEMENTKIT_VAULT_KEY` is replaced by the one in
/// `ELEMENTKIT_VAULT_KEY_NEW`. A key in the keyring gets a new entry; the old entry stays there, since backups made
/// before need it; so does a key of a provider, with a new name. Engines that have the file open elsewhere must be opened again; until then they seal
/// nothing with the old key, and say so.
///
/// # Errors
/// `storage` when there is no such database, its key is missing, something in it does not open, or a file cannot be
/// written; `config` when the new key is missing or cannot be used. Then nothing was changed.
pub async fn rotate_key(options: &EngineOptions) -> Result<()> {
    seal_anew(options, None).await
}

/// Makes a new vault key in a provider of the application and seals everything anew, for a database whose key is elsewhere
/// so far: in a file, which is removed, in the environment or in a keyring. From then on `EngineOptions::vault_keys` opens
/// the database.
///
/// # Errors
/// As for [`rotate_key`], and when the provider fails or does not keep the new key. Then nothing was changed.
pub async fn move_key(options: &EngineOptions, provider: impl Into<SharedVaultKeyProvider>) -> Result<()> {
    seal_anew(options, Some(provider.into())).await
}

async fn seal_anew(options: &EngineOptions, into: Option<SharedVaultKeyProvider>) -> Result<()> {
    let store = existing(options).await?;
    let outcome = store.rotate_key(into.as_ref()).await;
    store.close().await;
    outcome
}

/// Opens a database that must be there.
async fn existing(options: &EngineOptions) -> Result<Store> {
    if !options.database.is_file() {
        let message = format!("there is no database {}", options.database.display());
        return Err(Error::new(ErrorKind::Storage, message).with_hint("Name another one."));
    }
    Store::open(options).await
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be {what}: {error}", path.display()))
        .with_hint("Look at the disk and at the permissions, then try again.")
}
