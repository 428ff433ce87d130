//! Execution of one script in a fresh context.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::function::This;
use rquickjs::{Ctx, Error, Exception, Function, Object, Result, Value};

use super::network::Calls;
use super::output::{self, Console};
use super::{HookInput, native, stopped};
use crate::element::{Done, FailureCause, Script, ScriptFailure};
use crate::engine::script::quickjs::library;
use crate::engine::script::quickjs::machine::Watched;
use crate::engine::script::quickjs::sandbox::Prelude;
use crate::engine::script::quickjs::stack::{self, Source, Thrown};
use crate::engine::script::quickjs::turns::Slice;
use crate::engine::script::{ScriptError, ScriptLimits};

/// Values that the script has given so far.
#[derive(Default)]
pub(super) struct Slot {
    pub given: Option<Done>,
    /// The error of a `done` that could not copy its argument.
    pub failed: Option<Thrown>,
    pub console: Console,
}

pub(super) type Shared = Rc<RefCell<Slot>>;

/// Runs a script.
///
/// # Errors
/// Fails if the script throws before it calls `done`, cannot be compiled, or exceeds a limit.
pub(in super::super) fn run(
    ctx: &Ctx<'_>,
    input: &Arc<HookInput>,
    limits: ScriptLimits,
    watched: Watched,
    slice: &Slice,
) -> std::result::Result<Done, ScriptFailure> {
    let slot = Shared::default();
    *watched.rejected.borrow_mut() = None;
    let calls = Rc::new(RefCell::new(Calls::new(input.access.clone())));
    let execution = Execution { ctx, input, limits, watched, slice, slot: Rc::clone(&slot), calls: Rc::clone(&calls) };
    let outcome = execution.run();
    // The context may live longer.
    *calls.borrow_mut() = Calls::new(None);
    let console = std::mem::take(&mut slot.borrow_mut().console).lines;
    match outcome {
        Ok(done) => Ok(Done { console, ..done }),
        Err(ScriptError { script, place, message }) => {
            Err(ScriptFailure { script, place, message, cause: FailureCause::Script, console })
        }
    }
}

/// Returns the failure of a script during which the engine itself failed.
pub(in super::super) fn broken(script: &Script) -> ScriptFailure {
    stopped(script, "an internal error; please report it".to_owned())
}

struct Execution<'a, 'js> {
    ctx: &'a Ctx<'js>,
    input: &'a Arc<HookInput>,
    limits: ScriptLimits,
    watched: Watched,
    slice: &'a Slice,
    slot: Shared,
    calls: Rc<RefCell<Calls>>,
}

impl<'js> Execution<'_, 'js> {
    fn run(&self) -> std::result::Result<Done, ScriptError> {
        let outcome = self.call();
        let source = self.source();
        let rejected = self.watched.rejected.borrow_mut().take();
        let mut slot = self.slot.borrow_mut();
        let (given, failed) = (slot.given.take(), slot.failed.take());
        drop(slot);
        match (outcome, failed, given) {
            (outcome, ..) if self.watched.clock.is_over() => {
                Err(self.failure(&outcome.err().unwrap_or(Error::Unknown)))
            }
            (_, Some(thrown), _) => Err(thrown.into_error(source, self.watched.stop(self.limits))),
            // What is thrown after `done` has no effect (spec E 7.5).
            (_, None, Some(done)) => Ok(done),
            (Err(error), ..) => Err(self.failure(&error)),
            (Ok(contents), None, None) => match rejected {
                Some(reason) => Err(reason.into_error(source, None)),
                None => Ok(Done { contents, ..Done::default() }),
            },
        }
    }

    /// Calls the script, and runs pending jobs until it is done. Returns the maps that it changed.
    fn call(&self) -> Result<BTreeMap<String, String>> {
        let made = self.names()?;
        let function = self.compile(&made)?;
        let returned: Value = function.call((This(self.ctx.globals()),))?;
        if self.input.script.is_legacy && !returned.is_undefined() {
            made.get::<_, Function>("done")?.call::<_, ()>((returned,))?;
        }
        self.run_jobs(&made)?;
        if self.is_done() {
            return Ok(BTreeMap::new());
        }
        output::contents(self.ctx, made.get::<_, Function>("contents")?.call(())?)
    }

    /// Runs pending jobs, and waits for answers of other hosts, until the script is done or nothing is left to do. The
    /// thread passes its turn on while it waits.
    fn run_jobs(&self, made: &Object<'js>) -> Result<()> {
        let clock = &self.watched.clock;
        loop {
            while !self.is_done() && !clock.is_over() && self.ctx.execute_pending_job() {}
            let has_failed = self.watched.rejected.borrow().is_some();
            if self.is_done() || has_failed || !self.calls.borrow().are_pending() {
                return Ok(());
            }
            let answer = self.slice.without_turn(|| self.calls.borrow_mut().wait(clock));
            let Some((id, event)) = answer else { return Ok(()) };
            made.get::<_, Function>("deliver")?.call::<_, ()>((id, native::event(self.ctx, event)?))?;
        }
    }

    fn is_done(&self) -> bool {
        let slot = self.slot.borrow();
        slot.given.is_some() || slot.failed.is_some()
    }

    /// Compiles the body. A body that closes its function and opens another is no body of a function.
    fn compile(&self, made: &Object<'js>) -> Result<Function<'js>> {
        let Script { name, body, .. } = &self.input.script;
        let source = format!("(function () {{\n{body}\n}})");
        let mut options = stack::options(name);
        options.strict = false;
        let function: Value = self.ctx.eval_with_options(source.as_str(), options)?;
        let whole: String = made.get::<_, Function>("source")?.call((function.clone(),))?;
        match function.into_function() {
            Some(function) if whole.len() + 2 == source.len() => Ok(function),
            _ => Err(Exception::throw_syntax(self.ctx, "the script closes the function that it is the body of")),
        }
    }

    /// Creates the variables that the script sees.
    fn names(&self) -> Result<Object<'js>> {
        let prelude = Prelude::new(self.ctx, &self.watched.clock)?;
        let hooks: Function = library::evaluate(self.ctx, "hooks")?;
        let native = native::object(self.ctx, self.input, &self.slot, &self.calls, &self.watched.clock)?;
        let made: Object = hooks.call((native, prelude.made))?;
        let name: Function = made.get("name")?;
        for (index, (text, _)) in self.input.names.iter().enumerate() {
            name.call::<_, ()>((*text, index))?;
        }
        Ok(made)
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.input.script.name, body: &self.input.script.body }
    }

    fn failure(&self, error: &Error) -> ScriptError {
        stack::failure(self.ctx, self.source(), error, || self.watched.stop(self.limits))
    }
}
