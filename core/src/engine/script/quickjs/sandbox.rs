//! What a script finds around it: `CE`, `require` and a silent `console`.

use rquickjs::{Ctx, Function, Object, Result};

/// Output goes nowhere (spec P 9.12).
const PRELUDE: &str = "globalThis.console = new Proxy({}, { get: () => () => undefined });";

/// What is handed to a script beside its record.
pub(super) struct Sandbox<'js> {
    pub ce: Object<'js>,
    pub require: Function<'js>,
}

/// The same for all scripts of a context.
pub(super) fn globals<'js>(ctx: &Ctx<'js>) -> Result<Sandbox<'js>> {
    ctx.eval::<(), _>(PRELUDE)?;
    let ce = Object::new(ctx.clone())?;
    let require: Function = ctx.eval("(name) => { throw new Error(`${name} is not available`) }")?;
    Ok(Sandbox { ce, require })
}
