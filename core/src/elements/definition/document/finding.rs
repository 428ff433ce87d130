//! A finding in a definition: a problem, which refuses an import, or a remark, which does not.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// A finding in a definition (spec E 1.6, E 1.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// JSON pointer of the value, or of the object that lacks it.
    pub pointer: String,
    /// Kind of the finding: a word that programs compare.
    pub code: &'static str,
    /// One sentence, without the pointer.
    pub message: String,
    /// Advice, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// Returns a finding without a hint.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into(), hint: None }
    }

    /// Adds a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// `<pointer>: <message>`, the text of the contract (spec E 1.6).
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.message)
    }
}

/// Sorts findings as the document has their values. A key that is missing comes after those that are there.
pub fn sort(findings: &mut [Finding], document: &Value) {
    findings.sort_by_cached_key(|finding| ranks(&finding.pointer, document));
}

/// Returns the position of each step of a pointer in its parent.
fn ranks(pointer: &str, document: &Value) -> Vec<usize> {
    let (mut ranks, mut at) = (Vec::new(), Some(document));
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let (rank, next) = match at {
            Some(Value::Object(members)) => (members.keys().position(|key| *key == step), members.get(&step)),
            Some(Value::Array(entries)) => {
                let index = step.parse::<usize>().ok();
                (index, index.and_then(|index| entries.get(index)))
            }
            _ => (None, None),
        };
        ranks.push(rank.unwrap_or(usize::MAX));
        at = next;
    }
    ranks
}
