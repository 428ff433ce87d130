//! Single values in JSON texts that were checked.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::Scanner;

/// Type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Returns the type of a value, which the first character tells.
pub fn kind_of(json: &str) -> Kind {
    match json.trim_start().bytes().next() {
        Some(b'"') => Kind::Text,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'-' | b'0'..=b'9') => Kind::Number,
        _ => Kind::Null,
    }
}

/// Returns a value as text: strings without quotes, `null` as `None`, all others as their JSON.
pub fn text_of(json: &str) -> Option<Cow<'_, str>> {
    let json = json.trim();
    match kind_of(json) {
        Kind::Null => None,
        Kind::Text => Some(unquote(&json[1..json.len() - 1])),
        _ => Some(Cow::Borrowed(json)),
    }
}

/// Returns the content of a string from the characters between its quotes.
pub fn unquote(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    // Surrogates without a partner have no character of their own.
    match serde_json::from_str(&format!("\"{raw}\"")) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Owned(lossy(raw)),
    }
}

/// Returns a JSON text in which a surrogate without a partner is the replacement character: no string can hold it, and
/// most readers refuse the whole text.
pub fn with_whole_characters(json: &str) -> Cow<'_, str> {
    let is_suspect = |at: usize| matches!(json.as_bytes().get(at + 2), Some(b'd' | b'D'));
    if !memchr::memmem::find_iter(json.as_bytes(), b"\\u").any(is_suspect) {
        return Cow::Borrowed(json);
    }
    let (mut out, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(found) = json[at..].find('\\') {
        at += found;
        let length = match (unit(json, at), unit(json, at + 6)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => 12,
            (Some(0xD800..0xE000), _) => {
                out.push_str(&json[kept..at]);
                out.push('\u{fffd}');
                kept = at + 6;
                6
            }
            (Some(_), _) => 6,
            (None, _) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        at += length;
    }
    if kept == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[kept..]);
    Cow::Owned(out)
}

/// Returns the code unit of the escape `\uXXXX` at a position, if there is one.
fn unit(json: &str, at: usize) -> Option<u32> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}

/// Decodes escapes one by one; what is no character becomes the replacement character.
fn lossy(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let length = if rest[at..].starts_with("\\u") { 6 } else { 2 };
        let end = (at + length).min(rest.len());
        let one: Option<String> = rest.get(at..end).and_then(|one| serde_json::from_str(&format!("\"{one}\"")).ok());
        out.push_str(one.as_deref().unwrap_or("\u{fffd}"));
        rest = rest.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Returns a text as a JSON string with its quotes.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns names and values of an object, in order. Of names that occur twice, both.
pub fn members(object: &str) -> Vec<(Cow<'_, str>, &str)> {
    let mut members = Vec::new();
    let mut scanner = Scanner::new(object);
    if scanner.peek() == Some(b'{') {
        let outcome = scanner.each_member(|scanner, name| {
            let value = scanner.value()?;
            members.push((unquote(&object[name]), &object[value]));
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "the text was checked");
    }
    members
}

/// Returns the ranges of the items of an array.
pub fn items(array: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut scanner = Scanner::new(array);
    if scanner.peek() == Some(b'[') {
        let outcome = scanner.each_item(|scanner, _| {
            items.push(scanner.value()?);
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "the text was checked");
    }
    items
}

/// Removes white space between tokens.
pub fn compact(json: &str) -> Cow<'_, str> {
    let trimmed = json.trim();
    let mut in_string = false;
    let mut escaped = false;
    let mut is_space = |byte: u8| {
        let was_in_string = in_string;
        if byte == b'"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && byte == b'\\' && !escaped;
        !was_in_string && matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
    };
    let Some(first) = trimmed.bytes().position(&mut is_space) else { return Cow::Borrowed(trimmed) };
    let mut out = trimmed.as_bytes()[..first].to_vec();
    out.extend(trimmed.bytes().skip(first + 1).filter(|byte| !is_space(*byte)));
    match String::from_utf8(out) {
        Ok(text) => Cow::Owned(text),
        // Only whole ASCII characters were removed.
        Err(_) => Cow::Borrowed(trimmed),
    }
}
