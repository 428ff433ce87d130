//! Sealed texts that a client carries back: cursors and confirmations. The key is that of the process.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use elementkit::{Error, ErrorKind};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Seals values, each bound to a purpose: the tool and all that was asked for.
pub struct Sealer {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Sealer {
    /// Creates a sealer with a new key.
    ///
    /// # Errors
    /// `internal` if the operating system gives no random bytes.
    pub fn new() -> elementkit::Result<Self> {
        let random = SystemRandom::new();
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|_| no_random())?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| no_random())?;
        Ok(Self { key: LessSafeKey::new(key), random })
    }

    /// Seals a value.
    pub fn seal(&self, purpose: &str, value: &impl Serialize) -> elementkit::Result<String> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| no_random())?;
        let mut sealed = serde_json::to_vec(value).map_err(|_| no_random())?;
        let aad = Aad::from(purpose.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| no_random())?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for this purpose; `None` for anything else.
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

fn no_random() -> Error {
    Error::new(ErrorKind::Internal, "a value could not be sealed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_purpose_opens_it() -> elementkit::Result<()> {
        let sealer = Sealer::new()?;
        let text = sealer.seal("a", &7)?;
        assert_eq!(sealer.open("a", &text), Some(7));
        assert_eq!(sealer.open::<u8>("b", &text), None);
        assert_eq!(Sealer::new()?.open::<u8>("a", &text), None);
        for wrong in ["", "AAAA", &text[1..], "ü"] {
            assert_eq!(sealer.open::<u8>("a", wrong), None, "{wrong}");
        }
        Ok(())
    }
}
