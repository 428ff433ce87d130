//! What the library logs, on its way to Python's `logging`: handed over whenever Python code is in a call anyway.

use elementkit::log;
use pyo3::prelude::*;
use tracing::Level;

/// Hands the events to Python. A logger that fails must not fail the call.
pub fn deliver(py: Python<'_>) {
    let events = log::take();
    if events.is_empty() {
        return;
    }
    let delivered = py.import("logging").and_then(|logging| {
        for event in &events {
            let logger = logging.call_method1("getLogger", (event.target.replace("::", "."),))?;
            logger.call_method1("log", (level(event.level), "%s", &event.text))?;
        }
        Ok(())
    });
    drop(delivered);
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
