//! The subscriber that fills the queues.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::{Event, keep};
use crate::environment;
use crate::per_process::PerProcess;

static STARTED: PerProcess<()> = PerProcess::new();

/// Starts to collect events, once in a process. `ELEMENTKIT_LOG` selects them; `info` and above if it is not set.
pub fn collect() {
    STARTED.get_or_init(|| {
        let (given, wrong) =
            environment::log_filter::<Targets>().map_or_else(|wrong| (None, Some(wrong)), |given| (given, None));
        let filter = given.unwrap_or_else(|| Targets::new().with_target("elementkit", Level::INFO));
        let subscriber = tracing_subscriber::registry().with(Collector.with_filter(filter));
        // An earlier subscriber keeps the events, for instance that of the command.
        let _ = tracing::subscriber::set_global_default(subscriber);
        if let Some(wrong) = wrong {
            tracing::warn!("{wrong}");
        }
    });
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

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KEPT, take};
    #[cfg(feature = "embedded")]
    use super::super::{Sink, inherited, scoped};
    use super::*;

    fn collecting() -> impl Subscriber + Send + Sync {
        tracing_subscriber::registry().with(Collector)
    }

    #[test]
    fn events_are_kept_until_they_are_taken_and_the_oldest_go() {
        tracing::subscriber::with_default(collecting(), || {
            for number in 0..=KEPT {
                tracing::info!(target: "elementkit::log", number, "an event of {}", "ours");
            }
        });
        let ours: Vec<Event> = take().into_iter().filter(|event| event.target == "elementkit::log").collect();
        assert_eq!((ours.len(), ours[0].text.as_str()), (KEPT, "an event of ours number=1"));
        assert_eq!((ours[0].level, take().len()), (Level::INFO, 0));
    }

    #[cfg(feature = "embedded")]
    #[test]
    fn a_sink_has_the_events_of_its_own_futures_and_of_the_tasks_they_start() {
        let (one, other) = (Sink::new(), Sink::new());
        let texts = |sink: &Sink| sink.take().into_iter().map(|event| event.text).collect::<Vec<_>>();
        let _collecting = tracing::subscriber::set_default(collecting());
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let Ok(runtime) = runtime else { panic!("no runtime") };
        runtime.block_on(async {
            let started = scoped(Some(&one), async {
                tracing::info!("of one");
                tokio::spawn(inherited(async { tracing::info!("of one's task") })).await
            });
            let (started, ()) = tokio::join!(started, scoped(Some(&other), async { tracing::info!("of the other") }));
            assert!(started.is_ok());
        });
        assert_eq!(texts(&one), ["of one", "of one's task"]);
        assert_eq!(texts(&other), ["of the other"]);
        let held = one.clone();
        assert!(!one.is_last() && other.is_last());
        drop(held);
        assert!(one.is_last());
    }
}
