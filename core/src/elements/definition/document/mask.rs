//! Values that responses mask (spec E 3.16, E 3.42).

use serde_json::{Map, Value};

use super::node::boolean;
use super::{ConfigurationEntry, Definition};
use crate::element::is_secret_name;

impl ConfigurationEntry {
    /// Returns whether responses mask the value.
    pub fn is_masked(&self) -> bool {
        self.kind.eq_ignore_ascii_case("PASSWORD") || self.private || is_masked_name(&self.key)
    }
}

impl Definition {
    /// Returns whether responses mask the value of a key (spec E 3.16, E 3.42).
    pub fn masks(&self, key: &str) -> bool {
        let entry = self.configuration.iter().find(|entry| entry.key == key);
        entry.map_or_else(|| is_masked_name(key), ConfigurationEntry::is_masked)
    }
}

/// Returns whether responses mask the value of a key by its name alone, also of one that the definition lacks.
pub fn is_masked_name(key: &str) -> bool {
    // The last is the private key of E 4.49.
    const WORDS: [&str; 9] =
        ["cookie", "ticket", "session", "csrf", "credential", "assertion", "private.key", "jks", "encoded.key"];
    let lower = key.to_ascii_lowercase();
    let is_url = lower.ends_with(".url") || lower.ends_with("_url");
    is_secret_name(key) || !is_url && WORDS.iter().any(|word| lower.contains(word))
}

/// Returns whether responses mask the value of an entry of a document.
pub fn is_masked_entry(entry: &Map<String, Value>) -> bool {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let flag = |key: &str| entry.get(key).and_then(boolean) == Some(true);
    text("type").eq_ignore_ascii_case("PASSWORD") || flag("isPrivate") || flag("encrypt") || is_masked_name(text("key"))
}
