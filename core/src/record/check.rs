//! Checks JSON texts (RFC 8259) and removes the white space between their tokens, without building a tree.

use std::fmt;

use crate::search::string_stop;

/// Maximum number of nested arrays and objects (spec E 5.93).
pub(crate) const MAX_DEPTH: usize = 200;

/// Reason why a text is not accepted as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedJson {
    /// Offset in the text, in bytes.
    pub at: usize,
    /// Whether the text is nested more deeply than 200 levels.
    pub too_deep: bool,
}

impl fmt::Display for MalformedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if self.too_deep { "nested too deeply" } else { "not JSON" };
        write!(f, "{reason} at byte {}", self.at)
    }
}

impl std::error::Error for MalformedJson {}

/// Checks that a text is one JSON value. Returns whether it has no white space between its tokens.
pub(crate) fn check(text: &str) -> Result<bool, MalformedJson> {
    let mut checker = Checker::<true>::new(text.as_bytes(), 0);
    checker.token();
    checker.value()?;
    match checker.token() {
        None => Ok(!checker.is_spaced),
        Some(_) => Err(checker.wrong()),
    }
}

/// Appends a well-formed JSON text without the white space between its tokens.
pub(crate) fn compact(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let mut rest = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&text[rest..at]);
                at += 1;
                rest = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&text[rest..]);
}

/// Returns the position after the string that begins at `at` of a well-formed text.
#[inline]
pub(crate) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at = string_stop(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            // An escape, or a control character that a checked text does not have.
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// End of a checked value.
#[cfg(feature = "embedded")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueEnd {
    /// Position after the value.
    pub at: usize,
    /// Whether it has white space between its tokens.
    pub is_spaced: bool,
}

/// Checks the value that begins at `at`, inside this number of arrays and objects. Surrogates may be alone.
#[cfg(feature = "embedded")]
pub(crate) fn value_end(bytes: &[u8], at: usize, depth: usize) -> Result<ValueEnd, MalformedJson> {
    let mut checker = Checker::<false> { above: depth, ..Checker::new(bytes, at) };
    checker.value()?;
    Ok(ValueEnd { at: checker.at, is_spaced: checker.is_spaced })
}

/// `PAIRS` is whether surrogates must be pairs.
struct Checker<'a, const PAIRS: bool> {
    bytes: &'a [u8],
    at: usize,
    /// Whether there was white space between tokens.
    is_spaced: bool,
    /// Bits of the open containers: set for objects.
    objects: [u64; 4],
    depth: usize,
    /// Number of containers around the value.
    above: usize,
}

impl<'a, const PAIRS: bool> Checker<'a, PAIRS> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, is_spaced: false, objects: [0; 4], depth: 0, above: 0 }
    }

    /// Reads one value.
    fn value(&mut self) -> Result<(), MalformedJson> {
        loop {
            if self.begin()? {
                continue;
            }
            // After a value: the next one of the same container, or the ends of containers.
            loop {
                if self.depth == 0 {
                    return Ok(());
                }
                let object = self.in_object();
                match self.token() {
                    Some(b',') => {
                        self.at += 1;
                        if object {
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if object => self.close(),
                    Some(b']') if !object => self.close(),
                    _ => return Err(self.wrong()),
                }
            }
        }
    }

    /// Reads a scalar or an empty container, or enters a container up to its first value. Returns whether it entered.
    #[inline]
    fn begin(&mut self) -> Result<bool, MalformedJson> {
        match self.token() {
            Some(b'"') => self.string().map(|()| false),
            Some(b'{') => {
                self.open(true)?;
                if self.token() == Some(b'}') {
                    self.close();
                    return Ok(false);
                }
                self.key()?;
                Ok(true)
            }
            Some(b'[') => {
                self.open(false)?;
                if self.token() == Some(b']') {
                    self.close();
                    return Ok(false);
                }
                Ok(true)
            }
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number().map(|()| false),
        }
    }

    /// Skips white space. Returns the next byte.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        match self.bytes.get(self.at).copied() {
            Some(next) if next > b' ' => Some(next),
            _ => self.spaces(),
        }
    }

    fn spaces(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at).copied() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.at += 1;
                    self.is_spaced = true;
                }
                next => return next,
            }
        }
    }

    /// Reads a name and the colon after it.
    #[inline]
    fn key(&mut self) -> Result<(), MalformedJson> {
        if self.token() != Some(b'"') {
            return Err(self.wrong());
        }
        self.string()?;
        if self.token() != Some(b':') {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Result<(), MalformedJson> {
        self.at += 1;
        loop {
            self.at = string_stop(self.bytes, self.at);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.wrong()),
            }
        }
    }

    /// Reads an escape. A surrogate is half of a pair, since no string can contain it alone.
    fn escape(&mut self) -> Result<(), MalformedJson> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.unit(self.at)? {
                _ if !PAIRS => self.at += 6,
                0xD800..0xDC00 => match self.unit(self.at + 6)? {
                    0xDC00..0xE000 => self.at += 12,
                    _ => return Err(self.wrong()),
                },
                0xDC00..0xE000 => return Err(self.wrong()),
                _ => self.at += 6,
            },
            _ => return Err(self.wrong()),
        }
        Ok(())
    }

    /// Returns the code unit of the escape `\uXXXX` at a position.
    fn unit(&self, at: usize) -> Result<u32, MalformedJson> {
        let escape = self.bytes.get(at..at + 6).filter(|escape| escape.starts_with(b"\\u"));
        let digits = escape.and_then(|escape| std::str::from_utf8(&escape[2..]).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.wrong())
    }

    fn number(&mut self) -> Result<(), MalformedJson> {
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), MalformedJson> {
        let before = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > before { Ok(()) } else { Err(self.wrong()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<bool, MalformedJson> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.wrong());
        }
        self.at += word.len();
        Ok(false)
    }

    fn open(&mut self, object: bool) -> Result<(), MalformedJson> {
        if self.above + self.depth >= MAX_DEPTH {
            return Err(MalformedJson { at: self.at, too_deep: true });
        }
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        self.objects[word] = if object { self.objects[word] | bit } else { self.objects[word] & !bit };
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    #[inline]
    fn in_object(&self) -> bool {
        let level = self.depth - 1;
        self.objects[level / 64] >> (level % 64) & 1 == 1
    }

    fn wrong(&self) -> MalformedJson {
        MalformedJson { at: self.at, too_deep: false }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::samples::json;
    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_accepted(value in json()) {
            let (text, pretty) = (value.to_string(), serde_json::to_string_pretty(&value).unwrap());
            prop_assert_eq!(check(&text), Ok(true));
            prop_assert_eq!(check(&pretty), Ok(text == pretty));
            let mut compacted = String::new();
            compact(&pretty, &mut compacted);
            prop_assert_eq!(compacted, text);
        }

        #[test]
        fn any_text_is_accepted_or_refused_as_by_serde(text in "[\\[\\]{}\":,0-2eE.+\\- a\\\\untrlsf\u{1}é]{0,14}") {
            prop_assert_eq!(check(&text).is_ok(), serde_json::from_str::<Json>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn a_changed_text_is_accepted_or_refused_as_by_serde(
            value in json(), at in any::<prop::sample::Index>(), byte in prop::sample::select(b"\"\\{}[]:,0-e.ntu \n".to_vec()),
        ) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                // serde_json refuses numbers beyond the largest of 64 bits, whose digits are kept here.
                let theirs = serde_json::from_str::<Json>(&text);
                let too_large = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
                prop_assert!(too_large || check(&text).is_ok() == theirs.is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(MAX_DEPTH)), Ok(true));
        assert_eq!(check(&nested(MAX_DEPTH + 1)), Err(MalformedJson { at: MAX_DEPTH, too_deep: true }));
        let objects = format!("{}1{}", "{\"a\":".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
        assert_eq!(check(&objects), Ok(true));
        assert_eq!(check("{\"a\": 1e999, \"b\":123456789012345678901234567890}"), Ok(false));
        for (wrong, at) in [("", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("\"\\ud800\"", 1), ("01", 1), ("1 2", 2)] {
            assert_eq!(check(wrong).map_err(|error| error.at), Err(at), "{wrong}");
        }
    }
}
