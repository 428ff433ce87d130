//! From an exception to an error with a place in the script.

use std::time::Duration;

use rquickjs::context::EvalOptions;
use rquickjs::{Coerced, Ctx, Error, Object, Value};

use crate::engine::script::{Script, ScriptError};

/// The body begins on the second line of what is compiled.
const LINES_BEFORE: u32 = 1;
/// Longest error text.
const MAX_TEXT: usize = 1000;

/// A limit that ended a script.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    Time(Duration),
    Memory(usize),
}

/// How a body is compiled.
pub(super) fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.filename = Some(name.to_owned());
    options
}

/// What is said of a script that took too long.
pub(super) fn time_is_up(limit: Duration) -> String {
    format!("stopped after {} seconds", limit.as_secs_f64())
}

/// Returns the error of a script that ended without a result; its place is the end of the body.
pub(super) fn at_end(script: &Script, message: &str) -> ScriptError {
    ScriptError { script: script.name(), place: Some(end_of(&script.body)), message: message.to_owned() }
}

fn end_of(body: &str) -> (u32, u32) {
    let body = body.trim_end();
    let line = body.lines().count().max(1);
    let column = body.lines().last().map_or(0, |line| line.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The error behind an outcome that is none.
pub(super) fn failure(ctx: &Ctx<'_>, script: &Script, error: &Error, stop: Option<Stop>) -> ScriptError {
    let thrown = if ctx.has_exception() { Thrown::read(&ctx.catch()) } else { Thrown::said(error.to_string()) };
    thrown.into_error(script, stop)
}

/// Something that was thrown, read before its context goes on.
#[derive(Debug)]
pub(super) struct Thrown {
    text: String,
    /// The stack of an error; what is no error has none.
    stack: Option<String>,
    by_script: bool,
}

impl Thrown {
    pub fn read(value: &Value<'_>) -> Self {
        let stack = value.as_object().and_then(|object: &Object| object.get::<_, String>("stack").ok());
        drop(value.ctx().catch());
        Self { text: text_of(value), stack, by_script: true }
    }

    /// An error of the bindings, not of the script.
    fn said(text: String) -> Self {
        Self { text, stack: None, by_script: false }
    }

    pub fn into_error(self, script: &Script, stop: Option<Stop>) -> ScriptError {
        let place = match &self.stack {
            Some(stack) => stack.lines().find_map(|line| place_in(line, &script.name())),
            None if self.by_script => thrown_at(&script.body),
            None => None,
        };
        let end = end_of(&script.body);
        let beyond = place.is_some_and(|place| place > end);
        let message = match stop {
            Some(Stop::Time(limit)) => time_is_up(limit),
            Some(Stop::Memory(bytes)) => format!("more than {} MiB of memory would be needed", bytes >> 20),
            // The parser speaks of what is around the body.
            None if beyond && self.text.starts_with("SyntaxError") => {
                "SyntaxError: unexpected end of the script".to_owned()
            }
            None => self.text.chars().take(MAX_TEXT).collect(),
        };
        ScriptError { script: script.name(), place: place.map(|place| place.min(end)), message }
    }
}

/// `TypeError: x is not a function`; of what is no error its text.
fn text_of(thrown: &Value<'_>) -> String {
    let ctx = thrown.ctx();
    let text = match thrown.as_object() {
        Some(object) if !thrown.is_error() => {
            ctx.json_stringify(object.clone()).ok().flatten().and_then(|text| text.to_string().ok())
        }
        _ => thrown.get::<Coerced<String>>().ok().map(|text| text.0),
    };
    // The texts were asked of the script's own objects, which may throw in their turn.
    drop(ctx.catch());
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| "an error without a text".to_owned())
}

/// `at f (name:3:5)` or `at name:3:5`, counted in the body.
fn place_in(line: &str, name: &str) -> Option<(u32, u32)> {
    let after = line.rsplit_once(name)?.1.strip_prefix(':')?.trim_end_matches(')');
    let (line, column) = after.split_once(':')?;
    let line: u32 = line.parse().ok()?;
    // What stands at the very beginning is told as the function around it.
    Some(if line > LINES_BEFORE { (line - LINES_BEFORE, column.parse().ok()?) } else { (1, 1) })
}

/// A thrown text carries no place, but a body with a single `throw` leaves no doubt.
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
