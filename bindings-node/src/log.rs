//! What the library logs, on its way to the program's logger.
//!
//! Events stay in a bounded queue until JavaScript takes them; the oldest are dropped when nobody comes.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Mutex, Once};

use napi_derive::napi;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const KEPT: usize = 1000;

static EVENTS: Mutex<VecDeque<LogEvent>> = Mutex::new(VecDeque::new());
static START: Once = Once::new();

#[napi(object)]
pub struct LogEvent {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    pub text: String,
}

/// Starts to collect events, once in a process. `ELEMENTKIT_LOG` says which; `info` and above when it is not set.
#[napi]
pub fn start_logging() {
    START.call_once(|| {
        let filter = EnvFilter::try_from_env("ELEMENTKIT_LOG").unwrap_or_else(|_| EnvFilter::new("elementkit=info"));
        let subscriber = tracing_subscriber::registry().with(Collector.with_filter(filter));
        // Whoever was first keeps the events.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

/// The events since the last time.
#[napi]
pub fn take_log() -> Vec<LogEvent> {
    EVENTS.lock().map(|mut events| std::mem::take(&mut *events).into()).unwrap_or_default()
}

struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warn",
            tracing::Level::INFO => "info",
            _ => "debug",
        };
        let entry = LogEvent { level: level.to_owned(), text: text.message + &text.fields };
        if let Ok(mut events) = EVENTS.lock() {
            if events.len() == KEPT {
                events.pop_front();
            }
            events.push_back(entry);
        }
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
