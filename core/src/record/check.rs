//! Checks JSON texts (RFC 8259) and removes the white space between their tokens, without building a tree.

use std::fmt;

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
    let mut checker = Checker { bytes: text.as_bytes(), at: 0, spaces: 0, objects: [0; 4], depth: 0 };
    checker.document()?;
    Ok(checker.spaces == 0)
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
pub(crate) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at = plain(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            // An escape, or a control character that a checked text does not have.
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// Returns the position of the next quote, backslash or control character, or the end.
fn plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = special(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

/// Sets the high bit of every byte that is a quote, a backslash or a control character; higher bytes than the first
/// such one may be wrong.
fn special(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let equal = |byte: u8| {
        let difference = word ^ (LOW * u64::from(byte));
        difference.wrapping_sub(LOW) & !difference
    };
    let control = word.wrapping_sub(LOW * 0x20) & !word;
    (equal(b'"') | equal(b'\\') | control) & HIGH
}

struct Checker<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Number of white-space characters between tokens.
    spaces: usize,
    /// Bits of the open containers: set for objects.
    objects: [u64; 4],
    depth: usize,
}

impl Checker<'_> {
    fn document(&mut self) -> Result<(), MalformedJson> {
        loop {
            let opened = self.value()?;
            if opened {
                continue;
            }
            // After a value: the next one of the same container, or the ends of containers.
            loop {
                let next = self.token();
                if self.depth == 0 {
                    return if next.is_none() { Ok(()) } else { Err(self.wrong()) };
                }
                let object = self.in_object();
                match next {
                    Some(b',') => {
                        self.at += 1;
                        if object {
                            self.token();
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
    fn value(&mut self) -> Result<bool, MalformedJson> {
        match self.token() {
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
            Some(b'"') => self.string().map(|()| false),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number().map(|()| false),
        }
    }

    /// Skips white space. Returns the next byte.
    fn token(&mut self) -> Option<u8> {
        loop {
            let next = self.bytes.get(self.at).copied();
            match next {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.at += 1;
                    self.spaces += 1;
                }
                next => return next,
            }
        }
    }

    /// Reads a name and the colon after it.
    fn key(&mut self) -> Result<(), MalformedJson> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.wrong());
        }
        self.string()?;
        if self.token() != Some(b':') {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), MalformedJson> {
        self.at += 1;
        loop {
            self.at = plain(self.bytes, self.at);
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

    /// Reads an escape. A surrogate must be half of a pair, since no string can contain it alone.
    fn escape(&mut self) -> Result<(), MalformedJson> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.unit(self.at)? {
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
        if self.depth == MAX_DEPTH {
            return Err(MalformedJson { at: self.at, too_deep: true });
        }
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        self.objects[word] = if object { self.objects[word] | bit } else { self.objects[word] & !bit };
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

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
