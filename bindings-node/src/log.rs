//! What a platform logs, on its way to the program's logger, which takes it after each call.

use elementkit::log::{self, Sink};
use napi_derive::napi;
use tracing::Level;

#[napi(object)]
pub struct LogEvent {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    pub text: String,
}

/// The log of one platform.
#[napi]
pub struct NativeLog(pub(crate) Sink);

#[napi]
impl NativeLog {
    #[allow(clippy::new_without_default)]
    #[napi(constructor)]
    pub fn new() -> Self {
        log::collect();
        Self(Sink::new())
    }

    /// The events since the last time.
    #[napi]
    pub fn take(&self) -> Vec<LogEvent> {
        let event = |event: log::Event| LogEvent { level: level(event.level).to_owned(), text: event.text };
        self.0.take().into_iter().map(event).collect()
    }

    /// Whether the platform and everything made from it are gone.
    #[napi(getter)]
    pub fn ended(&self) -> bool {
        self.0.is_last()
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}
