//! Waiting on a Python thread, while other threads run and exceptions are raised.

use std::ffi::{c_int, c_void};
use std::time::Duration;

use elementkit::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::runtime::Runtime;

use crate::error::to_python;
use crate::{log, runtime};

/// Interval at which a waiting call checks for Python's exceptions and log lines.
const EVERY: Duration = Duration::from_millis(50);

/// Runs a call to its end without the GIL.
///
/// # Errors
/// A pending exception of this thread: raised by a signal handler or a log handler, or set by another thread. The call
/// is dropped then, with its calls to the vendor.
pub fn wait_for<T: Send>(py: Python<'_>, call: impl Future<Output = T> + Send) -> PyResult<T> {
    let runtime = runtime::get().map_err(|error| to_python(py, &error))?;
    let mut call = Box::pin(call);
    let ended = loop {
        let step = py.detach(|| runtime.block_on(async { tokio::time::timeout(EVERY, &mut call).await.ok() }));
        match (let_through(py), step) {
            (Ok(()), None) => {}
            (Ok(()), Some(outcome)) => break Ok(outcome),
            (Err(exception), outcome) => {
                release(py, runtime, outcome);
                break Err(exception);
            }
        }
    };
    release(py, runtime, call);
    ended
}

/// Runs a call of a table library to its end, on any thread, with or without the GIL.
///
/// # Errors
/// Errors of the call, and `closed` after a Python exception. A table library replaces that by its own error, so the
/// exception itself is raised as soon as Python code runs again.
pub fn wait_anywhere<T: Send>(call: impl Future<Output = Result<T, Error>> + Send) -> Result<T, Error> {
    let mut call = Box::pin(call);
    let attached = Python::try_attach(|py| {
        wait_for(py, &mut call).unwrap_or_else(|exception| {
            let message = format!("reading was interrupted by {}", exception.get_type(py));
            raise_later(py, exception);
            Err(Error::new(ErrorKind::Closed, message))
        })
    });
    match attached {
        Some(outcome) => outcome,
        // The interpreter is shutting down.
        None => runtime::get()?.block_on(call),
    }
}

/// Raises an exception in the main thread as soon as that runs Python code again. On other threads it can only be
/// reported.
fn raise_later(py: Python<'_>, exception: PyErr) {
    extern "C" fn raise(exception: *mut c_void) -> c_int {
        // SAFETY: the pointer came from the box below, and the interpreter calls this once.
        #[allow(unsafe_code)]
        let exception = unsafe { Box::from_raw(exception.cast::<PyErr>()) };
        Python::try_attach(|py| exception.restore(py)).map_or(0, |()| -1)
    }
    if !is_main_thread(py).unwrap_or(false) {
        exception.write_unraisable(py, None);
        return;
    }
    let exception = Box::into_raw(Box::new(exception));
    // SAFETY: the function takes ownership of the argument, a boxed exception.
    #[allow(unsafe_code)]
    unsafe {
        if pyo3::ffi::Py_AddPendingCall(Some(raise), exception.cast()) != 0 {
            Box::from_raw(exception).write_unraisable(py, None);
        }
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}

/// Drops the rest of a call, which may need the runtime's context and other threads to end.
fn release(py: Python<'_>, runtime: &Runtime, rest: impl Send) {
    py.detach(|| {
        let _context = runtime.enter();
        drop(rest);
    });
}

/// Runs pending work of Python for this thread: signal handlers, exceptions that another thread set, log lines.
///
/// # Errors
/// The first exception that any of them raises.
pub fn let_through(py: Python<'_>) -> PyResult<()> {
    static CHECKPOINT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // First, so that signal handlers do not run inside `logging`, which swallows ordinary exceptions.
    py.check_signals()?;
    // The interpreter raises the exception of `PyThreadState_SetAsyncExc` when a Python function begins.
    CHECKPOINT.import(py, "elementkit._call", "checkpoint")?.call0()?;
    log::deliver(py)
}
