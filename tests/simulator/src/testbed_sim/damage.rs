//! Faults of JSON documents.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::fault::{ErrorBody, Fault, Malformed, NextBroken, Where};

/// Nesting depth and length of text, well beyond any limit of a careful reader.
const DEEP: usize = 100_000;
const HUGE: usize = 10 << 20;

/// Checks that this vendor can have a fault.
///
/// # Errors
/// Returns the reason why not.
pub(super) fn check(fault: &Fault) -> Result<(), String> {
    use Malformed::{ControlChar, DeepNesting, EmptyBody, Error200, Html200, HugeText, WrongRoot};
    let possible = match fault {
        Fault::NextHost { .. } => false,
        Fault::Status { body, .. } => *body != ErrorBody::OtherXml,
        Fault::NextBroken { kind } => *kind == NextBroken::NoCursor,
        Fault::InvalidUtf8 { place } => *place == Where::Text,
        Fault::Malformed { kind } => {
            matches!(kind, ControlChar | DeepNesting | EmptyBody | Error200 | Html200 | HugeText | WrongRoot)
        }
        Fault::Field { duplicate, .. } => duplicate.keys().all(|path| !path.contains('/')),
        _ => true,
    };
    if possible { Ok(()) } else { Err(format!("a JSON vendor cannot have the fault {fault:?}")) }
}

/// Returns the text of a record with the fields that a fault changes. New values are texts.
pub(super) fn edited(record: String, position: usize, fault: Option<&Fault>) -> String {
    let Some(Fault::Field { record: at, set, remove, duplicate }) = fault else { return record };
    let Ok(mut value) = serde_json::from_str::<Value>(&record) else { return record };
    if !at.falls_on(position) {
        return record;
    }
    for (path, text) in set {
        if let Some((parent, name)) = parent(&mut value, path) {
            parent.insert(name.to_owned(), json!(text));
        }
    }
    for path in remove {
        if let Some((parent, name)) = parent(&mut value, path) {
            parent.remove(name);
        }
    }
    let mut text = value.to_string();
    for (name, second) in duplicate {
        text.pop();
        let _ = write!(text, ",{}:{}}}", json!(name), json!(second));
    }
    text
}

/// Returns the object that contains a member, if there is one, and the name of the member.
fn parent<'a, 'p>(record: &'a mut Value, path: &'p str) -> Option<(&'a mut serde_json::Map<String, Value>, &'p str)> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut at = record;
    for step in above.split('/').filter(|step| !step.is_empty()) {
        at = at.get_mut(step)?;
    }
    Some((at.as_object_mut()?, name))
}

/// Returns the document in place of a good one, and its media type if that differs too.
pub(super) fn malformed(kind: Malformed, document: &str) -> (String, Option<&'static str>) {
    let document = match kind {
        Malformed::ControlChar => in_text(document, "\u{1}"),
        Malformed::HugeText => in_text(document, &"x".repeat(HUGE)),
        Malformed::DeepNesting => {
            let deep = format!(", \"deep\": {}{}}}", "[".repeat(DEEP), "]".repeat(DEEP));
            document.strip_suffix('}').map_or_else(String::new, |open| open.to_owned() + &deep)
        }
        Malformed::WrongRoot => json!({"somethingElse": {"item": {}}}).to_string(),
        Malformed::Html200 => return ("<html><body>Welcome<br></body></html>".to_owned(), Some("text/html")),
        Malformed::Error200 => error_text("internal_error", "Something went wrong."),
        // `check` rejects all others.
        _ => String::new(),
    };
    (document, None)
}

/// Inserts two bytes of invalid UTF-8 into the first text.
pub(super) fn invalid_utf8(document: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(document) else { return Vec::new() };
    let (before, behind) = text.as_bytes().split_at(first_text(&text).unwrap_or(text.len()));
    [before, b"\xC3\x28", behind].concat()
}

/// Returns an error document.
pub(super) fn error_text(code: &str, message: &str) -> String {
    json!({"error": {"code": code, "message": message}}).to_string()
}

/// Returns the position of the first text of a record, or of a document without records.
fn first_text(document: &str) -> Option<usize> {
    let id = document.find("\"id\"").map_or(0, |at| at + 4);
    let colon = id + document[id..].find(':')?;
    Some(colon + document[colon..].find('"')? + 1)
}

fn in_text(document: &str, text: &str) -> String {
    let (before, behind) = document.split_at(first_text(document).unwrap_or(document.len()));
    format!("{before}{text}{behind}")
}
