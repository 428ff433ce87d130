//! A chain of scripts, compiled in one context, and the execution of records through it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::function::Opt;
use rquickjs::{Ctx, Error, Exception, Function, Result, Value};
use serde_json::Value as Json;

use super::convert::{Converted, Tools, to_js, to_json};
use super::sandbox::Sandbox;
use super::stack::{self, Source, Stop, Thrown};
use super::watch::{Clock, Memory};
use crate::engine::script::{Configuration, Input, Outcome, Purpose, Script, ScriptError, ScriptLimits};

/// Code before a body. It declares constants, because a script must not assign to its inputs. The body is a separate
/// function, so that it may declare the same names. It begins on a new line, so lines are counted from the second.
const BEFORE: &str = "(function () { \"use strict\"; \
    const done = arguments[0], CE = arguments[1], require = arguments[2]; \
    return function () { const originalObject = arguments[0], transformedObject = arguments[1], \
    fromVendor = arguments[2], isWhere = arguments[3], configuration = arguments[4]; return (function () {\n";
const AFTER: &str = "\n}).call(undefined); }; })";
/// Code before a v1 body, which has no `done`.
const BEFORE_LEGACY: &str = "(function () { \"use strict\"; \
    const CE = arguments[1], require = arguments[2]; \
    return function () { const originalObject = arguments[0], transformedObject = arguments[1], \
    fromVendor = arguments[2], isWhere = arguments[3], configuration = arguments[4]; return (function () {\n";

/// Value of the first call of `done`.
type Slot = Rc<RefCell<Option<Converted>>>;

/// Compiled scripts in a context that belongs to one job.
pub(super) struct Machine<'js> {
    ctx: Ctx<'js>,
    steps: Vec<Step<'js>>,
    configuration: Json,
    slot: Slot,
    /// Remaining budget of the record's page.
    page: Rc<Cell<usize>>,
    limits: ScriptLimits,
    watched: Watched,
}

/// Reason of the last rejected promise without a handler.
pub(super) type Rejected = Rc<RefCell<Option<Thrown>>>;

/// State of the context that a thread observes while a script runs.
pub(super) struct Watched {
    pub clock: Arc<Clock>,
    pub memory: Rc<Memory>,
    pub rejected: Rejected,
}

impl Watched {
    /// Returns the limit that was reached.
    pub fn stop(&self, limits: ScriptLimits) -> Option<Stop> {
        if self.clock.is_over() {
            Some(Stop::Time(limits.time))
        } else {
            self.memory.was_refused().then_some(Stop::Memory(limits.memory_bytes))
        }
    }
}

struct Step<'js> {
    script: Script,
    /// Name in errors.
    name: String,
    function: Function<'js>,
    tools: Rc<Tools<'js>>,
}

impl<'js> Machine<'js> {
    /// Compiles a chain.
    ///
    /// # Errors
    /// Fails with the first syntax error.
    pub fn compile(
        ctx: &Ctx<'js>,
        chain: &[Script],
        configuration: &Configuration,
        limits: ScriptLimits,
        watched: Watched,
    ) -> std::result::Result<Self, ScriptError> {
        let configuration = configuration_json(configuration);
        let slot = Slot::default();
        let page = Rc::default();
        let mut machine = Self { ctx: ctx.clone(), steps: Vec::new(), configuration, slot, page, limits, watched };
        let Some(first) = chain.first() else { return Ok(machine) };
        let sandbox = Sandbox::new(ctx, &machine.watched.clock).map_err(|error| machine.failure(first, &error))?;
        for script in chain {
            let function = machine.function(script, &sandbox).map_err(|error| machine.failure(script, &error))?;
            let tools = Rc::clone(&sandbox.tools);
            machine.steps.push(Step { script: script.clone(), name: script.name(), function, tools });
        }
        Ok(machine)
    }

    /// Returns whether a limit was reached, so that this context takes no more records.
    pub fn is_worn(&self) -> bool {
        self.watched.clock.is_over() || self.watched.memory.was_refused()
    }

    /// Returns the error message of a record whose conversion panicked.
    pub fn broken(&self) -> String {
        let script = self.steps.last().map(|step| step.script.name()).unwrap_or_default();
        ScriptError { script, place: None, message: "an internal error; please report it".to_owned() }.to_string()
    }

    fn function(&self, script: &Script, sandbox: &Sandbox<'js>) -> Result<Function<'js>> {
        let before = if script.legacy { BEFORE_LEGACY } else { BEFORE };
        let source = format!("{before}{}{AFTER}", script.body);
        let make: Function = self.ctx.eval_with_options(source, stack::options(&script.name()))?;
        make.call((self.done(&sandbox.tools)?, sandbox.ce.clone(), sandbox.require.clone()))
    }

    /// Returns `done`, which copies its value at the time of the call: later changes have no effect (spec P 9.12).
    fn done(&self, tools: &Rc<Tools<'js>>) -> Result<Function<'js>> {
        let (slot, page, tools) = (Rc::clone(&self.slot), Rc::clone(&self.page), Rc::clone(tools));
        Function::new(self.ctx.clone(), move |ctx: Ctx<'js>, value: Opt<Value<'js>>| -> Result<()> {
            if slot.borrow().is_some() {
                return Ok(());
            }
            let result = value.0.map(|value| to_json(&value, &tools, page.get())).transpose()?.unwrap_or_default();
            if let Some(kind) = no_object(&result) {
                return Err(Exception::throw_type(&ctx, &format!("done() takes one object, not {kind}")));
            }
            *slot.borrow_mut() = Some(result);
            Ok(())
        })
    }

    /// Runs one record through all scripts; `page` is the remaining budget of its page. Returns the bytes charged for
    /// the record.
    pub fn run(&self, purpose: Purpose, input: &Input, page: usize) -> (Outcome, usize) {
        self.page.set(page);
        let mut last = Converted::default();
        for step in &self.steps {
            let before = last.json.as_ref().unwrap_or(&input.transformed);
            match self.step(step, purpose, &input.original, before) {
                Ok(result) if !is_empty(result.json.as_ref()) => last = result,
                Ok(_) if step.script.filter_empty_response => return (Outcome::Dropped, 0),
                Ok(_) => last = Converted { json: Some(Json::Object(serde_json::Map::new())), bytes: 0 },
                Err(error) => return (Outcome::Failed(error.to_string()), 0),
            }
        }
        (Outcome::Value(last.json.unwrap_or_else(|| input.transformed.clone())), last.bytes)
    }

    fn step(
        &self,
        step @ Step { script, function, tools, .. }: &Step<'js>,
        purpose: Purpose,
        original: &Json,
        transformed: &Json,
    ) -> std::result::Result<Converted, ScriptError> {
        *self.slot.borrow_mut() = None;
        *self.watched.rejected.borrow_mut() = None;
        let outcome = self.call(function, purpose, original, transformed).and_then(|value| {
            if script.legacy { to_json(&value, tools, self.page.get()).map(Some) } else { self.finish() }
        });
        match outcome {
            _ if self.watched.clock.is_over() => Err(self.failure(script, &outcome.err().unwrap_or(Error::Unknown))),
            Ok(Some(result)) => match no_object(&result) {
                Some(kind) => {
                    Err(stack::at_end(step.source(), &format!("the script must return an object, not {kind}")))
                }
                None => Ok(result),
            },
            Ok(None) => Err(match self.watched.rejected.borrow_mut().take() {
                Some(reason) => reason.into_error(step.source(), None),
                None => stack::at_end(step.source(), "done() was not called"),
            }),
            // A failure after `done` has no effect.
            Err(error) => {
                let failure = self.failure(script, &error);
                self.slot.borrow_mut().take().ok_or(failure)
            }
        }
    }

    fn call(
        &self,
        function: &Function<'js>,
        purpose: Purpose,
        original: &Json,
        transformed: &Json,
    ) -> Result<Value<'js>> {
        function.call((
            to_js(&self.ctx, original)?,
            to_js(&self.ctx, transformed)?,
            purpose == Purpose::FromVendor,
            purpose == Purpose::Where,
            to_js(&self.ctx, &self.configuration)?,
        ))
    }

    /// Runs pending promises to their end, so that none continues during the next record, and takes the value of
    /// `done`.
    fn finish(&self) -> Result<Option<Converted>> {
        while !self.watched.clock.is_over() && self.ctx.execute_pending_job() {}
        Ok(self.slot.borrow_mut().take())
    }

    fn failure(&self, script: &Script, error: &Error) -> ScriptError {
        let source = Source { name: &script.name(), body: &script.body };
        stack::failure(&self.ctx, source, error, || self.watched.stop(self.limits))
    }
}

impl Step<'_> {
    fn source(&self) -> Source<'_> {
        Source { name: &self.name, body: &self.script.body }
    }
}

/// Returns the kind of a result that cannot be a record.
fn no_object(result: &Converted) -> Option<&'static str> {
    match result.json {
        Some(Json::Array(_)) => Some("an array"),
        Some(Json::String(_)) => Some("a string"),
        Some(Json::Number(_)) => Some("a number"),
        Some(Json::Bool(_)) => Some("a boolean"),
        Some(Json::Object(_) | Json::Null) | None => None,
    }
}

/// Returns whether a result is null, undefined or an object without members (spec P 9.6, step 8).
fn is_empty(json: Option<&Json>) -> bool {
    match json {
        None | Some(Json::Null) => true,
        Some(Json::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}

fn configuration_json(configuration: &Configuration) -> Json {
    let secret = |secret: &Option<crate::auth::Secret>| secret.as_ref().map_or("", |secret| secret.expose()).to_owned();
    serde_json::json!({
        "protocol": configuration.protocol,
        "host": configuration.host,
        "pathPrefix": configuration.path_prefix,
        "userSecret": secret(&configuration.user_secret),
        "organizationSecret": secret(&configuration.organization_secret),
        "elementInstanceToken": secret(&configuration.element_instance_token),
    })
}
