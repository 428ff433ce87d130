//! Secrets, and the `Authorization` header that carries them (spec P 2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::error::{Error, ErrorKind, Result};

/// Replacement for a secret in every text that people may read (spec P 6.4, 14.8).
pub const MASK: &str = "********";

/// A user secret, organization secret, Element token, API key or API secret.
///
/// It cannot be printed, is compared in constant time and is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret unchanged; nothing is trimmed or decoded.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the secret itself. Never log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Creates a user secret or Element token: 32 random bytes in standard Base64 (spec P 2.1).
    pub fn mint_token() -> Result<Self> {
        Ok(Self::new(STANDARD.encode(random_bytes::<32>()?)))
    }

    /// Creates an organization secret: 32 lower-case hexadecimal characters (spec P 2.1).
    pub fn mint_hex() -> Result<Self> {
        Ok(Self::new(hex(&random_bytes::<16>()?)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Returns random bytes from the operating system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let failed = |_| Error::new(ErrorKind::Internal, "the operating system returned no random bytes");
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Encodes bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pairs of one `Authorization` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// `User <secret>`.
    pub user: Option<Secret>,
    /// `Organization <secret>`.
    pub organization: Option<Secret>,
    /// `Element <token>`.
    pub element: Option<Secret>,
    /// `Bearer <session token>`, only for `/authentication/*` (spec P 2.5).
    pub bearer: Option<Secret>,
}

/// Rejection of a header. Callers respond with 401 whatever the reason (spec P 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Authorization {
    /// Parses a header by the grammar of spec P 2.2: pairs in any order, schemes in any letter case, commas optional.
    pub fn parse(header: &str) -> Result<Self, Malformed> {
        let mut found = Self::default();
        for member in header.split(',') {
            let mut words = member.split([' ', '\t']).filter(|word| !word.is_empty());
            while let Some(scheme) = words.next() {
                found.add(scheme, words.next().ok_or(Malformed)?)?;
            }
        }
        if found == Self::default() { Err(Malformed) } else { Ok(found) }
    }

    /// Writes the header as clients do: `User`, `Organization`, `Element`, without those that are absent (spec P 2.2).
    pub fn to_header(&self) -> String {
        let pairs = [("User", &self.user), ("Organization", &self.organization), ("Element", &self.element)];
        let pairs: Vec<String> = pairs
            .into_iter()
            .filter_map(|(scheme, secret)| secret.as_ref().map(|secret| format!("{scheme} {}", secret.expose())))
            .collect();
        pairs.join(", ")
    }

    fn add(&mut self, scheme: &str, secret: &str) -> Result<(), Malformed> {
        // A public client writes a colon behind a scheme.
        let scheme = scheme.strip_suffix(':').unwrap_or(scheme);
        let place = match scheme.to_ascii_lowercase().as_str() {
            "user" => &mut self.user,
            "organization" => &mut self.organization,
            "element" => &mut self.element,
            "bearer" => &mut self.bearer,
            _ => return Err(Malformed),
        };
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Malformed);
        }
        let secret = Secret::new(secret);
        // A repeated scheme is accepted only with the same value.
        if place.replace(secret.clone()).is_some_and(|earlier| earlier != secret) {
            return Err(Malformed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(header: &str) -> Result<[Option<String>; 3], Malformed> {
        let found = Authorization::parse(header)?;
        Ok([found.user, found.organization, found.element]
            .map(|secret| secret.map(|secret| secret.expose().to_owned())))
    }

    fn some(user: &str, organization: &str, element: &str) -> Result<[Option<String>; 3], Malformed> {
        Ok([user, organization, element].map(|text| (!text.is_empty()).then(|| text.to_owned())))
    }

    #[test]
    fn the_documented_shapes_are_read() {
        assert_eq!(pairs("User a+/=, Organization b"), some("a+/=", "b", ""));
        assert_eq!(pairs("User a, Element c="), some("a", "", "c="));
        assert_eq!(pairs("Element c,User a"), some("a", "", "c"));
        assert_eq!(pairs("User a, Organization b, Element c"), some("a", "b", "c"));
    }

    #[test]
    fn the_tolerated_shapes_are_read() {
        assert_eq!(pairs("  user a\torganization   b ,"), some("a", "b", ""));
        assert_eq!(pairs("USER a, , ,ORGANIZATION b"), some("a", "b", ""));
        assert_eq!(pairs("User a, User a, Element c"), some("a", "", "c"));
        assert_eq!(pairs("User a, Organization b, Element: c"), some("a", "b", "c"));
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "",
            " ",
            ",",
            "User",
            "User a, Organization",
            "Basic a",
            "User a, User b",
            "User a, Token c",
            "User, a",
            "User:: a",
            ": a",
            "User ä",
        ] {
            assert_eq!(pairs(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let header = "User u=, Organization o, Element e=";
        assert_eq!(Authorization::parse(header).map(|found| found.to_header()).as_deref(), Ok(header));
    }

    #[test]
    fn secrets_cannot_be_printed() -> Result<()> {
        let secret = Secret::mint_token()?;
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "******** Some(********)");
        assert_eq!((secret.expose().len(), Secret::mint_hex()?.expose().len()), (44, 32));
        Ok(())
    }
}
