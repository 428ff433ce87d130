//! Values that must not leak: secrets, tokens, personal data.

use std::collections::BTreeSet;

use serde_json::Value;

/// Each with a name that may be printed.
#[derive(Clone, Default)]
pub struct Canaries(BTreeSet<(&'static str, String)>);

impl Canaries {
    pub fn add(&mut self, name: &'static str, canary: impl Into<String>) {
        self.0.insert((name, canary.into()));
    }

    /// Adds the secrets and email addresses of a document: members with such names, and addresses anywhere.
    pub fn add_those_of(&mut self, document: &Value) {
        match document {
            Value::Array(items) => items.iter().for_each(|item| self.add_those_of(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.to_lowercase();
                    let kind = ["secret", "token", "password"].into_iter().find(|kind| name.ends_with(kind));
                    match (kind, value) {
                        (Some(kind), Value::String(text)) if is_telling(text) => self.add(kind, text),
                        _ => self.add_those_of(value),
                    }
                }
            }
            Value::String(text) if is_address(text) => self.add("an email address", text),
            _ => {}
        }
    }

    /// Returns only the named ones.
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.contains(name)).cloned().collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn search(&self, place: &str, bytes: &[u8]) {
        for (name, canary) in &self.0 {
            let found = memchr::memmem::find(bytes, canary.as_bytes());
            let around = found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(80)..at]).into_owned());
            assert!(found.is_none(), "{name} is in {place}, behind: {}", around.unwrap_or_default());
        }
    }
}

/// Returns whether a string is long enough not to occur by chance, and no mask.
fn is_telling(text: &str) -> bool {
    text.len() >= 8 && !text.contains("**")
}

fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (name, host) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    !name.is_empty() && host.contains('.') && parts.next().is_none() && !text.contains(char::is_whitespace)
}
