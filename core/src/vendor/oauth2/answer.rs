//! Answers of the token endpoint (spec E 4.36, E 4.37).

use http::StatusCode;
use serde_json::{Map, Value};

use super::login::now_ms;
use super::{keys, members};
use crate::auth::Secret;
use crate::vendor::{Changes, Decode, VendorAnswer, VendorError, VendorErrorKind};

/// Answer of the token endpoint. A refusal is not an error here: errors of calls are logged, and the message of the
/// vendor may contain what was sent.
pub(super) enum Answer {
    Tokens(Tokens),
    Refused(Refusal),
}

/// Tokens that the vendor issued.
pub(super) struct Tokens {
    access: Secret,
    refresh: Option<Secret>,
    /// Lifetime of the access token in seconds.
    expires_in: Option<String>,
}

/// Rejection of a login.
pub(super) struct Refusal {
    status: StatusCode,
    message: Option<String>,
}

/// Decodes the answer of the token endpoint.
pub(super) struct TokenDecoder;

impl Decode<Answer> for TokenDecoder {
    fn decode(&self, answer: VendorAnswer) -> Result<Answer, VendorError> {
        let status = answer.status;
        if let Some(error) = members::temporary_failure(status, &answer.headers) {
            return Err(error);
        }
        let members = members::of(&answer.body);
        let has_error = members.get("error").is_some_and(|error| !error.is_null());
        match Tokens::of(&members).filter(|_| status.is_success() && !has_error) {
            Some(tokens) => Ok(Answer::Tokens(tokens)),
            None => {
                let own = ["error", "error_description"].map(|name| members::filled(&members, name));
                let own = own.into_iter().flatten().collect::<Vec<_>>().join(": ");
                let message = Some(own).filter(|own| !own.is_empty());
                Ok(Answer::Refused(Refusal { status, message }))
            }
        }
    }
}

/// Decodes the answer to a revocation, whose body has no meaning (RFC 7009).
pub(super) struct RevocationDecoder;

impl Decode<()> for RevocationDecoder {
    fn decode(&self, answer: VendorAnswer) -> Result<(), VendorError> {
        if answer.status.is_success() {
            return Ok(());
        }
        let kind = members::temporary(answer.status).unwrap_or(VendorErrorKind::BadRequest);
        let status = answer.status.as_u16();
        Err(VendorError::answered(kind, status, format!("HTTP {status}")))
    }
}

impl Tokens {
    fn of(members: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            access: Secret::new(members::filled(members, "access_token")?),
            refresh: members::filled(members, "refresh_token").map(Secret::new),
            expires_in: members::filled(members, "expires_in"),
        })
    }

    /// Returns the values to store. Without a new refresh token or lifetime the old one stays.
    pub fn into_changes(self, now_ms: u64) -> Changes {
        Changes::default()
            .set(keys::USER_TOKEN, self.access.expose())
            .set_if_some(keys::REFRESH_TOKEN, self.refresh.as_ref().map(Secret::expose))
            .set_if_some(keys::REFRESH_INTERVAL, self.expires_in)
            .set(keys::REFRESH_TIME, now_ms.to_string())
            .set(keys::AUTHENTICATION_TIME, now_ms.to_string())
    }
}

/// Reads the tokens in an answer that replaces that of the token endpoint, for instance of a login with a form of its own
/// (spec E 4.39). Returns `None` if there is no access token, or an error.
pub fn acquired(body: &[u8]) -> Option<Changes> {
    let members = members::of(body);
    let has_error = members.get("error").is_some_and(|error| !error.is_null());
    let tokens = Tokens::of(&members).filter(|_| !has_error)?;
    Some(tokens.into_changes(now_ms()))
}

impl Refusal {
    /// Returns the error, with the vendor's message. `secrets` were sent and do not occur in it.
    pub fn into_error(self, secrets: &[&str]) -> VendorError {
        members::refused(self.status, self.message, secrets, "the vendor issued no access token")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::HeaderMap;

    use super::*;

    fn decode(status: u16, body: &str) -> Result<Answer, VendorError> {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        TokenDecoder.decode(VendorAnswer { status, headers: HeaderMap::new(), body: body.to_owned().into() })
    }

    fn stored(body: &str) -> BTreeMap<String, String> {
        let mut values = BTreeMap::from([(keys::REFRESH_TOKEN.to_owned(), "old".to_owned())]);
        if let Ok(Answer::Tokens(tokens)) = decode(200, body) {
            tokens.into_changes(7).apply(&mut values);
        }
        values
    }

    fn refusal(status: u16, body: &str) -> Option<String> {
        match decode(status, body) {
            Ok(Answer::Refused(refusal)) => refusal.into_error(&["hush", ""]).provider_message(),
            _ => None,
        }
    }

    #[test]
    fn tokens_come_as_json_or_as_a_form() {
        for (body, refresh, interval) in [
            (r#"{"access_token":"a=","refresh_token":"r","expires_in":60}"#, "r", Some("60")),
            (r#"{"access_token":"a=","expires_in":"60","token_type":"x"}"#, "old", Some("60")),
            ("access_token=a%3D&refresh_token=r\n", "r", None),
        ] {
            let values = stored(body);
            let value = |key: &str| values.get(key).map(String::as_str);
            assert_eq!(value(keys::USER_TOKEN), Some("a="), "{body}");
            assert_eq!(
                (value(keys::REFRESH_TOKEN), value(keys::REFRESH_INTERVAL)),
                (Some(refresh), interval),
                "{body}"
            );
            assert_eq!((value(keys::REFRESH_TIME), value(keys::AUTHENTICATION_TIME)), (Some("7"), Some("7")));
        }
    }

    #[test]
    fn refusals_are_told_apart_from_outages() {
        for (status, body, message) in [
            (
                400,
                r#"{"error":"invalid_grant","error_description":"code hush\nwas used"}"#,
                "invalid_grant: code ******** was used",
            ),
            (200, r#"{"access_token":"a","error":"bad"}"#, "bad"),
            (401, "<html>", "HTTP 401"),
            (200, "{}", "the vendor issued no access token"),
            (200, "[1]", "the vendor issued no access token"),
            (400, "error=bad", "bad"),
        ] {
            assert_eq!(refusal(status, body).as_deref(), Some(message), "{status} {body}");
        }
        for (status, kind) in [
            (429, VendorErrorKind::Throttled),
            (503, VendorErrorKind::Unavailable),
            (500, VendorErrorKind::Unavailable),
            (302, VendorErrorKind::Unavailable),
        ] {
            assert_eq!(decode(status, "{}").err().map(|error| error.kind), Some(kind), "{status}");
        }
    }
}
