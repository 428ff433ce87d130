//! What the library logs, on its way to Python's `logging`.
//!
//! The library's threads never wait for the interpreter: events stay in a bounded queue until Python code is in a call
//! anyway, and the oldest are dropped when nobody comes.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Mutex, Once};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const KEPT: usize = 1000;

static EVENTS: Mutex<VecDeque<Entry>> = Mutex::new(VecDeque::new());
static START: Once = Once::new();

struct Entry {
    level: u8,
    logger: String,
    text: String,
}

/// Starts to collect events, once in a process. `ELEMENTKIT_LOG` says which; `info` and above when it is not set.
pub fn start() {
    START.call_once(|| {
        let filter = EnvFilter::try_from_env("ELEMENTKIT_LOG").unwrap_or_else(|_| EnvFilter::new("elementkit=info"));
        let subscriber = tracing_subscriber::registry().with(Collector.with_filter(filter));
        // Whoever was first keeps the events, for instance the command.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

/// Hands the events to Python. A logger that fails must not fail the call.
pub fn deliver(py: Python<'_>) {
    let events = EVENTS.lock().map(|mut events| std::mem::take(&mut *events)).unwrap_or_default();
    if events.is_empty() {
        return;
    }
    let delivered = py.import("logging").and_then(|logging| {
        for entry in &events {
            let logger = logging.call_method1("getLogger", (&entry.logger,))?;
            logger.call_method1("log", (entry.level, "%s", &entry.text))?;
        }
        Ok(())
    });
    drop(delivered);
}

struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let entry = Entry {
            level: level(*metadata.level()),
            logger: metadata.target().replace("::", "."),
            text: text.message + &text.fields,
        };
        if let Ok(mut events) = EVENTS.lock() {
            if events.len() == KEPT {
                events.pop_front();
            }
            events.push_back(entry);
        }
    }
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
