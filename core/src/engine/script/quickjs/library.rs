//! Embedded JavaScript. It is compiled once in a process: reading the bytecode takes a tenth of the time or less.

use std::ffi::CString;
use std::sync::OnceLock;

use rquickjs::{Ctx, Error, Exception, FromJs, Result, Value, qjs};

/// A script of the product or a library, at the version of `assets/scripts/build/package.json`.
struct Library {
    name: &'static str,
    source: &'static str,
    /// Whether it assigns `module.exports`. Otherwise it is a function expression.
    is_module: bool,
    code: OnceLock<Box<[u8]>>,
}

impl Library {
    const fn function(name: &'static str, source: &'static str) -> Self {
        Self { name, source, is_module: false, code: OnceLock::new() }
    }

    const fn module(name: &'static str, source: &'static str) -> Self {
        Self { name, source, is_module: true, code: OnceLock::new() }
    }
}

macro_rules! asset {
    ($name:literal) => {
        include_str!(concat!("../../../../assets/scripts/", $name))
    };
}

static LIBRARIES: [Library; 14] = [
    Library::function("locale", include_str!("locale.js")),
    Library::function("numbers", include_str!("numbers.js")),
    Library::function("prelude", include_str!("prelude.js")),
    Library::function("hooks", include_str!("hooks/hooks.js")),
    Library::function("web", include_str!("hooks/web.js")),
    Library::function("crypto", include_str!("hooks/crypto.js")),
    Library::function("http", include_str!("hooks/http.js")),
    Library::module("events", asset!("events.js")),
    Library::module("lodash", asset!("lodash.js")),
    Library::module("lodash-fp", asset!("lodash-fp.js")),
    Library::module("util", asset!("util.js")),
    Library::module("buffer", asset!("buffer.js")),
    Library::module("querystring", asset!("querystring.js")),
    Library::module("url", asset!("url.js")),
];

/// Evaluates a library: returns its function, or one of `module`, `exports` and `global`.
pub(super) fn evaluate<'js, V: FromJs<'js>>(ctx: &Ctx<'js>, name: &str) -> Result<V> {
    let found = LIBRARIES.iter().find(|library| library.name == name);
    let library = found.ok_or_else(|| Exception::throw_message(ctx, "no such library"))?;
    let function = match library.code.get() {
        Some(code) => read(ctx, code)?,
        None => {
            let function = compile(ctx, library)?;
            // The stored code is complete: a script that runs out of memory fails before.
            let _ = library.code.set(write(ctx, &function)?);
            function
        }
    };
    V::from_js(ctx, run(ctx, function)?)
}

/// Compiles a library without evaluating it. Those that are strict say so.
fn compile<'js>(ctx: &Ctx<'js>, library: &Library) -> Result<Value<'js>> {
    let source = match library.is_module {
        true => format!("(function (module, exports, global) {{\n{}\n}})", library.source),
        false => library.source.to_owned(),
    };
    let (length, source, name) = (source.len(), CString::new(source)?, CString::new(library.name)?);
    // SAFETY: the pointers are valid for the call, and the source ends with a zero byte behind its length.
    #[allow(unsafe_code, clippy::cast_possible_wrap)]
    unsafe {
        let flags = (qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY) as i32;
        let value = qjs::JS_Eval(ctx.as_raw().as_ptr(), source.as_ptr(), length as _, name.as_ptr(), flags);
        own(ctx, value)
    }
}

/// Returns the bytecode of a compiled function, without its source.
fn write(ctx: &Ctx<'_>, function: &Value<'_>) -> Result<Box<[u8]>> {
    let mut length = 0;
    // SAFETY: the function lives during the call. What it returns are `length` bytes, which are freed once.
    #[allow(unsafe_code, clippy::cast_possible_wrap)]
    unsafe {
        let flags = (qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE) as i32;
        let code = qjs::JS_WriteObject(ctx.as_raw().as_ptr(), &raw mut length, function.as_raw(), flags);
        if code.is_null() {
            return Err(Error::Exception);
        }
        let copy = std::slice::from_raw_parts(code, length as usize).into();
        qjs::js_free(ctx.as_raw().as_ptr(), code.cast());
        Ok(copy)
    }
}

/// Reads bytecode that [`write`] returned in this process.
fn read<'js>(ctx: &Ctx<'js>, code: &[u8]) -> Result<Value<'js>> {
    // SAFETY: the same QuickJS wrote the code, so it is sound; it is copied.
    #[allow(unsafe_code, clippy::cast_possible_wrap)]
    unsafe {
        let flags = qjs::JS_READ_OBJ_BYTECODE as i32;
        own(ctx, qjs::JS_ReadObject(ctx.as_raw().as_ptr(), code.as_ptr(), code.len() as _, flags))
    }
}

/// Evaluates a compiled function.
fn run<'js>(ctx: &Ctx<'js>, function: Value<'js>) -> Result<Value<'js>> {
    // SAFETY: the call takes over the reference that it is given.
    #[allow(unsafe_code)]
    unsafe {
        let raw = qjs::JS_DupValue(ctx.as_raw().as_ptr(), function.as_raw());
        own(ctx, qjs::JS_EvalFunction(ctx.as_raw().as_ptr(), raw))
    }
}

/// Takes over a reference that QuickJS returned.
///
/// # Safety
/// No other owner frees it, and it belongs to this context.
#[allow(unsafe_code)]
unsafe fn own<'js>(ctx: &Ctx<'js>, raw: qjs::JSValue) -> Result<Value<'js>> {
    // SAFETY: as above.
    unsafe {
        if qjs::JS_IsException(raw) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), raw))
    }
}

#[cfg(test)]
mod tests {
    use rquickjs::{Context, Runtime};

    use super::*;

    /// Values of the bytecode belong to the context that reads it.
    #[test]
    fn bytecode_is_read_in_other_contexts() {
        for _ in 0..3 {
            let runtime = Runtime::new().expect("a runtime");
            for library in &LIBRARIES {
                let context = Context::full(&runtime).expect("a context");
                context.with(|ctx| {
                    ctx.globals().set("f", evaluate::<Value>(&ctx, library.name).expect(library.name)).expect("set");
                    assert!(ctx.eval::<bool, _>("f instanceof Function").expect("a boolean"), "{}", library.name);
                });
            }
        }
        assert!(LIBRARIES.iter().all(|library| library.code.get().is_some()));
    }
}
