//! Steps of scripts as traces show them: without secrets (spec E 4.62).

use std::time::Instant;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::super::document::{DefinedResource, Definition};
use super::super::json;
use super::super::request::{Input, Open, derived_secrets, is_secret, secrets};
use super::hooks::{Placed, Side};
use crate::auth::MASK;
use crate::element::{Done, ScriptFailure};
use crate::vendor::{ScriptStep, masked};

/// Longest value in a trace, in characters.
const LONGEST: usize = 4000;
/// Headers whose values are credentials.
const CREDENTIALS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "www-authenticate"];

/// Collects the steps of a call.
pub struct Tracer {
    pub secrets: Vec<Zeroizing<String>>,
    steps: Vec<ScriptStep>,
}

impl Tracer {
    /// Creates the tracer of a step whose request was built.
    pub fn new(resource: &DefinedResource, input: &Input<'_>, open: &Open) -> Self {
        let mut secrets = secrets(input.settings);
        secrets.extend(derived_secrets(resource, input, open));
        Self { secrets, steps: Vec::new() }
    }

    /// Records that a resource runs as the next step of a chain.
    pub fn chain(&mut self, resource: &DefinedResource) {
        let script = format!("{} {}", resource.method, resource.path);
        self.steps.push(ScriptStep { step: "chain", script, ..ScriptStep::default() });
    }

    /// Records a script.
    pub fn script(
        &mut self,
        (side, placed): (Side, &Placed),
        definition: &Definition,
        names: &[(&'static str, String)],
        (outcome, started): (&Result<Done, ScriptFailure>, Instant),
    ) {
        let mask = |text: &str| masked(text, &self.secrets);
        let shown = |name: &str, text: &str| match name {
            "configuration" => self.configuration(definition, text),
            _ if name.ends_with("headers") => self.headers(text),
            _ => shown(&mask(text)),
        };
        let given: Map<_, _> = names.iter().map(|(name, text)| ((*name).to_owned(), shown(name, text))).collect();
        let done = outcome.as_ref().ok();
        let changes = done.into_iter().flat_map(|done| done.contents.iter().chain(&done.changes));
        let changes: Map<_, _> = changes.map(|(name, text)| (name.clone(), shown(name, text))).collect();
        let console = match outcome {
            Ok(done) => &done.console,
            Err(failure) => &failure.console,
        };
        let silent = done.is_some_and(|done| !done.was_called);
        let step = ScriptStep {
            step: side.word(),
            script: placed.script.name.clone(),
            given,
            changes,
            console: console.iter().map(|line| cut(&mask(line))).collect(),
            remark: silent.then(|| "the script ended without a call of done".to_owned()),
            error: outcome.as_ref().err().map(|failure| mask(&failure.to_string())),
            process_time: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        self.steps.push(step);
    }

    /// Adds an error to the last script, for instance that the engine refuses what it wrote.
    pub fn error(&mut self, text: &str) {
        if let Some(step) = self.steps.last_mut() {
            step.error = Some(masked(text, &self.secrets));
        }
    }

    /// Returns the steps since the last call.
    pub fn take(&mut self) -> Vec<ScriptStep> {
        std::mem::take(&mut self.steps)
    }

    fn configuration(&self, definition: &Definition, text: &str) -> Value {
        let member = |(key, value): (std::borrow::Cow<'_, str>, &str)| {
            let is_hidden = is_secret(definition, &key) && json::kind_of(value) != json::Kind::Null;
            let value = if is_hidden { MASK.into() } else { shown(&masked(value, &self.secrets)) };
            (key.into_owned(), value)
        };
        Value::Object(json::members(text).into_iter().map(member).collect())
    }

    fn headers(&self, text: &str) -> Value {
        if json::kind_of(text) != json::Kind::Object {
            return shown(&masked(text, &self.secrets));
        }
        let member = |(name, value): (std::borrow::Cow<'_, str>, &str)| {
            let is_hidden = CREDENTIALS.contains(&name.to_ascii_lowercase().as_str());
            let is_hidden = is_hidden && json::kind_of(value) != json::Kind::Null;
            let value = if is_hidden { MASK.into() } else { shown(&masked(value, &self.secrets)) };
            (name.into_owned(), value)
        };
        Value::Object(json::members(text).into_iter().map(member).collect())
    }
}

/// Returns a JSON text as a value; a long one as the beginning of its text.
fn shown(text: &str) -> Value {
    if text.chars().nth(LONGEST).is_some() {
        return cut(text).into();
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
