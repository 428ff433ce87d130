//! Conversion of an exception to an error with a position in the script.

use std::time::Duration;

use rquickjs::context::EvalOptions;
use rquickjs::{Coerced, Ctx, Error, Object, Value};

use crate::engine::script::ScriptError;

/// Number of lines before the body in the compiled code.
const LINES_BEFORE: u32 = 1;
/// Maximum length of an error message.
const MAX_TEXT: usize = 1000;

/// Name and body of a script, as its errors show them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub name: &'a str,
    pub body: &'a str,
}

/// Limit that ended a script.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    Time(Duration),
    Memory(usize),
}

/// Returns the options that a body is compiled with.
pub(super) fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.filename = Some(name.to_owned());
    options
}

/// Returns the error message of a script that took too long.
pub(super) fn time_is_up(limit: Duration) -> String {
    format!("stopped after {} seconds", limit.as_secs_f64())
}

/// Returns the error of a script that ended without a result; its position is the end of the body.
pub(super) fn at_end(source: Source<'_>, message: &str) -> ScriptError {
    ScriptError { script: source.name.to_owned(), place: Some(end_of(source.body)), message: message.to_owned() }
}

fn end_of(body: &str) -> (u32, u32) {
    let body = body.trim_end();
    let line = body.lines().count().max(1);
    let column = body.lines().last().map_or(0, |line| line.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Returns the error behind a failed outcome. Reading a thrown value runs its functions, which may reach a limit.
pub(super) fn failure(
    ctx: &Ctx<'_>,
    source: Source<'_>,
    error: &Error,
    stop: impl FnOnce() -> Option<Stop>,
) -> ScriptError {
    let thrown = if ctx.has_exception() { Thrown::read(&ctx.catch()) } else { Thrown::said(error.to_string()) };
    thrown.into_error(source, stop())
}

/// Thrown value, read before its context continues.
#[derive(Debug)]
pub(super) struct Thrown {
    text: String,
    /// Stack of an error; `None` if the value is not an error.
    stack: Option<String>,
    by_script: bool,
}

impl Thrown {
    pub fn read(value: &Value<'_>) -> Self {
        let stack = value.as_object().and_then(|object: &Object| object.get::<_, String>("stack").ok());
        drop(value.ctx().catch());
        Self { text: text_of(value), stack, by_script: true }
    }

    /// Creates an error of the bindings, as opposed to the script.
    fn said(text: String) -> Self {
        Self { text, stack: None, by_script: false }
    }

    pub fn into_error(self, source: Source<'_>, stop: Option<Stop>) -> ScriptError {
        let place = match &self.stack {
            Some(stack) => stack.lines().find_map(|line| place_in(line, source.name)),
            None if self.by_script => thrown_at(source.body),
            None => None,
        };
        let end = end_of(source.body);
        let beyond = place.is_some_and(|place| place > end);
        let message = match stop {
            Some(Stop::Time(limit)) => time_is_up(limit),
            Some(Stop::Memory(bytes)) => format!("more than {} MiB of memory would be needed", bytes >> 20),
            // The parser's message refers to the code around the body.
            None if beyond && self.text.starts_with("SyntaxError") => {
                "SyntaxError: unexpected end of the script".to_owned()
            }
            None => self.text.chars().take(MAX_TEXT).collect(),
        };
        ScriptError { script: source.name.to_owned(), place: place.map(|place| place.min(end)), message }
    }
}

/// Returns the text of an error, such as `TypeError: x is not a function`, or of another thrown value.
fn text_of(thrown: &Value<'_>) -> String {
    let ctx = thrown.ctx();
    let text = match thrown.as_object() {
        Some(object) if !thrown.is_error() => {
            ctx.json_stringify(object.clone()).ok().flatten().and_then(|text| text.to_string().ok())
        }
        _ => thrown.get::<Coerced<String>>().ok().map(|text| text.0),
    };
    // Reading the text calls the script's own objects, which may throw in turn.
    drop(ctx.catch());
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| "an error without a message".to_owned())
}

/// Returns the position in the body from `at f (name:3:5)` or `at name:3:5`.
fn place_in(line: &str, name: &str) -> Option<(u32, u32)> {
    let after = line.rsplit_once(name)?.1.strip_prefix(':')?.trim_end_matches(')');
    let (line, column) = after.split_once(':')?;
    let line: u32 = line.parse().ok()?;
    // An error at the very beginning is reported at the function around the body.
    Some(if line > LINES_BEFORE { (line - LINES_BEFORE, column.parse().ok()?) } else { (1, 1) })
}

/// Returns the position of the only `throw` in a body. A thrown string has no position, but with a single `throw` it is
/// certain.
fn thrown_at(body: &str) -> Option<(u32, u32)> {
    let mut throws = body.match_indices("throw").filter(|(at, word)| {
        let part =
            |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '$' | '.'));
        !part(body[..*at].chars().next_back()) && !part(body[at + word.len()..].chars().next())
    });
    let (at, _) = throws.next()?;
    if throws.next().is_some() {
        return None;
    }
    let before = &body[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    u32::try_from(line).ok().zip(u32::try_from(column).ok())
}
