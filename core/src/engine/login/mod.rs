//! Login with a password (spec P 2.5): hashes, the password policy, and a throttle on guessing.

mod policy;
mod throttle;

use std::net::IpAddr;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use http::StatusCode;
use tokio::sync::Semaphore;

use super::failure::Failure;
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
pub(crate) use policy::broken_rule;
pub(crate) use throttle::{LoginThrottle, Who};

/// Source address of a call; the server adds it to the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(
    /// Address of the socket's peer; behind a proxy, the proxy's address.
    pub IpAddr,
);

/// Number of hashes computed concurrently; each takes 19 MiB for some tens of milliseconds.
const AT_ONCE: usize = 2;
/// Maximum length of a password in bytes. Longer ones are rejected unhashed, since hashing them could be abused to
/// overload the server.
const LONGEST: usize = 1024;

/// Checks passwords.
pub(crate) struct Passwords {
    places: Semaphore,
    pub throttle: LoginThrottle,
}

impl Passwords {
    pub fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), throttle: LoginThrottle::default() }
    }

    /// Returns the position of the hash that the password matches, if any. Takes as long without a hash, so that
    /// callers cannot learn which names exist.
    pub async fn fits(&self, password: &Secret, hashes: Vec<String>) -> Result<Option<usize>> {
        if password.expose().len() > LONGEST {
            return Ok(None);
        }
        let password = password.clone();
        let _place = self.places.acquire().await.map_err(|_| failed())?;
        blocking(move || {
            if hashes.is_empty() {
                hash_now(&password)?;
            }
            Ok(hashes.iter().position(|hash| verify(&password, hash)))
        })
        .await
    }

    /// Returns the salted hash to store.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        let _place = self.places.acquire().await.map_err(|_| failed())?;
        hash(password).await
    }
}

/// Computes the salted hash of a password: Argon2id as a PHC string.
pub(crate) async fn hash(password: &Secret) -> Result<String> {
    let password = password.clone();
    blocking(move || hash_now(&password)).await
}

async fn blocking<T: Send + 'static>(task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(task).await.map_err(|_| failed())?
}

fn hash_now(password: &Secret) -> Result<String> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes()).map_err(|_| failed())?;
    Ok(hash.to_string())
}

fn failed() -> Error {
    Error::new(ErrorKind::Internal, "a password could not be hashed")
}

fn verify(password: &Secret, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}

/// Returns the failure for a caller who has to wait.
pub(crate) fn too_many(wait_s: u64) -> Failure {
    Failure::new(StatusCode::TOO_MANY_REQUESTS, "Too many failed logins; try again later").retry_after(Some(wait_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() -> Result<()> {
        let passwords = Passwords::new();
        let (right, wrong) = (Secret::new("Right-1word"), Secret::new("Wrong-1word"));
        let hash = passwords.hash(&right).await?;
        assert!(hash.starts_with("$argon2id$"));
        assert_ne!(hash, passwords.hash(&right).await?, "salted");
        let other = passwords.hash(&wrong).await?;
        assert_eq!(passwords.fits(&right, vec![other.clone(), hash.clone()]).await?, Some(1));
        assert_eq!(passwords.fits(&wrong, vec![hash.clone()]).await?, None);
        assert_eq!(passwords.fits(&right, Vec::new()).await?, None);
        assert_eq!(passwords.fits(&Secret::new("x".repeat(LONGEST + 1)), vec![hash]).await?, None);
        Ok(())
    }
}
