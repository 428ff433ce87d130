//! Functions that `hooks.js` and `http.js` call. None may hold a value of the context: the garbage collector would not
//! see it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use rquickjs::{Ctx, Exception, Function, Object, Result, TypedArray, Value};

use super::execution::{Shared, Slot};
use super::network::{Answer, Calls, Event, Request};
use super::{HookInput, output, web};
use crate::element::Done;
use crate::engine::script::quickjs::convert::to_js;
use crate::engine::script::quickjs::library;
use crate::engine::script::quickjs::stack::Thrown;
use crate::engine::script::quickjs::watch::Clock;

/// Returns the functions for a script.
pub(super) fn object<'js>(
    ctx: &Ctx<'js>,
    input: &Arc<HookInput>,
    slot: &Shared,
    calls: &Rc<RefCell<Calls>>,
    clock: &Arc<Clock>,
) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    let add = |name: &str, function: Result<Function<'js>>| native.set(name, function?);
    let own = Arc::clone(input);
    add("value", Function::new(ctx.clone(), move |ctx: Ctx<'js>, index: usize| value(&ctx, &own, index)))?;
    let library = |ctx: Ctx<'js>, name: String| library::evaluate::<Function>(&ctx, &name);
    add("library", Function::new(ctx.clone(), library))?;
    let own = Arc::clone(clock);
    add("web", Function::new(ctx.clone(), move |ctx: Ctx<'js>| web::object(&ctx, &own)))?;
    let (own, open) = (Rc::clone(calls), Rc::clone(calls));
    add("hasNetwork", Function::new(ctx.clone(), move || open.borrow().is_open()))?;
    let time = Arc::clone(clock);
    add("network", Function::new(ctx.clone(), move |ctx: Ctx<'js>| network(&ctx, &own, &time)))?;
    let own = Rc::clone(slot);
    let done = move |ctx: Ctx<'js>, changes: Option<String>, contents: BTreeMap<String, String>| -> Result<()> {
        let changes = changes.map(|text| output::members(&ctx, text)).transpose()?.unwrap_or_default();
        let contents = output::contents(&ctx, contents)?;
        own.borrow_mut().given = Some(Done { changes, contents, was_called: true, console: Vec::new() });
        Ok(())
    };
    add("done", Function::new(ctx.clone(), done))?;
    let own = Rc::clone(slot);
    let failed = move |error: Value<'js>| {
        let thrown = Thrown::read(&error);
        own.borrow_mut().failed = Some(thrown);
    };
    add("failed", Function::new(ctx.clone(), failed))?;
    add_console(ctx, &native, slot)?;
    Ok(native)
}

fn add_console<'js>(ctx: &Ctx<'js>, native: &Object<'js>, slot: &Rc<RefCell<Slot>>) -> Result<()> {
    let own = Rc::clone(slot);
    native.set("hasRoom", Function::new(ctx.clone(), move || own.borrow().console.has_room())?)?;
    let own = Rc::clone(slot);
    native.set("line", Function::new(ctx.clone(), move |line: String| own.borrow_mut().console.add(line))?)
}

/// Returns the value of a name. Integers that a number cannot represent are a BigInt, as in records.
fn value<'js>(ctx: &Ctx<'js>, input: &HookInput, index: usize) -> Result<Value<'js>> {
    let json = input.names.get(index).map_or("null", |(_, json)| json);
    if output::is_exact(json) {
        return ctx.json_parse(json);
    }
    let json = serde_json::from_str(json).map_err(|error| Exception::throw_syntax(ctx, &error.to_string()))?;
    to_js(ctx, &json)
}

/// Returns the functions of `http.js`.
fn network<'js>(ctx: &Ctx<'js>, calls: &Rc<RefCell<Calls>>, clock: &Arc<Clock>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    let own = Rc::clone(calls);
    native.set("isAllowed", Function::new(ctx.clone(), move |url: String| own.borrow().is_allowed(&url))?)?;
    let own = Rc::clone(calls);
    native.set("abort", Function::new(ctx.clone(), move |id: u32| own.borrow_mut().abort(id))?)?;
    let (own, clock) = (Rc::clone(calls), Arc::clone(clock));
    let send = move |ctx: Ctx<'js>, method, url, headers, body: TypedArray<'js, u8>, timeout: f64| {
        let body = web::content(&ctx, &body)?.to_vec();
        let timeout = Duration::try_from_secs_f64(timeout / 1000.0).unwrap_or_default();
        let request = Request { method, url, headers, body, timeout };
        own.borrow_mut().send(request, &clock).map_err(|error| Exception::throw_message(&ctx, &error))
    };
    native.set("send", Function::new(ctx.clone(), send)?)?;
    Ok(native)
}

/// Converts an event of a call for `http.js`.
pub(super) fn event<'js>(ctx: &Ctx<'js>, event: Event) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    match event {
        Event::Answer(Answer { status, headers, body }) => {
            object.set("kind", "answer")?;
            object.set("status", status)?;
            let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            object.set("message", reason.unwrap_or_default())?;
            object.set("headers", headers)?;
            object.set("body", web::made(ctx.clone(), body)?)?;
        }
        Event::Failed(message, code) => {
            object.set("kind", "error")?;
            object.set("message", message)?;
            object.set("code", code)?;
        }
        Event::Timeout => object.set("kind", "timeout")?,
    }
    Ok(object)
}
