//! Cursor over a query, and the small parts that it parses (spec P 8.1, 8.3).

use super::ParseError;
use super::{Field, Literal};

/// Maximum length of a query in bytes: that of a request body.
const MAX_LENGTH: usize = 4 << 20;
/// The only characters that separate words.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) type Result<T> = std::result::Result<T, ParseError>;

/// A position in a string.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Result<Self> {
        let cursor = Self { text, at: 0 };
        if text.len() > MAX_LENGTH { Err(cursor.error(&format!("at most {MAX_LENGTH} bytes"))) } else { Ok(cursor) }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns a second cursor over the same string for look-ahead.
    pub fn at(&self, at: usize) -> Self {
        Self { text: self.text, at }
    }

    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(BLANKS).len();
    }

    pub fn take(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    pub fn expect(&mut self, wanted: char, expected: &str) -> Result<()> {
        if self.take(wanted) { Ok(()) } else { Err(self.error(expected)) }
    }

    pub fn end(&mut self, expected: &str) -> Result<()> {
        self.skip_blanks();
        if self.rest().is_empty() { Ok(()) } else { Err(self.error(expected)) }
    }

    /// Returns the position after this keyword if it comes next. Does not move the cursor.
    pub fn after_keyword(&mut self, keyword: &str) -> Option<usize> {
        self.skip_blanks();
        let head = self.rest().get(..keyword.len())?;
        let next = self.rest()[keyword.len()..].chars().next();
        let whole = head.eq_ignore_ascii_case(keyword)
            && next.is_none_or(|next| !is_in_name(next) && !matches!(next, '.' | '['));
        whole.then_some(self.at + keyword.len())
    }

    pub fn keyword(&mut self, keyword: &str) -> bool {
        let after = self.after_keyword(keyword);
        self.at = after.unwrap_or(self.at);
        after.is_some()
    }

    /// Parses a field, in quotes of any kind or bare.
    pub fn field(&mut self) -> Result<Field> {
        self.skip_blanks();
        let start = self.at;
        if let Some(name) = self.quoted()? {
            self.at = if name.is_empty() { start } else { self.at };
            return if name.is_empty() { Err(self.error("a field name")) } else { Ok(Field::property(name)) };
        }
        self.name()?;
        loop {
            if self.rest().starts_with('.') {
                self.at += 1;
                self.name()?;
            } else if self.rest().starts_with('[') {
                self.index()?;
            } else {
                return Ok(Field::new(&self.text[start..self.at]));
            }
        }
    }

    fn name(&mut self) -> Result<()> {
        let rest = self.rest();
        if !rest.starts_with(begins_name) {
            return Err(self.error("a field name"));
        }
        self.at += rest.find(|next| !is_in_name(next)).unwrap_or(rest.len());
        Ok(())
    }

    fn index(&mut self) -> Result<()> {
        let inner = self.rest()[1..].split_once(']').map(|(inner, _)| inner);
        match inner {
            Some(inner) if inner == "*" || is_digits(inner) => {
                self.at += inner.len() + 2;
                Ok(())
            }
            _ => Err(self.error("[*] or [number]")),
        }
    }

    /// Parses the right-hand side of a comparison: in quotes of any kind, or bare up to white space or a sign.
    pub fn value(&mut self) -> Result<Literal> {
        self.skip_blanks();
        if let Some(text) = self.quoted()? {
            return Ok(Literal { text, quoted: true });
        }
        let rest = self.rest();
        let length = rest.find(|next| !is_bare(next)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.error("a value"));
        }
        self.at += length;
        Ok(Literal { text: rest[..length].to_owned(), quoted: false })
    }

    /// Parses a quoted string: `'` and `"` with doubling and backslashes, `` ` `` with doubling.
    pub fn quoted(&mut self) -> Result<Option<String>> {
        let Some(quote) = self.rest().chars().next().filter(|first| matches!(first, '\'' | '"' | '`')) else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut characters = self.rest()[1..].char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|&(_, next)| next);
            if character == quote && next == Some(quote) {
                characters.next();
                text.push(quote);
            } else if character == quote {
                self.at += at + 2;
                return Ok(Some(text));
            } else if character == '\\' && quote != '`' && matches!(next, Some('\'' | '"' | '\\')) {
                text.extend(characters.next().map(|(_, escaped)| escaped));
            } else {
                text.push(character);
            }
        }
        Err(self.error(&format!("a closing {quote}")))
    }

    pub fn digits(&mut self) -> Result<u64> {
        self.skip_blanks();
        let rest = self.rest();
        let length = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().map_err(|_| self.error("a whole number"))?;
        self.at += length;
        Ok(number)
    }

    pub fn error(&self, expected: &str) -> ParseError {
        ParseError::new(self.text, self.at, expected)
    }
}

/// Returns whether a string is a bare field or path that needs no quotes.
pub(super) fn is_bare_field(text: &str) -> bool {
    let mut cursor = Cursor { text, at: 0 };
    text.starts_with(begins_name) && cursor.field().is_ok() && cursor.rest().is_empty()
}

/// Returns whether a string is a bare value.
pub(super) fn is_bare_value(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_bare)
}

/// Returns whether a string contains only white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANKS).is_empty()
}

/// Removes a semicolon at the end.
pub(super) fn without_semicolon(text: &str) -> &str {
    text.trim_end_matches(BLANKS).strip_suffix(';').unwrap_or(text)
}

fn begins_name(next: char) -> bool {
    next.is_alphabetic() || matches!(next, '_' | '$' | '@')
}

fn is_in_name(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '$' | '@' | '-' | ':')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_bare(next: char) -> bool {
    !BLANKS.contains(&next) && !"(),'\"`=<>!".contains(next)
}
