//! Execution of one script in a fresh context.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::function::This;
use rquickjs::{Ctx, Error, Exception, Function, Object, Result, Value};

use super::output::{self, Console};
use super::{HookInput, stopped, web};
use crate::element::{Done, FailureCause, Script, ScriptFailure};
use crate::engine::script::quickjs::library;
use crate::engine::script::quickjs::machine::Watched;
use crate::engine::script::quickjs::sandbox::Prelude;
use crate::engine::script::quickjs::stack::{self, Source, Thrown};
use crate::engine::script::{ScriptError, ScriptLimits};

/// Values that the script has given so far.
#[derive(Default)]
struct Slot {
    given: Option<Done>,
    /// The error of a `done` that could not copy its argument.
    failed: Option<Thrown>,
    console: Console,
}

type Shared = Rc<RefCell<Slot>>;

/// Runs a script.
///
/// # Errors
/// Fails if the script throws before it calls `done`, cannot be compiled, or exceeds a limit.
pub(in super::super) fn run(
    ctx: &Ctx<'_>,
    input: &Arc<HookInput>,
    limits: ScriptLimits,
    watched: Watched,
) -> std::result::Result<Done, ScriptFailure> {
    let slot = Shared::default();
    *watched.rejected.borrow_mut() = None;
    let execution = Execution { ctx, input, limits, watched, slot: Rc::clone(&slot) };
    let outcome = execution.run();
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
    slot: Shared,
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
        while !self.is_done() && !self.watched.clock.is_over() && self.ctx.execute_pending_job() {}
        if self.is_done() {
            return Ok(BTreeMap::new());
        }
        output::contents(self.ctx, made.get::<_, Function>("contents")?.call(())?)
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
        let made: Object = hooks.call((self.native()?, prelude.made))?;
        let name: Function = made.get("name")?;
        for (index, (text, _)) in self.input.names.iter().enumerate() {
            name.call::<_, ()>((*text, index))?;
        }
        Ok(made)
    }

    /// Returns the functions that `hooks.js` needs. None may hold a value of the context: the garbage collector would
    /// not see it.
    fn native(&self) -> Result<Object<'js>> {
        let native = Object::new(self.ctx.clone())?;
        let add = |name: &str, function: Result<Function<'js>>| native.set(name, function?);
        let input = Arc::clone(self.input);
        add("isExact", Function::new(self.ctx.clone(), move |index: usize| output::is_exact(value(&input, index))))?;
        let input = Arc::clone(self.input);
        add("text", Function::new(self.ctx.clone(), move |index: usize| value(&input, index).to_owned()))?;
        let input = Arc::clone(self.input);
        let parsed = move |ctx: Ctx<'js>, index: usize| ctx.json_parse(value(&input, index));
        add("value", Function::new(self.ctx.clone(), parsed))?;
        let library = |ctx: Ctx<'js>, name: String| library::evaluate::<Function>(&ctx, &name);
        add("library", Function::new(self.ctx.clone(), library))?;
        let clock = Arc::clone(&self.watched.clock);
        add("web", Function::new(self.ctx.clone(), move |ctx: Ctx<'js>| web::object(&ctx, &clock)))?;
        let slot = Rc::clone(&self.slot);
        let done = move |ctx: Ctx<'js>, changes: Option<String>, contents: BTreeMap<String, String>| -> Result<()> {
            let changes = changes.map(|text| output::members(&ctx, text)).transpose()?.unwrap_or_default();
            let contents = output::contents(&ctx, contents)?;
            slot.borrow_mut().given = Some(Done { changes, contents, was_called: true, console: Vec::new() });
            Ok(())
        };
        add("done", Function::new(self.ctx.clone(), done))?;
        let slot = Rc::clone(&self.slot);
        let failed = move |error: Value<'js>| slot.borrow_mut().failed = Some(Thrown::read(&error));
        add("failed", Function::new(self.ctx.clone(), failed))?;
        let slot = Rc::clone(&self.slot);
        add("hasRoom", Function::new(self.ctx.clone(), move || slot.borrow().console.has_room()))?;
        let slot = Rc::clone(&self.slot);
        add("line", Function::new(self.ctx.clone(), move |line: String| slot.borrow_mut().console.add(line)))?;
        Ok(native)
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.input.script.name, body: &self.input.script.body }
    }

    fn failure(&self, error: &Error) -> ScriptError {
        stack::failure(self.ctx, self.source(), error, self.watched.stop(self.limits))
    }
}

fn value(input: &HookInput, index: usize) -> &str {
    input.names.get(index).map_or("null", |(_, json)| json)
}
