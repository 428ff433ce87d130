//! Keys that the application stores, through a `VaultKeyProvider`.

use super::master::{KeySource, MasterKey, missing};
use super::seal::Key;
use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::{SharedVaultKeyProvider, VaultKey};

const RECORDED: &str = "the application's key provider, name ";
/// Name to request if the database was created with a key from another source: a provider with a single key accepts any
/// name.
const UNNAMED: &str = "vault";

/// Returns the source as it is recorded.
pub(super) fn describe(name: &str) -> String {
    format!("{RECORDED}{name}")
}

/// Returns the name in a recorded source.
pub(super) fn name(recorded: &str) -> Option<&str> {
    recorded.strip_prefix(RECORDED)
}

/// Returns the key of an existing database.
pub(super) async fn find(provider: &SharedVaultKeyProvider, recorded: &str) -> Result<MasterKey> {
    let (name, hint) = match name(recorded) {
        Some(name) => (name, "Restore the key in the application's store, or open the database with the key itself."),
        None => (UNNAMED, "Move the key of this database into the provider first, or open it without the provider."),
    };
    let kept = provider.load(name).await?.map(|key| master(provider, name, key));
    kept.ok_or_else(|| missing("the key provider has no key of the name", name).with_hint(hint))
}

/// Fails unless the provider has this key.
pub(super) async fn verify(provider: &SharedVaultKeyProvider, current: &MasterKey) -> Result<()> {
    let found = find(provider, &current.source.describe()).await?;
    if found.key.expose() == current.key.expose() {
        return Ok(());
    }
    let message = "the key provider has another key than the one this database is open with";
    Err(Error::new(ErrorKind::Storage, message).with_hint("Use the key that the database was created with."))
}

/// Returns a key under a new name: the one that the provider has for it already, as a provider with a single key does,
/// or else a new one. A new key is read back before any data is sealed with it.
pub(super) async fn create(provider: &SharedVaultKeyProvider) -> Result<MasterKey> {
    let name = format!("vault-{}", hex(&random_bytes::<8>()?));
    if let Some(key) = provider.load(&name).await? {
        return Ok(master(provider, &name, key));
    }
    let key = VaultKey::generate()?;
    provider.store(&name, key.clone()).await?;
    match provider.load(&name).await? {
        Some(kept) if kept == key => Ok(master(provider, &name, key)),
        kept => {
            let what = if kept.is_some() { "another key" } else { "no key" };
            Err(Error::new(ErrorKind::Config, format!("the key provider returned {what} for the name it had stored")))
        }
    }
}

/// Returns a key to replace this one.
pub(super) async fn successor(provider: &SharedVaultKeyProvider, current: &Key) -> Result<MasterKey> {
    let next = create(provider).await?;
    if next.key.expose() != current.expose() {
        return Ok(next);
    }
    let message = "the key provider returned the current vault key for a new name";
    Err(Error::new(ErrorKind::Config, message).with_hint("Store each key under its own name."))
}

fn master(provider: &SharedVaultKeyProvider, name: &str, key: VaultKey) -> MasterKey {
    MasterKey { key: key.into(), source: KeySource::Provider(provider.clone(), name.to_owned()) }
}
