//! Keys that the application keeps, through a `VaultKeyProvider`.

use super::master::{KeySource, MasterKey, missing};
use super::seal::Key;
use crate::auth::{hex, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::{SharedVaultKeyProvider, VaultKey};

const RECORDED: &str = "the application's key provider, name ";
/// What a provider is asked for when the database was made with a key from elsewhere: a single key has any name.
const UNNAMED: &str = "vault";

/// As it is recorded.
pub(super) fn describe(name: &str) -> String {
    format!("{RECORDED}{name}")
}

/// The name that a recorded source has.
pub(super) fn name(recorded: &str) -> Option<&str> {
    recorded.strip_prefix(RECORDED)
}

/// The key of an existing database.
pub(super) async fn find(provider: &SharedVaultKeyProvider, recorded: &str) -> Result<MasterKey> {
    let (name, hint) = match name(recorded) {
        Some(name) => (name, "Restore the key in the application's store, or open the database with the key itself."),
        None => (UNNAMED, "Move the key of this database into the provider first, or open it without the provider."),
    };
    let kept = provider.load(name).await?.map(|key| master(provider, name, key));
    kept.ok_or_else(|| missing("the key provider has none of the name", name).with_hint(hint))
}

/// Fails unless the provider has this key.
pub(super) async fn verify(provider: &SharedVaultKeyProvider, current: &MasterKey) -> Result<()> {
    let found = find(provider, &current.source.describe()).await?;
    if found.key.expose() == current.key.expose() {
        return Ok(());
    }
    let message = "the key provider has another key than the one this database is open with";
    Err(Error::new(ErrorKind::Storage, message).with_hint("Give the key the database was made with."))
}

/// A key under a new name: one the provider has for it already, which is so where there is a single key, else a new one.
/// The new key is read back before anything is sealed with it.
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

/// A key to replace this one.
pub(super) async fn successor(provider: &SharedVaultKeyProvider, current: &Key) -> Result<MasterKey> {
    let next = create(provider).await?;
    if next.key.expose() != current.expose() {
        return Ok(next);
    }
    let message = "the key provider returned the current vault key for a new name";
    Err(Error::new(ErrorKind::Config, message).with_hint("Keep each key under the name it is stored with."))
}

fn master(provider: &SharedVaultKeyProvider, name: &str, key: VaultKey) -> MasterKey {
    MasterKey { key: key.into(), source: KeySource::Provider(provider.clone(), name.to_owned()) }
}
