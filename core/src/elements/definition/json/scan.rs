//! Scanner of JSON texts: checks the grammar and reports where values end.

use std::ops::Range;

use crate::record::outline::Outlines;
use crate::record::outlined::Outlined;
use crate::record::{MAX_DEPTH, MalformedJson, value_end};

/// Reason why a text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no JSON; the position of the first wrong byte.
    Malformed(usize),
    /// It is nested more deeply than `MAX_DEPTH` levels.
    TooDeep,
}

/// Position in a JSON text. Every method that reads a value leaves the position after it, without the white space that
/// follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    /// Whether there was white space.
    spaced: bool,
}

impl From<MalformedJson> for Fault {
    fn from(error: MalformedJson) -> Self {
        if error.too_deep { Self::TooDeep } else { Self::Malformed(error.at) }
    }
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
        self.peek();
        let start = self.at;
        let end = value_end(self.bytes, start, self.depth)?;
        self.at = end.at;
        self.spaced |= end.is_spaced;
        Ok(start..self.at)
    }

    /// Reads one value of several that are alike.
    pub fn one_of(
        &mut self,
        text: &str,
        outlines: &mut Outlines<()>,
        outlined: &mut Outlined,
    ) -> Result<Range<usize>, Fault> {
        self.peek();
        let start = self.at;
        if let Some(end) = outlines.note(self.bytes, start, self.depth, outlined) {
            self.at = end;
            return Ok(start..end);
        }
        let range = self.value()?;
        outlines.learn(&text[range.clone()], |_| Some(()));
        Ok(range)
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
            let name = self.value()?;
            if self.peek() != Some(b':') {
                return self.fault();
            }
            self.at += 1;
            self.peek();
            read(self, name.start + 1..name.end - 1)?;
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
}
