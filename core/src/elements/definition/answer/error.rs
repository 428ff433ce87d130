//! Errors of vendors (spec E 5.79, 5.80).

use super::super::json::{self, Kind, Path};
use super::content;
use crate::vendor::{VendorAnswer, VendorError, VendorErrorKind};

/// Members that have a message, in the order in which they are tried.
const MESSAGES: [&str; 8] =
    ["message", "error_description", "error.message", "errors[0].message", "error", "detail", "title", "Message"];
/// Maximum length of a message, in characters.
const MAX_LENGTH: usize = 2000;

/// Returns the failure that an unsuccessful answer is.
pub fn error_of(answer: &VendorAnswer) -> VendorError {
    let body = content::lenient(answer);
    let fault = body.as_deref().and_then(fault);
    let message = match (&fault, &body) {
        (Some(fault), _) => Some(fault.message.clone()),
        (None, Some(body)) => MESSAGES.iter().find_map(|path| text_at(body, path)),
        (None, None) => None,
    };
    let kind = match &fault {
        Some(fault) if answer.status.as_u16() == 500 && fault.is_of_caller() => VendorErrorKind::BadRequest,
        _ => VendorErrorKind::of_status(answer.status),
    };
    let mut error = VendorError::of_answer(answer, kind, None, message.map(shortened));
    error.body = error.body.map(shortened);
    error
}

/// Returns the message of a body that is JSON: the first member that is a text, or that of a SOAP fault (spec E 5.79).
pub fn message_in(body: &str) -> Option<String> {
    let message = match fault(body) {
        Some(fault) => Some(fault.message),
        None => MESSAGES.iter().find_map(|path| text_at(body, path)),
    };
    message.map(shortened)
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// Returns the text at a path, if there is one.
fn text_at(json: &str, path: &str) -> Option<String> {
    let value = json::find_all(json, &Path::of(path))?;
    if json::kind_of(value) != Kind::Text {
        return None;
    }
    json::text_of(value).map(|text| text.into_owned()).filter(|text| !text.trim().is_empty())
}

/// A SOAP fault.
struct Fault {
    code: String,
    message: String,
}

impl Fault {
    /// Returns whether the caller is at fault (spec E 5.80).
    fn is_of_caller(&self) -> bool {
        let local = self.code.trim().rsplit(':').next().unwrap_or_default();
        local.split('.').next().is_some_and(|code| matches!(code, "Client" | "Sender"))
    }
}

/// Returns the SOAP fault of an answer: of version 1.1 or 1.2, in an envelope or alone.
fn fault(json: &str) -> Option<Fault> {
    let [(_, root)] = <[_; 1]>::try_from(json::members(json)).ok()?;
    let fault = child(root, "Body").and_then(|body| child(body, "Fault"));
    let fault = fault.or_else(|| child(json, "Fault"))?;
    let text = |value: &str| match json::kind_of(value) {
        Kind::Object => json::find_all(value, &Path::of("$")).and_then(json::text_of).map(|text| text.into_owned()),
        Kind::Array => None,
        _ => json::text_of(value).map(|text| text.into_owned()),
    };
    let code = child(fault, "faultcode").or_else(|| child(child(fault, "Code")?, "Value")).and_then(text);
    let reason = child(fault, "faultstring").or_else(|| child(child(fault, "Reason")?, "Text")).and_then(text);
    let (code, reason) = (code.unwrap_or_default(), reason.unwrap_or_default());
    if code.is_empty() && reason.is_empty() {
        return None;
    }
    let message = if reason.is_empty() { code.clone() } else { format!("{code}: {reason}") };
    Some(Fault { code, message })
}

/// Returns the member of an object with this local name.
fn child<'j>(json: &'j str, name: &str) -> Option<&'j str> {
    let members = json::members(json);
    members.into_iter().find(|(known, _)| known.rsplit(':').next() == Some(name)).map(|(_, value)| value)
}
