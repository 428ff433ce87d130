//! What the library logs, on its way to the logger of a host language.
//!
//! The library's threads never wait for the host: events stay in a bounded queue until somebody [`take`]s them, and the
//! oldest are dropped when nobody comes.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const KEPT: usize = 1000;

static EVENTS: Mutex<VecDeque<Event>> = Mutex::new(VecDeque::new());
static START: Once = Once::new();

/// Something that was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// How serious it is.
    pub level: Level,
    /// Which part of the library it comes from, for instance `elementkit::client`.
    pub target: String,
    /// The message, and its fields as `name=value`.
    pub text: String,
}

/// Starts to collect events, once in a process. `ELEMENTKIT_LOG` says which; `info` and above when it is not set.
pub fn collect() {
    START.call_once(|| {
        let filter = EnvFilter::try_from_env("ELEMENTKIT_LOG").unwrap_or_else(|_| EnvFilter::new("elementkit=info"));
        let subscriber = tracing_subscriber::registry().with(Collector.with_filter(filter));
        // Whoever was first keeps the events, for instance the command.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

/// The events since the last time, oldest first.
pub fn take() -> Vec<Event> {
    EVENTS.lock().map(|mut events| std::mem::take(&mut *events).into()).unwrap_or_default()
}

struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let text = text.message + &text.fields;
        keep(Event { level: *metadata.level(), target: metadata.target().to_owned(), text });
    }
}

fn keep(event: Event) {
    let Ok(mut events) = EVENTS.lock() else { return };
    if events.len() == KEPT {
        events.pop_front();
    }
    events.push_back(event);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_until_they_are_taken_and_the_oldest_go() {
        let subscriber = tracing_subscriber::registry().with(Collector);
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..=KEPT {
                tracing::info!(target: "elementkit::log", number, "an event of {}", "ours");
            }
        });
        let ours: Vec<Event> = take().into_iter().filter(|event| event.target == "elementkit::log").collect();
        assert_eq!((ours.len(), ours[0].text.as_str()), (KEPT, "an event of ours number=1"));
        assert_eq!((ours[0].level, take().len()), (Level::INFO, 0));
    }
}
