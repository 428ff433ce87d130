//! Assertions: tokens that a client signs itself, by RS256 (RFC 7515, RFC 7523; spec E 4.49, 4.50).
//!
//! `ring`, which TLS uses anyway, makes the signature; a crate for tokens would bring another library for it.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::keys;
use super::login::now_ms;
use crate::auth::random_bytes;
use crate::vendor::Configuration;

/// Seconds for which an assertion is valid (spec E 4.49).
const LIFETIME_S: u64 = 300;
/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns the assertion of a client: all configured claims and header parameters, with the times (spec E 4.49).
///
/// # Errors
/// Returns the problem with the configuration, without its value.
pub(super) fn bearer(configuration: &Configuration) -> Result<Zeroizing<String>, String> {
    let prefixed = |prefix: &str| -> Map<String, Value> {
        let all = configuration.values().iter();
        let own = all.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
        own.filter(|(name, value)| !name.is_empty() && !value.trim().is_empty())
            .map(|(name, value)| (name.to_owned(), Value::from(value.as_str())))
            .collect()
    };
    let key = Key::of(configuration, keys::JWT_KEY)?;
    key.token(prefixed(keys::JWT_HEADER), prefixed(keys::JWT_CLAIM))
}

/// Returns the assertion by which a client authenticates itself at an address (spec E 4.50).
///
/// # Errors
/// Returns the problem with the configuration, without its value.
pub(super) fn of_client(configuration: &Configuration, audience: &str) -> Result<Zeroizing<String>, String> {
    let key = Key::of(configuration, keys::JWK_KEY)?;
    let client = configuration.get(keys::API_KEY);
    let client = client.ok_or_else(|| format!("Missing required configuration: {}", keys::API_KEY))?;
    let random = random_bytes::<16>().map_err(|error| error.to_string())?;
    let id = URL_SAFE_NO_PAD.encode(random);
    let claims = [("iss", client), ("sub", client), ("aud", audience), ("jti", id.as_str())];
    let claims = claims.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let header = configuration.get(keys::JWK_ID).map(|id| ("kid".to_owned(), Value::from(id)));
    key.token(header.into_iter().collect(), claims.into_iter().collect())
}

/// A private RSA key.
struct Key(KeyPair);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    fn of(configuration: &Configuration, key: &str) -> Result<Self, String> {
        let text = configuration.get(key).ok_or_else(|| format!("Missing required configuration: {key}"))?;
        Self::read(text.trim()).ok_or_else(|| {
            format!("Invalid value for configuration: {key}: an RSA key of at least 2048 bits is expected, as PKCS#8 in PEM or Base64")
        })
    }

    /// Reads a key in PEM, in Base64, also of PEM, or as a JSON Web Key.
    fn read(text: &str) -> Option<Self> {
        if text.starts_with('{') {
            return Self::of_jwk(text);
        }
        if let Some(inner) = pem(text) {
            return Self::of_der(&base64(inner)?);
        }
        let bytes = base64(text)?;
        match std::str::from_utf8(&bytes).map(str::trim) {
            Ok(json) if json.starts_with('{') => Self::of_jwk(json),
            Ok(inner) => Self::of_der(&base64(pem(inner)?)?),
            Err(_) => Self::of_der(&bytes),
        }
    }

    fn of_der(der: &[u8]) -> Option<Self> {
        KeyPair::from_pkcs8(der).or_else(|_| KeyPair::from_der(der)).ok().map(Self)
    }

    fn of_jwk(text: &str) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(text).ok()?;
        let part = |name: &str| {
            let text = members.get(name)?.as_str()?;
            URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok().map(Zeroizing::new)
        };
        let (n, e, d) = (part("n")?, part("e")?, part("d")?);
        let (p, q, dp, dq, qi) = (part("p")?, part("q")?, part("dp")?, part("dq")?, part("qi")?);
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n: n.as_slice(), e: e.as_slice() },
            d: d.as_slice(),
            p: p.as_slice(),
            q: q.as_slice(),
            dP: dp.as_slice(),
            dQ: dq.as_slice(),
            qInv: qi.as_slice(),
        };
        KeyPair::from_components(&components).ok().map(Self)
    }

    /// Returns a signed token. Algorithm and times are the engine's own.
    fn token(
        &self,
        mut header: Map<String, Value>,
        mut claims: Map<String, Value>,
    ) -> Result<Zeroizing<String>, String> {
        header.insert("alg".to_owned(), "RS256".into());
        header.entry("typ").or_insert_with(|| "JWT".into());
        let now_s = now_ms() / 1000;
        claims.insert("iat".to_owned(), now_s.into());
        claims.insert("exp".to_owned(), (now_s + LIFETIME_S).into());
        let part = |members: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(members).to_string());
        let mut token = Zeroizing::new(format!("{}.{}", part(header), part(claims)));
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(token)
    }

    fn signature(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        signed.map_err(|_| "the assertion cannot be signed".to_owned())?;
        Ok(signature)
    }
}

/// Returns the Base64 of a private key in PEM, whose line breaks may be lost.
fn pem(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let is_plain = matches!(label, "PRIVATE KEY" | "RSA PRIVATE KEY");
    rest.split_once("-----END ").map(|(inner, _)| inner).filter(|_| is_plain)
}

fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let is_noise = |char: &char| !char.is_whitespace();
    let dense: Zeroizing<String> = Zeroizing::new(text.replace("\\n", "").chars().filter(is_noise).collect());
    BASE64.decode(dense.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests;
