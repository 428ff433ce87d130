//! Answers of the token endpoint (spec E 4.36, E 4.37).

use http::StatusCode;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::keys;
use super::login::now_ms;
use crate::auth::{MASK, Secret};
use crate::moment;
use crate::vendor::{Changes, Decode, VendorAnswer, VendorError, VendorErrorKind};

/// Maximum length of a vendor's message, in characters.
const MESSAGE_LIMIT: usize = 500;

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
        if let Some(kind) = temporary(status) {
            let error = VendorError::answered(kind, status.as_u16(), format!("HTTP {}", status.as_u16()));
            return Err(VendorError { retry_after: moment::retry_after(&answer.headers), ..error });
        }
        let members = members_of(&answer.body);
        let has_error = members.get("error").is_some_and(|error| !error.is_null());
        match Tokens::of(&members).filter(|_| status.is_success() && !has_error) {
            Some(tokens) => Ok(Answer::Tokens(tokens)),
            None => {
                let own = ["error", "error_description"].map(|name| filled(&members, name));
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
        let kind = temporary(answer.status).unwrap_or(VendorErrorKind::BadRequest);
        let status = answer.status.as_u16();
        Err(VendorError::answered(kind, status, format!("HTTP {status}")))
    }
}

/// Returns the class of a status after which the same request may succeed.
fn temporary(status: StatusCode) -> Option<VendorErrorKind> {
    match status.as_u16() {
        429 => Some(VendorErrorKind::Throttled),
        // A redirect is not followed, since it would carry credentials elsewhere.
        300..=399 | 408 | 500.. => Some(VendorErrorKind::Unavailable),
        _ => None,
    }
}

/// Returns the members of a JSON object or of a form.
fn members_of(body: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(_) => Map::new(),
        Err(_) => form_urlencoded::parse(body.trim_ascii())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect(),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns a member that is a text or a number, unless it is blank.
fn filled(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(text_of).filter(|text| !text.trim().is_empty())
}

impl Tokens {
    fn of(members: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            access: Secret::new(filled(members, "access_token")?),
            refresh: filled(members, "refresh_token").map(Secret::new),
            expires_in: filled(members, "expires_in"),
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
    let members = members_of(body);
    let has_error = members.get("error").is_some_and(|error| !error.is_null());
    let tokens = Tokens::of(&members).filter(|_| !has_error)?;
    Some(tokens.into_changes(now_ms()))
}

impl Refusal {
    /// Returns the error, with the vendor's message. `secrets` were sent and do not occur in it.
    pub fn into_error(self, secrets: &[&str]) -> VendorError {
        let own = self.message.map(|message| without(&message, secrets));
        let message = own.unwrap_or_else(|| match self.status.is_success() {
            true => "the vendor issued no access token".to_owned(),
            false => format!("HTTP {}", self.status.as_u16()),
        });
        VendorError::answered(VendorErrorKind::Unauthorized, self.status.as_u16(), message)
    }
}

/// Returns a text without secrets, in one line of limited length.
fn without(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, MASK);
    }
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(MESSAGE_LIMIT).collect()
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
