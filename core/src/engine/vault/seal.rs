//! Authenticated encryption (AES-256-GCM of *ring*, which is a dependency for TLS already) and keyed hashes.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use crate::auth::{MASK, random_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::VaultKey;

/// Key of 32 bytes.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub fn random() -> Result<Self> {
        Ok(Self(Zeroizing::new(random_bytes()?)))
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals bytes. `place` is authenticated data that identifies their owner, so that one sealed value cannot stand in
    /// for another. A random nonce precedes the sealed bytes, which is safe for far more values than one key ever
    /// seals.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random_bytes()?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let failed = |_| Error::new(ErrorKind::Internal, "sealing failed");
        let inner = &mut sealed[NONCE_LEN..];
        let tag = self.cipher()?.seal_in_place_separate_tag(nonce, Aad::from(place), inner).map_err(failed)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens bytes that [`seal`](Self::seal) sealed for the same `place`. Returns `None` if they were sealed for
    /// another or changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_in_place(place, sealed.to_vec()).map(Zeroizing::new)
    }

    /// Opens bytes as [`open`](Self::open) does, in their own memory, which is not wiped.
    pub fn open_in_place(&self, place: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = Nonce::try_assume_unique_for_key(sealed.get(..NONCE_LEN)?).ok()?;
        let length = self.cipher().ok()?.open_within(nonce, Aad::from(place), &mut sealed, NONCE_LEN..).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }

    /// Seals another key.
    pub fn wrap(&self, place: &str, key: &Self) -> Result<Vec<u8>> {
        self.seal(place, key.expose())
    }

    /// Opens a sealed key.
    pub fn unwrap_key(&self, place: &str, sealed: &[u8]) -> Result<Self> {
        let opened = self.open(place, sealed);
        opened.and_then(|bytes| Self::from_bytes(&bytes)).ok_or_else(|| open_failed(place))
    }

    /// Computes a hash that only the holder of the key can compute, for lookups of secrets.
    pub fn hash(&self, purpose: &str, secret: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expose());
        let mut context = hmac::Context::with_key(&key);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(secret.as_bytes());
        context.sign().as_ref().to_vec()
    }

    fn cipher(&self) -> Result<LessSafeKey> {
        let failed = |_| Error::new(ErrorKind::Internal, "a vault key has the wrong length");
        UnboundKey::new(&AES_256_GCM, self.expose()).map(LessSafeKey::new).map_err(failed)
    }
}

impl From<VaultKey> for Key {
    fn from(key: VaultKey) -> Self {
        Self(Zeroizing::new(*key.expose()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Returns the error for sealed data that cannot be opened.
pub(crate) fn open_failed(place: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("{place} cannot be opened with this vault key: it was changed or damaged"))
        .with_hint(
            "If the key was rotated meanwhile, close the engine and open it again, or restart `elementkit serve`. \
             Otherwise restore the database, its key and its bulk folder from one backup.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_whole_and_in_its_place() -> Result<()> {
        let key = Key::random()?;
        let sealed = key.seal("instance 1", b"secret")?;
        assert_eq!(key.open("instance 1", &sealed).as_deref().map(Vec::as_slice), Some(&b"secret"[..]));
        assert!(key.open("instance 2", &sealed).is_none());
        assert!(Key::random()?.open("instance 1", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open("instance 1", &changed).is_none(), "byte {at}");
            assert!(key.open("instance 1", &sealed[..at]).is_none(), "cut at {at}");
        }
        Ok(())
    }

    #[test]
    fn keys_cannot_be_printed() -> Result<()> {
        assert_eq!(format!("{:?}", Key::random()?), MASK);
        Ok(())
    }
}
