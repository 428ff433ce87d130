//! Errors of the parser with their position (spec P 8.6).

use std::fmt;

/// Maximum length of an excerpt.
const SHOWN: usize = 100;

/// A syntax error. Displayed as three lines: what was expected and where, the line, and a caret below the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Expected input at the position.
    pub expected: String,
    /// Input found instead.
    pub found: String,
    /// The line, or the part around the position if the line is long.
    pub excerpt: String,
    /// Number of characters of the excerpt before the position.
    pub before: usize,
}

impl ParseError {
    /// Creates an error at a byte offset.
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
            // Every character takes one column.
            excerpt: excerpt.map(|next| if next.is_control() { ' ' } else { next }).collect(),
            before: column - 1 - skipped,
        }
    }
}

/// Returns the beginning of the next word.
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
