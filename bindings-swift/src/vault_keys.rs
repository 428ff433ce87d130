//! Vault keys that the app stores, for instance in the Keychain or the Android Keystore.

use std::sync::Arc;

use elementkit::engine::{EngineOptions, maintenance};
use elementkit::{Error, ErrorKind, VaultKey, VaultKeyProvider};

use crate::{Answer, Pending};

/// Stores the vault keys of an app.
#[uniffi::export(callback_interface)]
pub trait NativeVaultKeys: Send + Sync {
    /// Returns the key of this name, 32 bytes, if there is one.
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, NativeVaultKeysError>;

    /// Stores a key.
    fn store(&self, name: String, key: Vec<u8>) -> Result<(), NativeVaultKeysError>;
}

/// A provider failed.
#[derive(Debug, uniffi::Error)]
pub enum NativeVaultKeysError {
    /// It failed.
    Failed {
        /// The message of the provider.
        reason: String,
    },
}

impl std::fmt::Display for NativeVaultKeysError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Failed { reason } = self;
        f.write_str(reason)
    }
}

impl std::error::Error for NativeVaultKeysError {}

impl From<uniffi::UnexpectedUniFFICallbackError> for NativeVaultKeysError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

impl From<NativeVaultKeysError> for Error {
    fn from(error: NativeVaultKeysError) -> Self {
        Self::new(ErrorKind::Storage, error.to_string())
    }
}

/// Adapter of an app's provider for the core.
pub(crate) struct Provider(Arc<dyn NativeVaultKeys>);

impl From<Box<dyn NativeVaultKeys>> for Provider {
    fn from(keys: Box<dyn NativeVaultKeys>) -> Self {
        Self(keys.into())
    }
}

impl VaultKeyProvider for Provider {
    fn load(&self, name: &str) -> Result<Option<VaultKey>, Error> {
        let found = self.0.load(name.to_owned())?;
        found.map(|bytes| VaultKey::from_bytes(&bytes)).transpose()
    }

    fn store(&self, name: &str, key: &VaultKey) -> Result<(), Error> {
        Ok(self.0.store(name.to_owned(), key.expose().to_vec())?)
    }
}

/// Replaces the vault key that the provider stores for a database.
#[uniffi::export]
pub fn rotate_vault_key(database: String, keys: Box<dyn NativeVaultKeys>) -> Arc<Pending> {
    Pending::new(async move {
        let mut options = EngineOptions::new(database);
        options.vault_keys = Some(Provider::from(keys).into());
        maintenance::rotate_key(&options).await.map(|()| Answer::default())
    })
}

/// Moves the vault key of a database from its file into the provider.
#[uniffi::export]
pub fn move_vault_key(database: String, keys: Box<dyn NativeVaultKeys>) -> Arc<Pending> {
    Pending::new(async move {
        let moved = maintenance::move_key(&EngineOptions::new(database), Provider::from(keys)).await;
        moved.map(|()| Answer::default())
    })
}
