//! Proof key for code exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::auth::{Secret, random_bytes};
use crate::error::Result;

/// The only method of challenges.
pub(super) const METHOD: &str = "S256";

/// Creates a verifier of 43 characters.
pub(super) fn verifier() -> Result<Secret> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?)))
}

/// Returns the challenge of a verifier.
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

/// Creates an unguessable state.
pub fn random_state() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() -> Result<()> {
        // RFC 7636, appendix B.
        let standard = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&standard), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let own = verifier()?;
        assert_eq!(own.expose().len(), 43);
        assert_ne!(own, verifier()?);
        Ok(())
    }
}
