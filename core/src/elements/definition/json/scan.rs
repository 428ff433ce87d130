//! Scanner of JSON texts: checks the grammar and reports where values end.

use std::ops::Range;

/// Maximum depth of nesting (spec E 5.93).
pub const MAX_DEPTH: u16 = 200;

/// Reason why a text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no JSON; the position of the first wrong byte.
    Malformed(usize),
    /// It is nested more deeply than [`MAX_DEPTH`].
    TooDeep,
}

/// Position in a JSON text. Every method that reads a value leaves the position after it, without the white space that
/// follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u16,
    /// Whether there was white space.
    spaced: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns a word whose lowest set high bit marks the first quote, backslash or control character among eight bytes.
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero(quote) | zero(backslash) | control) & HIGH
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, depth: 0, spaced: false }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// Skips the white space before the whole value.
    pub fn begin(&mut self) {
        self.peek();
        self.spaced = false;
    }

    /// Returns whether there was white space between tokens so far.
    pub fn is_spaced(&self) -> bool {
        self.spaced
    }

    /// Skips white space and returns the next byte.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => {
                    self.at += 1;
                    self.spaced = true;
                }
                other => return other.copied(),
            }
        }
    }

    fn fault<T>(&self) -> Result<T, Fault> {
        Err(Fault::Malformed(self.at))
    }

    /// Requires that only white space follows.
    pub fn end(&mut self) -> Result<(), Fault> {
        if self.peek().is_none() { Ok(()) } else { self.fault() }
    }

    /// Reads one value.
    pub fn value(&mut self) -> Result<Range<usize>, Fault> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => self.string().map(drop)?,
            Some(b'{') => self.each_member(|scanner, _| scanner.value().map(drop))?,
            Some(b'[') => self.each_item(|scanner, _| scanner.value().map(drop))?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return self.fault(),
        }
        Ok(start..self.at)
    }

    /// Reads an object. The function reads the value of each member, whose name is the range between the quotes.
    pub fn each_member(
        &mut self,
        mut read: impl FnMut(&mut Self, Range<usize>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter()?;
        if self.peek() == Some(b'}') {
            return self.leave();
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fault();
            }
            let name = self.string()?;
            if self.peek() != Some(b':') {
                return self.fault();
            }
            self.at += 1;
            self.peek();
            read(self, name)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.leave(),
                _ => return self.fault(),
            }
        }
    }

    /// Reads an array. The function reads each item, of which it receives the index.
    pub fn each_item(&mut self, mut read: impl FnMut(&mut Self, usize) -> Result<(), Fault>) -> Result<(), Fault> {
        self.enter()?;
        if self.peek() == Some(b']') {
            return self.leave();
        }
        for index in 0.. {
            self.peek();
            read(self, index)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fault(),
            }
        }
        self.leave()
    }

    fn enter(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Fault> {
        self.depth -= 1;
        self.at += 1;
        Ok(())
    }

    /// Reads a string at its quote. Returns the range between the quotes.
    #[inline]
    fn string(&mut self) -> Result<Range<usize>, Fault> {
        self.at += 1;
        let start = self.at;
        loop {
            self.skip_plain();
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                Some(b'\\') => self.escape()?,
                _ => return self.fault(),
            }
        }
    }

    /// Skips to the next quote, backslash or control character, or to the end.
    #[inline]
    fn skip_plain(&mut self) {
        while let Some(chunk) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let found = special(u64::from_le_bytes(*chunk));
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).unwrap_or_default();
                if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return self.fault();
                }
                self.at += 6;
            }
            _ => return self.fault(),
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.fault();
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1
        } else {
            self.digits()?
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == start { self.fault() } else { Ok(()) }
    }
}
