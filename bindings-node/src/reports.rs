//! The log and the warnings of a platform. The JavaScript side reads both after each call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use elementkit::log::{self, Sink};
use elementkit::{EmbeddedOptions, Error, HostedOptions, Warning, Warnings};
use napi_derive::napi;
use tracing::Level;

use crate::answer::warnings;

/// Maximum number of queued warnings; the oldest are dropped.
const KEPT: usize = 100;

#[napi(object)]
pub struct LogEvent {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    pub text: String,
}

/// The reports of one platform.
#[napi]
#[derive(Clone)]
pub struct NativeReports {
    log: Option<Sink>,
    warnings: Arc<Mutex<VecDeque<Warning>>>,
}

#[napi]
impl NativeReports {
    #[napi(constructor)]
    pub fn new(logging: bool) -> Self {
        if logging {
            log::collect();
        }
        Self { log: logging.then(Sink::new), warnings: Arc::default() }
    }

    /// Removes and returns the events since the last call.
    #[napi]
    pub fn take_log(&self) -> Vec<LogEvent> {
        let event = |event: log::Event| LogEvent { level: level(event.level).to_owned(), text: event.text };
        self.log.as_ref().map(|log| log.take().into_iter().map(event).collect()).unwrap_or_default()
    }

    /// Removes and returns the warnings since the last call, as JSON; `None` without warnings.
    #[napi]
    pub fn take_warnings(&self) -> Option<String> {
        let mut taken = std::mem::take(&mut *self.warnings.lock().ok()?);
        warnings(taken.make_contiguous()).ok()?
    }
}

impl NativeReports {
    /// Adds these reports to options.
    pub fn of_hosted(&self, options: HostedOptions) -> HostedOptions {
        let options = options.on_warning(self.keeping());
        match &self.log {
            Some(log) => options.log(log.clone()),
            None => options,
        }
    }

    /// Adds these reports to options.
    pub fn of_embedded(&self, options: EmbeddedOptions) -> EmbeddedOptions {
        let options = options.on_warning(self.keeping());
        match &self.log {
            Some(log) => options.log(log.clone()),
            None => options,
        }
    }

    fn keeping(&self) -> impl Fn(&Warning) + Send + Sync + 'static {
        let kept = Arc::clone(&self.warnings);
        move |warning| {
            let Ok(mut kept) = kept.lock() else { return };
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(warning.clone());
        }
    }
}

/// Returns the policy of a call; by default that of the platform.
pub fn policy(word: Option<&str>) -> Result<Option<Warnings>, Error> {
    word.map(str::parse).transpose()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}
