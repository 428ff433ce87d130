//! Attaches threads of the library to the interpreter, which must have left it before it shuts down.
//!
//! Until Python 3.13, a thread that waits for the GIL while the interpreter shuts down is ended inside that wait, and its
//! stack is unwound through Rust, which aborts the process. `Python::try_attach` cannot exclude that, since the shutdown
//! may begin while the thread runs Python code.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use elementkit::host::PerProcess;
use pyo3::prelude::*;

/// Time for which the shutdown waits for threads that run Python code, which may hang.
const PATIENCE: Duration = Duration::from_secs(5);

static GATE: PerProcess<Gate> = PerProcess::new();

#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    attached: usize,
    closed: bool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts as attached until it is dropped.
struct Attached(&'static Gate);

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.state().attached -= 1;
        self.0.left.notify_all();
    }
}

/// Runs Python code on a thread of the library. Returns `None` once the interpreter shuts down.
pub fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let gate = GATE.get_or_init(Gate::default);
    let _attached = {
        let mut state = gate.state();
        if state.closed {
            return None;
        }
        state.attached += 1;
        Attached(gate)
    };
    Python::try_attach(work)
}

/// Whether the interpreter shuts down, so that no thread of the library attaches any more.
pub fn is_closed() -> bool {
    GATE.get().is_some_and(|gate| gate.state().closed)
}

/// Lets no further thread attach and waits for those that are attached, at most five seconds.
#[pyfunction]
fn close(py: Python<'_>) {
    py.detach(|| {
        let gate = GATE.get_or_init(Gate::default);
        let mut state = gate.state();
        state.closed = true;
        let waited = gate.left.wait_timeout_while(state, PATIENCE, |state| state.attached > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    });
}

/// Closes before the interpreter shuts down.
///
/// # Errors
/// Exceptions of `atexit`.
pub fn close_at_exit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let close = wrap_pyfunction!(close, module)?;
    module.py().import("atexit")?.call_method1("register", (close,))?;
    Ok(())
}
