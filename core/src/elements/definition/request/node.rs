//! JSON bodies that are put together member by member (spec E 5.23).

use std::fmt;

use super::super::json::{self, Step};

/// Largest index of an array that a path may make.
const MAX_INDEX: usize = 1000;

/// A JSON value whose members can be set. What is not touched stays text.
pub(super) enum Node {
    Raw(String),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
}

impl Node {
    pub fn empty() -> Self {
        Self::Object(Vec::new())
    }

    /// Sets the value at a path, and makes the objects and arrays on the way. A value of another type on the way is
    /// replaced.
    pub fn set(&mut self, steps: &[Step], json: &str) {
        let Some((step, rest)) = steps.split_first() else {
            *self = Self::Raw(json.to_owned());
            return;
        };
        self.open();
        match step {
            Step::Member(name) => self.member(name).set(rest, json),
            Step::Index(index) if *index <= MAX_INDEX => self.item(*index).set(rest, json),
            Step::Index(_) | Step::Every => {}
        }
    }

    /// Splits a text into its members or items.
    fn open(&mut self) {
        let Self::Raw(text) = self else { return };
        match json::kind_of(text) {
            json::Kind::Object => {
                let members = json::members(text).into_iter();
                let members = members.map(|(name, value)| (name.into_owned(), Self::Raw(value.to_owned())));
                *self = Self::Object(members.collect());
            }
            json::Kind::Array => {
                let items = json::items(text).into_iter().map(|range| Self::Raw(text[range].to_owned()));
                *self = Self::Array(items.collect());
            }
            _ => {}
        }
    }

    fn member(&mut self, name: &str) -> &mut Self {
        if !matches!(self, Self::Object(_)) {
            *self = Self::empty();
        }
        let Self::Object(members) = self else { unreachable!("made above") };
        let at = members.iter().rposition(|(known, _)| known == name).unwrap_or_else(|| {
            members.push((name.to_owned(), Self::Raw("null".to_owned())));
            members.len() - 1
        });
        &mut members[at].1
    }

    fn item(&mut self, index: usize) -> &mut Self {
        if !matches!(self, Self::Array(_)) {
            *self = Self::Array(Vec::new());
        }
        let Self::Array(items) = self else { unreachable!("made above") };
        while items.len() <= index {
            items.push(Self::Raw("null".to_owned()));
        }
        &mut items[index]
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(text) => f.write_str(text),
            Self::Object(members) => {
                f.write_str("{")?;
                for (position, (name, value)) in members.iter().enumerate() {
                    let comma = if position > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", json::quote(name))?;
                }
                f.write_str("}")
            }
            Self::Array(items) => {
                f.write_str("[")?;
                for (position, value) in items.iter().enumerate() {
                    let comma = if position > 0 { "," } else { "" };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}
