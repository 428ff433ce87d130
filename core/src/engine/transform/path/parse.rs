//! Parser of paths.

use serde_json::Value;

use super::predicate::{Predicate, names};
use super::{MAX_STEPS, Path, Step};

impl Path {
    /// Parses a path. Returns `None` if it is malformed or has too many steps.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (member, after) = take_member(rest)?;
            match member.as_str() {
                "size()" => {
                    if steps.last() == Some(&Step::Every) {
                        steps.pop();
                    }
                    steps.push(Step::Size);
                }
                _ => steps.push(Step::Member(member)),
            }
            rest = after;
            while let Some(inner) = rest.strip_prefix('[') {
                let end = bracket_end(inner)?;
                steps.push(bracket(inner.get(..end)?)?);
                rest = inner.get(end + 1..)?;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return (steps.len() <= MAX_STEPS).then_some(Self(steps)),
                None => return None,
            }
        }
    }
}

/// Parses a name up to the next `.` or `[`, or one in backticks.
fn take_member(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('`') {
        let (name, rest) = quoted.split_once('`')?;
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// Returns the position of the closing bracket, given the text after the opening one. Quoted parts may contain
/// brackets.
fn bracket_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, next) in text.char_indices() {
        match quote {
            Some(open) if open == next => quote = None,
            Some(_) => {}
            None if matches!(next, '\'' | '"') => quote = Some(next),
            None if next == ']' => return Some(at),
            None => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step> {
    let inner = inner.trim();
    if inner == "*" {
        return Some(Step::Every);
    }
    if let Ok(index) = inner.parse() {
        return Some(Step::Index(index));
    }
    if let Some(predicate) = inner.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        return Predicate::parse(predicate).map(Step::First);
    }
    let (path, literal) = inner.split_once('=')?;
    let literal = Value::String(unquoted(literal.trim()).to_owned());
    Some(Step::First(Predicate { path: names(path.trim())?, operator: "==", literal, loose: true }))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or_else(|| inner('"')).unwrap_or(text)
}
