//! Environment of a script: `CE`, `require` and a silent `console`.

use std::rc::Rc;
use std::sync::Arc;

use rquickjs::{Ctx, Function, Object, Result};

use super::convert::Tools;
use super::watch::Clock;
use super::{helpers, library};

/// Fails to compile with a QuickJS whose library functions cannot be interrupted: a workspace that depends on this
/// crate needs the same `[patch.crates-io]` for `rquickjs-sys` as this crate's workspace (`vendor/README.md`).
const _: u32 = rquickjs_sys::ELEMENTKIT_PATCH;

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
        let library = |ctx: Ctx<'js>, name: String| library::evaluate::<Function>(&ctx, &name);
        native.set("library", Function::new(ctx.clone(), library)?)?;
        let function = |name| library::evaluate::<Function>(ctx, name);
        function("locale")?.call::<_, ()>(())?;
        let tools = function("numbers")?.call(())?;
        let made = function("prelude")?.call((native,))?;
        Ok(Self { made, tools })
    }
}
