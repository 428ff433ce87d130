//! Log events of the library on their way to the logger of a host language.
//!
//! The library's threads never wait for the host: events stay in bounded queues until the host takes them, and the
//! oldest are dropped if it never does. Events of a platform go to its own [`Sink`], if its options have one, and to
//! the queue of the process otherwise. A forked child has its own queue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tracing::Level;

use crate::per_process::PerProcess;

#[cfg(feature = "log")]
mod collector;

#[cfg(feature = "log")]
pub use collector::collect;

#[cfg(feature = "log")]
const KEPT: usize = 1000;

static PROCESS: PerProcess<Queue> = PerProcess::new();

tokio::task_local! {
    static CURRENT: Sink;
}

/// A log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its level.
    pub level: Level,
    /// The part of the library that it comes from, for instance `elementkit::client`.
    pub target: String,
    /// The message, and its fields as `name=value`.
    pub text: String,
}

/// A queue for the events of one platform, shared by all clones.
#[derive(Clone, Debug, Default)]
pub struct Sink(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue(Mutex<VecDeque<Event>>);

impl Queue {
    #[cfg(feature = "log")]
    fn keep(&self, event: Event) {
        let Ok(mut events) = self.0.lock() else { return };
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    fn take(&self) -> Vec<Event> {
        self.0.lock().map(|mut events| std::mem::take(&mut *events).into()).unwrap_or_default()
    }

    fn take_one(&self) -> Option<Event> {
        self.0.lock().ok()?.pop_front()
    }
}

impl Sink {
    /// Creates an empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the events since the last call, oldest first.
    pub fn take(&self) -> Vec<Event> {
        self.0.take()
    }

    /// Returns whether this is the last clone, so that no more events can be added to the queue.
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// Returns the events of the process since the last call, oldest first: those that no [`Sink`] received.
pub fn take() -> Vec<Event> {
    PROCESS.get_or_init(Queue::default).take()
}

/// Removes and returns the oldest event of the process.
pub fn take_one() -> Option<Event> {
    PROCESS.get_or_init(Queue::default).take_one()
}

/// Runs a future whose events go to this sink.
pub(crate) async fn scoped<F: Future>(sink: Option<&Sink>, future: F) -> F::Output {
    match sink {
        Some(sink) => CURRENT.scope(sink.clone(), future).await,
        None => future.await,
    }
}

/// Returns a future for another task whose events go where those of the current task go.
#[cfg(feature = "embedded")]
pub(crate) fn inherited<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let sink = CURRENT.try_with(Sink::clone).ok();
    async move { scoped(sink.as_ref(), future).await }
}

/// Returns a function for another thread whose events go where those of the current task go.
#[cfg(feature = "embedded")]
pub(crate) fn inheriting<T>(function: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let sink = CURRENT.try_with(Sink::clone).ok();
    move || match sink {
        Some(sink) => CURRENT.sync_scope(sink, function),
        None => function(),
    }
}

#[cfg(feature = "log")]
fn keep(event: Event) {
    let sink = CURRENT.try_with(Sink::clone).ok();
    sink.as_ref().map_or_else(|| PROCESS.get_or_init(Queue::default), |sink| &*sink.0).keep(event);
}
