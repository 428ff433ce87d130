//! Signatures on callbacks (spec P 13): the platform signs, the receiver verifies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The header that carries the signature.
pub const HEADER: &str = "Elements-Webhook-Signature";

const SCHEME: &str = "sha256=";

/// Returns the value of [`HEADER`] for a body: HMAC-SHA-256 over its raw bytes with the instance's
/// `event.notification.signature.key`, in standard Base64 after `sha256=`.
pub fn sign(key: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body);
    format!("{SCHEME}{}", STANDARD.encode(tag))
}

/// Returns whether a callback comes from the platform. `body` is the raw body as it arrived, `signature` the value of
/// [`HEADER`]. A missing one is rejected, and so is everything with an empty key, since anyone can sign with that.
/// Verify before the body is parsed. Takes the same time wherever a wrong signature differs.
pub fn verify(key: &str, body: &[u8], signature: Option<&str>) -> bool {
    let tag = signature.and_then(|value| value.trim().strip_prefix(SCHEME));
    let Some(tag) = tag.and_then(|text| STANDARD.decode(text).ok()).filter(|_| !key.is_empty()) else { return false };
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body, &tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "S1gn-me";
    /// The examples of spec P 13.
    const EXAMPLES: [(&str, &str); 2] = [
        (r#"{"id":"1","status":"COMPLETED"}"#, "sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw="),
        (
            r#"{"id":"2","status":"COMPLETED","callback-payload":{"n":"Zoë"}}"#,
            "sha256=n1cGG8E+hC9DSfxf54A+lk+iHyAiBHaPgUCsVPp7sxI=",
        ),
    ];

    #[test]
    fn the_documented_examples_pass() {
        for (body, signature) in EXAMPLES {
            assert_eq!(sign(KEY, body.as_bytes()), signature);
            assert!(verify(KEY, body.as_bytes(), Some(signature)));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let (body, signature) = EXAMPLES[0];
        let body = body.as_bytes();
        assert!(!verify(KEY, body, None));
        assert!(!verify("another key", body, Some(signature)));
        assert!(!verify(KEY, &body[1..], Some(signature)));
        for wrong in ["", "sha256=", "SHA256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw=", &signature[7..], "sha256=%"]
        {
            assert!(!verify(KEY, body, Some(wrong)), "{wrong}");
        }
    }

    #[test]
    fn an_empty_key_verifies_nothing() {
        assert!(!verify("", b"body", Some(&sign("", b"body"))));
    }
}
