//! Answers of login calls: JSON or a form, a token or the reason of a refusal.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::auth::MASK;
use crate::moment;
use crate::vendor::{VendorError, VendorErrorKind};

/// Maximum length of a vendor's message, in characters.
const MESSAGE_LIMIT: usize = 500;

/// Returns the members of a JSON object or of a form.
pub(in crate::vendor) fn of(body: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(_) => Map::new(),
        Err(_) => form_urlencoded::parse(body.trim_ascii())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect(),
    }
}

/// Returns a member that is a text or a number, unless it is blank.
pub(in crate::vendor) fn filled(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(text_of).filter(|text| !text.trim().is_empty())
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the class of a status after which the same request may succeed.
pub(super) fn temporary(status: StatusCode) -> Option<VendorErrorKind> {
    match status.as_u16() {
        429 => Some(VendorErrorKind::Throttled),
        // A redirect is not followed, since it would carry credentials elsewhere.
        300..=399 | 408 | 500.. => Some(VendorErrorKind::Unavailable),
        _ => None,
    }
}

/// Returns the failure of a call after which the same request may succeed.
pub(in crate::vendor) fn temporary_failure(status: StatusCode, headers: &HeaderMap) -> Option<VendorError> {
    let error = VendorError::answered(temporary(status)?, status.as_u16(), format!("HTTP {}", status.as_u16()));
    Some(VendorError { retry_after: moment::retry_after(headers), ..error })
}

/// Returns the error of a refusal: the vendor's message without the secrets that were sent, else the status, else this
/// text.
pub(in crate::vendor) fn refused(
    status: StatusCode,
    message: Option<String>,
    secrets: &[&str],
    otherwise: &str,
) -> VendorError {
    let own = message.map(|message| without(&message, secrets));
    let message = own.unwrap_or_else(|| match status.is_success() {
        true => otherwise.to_owned(),
        false => format!("HTTP {}", status.as_u16()),
    });
    VendorError::answered(VendorErrorKind::Unauthorized, status.as_u16(), message)
}

/// Returns a text without secrets, in one line of limited length.
fn without(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, MASK);
    }
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(MESSAGE_LIMIT).collect()
}
