//! What the library logs, on its way to the program's logger, which takes it after each call.

use elementkit::log;
use napi_derive::napi;
use tracing::Level;

#[napi(object)]
pub struct LogEvent {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    pub text: String,
}

/// Starts to collect events.
#[napi]
pub fn start_logging() {
    log::collect();
}

/// The events since the last time.
#[napi]
pub fn take_log() -> Vec<LogEvent> {
    let event = |event: log::Event| LogEvent { level: level(event.level).to_owned(), text: event.text };
    log::take().into_iter().map(event).collect()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}
