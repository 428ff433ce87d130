//! Errors of tools, as assistants get them: with hint and place, without texts of records.

use elementkit::privacy::mask_text;
use elementkit::query::ParseError;
use elementkit::{Error, ErrorKind};
use serde_json::{Map, Value, json};

use crate::answer::plain;

/// Maximum length of a message, in characters.
const MESSAGE: usize = 600;

/// An error of a tool.
#[derive(Debug)]
pub struct Failure {
    kind: ErrorKind,
    message: String,
    hint: String,
    request_id: Option<String>,
    /// Line, column and text of a condition that cannot be read.
    place: Option<(usize, usize, String)>,
}

/// Outcome of a tool.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// Creates the error of a wrong argument.
    pub fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of_kind(ErrorKind::InvalidRequest, message, hint)
    }

    /// Creates an error.
    pub fn of_kind(kind: ErrorKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: hint.into(), request_id: None, place: None }
    }

    /// Creates the error of a text that is no condition, list of fields or order.
    pub fn unreadable(what: &str, error: &ParseError) -> Self {
        let ParseError { line, column, expected, found, excerpt, .. } = error;
        let message = format!("`{what}` is wrong at line {line}, column {column}: expected {expected}, found {found}");
        let mut failure = Self::wrong(message, "Correct the text at this place; texts are in single quotes.");
        failure.place = Some((*line, *column, excerpt.clone()));
        failure
    }

    /// Returns the code of the kind.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Returns the error as JSON.
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("kind".into(), self.code().into());
        error.insert("message".into(), shown(&self.message).into());
        error.insert("hint".into(), shown(&self.hint).into());
        error.insert("retryable".into(), self.kind.retryable().into());
        if let Some(id) = &self.request_id {
            error.insert("requestId".into(), id.as_str().into());
        }
        if let Some((line, column, excerpt)) = &self.place {
            error.insert("place".into(), json!({"line": line, "column": column, "text": shown(excerpt)}));
        }
        json!({ "error": error })
    }
}

/// Returns a text as it may be shown: short, without personal values and without what terminals or models obey.
fn shown(text: &str) -> String {
    plain(&mask_text(text)).chars().take(MESSAGE).collect()
}

impl From<Error> for Failure {
    /// Leaves out the vendor's own message, which may quote a record.
    fn from(error: Error) -> Self {
        let info = error.info();
        let is_of_vendor = matches!(info.kind, ErrorKind::Vendor) || info.provider_message.is_some();
        let message = match is_of_vendor {
            true => format!("the vendor refused or failed the call ({})", info.kind.code()),
            false => info.message.clone(),
        };
        let hint = info.hint.clone().unwrap_or_else(|| info.kind.hint().to_owned());
        Self { request_id: info.request_id.clone(), ..Self::of_kind(info.kind, message, hint) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_the_place_and_no_personal_values() {
        let error =
            elementkit::query::parse_where("a = = 'ann@b.example'").map_err(|e| Failure::unreadable("where", &e));
        let shown = error.map(|_| ()).map_err(|failure| failure.to_json()).unwrap_err();
        assert_eq!((&shown["error"]["place"]["line"], &shown["error"]["place"]["column"]), (&json!(1), &json!(5)));
        assert!(!shown.to_string().contains("ann@"), "{shown}");
        let failure = Failure::from(Error::new(ErrorKind::Vendor, "Ann Lee is unknown"));
        assert!(!failure.to_json().to_string().contains("Ann"));
    }
}
