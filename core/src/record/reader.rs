//! Reads well-formed JSON texts in place. A text that is not well-formed gives meaningless values, but no panic.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value as Json;

use super::check::string_end;
use crate::search::structure;

/// Position in a JSON text. Cheap to copy, so that a part can be read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
}

/// Name of a member as it is written, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawName<'a>(&'a str);

impl<'a> JsonReader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns what was not read yet.
    #[cfg(feature = "embedded")]
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over this number of bytes.
    #[cfg(feature = "embedded")]
    #[inline]
    pub fn skip(&mut self, length: usize) {
        self.at += length;
    }

    /// Returns the first byte of the next token, 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    /// Skips a value. Returns its text.
    #[inline]
    pub fn value(&mut self) -> &'a str {
        let (_, range) = self.span();
        self.text.get(range).unwrap_or_default()
    }

    /// Skips a value. Returns its first byte, and its range in the text.
    #[inline]
    pub fn span(&mut self) -> (u8, Range<usize>) {
        let first = self.peek();
        let (bytes, start) = (self.text.as_bytes(), self.at);
        self.at = match first {
            b'"' => string_end(bytes, start),
            b'{' | b'[' => container_end(bytes, start),
            _ => scalar_end(bytes, start),
        };
        (first, start..self.at)
    }

    /// Enters the array or object that comes next.
    pub fn enter(&mut self) {
        self.peek();
        self.at += 1;
    }

    /// Moves to the value of the next member of an object. Returns its name, or `None` after the end of the object.
    pub fn member(&mut self) -> Option<RawName<'a>> {
        loop {
            match self.peek() {
                b',' => self.at += 1,
                b'"' => {
                    let start = self.at;
                    self.at = string_end(self.text.as_bytes(), start);
                    let name = self.text.get(start + 1..self.at.saturating_sub(1)).unwrap_or_default();
                    if self.peek() == b':' {
                        self.at += 1;
                    }
                    return Some(RawName(name));
                }
                b'}' => {
                    self.at += 1;
                    return None;
                }
                _ => {
                    self.at = self.text.len();
                    return None;
                }
            }
        }
    }

    /// Moves to the next element of an array. Returns `false` after the end of the array.
    pub fn element(&mut self) -> bool {
        match self.peek() {
            b',' => {
                self.at += 1;
                true
            }
            b']' => {
                self.at += 1;
                false
            }
            next => next != 0,
        }
    }
}

/// Returns the position after the number or word that begins at `at`.
#[inline]
fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
    let mut at = start;
    while bytes.get(at).is_some_and(|byte| !ends(*byte)) {
        at += 1;
    }
    // Ends the reading of a text that is not well-formed.
    if at == start { bytes.len() } else { at }
}

/// Returns the position after the array or object that begins at `at`.
fn container_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        at = structure(bytes, at);
        match bytes.get(at) {
            Some(b'"') => at = string_end(bytes, at),
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(_) => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return at;
                }
            }
            None => return bytes.len(),
        }
    }
}

impl<'a> RawName<'a> {
    /// Returns the name as it is written, without its quotes.
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// Returns whether this is the name.
    pub fn is(self, name: &str) -> bool {
        self.0 == name || (self.0.contains('\\') && self.decoded() == name)
    }

    /// Returns the name.
    pub fn decoded(self) -> Cow<'a, str> {
        match self.0.contains('\\') {
            false => Cow::Borrowed(self.0),
            true => serde_json::from_str(&format!("\"{}\"", self.0)).map_or(Cow::Borrowed(self.0), Cow::Owned),
        }
    }
}

/// Returns the content of a string, or `None` if the text is that of another value.
pub(crate) fn string_of(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(RawName(inner).decoded())
}

/// Returns a text as a tree, however deep it is. A number that no type holds becomes a string of its digits, and what
/// is not JSON becomes null.
pub(crate) fn tree_of(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| tree(&mut JsonReader::new(text), 0))
}

fn tree(reader: &mut JsonReader<'_>, depth: usize) -> Json {
    match reader.peek() {
        b'{' if depth < super::check::MAX_DEPTH => {
            let mut members = serde_json::Map::new();
            reader.enter();
            while let Some(name) = reader.member() {
                members.insert(name.decoded().into_owned(), tree(reader, depth + 1));
            }
            Json::Object(members)
        }
        b'[' if depth < super::check::MAX_DEPTH => {
            let mut items = Vec::new();
            reader.enter();
            while reader.element() {
                items.push(tree(reader, depth + 1));
            }
            Json::Array(items)
        }
        first => {
            let text = reader.value();
            let digits = first.is_ascii_digit() || first == b'-';
            let other = || if digits { Json::from(text) } else { Json::Null };
            serde_json::from_str(text).unwrap_or_else(|_| other())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::json;
    use super::*;

    proptest! {
        #[test]
        fn trees_are_those_of_serde(value in json()) {
            prop_assert_eq!(&tree(&mut JsonReader::new(&value.to_string()), 0), &value);
            prop_assert_eq!(&tree(&mut JsonReader::new(&serde_json::to_string_pretty(&value).unwrap()), 0), &value);
        }

        #[test]
        fn no_text_breaks_it(text in "[\\[\\]{}\":,0-2a \\\\é]{0,30}") {
            let _ = tree(&mut JsonReader::new(&text), 0);
        }
    }

    #[test]
    fn deep_and_large_values_become_trees() {
        let deep = format!("{}1e999{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(tree_of(&deep).to_string(), deep.replace("1e999", "\"1e999\""));
        assert_eq!((tree_of("["), tree_of("x")), (Json::Array(Vec::new()), Json::Null));
    }
}
