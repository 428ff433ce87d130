//! What is wrong with a text, and where (spec P 8.6).

use std::fmt;

/// Longest piece of a line that is shown.
const SHOWN: usize = 100;

/// Why a text is no query. Its text is three lines: what was expected and where, the line, and a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was expected there.
    pub expected: String,
    /// What stands there instead.
    pub found: String,
    /// The line, or the part of it around the place when it is long.
    pub excerpt: String,
    /// How many characters of the excerpt stand before the place.
    pub before: usize,
}

impl ParseError {
    /// A mistake at a byte of a text.
    pub(super) fn new(text: &str, at: usize, expected: &str) -> Self {
        let (head, rest) = text.split_at(at);
        let line = head.matches('\n').count() + 1;
        let before = head.rsplit('\n').next().unwrap_or_default();
        let after = rest.split('\n').next().unwrap_or_default();
        let column = before.chars().count() + 1;
        let skipped = (column - 1).saturating_sub(SHOWN / 2);
        let excerpt = before.chars().chain(after.chars()).skip(skipped).take(SHOWN);
        Self {
            line,
            column,
            expected: expected.to_owned(),
            found: found(rest),
            // One character a column, whatever it is.
            excerpt: excerpt.map(|next| if next.is_control() { ' ' } else { next }).collect(),
            before: column - 1 - skipped,
        }
    }
}

/// The next word, or its beginning.
fn found(rest: &str) -> String {
    let rest = rest.trim_start();
    let length = rest.char_indices().nth(20).map_or(rest.len(), |(at, _)| at);
    let word = rest[..length].split_whitespace().next();
    word.map_or_else(|| "the end".to_owned(), |word| format!("{word:?}"))
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, expected, found, excerpt, before } = self;
        writeln!(f, "Error parsing query: expected {expected} but found {found} at line {line}, column {column}")?;
        write!(f, "{excerpt}\n{:before$}^", "")
    }
}

impl std::error::Error for ParseError {}
