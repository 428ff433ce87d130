//! Vault keys that the application stores itself: in the Keychain, the Android Keystore or a secret manager.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::auth::{MASK, random_bytes};
use crate::error::{Error, ErrorKind, Result};

const LENGTH: usize = 32;

/// A key of 32 bytes that encrypts a database. It cannot be printed, and is wiped from memory when dropped.
///
/// It is also a [`VaultKeyProvider`], which returns this key for every name.
#[derive(Clone)]
pub struct VaultKey(Zeroizing<[u8; LENGTH]>);

impl VaultKey {
    /// Returns a new random key.
    ///
    /// # Errors
    /// `internal` if the operating system has no random bytes.
    pub fn generate() -> Result<Self> {
        Ok(Self(Zeroizing::new(random_bytes()?)))
    }

    /// Returns the key with these bytes.
    ///
    /// # Errors
    /// `config` unless there are 32 bytes, at least one of them not zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let invalid = |what: String, hint| Err(Error::new(ErrorKind::Config, what).with_hint(hint));
        let Ok(bytes) = <[u8; LENGTH]>::try_from(bytes) else {
            let hint = "Pass the key as its bytes, not as Base64 or hexadecimal text.";
            return invalid(format!("a vault key has {LENGTH} bytes, not {}", bytes.len()), hint);
        };
        let key = Self(Zeroizing::new(bytes));
        if key.expose() == &[0; LENGTH] {
            return invalid("the vault key is all zeros".to_owned(), "Generate a random key and store it safely.");
        }
        Ok(key)
    }

    /// Decodes a key from Base64, the form of key files and of `ELEMENTKIT_VAULT_KEY`.
    ///
    /// # Errors
    /// `config` if the string is not Base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self> {
        let invalid = |_| Error::new(ErrorKind::Config, "the vault key is not valid Base64");
        Self::from_bytes(&Zeroizing::new(STANDARD.decode(text.trim()).map_err(invalid)?))
    }

    /// Returns the bytes of the key. Never log them.
    pub fn expose(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl PartialEq for VaultKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl Eq for VaultKey {}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Stores vault keys under names, for the databases of an application.
///
/// A database records the name of its key. A new database gets a new name, so one provider serves many databases, and a
/// rotation never overwrites the key that still opens the database. Keys of earlier names are kept for older backups;
/// the engine deletes none.
///
/// Both methods run on a thread that may block, for instance while the user unlocks a device.
pub trait VaultKeyProvider: Send + Sync {
    /// Returns the key stored under this name, or `None` if there is none.
    ///
    /// # Errors
    /// Any, if the key cannot be read; opening the database then fails.
    fn load(&self, name: &str) -> Result<Option<VaultKey>>;

    /// Stores a new key under this name, for as long as the database is to be read.
    ///
    /// # Errors
    /// Any, if the key cannot be stored; the database is then not created, or its key not rotated.
    fn store(&self, name: &str, key: &VaultKey) -> Result<()>;
}

impl VaultKeyProvider for VaultKey {
    fn load(&self, _: &str) -> Result<Option<Self>> {
        Ok(Some(self.clone()))
    }

    fn store(&self, _: &str, _: &Self) -> Result<()> {
        Err(Error::new(ErrorKind::Config, "a fixed vault key cannot store another one"))
    }
}

impl<P: VaultKeyProvider + ?Sized> VaultKeyProvider for Arc<P> {
    fn load(&self, name: &str) -> Result<Option<VaultKey>> {
        (**self).load(name)
    }

    fn store(&self, name: &str, key: &VaultKey) -> Result<()> {
        (**self).store(name, key)
    }
}

/// A shared [`VaultKeyProvider`].
#[derive(Clone)]
pub struct SharedVaultKeyProvider(Arc<dyn VaultKeyProvider>);

#[cfg_attr(not(feature = "embedded"), allow(dead_code))]
impl SharedVaultKeyProvider {
    /// Returns the provider's key of this name.
    pub(crate) async fn load(&self, name: &str) -> Result<Option<VaultKey>> {
        let (provider, name) = (Arc::clone(&self.0), name.to_owned());
        blocking(move || provider.load(&name)).await
    }

    /// Has the provider store a key under this name.
    pub(crate) async fn store(&self, name: &str, key: VaultKey) -> Result<()> {
        let (provider, name) = (Arc::clone(&self.0), name.to_owned());
        blocking(move || provider.store(&name, &key)).await
    }
}

impl<P: VaultKeyProvider + 'static> From<P> for SharedVaultKeyProvider {
    fn from(provider: P) -> Self {
        Self(Arc::new(provider))
    }
}

impl fmt::Debug for SharedVaultKeyProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultKeyProvider")
    }
}

#[cfg_attr(not(feature = "embedded"), allow(dead_code))]
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let failed = |error: Error| error.about("the vault key provider failed");
    let panicked = |_| Error::new(ErrorKind::Internal, "the vault key provider panicked");
    tokio::task::spawn_blocking(call).await.map_err(panicked)?.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_32_bytes_that_are_not_all_zero() -> Result<()> {
        let key = VaultKey::generate()?;
        assert_eq!(VaultKey::from_bytes(key.expose())?, key);
        assert_eq!(VaultKey::from_base64(&format!(" {}\n", STANDARD.encode(key.expose())))?, key);
        let text = STANDARD.encode(key.expose());
        for bytes in [&b""[..], &[1; 31], &[1; 33], text.as_bytes(), &[0; 32]] {
            let error = VaultKey::from_bytes(bytes).err();
            assert!(error.is_some_and(|error| error.kind() == ErrorKind::Config), "{} bytes", bytes.len());
        }
        assert!(VaultKey::from_base64("no key").is_err() && VaultKey::from_base64("c2hvcnQ=").is_err());
        Ok(())
    }

    #[test]
    fn keys_and_their_providers_cannot_be_printed() -> Result<()> {
        let key = VaultKey::from_bytes(&[65; 32])?;
        let printed = format!("{key:?} {:?}", SharedVaultKeyProvider::from(key.clone()));
        assert_eq!(printed, format!("{MASK} VaultKeyProvider"));
        Ok(())
    }
}
