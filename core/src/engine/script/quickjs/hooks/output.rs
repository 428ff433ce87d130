//! Values that a script gives back: JSON, as `JSON.stringify` wrote it.

use std::collections::BTreeMap;

use rquickjs::{Ctx, Exception, Result};
use serde_json::value::RawValue;

/// Maximum nesting of what `done` is given.
const MAX_DEPTH: usize = 128;
/// Maximum size in bytes of what `done` is given.
const MAX_BYTES: usize = 32 << 20;
/// Maximum number of lines for the trace, and of their bytes together.
const MAX_LINES: usize = 100;
const MAX_LINE_BYTES: usize = 16 << 10;

/// Lines that a script wrote.
#[derive(Debug, Default)]
pub(super) struct Console {
    pub lines: Vec<String>,
    bytes: usize,
}

impl Console {
    pub fn has_room(&self) -> bool {
        self.lines.len() < MAX_LINES && self.bytes < MAX_LINE_BYTES
    }

    pub fn add(&mut self, line: String) {
        if self.has_room() {
            self.bytes += line.len();
            self.lines.push(line);
        }
    }
}

/// Returns the members of a JSON object; none of any other JSON value.
pub(super) fn members(ctx: &Ctx<'_>, json: String) -> Result<BTreeMap<String, String>> {
    let json = checked(ctx, json)?;
    if !json.starts_with('{') {
        return Ok(BTreeMap::new());
    }
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&json).map_err(|error| Exception::throw_type(ctx, &error.to_string()))?;
    Ok(members.into_iter().map(|(name, value)| (name, String::from(Box::<str>::from(value)))).collect())
}

/// Returns the contents of maps, by name.
pub(super) fn contents(ctx: &Ctx<'_>, maps: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    maps.into_iter().map(|(name, json)| Ok((name, checked(ctx, json)?))).collect()
}

/// Checks the size and nesting of a value, and replaces what JSON readers refuse.
fn checked(ctx: &Ctx<'_>, json: String) -> Result<String> {
    if json.len() > MAX_BYTES {
        let message = format!("the script returns more than {} MiB", MAX_BYTES >> 20);
        return Err(Exception::throw_range(ctx, &message));
    }
    if depth(&json) > MAX_DEPTH {
        return Err(Exception::throw_type(ctx, "the value is nested deeper than 128"));
    }
    Ok(well_formed(json))
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// Replaces lone surrogates, which `JSON.stringify` escapes and JSON readers refuse. Those of a pair are not escaped.
fn well_formed(json: String) -> String {
    if !json.contains("\\ud") {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let is_surrogate =
            escape.starts_with("\\ud") && matches!(escape.as_bytes().get(3), Some(b'8'..=b'9' | b'a'..=b'f'));
        let (kept, length) = if is_surrogate { ("\u{fffd}", 6) } else { (&escape[..2], 2) };
        text.push_str(kept);
        rest = &escape[length..];
    }
    text.push_str(rest);
    text
}

/// Returns whether JavaScript's numbers represent all integers of a JSON text: none has 16 digits.
pub(super) fn is_exact(json: &str) -> bool {
    let (mut in_text, mut escaped, mut digits, mut is_whole) = (false, false, 0, true);
    for byte in json.bytes().chain([b' ']) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'0'..=b'9' => digits += 1,
            b'.' | b'e' | b'E' => is_whole = false,
            _ if is_whole && digits >= 16 => return false,
            _ => (digits, is_whole) = (0, true),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced() {
        let json = r#"{"a\\ud800":"\ud800\\\udFFF","b":"\u001f\\\\ud"}"#.replace("udFFF", "udfff");
        let wanted = "{\"a\\\\ud800\":\"\u{fffd}\\\\\u{fffd}\",\"b\":\"\\u001f\\\\\\\\ud\"}";
        assert_eq!(well_formed(json), wanted);
        assert!(serde_json::from_str::<serde_json::Value>(wanted).is_ok());
    }

    #[test]
    fn nesting_is_counted_outside_of_texts() {
        assert_eq!(depth(r#"{"a":[[1],"[[[\"[",{"b":{}}]}"#), 4);
    }

    #[test]
    fn long_integers_are_found() {
        for json in
            [r#"{"a":123456789012345,"b":"\"1234567890123456","c":true}"#, "[0.1234567890123456,1e300]", "[1,2,3]"]
        {
            assert!(is_exact(json), "{json}");
        }
        for json in
            ["9007199254740993", "[1,-9007199254740993]", r#"{"false":1234567890123456}"#, r#"[true,1234567890123456]"#]
        {
            assert!(!is_exact(json), "{json}");
        }
    }
}
