//! Environment of a script: `CE`, `require` and a silent `console`.

use std::rc::Rc;
use std::sync::Arc;

use rquickjs::context::EvalOptions;
use rquickjs::{Ctx, Exception, Function, Object, Result};

use super::convert::Tools;
use super::helpers;
use super::watch::Clock;

/// Fails to compile with a QuickJS whose library functions cannot be interrupted: a workspace that depends on this
/// crate needs the same `[patch.crates-io]` for `rquickjs-sys` as this crate's workspace (`vendor/README.md`).
const _: u32 = rquickjs_sys::ELEMENTKIT_PATCH;

const PRELUDE: &str = include_str!("prelude.js");
const NUMBERS: &str = include_str!("numbers.js");
const LOCALE: &str = include_str!("locale.js");

/// Libraries that scripts may require, at the versions of `assets/scripts/build/package.json`.
const LIBRARIES: [(&str, &str); 3] = [
    ("lodash", include_str!("../../../../assets/scripts/lodash.js")),
    ("lodash-fp", include_str!("../../../../assets/scripts/lodash-fp.js")),
    ("util", include_str!("../../../../assets/scripts/util.js")),
];

/// Inputs of a script besides its record; the same for all scripts of a context.
pub(super) struct Sandbox<'js> {
    pub ce: Object<'js>,
    pub require: Function<'js>,
    pub tools: Rc<Tools<'js>>,
}

impl<'js> Sandbox<'js> {
    pub fn new(ctx: &Ctx<'js>, clock: &Arc<Clock>) -> Result<Self> {
        let Prelude { made, tools } = Prelude::new(ctx, clock)?;
        Ok(Self { ce: made.get("CE")?, require: made.get("require")?, tools: Rc::new(Tools::new(ctx, &tools)?) })
    }
}

/// Environment that all scripts have in common.
pub(super) struct Prelude<'js> {
    /// The object that `prelude.js` returns.
    pub made: Object<'js>,
    /// The object that `numbers.js` returns.
    pub tools: Object<'js>,
}

impl<'js> Prelude<'js> {
    pub fn new(ctx: &Ctx<'js>, clock: &Arc<Clock>) -> Result<Self> {
        let native = helpers::object(ctx, clock)?;
        native.set("library", Function::new(ctx.clone(), library)?)?;
        let function = |name, source| ctx.eval_with_options::<Function, _>(source, named(name));
        function("locale", LOCALE)?.call::<_, ()>(())?;
        let tools = function("numbers", NUMBERS)?.call(())?;
        let made = function("prelude", PRELUDE)?.call((native,))?;
        Ok(Self { made, tools })
    }
}

/// Returns a library as a CommonJS function.
fn library<'js>(ctx: Ctx<'js>, name: String) -> Result<Function<'js>> {
    let found = LIBRARIES.iter().find(|(library, _)| *library == name);
    let (_, source) = found.ok_or_else(|| Exception::throw_message(&ctx, "no such library"))?;
    ctx.eval_with_options(format!("(function (module, exports, global) {{\n{source}\n}})"), lenient(&name))
}

fn named(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.filename = Some(name.to_owned());
    options
}

/// Libraries are written for both modes and declare themselves when they are strict.
fn lenient(name: &str) -> EvalOptions {
    let mut options = named(name);
    options.strict = false;
    options
}
