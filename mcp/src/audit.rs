//! The audit log: a line of JSON for each call. It has no values: neither those of records nor those of conditions.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use elementkit::query::{Expr, Literal, Test, parse_where};
use elementkit::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

/// Arguments whose values are logged as they are; of others only their kind.
const SHOWN: &[&str] = &[
    "instance",
    "object",
    "fields",
    "order_by",
    "group_by",
    "distinct",
    "measure",
    "period",
    "at_least",
    "limit",
    "job",
    "file",
    "folder",
    "format",
    "overwrite",
    "method",
    "wait_seconds",
    "full",
];

/// Maximum length of a text in the log, in characters.
const TEXT: usize = 2000;
/// Maximum number of members of a list in the log, and of arguments.
const MEMBERS: usize = 50;

/// Appends to the log.
pub struct Audit {
    place: PathBuf,
    file: Mutex<File>,
}

impl Audit {
    /// Opens the log, which only its owner may read.
    ///
    /// # Errors
    /// `storage` if it cannot be written.
    pub fn open(place: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(place).map_err(|error| failed(place, &error))?;
        Ok(Self { place: place.to_owned(), file: Mutex::new(file) })
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// `storage` if it cannot be written; the call must then not go on.
    pub fn note(&self, entry: Value) -> Result<()> {
        let mut line = entry;
        line["time"] = json!(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        let line = format!("{line}\n");
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(|error| failed(&self.place, &error))
    }
}

fn failed(place: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("the audit log {} cannot be written: {error}", place.display()))
}

/// Returns arguments as the log has them.
pub fn without_values(arguments: &Map<String, Value>) -> Value {
    let shown = arguments.iter().map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("where", Value::String(text)) => cut(&condition(text)).into(),
            (name, value) if SHOWN.contains(&name) => short(value),
            // Records to write: which fields, not what they get.
            (_, Value::Object(members)) => short(&json!(members.keys().collect::<Vec<_>>())),
            (_, value) => json!(kind(value)),
        };
        (cut(name), value)
    });
    Value::Object(shown.take(MEMBERS).collect())
}

/// Returns a value that does not fill the log.
fn short(value: &Value) -> Value {
    match value {
        Value::String(text) => cut(text).into(),
        Value::Array(members) => members.iter().take(MEMBERS).map(short).collect(),
        Value::Object(_) => json!(kind(value)),
        value => value.clone(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Returns a condition with question marks in place of its values.
fn condition(text: &str) -> String {
    match parse_where(text) {
        Ok(Some(mut parsed)) => {
            hide(&mut parsed);
            parsed.to_string()
        }
        Ok(None) => String::new(),
        Err(_) => "unreadable".to_owned(),
    }
}

fn hide(expression: &mut Expr) {
    let hidden = || Literal { text: "?".to_owned(), quoted: true };
    match expression {
        Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(hide),
        Expr::Not(part) => hide(part),
        Expr::Is(comparison) => match &mut comparison.test {
            Test::Compare(_, value) | Test::Like(value) | Test::NotLike(value) => *value = hidden(),
            Test::In(values) | Test::NotIn(values) => *values = vec![hidden()],
            Test::Null | Test::NotNull => {}
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_no_values() {
        let arguments = json!({
            "object": "contacts", "where": "email = 'ann@b.example' or not id in (7, 8)", "cursor": "secret",
            "record": {"email": "ann@b.example"}, "id": "7",
        });
        let shown = without_values(arguments.as_object().unwrap_or(&Map::new())).to_string();
        assert!(!shown.contains("ann@") && !shown.contains("secret") && !shown.contains('7'), "{shown}");
        assert!(shown.contains("email = '?' OR NOT id IN ('?')") && shown.contains("contacts"), "{shown}");
        assert_eq!(condition("a = = 'ann'"), "unreadable");
    }

    #[test]
    fn no_call_fills_the_log() {
        let long = "x".repeat(1 << 14);
        let arguments = json!({"object": long, "fields": vec![&long; 100], "record": {&long: 1}, &long: {"a": [long]},
            "limit": {"a": long}, "where": format!("{long} = 1")});
        let shown = without_values(arguments.as_object().unwrap_or(&Map::new())).to_string();
        assert!(shown.len() < 60 * TEXT, "{}", shown.len());
    }
}
