//! Forwards the library's log to Python's `logging`, whenever a call holds the GIL anyway.

use elementkit::log;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use tracing::Level;

/// Passes the events to Python.
///
/// # Errors
/// Exceptions of a handler or a filter of the log, or of a signal handler meanwhile. The remaining events stay queued.
pub fn deliver(py: Python<'_>) -> PyResult<()> {
    while let Some(event) = log::take_one() {
        logger(py, &event.target)?.call_method1("log", (level(event.level), "%s", &event.text))?;
    }
    Ok(())
}

/// Returns the logger of a target. It is asked for once: `getLogger` takes a lock that stays locked for all other threads if
/// a signal handler raises an exception in that moment.
fn logger<'py>(py: Python<'py>, target: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOGGERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let known = LOGGERS.get_or_init(py, || PyDict::new(py).unbind()).bind(py);
    if let Some(logger) = known.get_item(target)? {
        return Ok(logger);
    }
    let logger = py.import("logging")?.call_method1("getLogger", (target.replace("::", "."),))?;
    known.set_item(target, &logger)?;
    Ok(logger)
}

/// Returns Python's number of a level.
fn level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        _ => 10,
    }
}
