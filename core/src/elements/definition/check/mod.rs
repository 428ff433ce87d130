//! Checks of a definition: the problems that refuse an import, and remarks for what the engine does not run (spec
//! E 1.10, E 12).

mod element;
mod keys;
mod parameters;
mod resources;
pub mod rules;
mod scripts;
mod support;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

use super::document::{Definition, Finding, LARGEST_DOCUMENT, sort_findings};
use rules::Rule;
pub use support::{MOST_STEPS, SCRIPTS_RUN, authentication_is_available, converter_is_available};

/// Result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Problems: with one of them an import fails.
    pub problems: Vec<Finding>,
    /// Remarks: the definition is stored, but these parts do not run, or run with a risk.
    pub remarks: Vec<Finding>,
}

/// Checks a document.
pub fn check(document: &Value) -> Report {
    let mut problems = Definition::read(document).err().unwrap_or_default();
    // An import refuses it before it is read (spec E 1.7).
    if document.to_string().len() > LARGEST_DOCUMENT {
        let message = format!("a definition may have at most {} MiB", LARGEST_DOCUMENT / 1024 / 1024);
        problems.insert(0, Finding::new("", "limit", message));
    }
    Report { problems, remarks: remarks(document) }
}

/// Returns the remarks of a document in document order.
pub fn remarks(document: &Value) -> Vec<Finding> {
    let mut remarks = Remarks::default();
    keys::check(document, &mut remarks);
    element::check(document, &mut remarks);
    scripts::check(document, "", &mut remarks);
    parameters::check(document, "", &mut remarks);
    resources::check(document, &mut remarks);
    sort_findings(&mut remarks.0, document);
    remarks.0
}

/// The remarks found so far.
#[derive(Default)]
struct Remarks(Vec<Finding>);

impl Remarks {
    fn add(&mut self, rule: &Rule, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(rule.finding(pointer, message));
    }
}

/// Returns the text of a member.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

/// Returns the entries of a member that is an array, with their pointers.
fn entries<'v>(value: &'v Value, pointer: &str, key: &str) -> impl Iterator<Item = (String, &'v Value)> {
    let pointer = format!("{pointer}/{key}");
    let entries = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    entries.iter().enumerate().map(move |(index, entry)| (format!("{pointer}/{index}"), entry))
}
