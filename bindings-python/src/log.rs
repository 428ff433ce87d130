//! Forwards the library's log to Python's `logging`, whenever a call holds the GIL anyway.

use elementkit::log;
use pyo3::prelude::*;
use tracing::Level;

/// Passes the events to Python.
///
/// # Errors
/// Exceptions of a handler or a filter of the log, or of a signal handler meanwhile. The remaining events stay queued.
pub fn deliver(py: Python<'_>) -> PyResult<()> {
    while let Some(event) = log::take_one() {
        let logger = py.import("logging")?.call_method1("getLogger", (event.target.replace("::", "."),))?;
        logger.call_method1("log", (level(event.level), "%s", &event.text))?;
    }
    Ok(())
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
