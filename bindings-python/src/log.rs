//! What the library logs, on its way to Python's `logging`: handed over whenever Python code is in a call anyway.

use elementkit::log;
use pyo3::prelude::*;
use tracing::Level;

/// Hands the events to Python.
///
/// # Errors
/// What a handler or a filter of the log raises, or a signal's handler meanwhile. The remaining events stay queued.
pub fn deliver(py: Python<'_>) -> PyResult<()> {
    while let Some(event) = log::take_one() {
        let logger = py.import("logging")?.call_method1("getLogger", (event.target.replace("::", "."),))?;
        logger.call_method1("log", (level(event.level), "%s", &event.text))?;
    }
    Ok(())
}

/// Python's numbers of the levels.
fn level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        _ => 10,
    }
}
