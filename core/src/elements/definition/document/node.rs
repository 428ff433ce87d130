//! A value of the document with its pointer: reads members leniently and collects what is wrong (spec E 1.5, E 1.6).

use std::cell::RefCell;

use serde_json::Value;

use super::finding::Finding;

/// The problems found while a document is read.
#[derive(Default)]
pub struct Problems(RefCell<Vec<Finding>>);

impl Problems {
    pub fn into_inner(self) -> Vec<Finding> {
        self.0.into_inner()
    }
}

/// A value of the document.
#[derive(Clone, Copy)]
pub struct Node<'n> {
    value: &'n Value,
    parent: Option<&'n Node<'n>>,
    step: Step<'n>,
    problems: &'n Problems,
}

#[derive(Clone, Copy)]
enum Step<'n> {
    Root,
    Member(&'n str),
    Entry(usize),
}

impl<'n> Node<'n> {
    /// Returns the node of a whole document.
    pub fn root(value: &'n Value, problems: &'n Problems) -> Self {
        Self { value, parent: None, step: Step::Root, problems }
    }

    pub fn value(&self) -> &'n Value {
        self.value
    }

    /// Returns the JSON pointer of the value.
    pub fn pointer(&self) -> String {
        let parent = self.parent.map(Node::pointer).unwrap_or_default();
        match self.step {
            Step::Root => parent,
            Step::Member(key) => format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Entry(index) => format!("{parent}/{index}"),
        }
    }

    /// Reports a problem of the value.
    pub fn report(&self, code: &'static str, message: impl Into<String>) {
        self.add(Finding::new(self.pointer(), code, message));
    }

    /// Reports a problem of the value, with advice.
    pub fn report_with_hint(&self, code: &'static str, message: impl Into<String>, hint: &str) {
        self.add(Finding::new(self.pointer(), code, message).with_hint(hint));
    }

    fn add(&self, finding: Finding) {
        self.problems.0.borrow_mut().push(finding);
    }

    /// Reports that the value has another type (E 1.6).
    pub fn expect(&self, expected: &str) {
        self.report("type", format!("expected {expected}"));
    }

    /// Returns a member. `null` counts as absent (E 1.5).
    pub fn member<'a>(&'a self, key: &'a str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, parent: Some(self), step: Step::Member(key), problems: self.problems })
    }

    /// Reports that a required member is absent or blank.
    fn missing(&self, key: &str, expected: &str) {
        let absent = Value::Null;
        let node = Node { value: &absent, parent: Some(self), step: Step::Member(key), problems: self.problems };
        node.report("required", format!("expected {expected}"));
    }

    /// Checks that the value is an object.
    pub fn is_object(&self) -> bool {
        if !self.value.is_object() {
            self.expect("object");
        }
        self.value.is_object()
    }

    pub fn text(&self, key: &str) -> Option<String> {
        let member = self.member(key)?;
        let text = member.value.as_str().map(str::to_owned);
        if text.is_none() {
            member.expect("text");
        }
        text
    }

    /// Returns a text that is not blank.
    pub fn filled(&self, key: &str) -> Option<String> {
        self.text(key).filter(|text| !text.trim().is_empty())
    }

    /// Reports a member that must be there and is absent.
    pub fn require(&self, key: &str, expected: &str) {
        if self.member(key).is_none() {
            self.missing(key, expected);
        }
    }

    /// Returns a text that must be there.
    pub fn required(&self, key: &str) -> String {
        self.require(key, "text");
        self.text(key).unwrap_or_default()
    }

    /// Returns a text that must be there and not be blank.
    pub fn required_filled(&self, key: &str) -> String {
        let text = self.required(key);
        let is_blank = |member: Node<'_>| member.value.as_str().is_some_and(|text| text.trim().is_empty());
        if self.member(key).is_some_and(is_blank) {
            self.missing(key, "text");
        }
        text
    }

    /// Returns a text. Numbers and booleans become their JSON text, since people write such defaults.
    pub fn scalar(&self, key: &str) -> Option<String> {
        let member = self.member(key)?;
        match member.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(member.value.to_string()),
            _ => {
                member.expect("text");
                None
            }
        }
    }

    /// Returns a boolean, which may be the text `"true"` or `"false"` (E 1.6).
    pub fn flag(&self, key: &str) -> Option<bool> {
        let member = self.member(key)?;
        let flag = boolean(member.value);
        if flag.is_none() {
            member.expect("boolean");
        }
        flag
    }

    pub fn flag_or(&self, key: &str, default: bool) -> bool {
        self.flag(key).unwrap_or(default)
    }

    /// Returns a member that is an object.
    pub fn object<'a>(&'a self, key: &'a str) -> Option<Node<'a>> {
        self.member(key).filter(Node::is_object)
    }

    /// Reads the entries of a member that is an array of objects.
    pub fn each<T>(&self, key: &str, mut read: impl FnMut(&Node<'_>, usize) -> Option<T>) -> Vec<T> {
        let Some(member) = self.member(key) else { return Vec::new() };
        let Some(entries) = member.value.as_array() else {
            member.expect("array");
            return Vec::new();
        };
        let entry =
            |(index, value)| Node { value, parent: Some(&member), step: Step::Entry(index), problems: self.problems };
        entries.iter().enumerate().map(entry).enumerate().filter_map(|(index, node)| read(&node, index)).collect()
    }
}

/// Returns the boolean that a value is or writes (E 1.6).
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Returns the integer that a value is or writes in digits (E 1.6).
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}
