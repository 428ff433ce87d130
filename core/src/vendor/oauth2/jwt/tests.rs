use std::collections::BTreeMap;

use super::*;
use crate::vendor::Generation;

const PEM: &str = include_str!("../../../../../tests/oidc/keys/private.pem");
/// The same key.
const JWK: &str = include_str!("../../../../../tests/oidc/keys/private.json");
/// Signature of the text `elementkit` with the key, made by OpenSSL.
const SIGNATURE: &str = "JclrqAn2YbtZcwyvc5r33wghT2QfFP4rZZGXdIzECPJZfK7jTIcqZ+FwV5QiqTiXsEgDMwy3E9ivmftR35jOrigGXlNKBtEX0lnYD2lSqX891WJSCFarmyHM8a3JAvsBKqdqfrQ3IvmyPoldTK1+lLdT4lAZOa7TsN6cdsD7VkkkDKPUENwP7orHs1twmb+sZsDCjfS3KtUY+alfy5rL5s7uRzNAS4PRcogLOC/6GINOGrmbfw+7RniDtizIzWjRBm7Hqpw9tFs0qhotQN4UFeVoQa7iVPmUsXxfK7OyuWwFEFEhpjR7RgaaA/nbJoTW79eqzEP3XzOtNh98XbJ0PA==";

fn configuration(pairs: &[(&str, &str)]) -> Configuration {
    let values = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Configuration::new(values.collect(), Generation::default())
}

/// Returns header and claims of a token whose signature is right.
fn opened(token: &str) -> Option<[BTreeMap<String, Value>; 2]> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let key = Key::read(PEM)?;
    let own = URL_SAFE_NO_PAD.encode(key.signature(signed.as_bytes()).ok()?);
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    Some([part(header)?, part(claims)?]).filter(|_| own == signature)
}

/// Every form of the key makes the same signature, which is the one of OpenSSL.
#[test]
fn the_key_comes_in_several_forms() -> Result<(), String> {
    let der = base64(pem(PEM).ok_or("no PEM")?).ok_or("no Base64")?;
    let forms = [
        PEM.to_owned(),
        PEM.replace('\n', " "),
        PEM.replace('\n', "\\n"),
        base64::engine::general_purpose::STANDARD.encode(PEM),
        base64::engine::general_purpose::STANDARD.encode(&*der),
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(&*der),
        // PKCS#1 is the content of PKCS#8.
        base64::engine::general_purpose::STANDARD.encode(&der[26..]),
        JWK.to_owned(),
        base64::engine::general_purpose::STANDARD.encode(JWK),
    ];
    for form in forms {
        let key = Key::read(&form).ok_or_else(|| form.chars().take(40).collect::<String>())?;
        let signature = base64::engine::general_purpose::STANDARD.encode(key.signature(b"elementkit")?);
        assert_eq!(signature, SIGNATURE, "{}", form.chars().take(40).collect::<String>());
    }
    Ok(())
}

#[test]
fn unusable_keys_are_refused_without_being_repeated() {
    let encrypted = PEM.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for key in ["hush", "aHVzaA==", r#"{"kty":"RSA","n":"hush"}"#, &encrypted] {
        let refused = bearer(&configuration(&[(keys::JWT_KEY, key)])).err().unwrap_or_default();
        assert!(refused.starts_with("Invalid value for configuration: jwt.base64.encoded.key"), "{refused}");
        assert!(!refused.contains("hush"), "{refused}");
    }
    assert_eq!(
        bearer(&configuration(&[])).err().as_deref(),
        Some("Missing required configuration: jwt.base64.encoded.key")
    );
}

/// Spec E 4.49.
#[test]
fn a_bearer_assertion_has_the_configured_parts() -> Result<(), String> {
    let values = configuration(&[
        (keys::JWT_KEY, PEM),
        ("jwt.claim.iss", "me"),
        ("jwt.claim.aud", "https://login.example"),
        ("jwt.claim.exp", "1"),
        ("jwt.claim.", "x"),
        ("jwt.claim.blank", " "),
        ("jwt.header.kid", "7"),
        ("jwt.header.alg", "none"),
    ]);
    let before = now_ms() / 1000;
    let [header, claims] = opened(&bearer(&values)?).ok_or("no token")?;
    let expected = [("alg", "RS256"), ("kid", "7"), ("typ", "JWT")];
    assert_eq!(header, expected.map(|(name, value)| (name.to_owned(), Value::from(value))).into());
    let issued = claims.get("iat").and_then(Value::as_u64).ok_or("no time")?;
    assert!((before..=before + 5).contains(&issued));
    assert_eq!(claims.get("exp").and_then(Value::as_u64), Some(issued + 300));
    let others: Vec<&str> = claims.keys().map(String::as_str).filter(|name| !["iat", "exp"].contains(name)).collect();
    assert_eq!(others, ["aud", "iss"]);
    Ok(())
}

/// Spec E 4.50.
#[test]
fn a_client_assertion_names_client_and_audience() -> Result<(), String> {
    let values = configuration(&[(keys::JWK_KEY, PEM), (keys::JWK_ID, "key-1"), (keys::API_KEY, "me")]);
    let [header, claims] = opened(&of_client(&values, "https://login.example/token")?).ok_or("no token")?;
    assert_eq!(header.get("kid"), Some(&"key-1".into()));
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!([text("iss"), text("sub"), text("aud")], ["me", "me", "https://login.example/token"]);
    assert!(text("jti").len() >= 20);
    let [_, other] = opened(&of_client(&values, "https://login.example/token")?).ok_or("no token")?;
    assert_ne!(claims.get("jti"), other.get("jti"));
    Ok(())
}
