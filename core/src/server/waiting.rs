//! Connections that wait for the head of a request. When all permits are taken, the one that has waited longest is
//! closed: clients that send nothing, or a head byte by byte, do not block those that send requests.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;

use crate::body::{Body, BoxError};

/// No connection is closed before this time has passed.
const GRACE: Duration = Duration::from_millis(500);

/// The waiting connections of a server, by the order in which they began to wait.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Line>);

#[derive(Default)]
struct Line {
    next: u64,
    waiting: BTreeMap<u64, (Instant, CancellationToken)>,
}

impl Waiting {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Closes the connection that has waited longest, if it has waited long enough.
    pub fn close_longest(&self) {
        let mut line = self.line();
        let Some(first) = line.waiting.first_entry() else { return };
        if first.get().0.elapsed() >= GRACE {
            first.remove().1.cancel();
        }
    }
}

/// A connection's turn to send the head of a request.
pub(super) struct Turn {
    waiting: Arc<Waiting>,
    state: Mutex<State>,
    ended: CancellationToken,
}

#[derive(Default)]
struct State {
    /// Number of running requests; HTTP/2 has several at once.
    running: usize,
    /// The position in the line, while no request is running.
    position: Option<u64>,
}

impl Turn {
    /// Returns the turn of a new connection, which waits for its first head.
    pub fn new(waiting: Arc<Waiting>) -> Arc<Self> {
        let turn = Arc::new(Self { waiting, state: Mutex::default(), ended: CancellationToken::new() });
        turn.state().position = Some(turn.line_up());
        turn
    }

    /// Completes when the connection must close.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Marks the arrival of a head: the connection is not closed until the returned value is dropped.
    pub fn busy(self: &Arc<Self>) -> Busy {
        let mut state = self.state();
        state.running += 1;
        self.leave(&mut state);
        drop(state);
        Busy(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn line_up(&self) -> u64 {
        let mut line = self.waiting.line();
        let position = line.next;
        line.next += 1;
        line.waiting.insert(position, (Instant::now(), self.ended.clone()));
        position
    }

    fn leave(&self, state: &mut State) {
        if let Some(position) = state.position.take() {
            self.waiting.line().waiting.remove(&position);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.state();
        self.leave(&mut state);
    }
}

/// A running request, until its response has been sent.
pub(super) struct Busy(Arc<Turn>);

impl Busy {
    /// Keeps the connection busy while a body is being sent.
    pub fn until_sent(self, body: Body) -> Body {
        Sending { body, _busy: self }.boxed_unsync()
    }
}

/// A body that keeps its connection busy.
struct Sending {
    body: Body,
    _busy: Busy,
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        if state.running == 0 {
            state.position = Some(self.0.line_up());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_connection_is_closed_first() {
        let waiting = Arc::new(Waiting::default());
        let [first, second, third] = [(); 3].map(|()| Turn::new(Arc::clone(&waiting)));
        let ended = || [&first, &second, &third].map(|turn| turn.ended.is_cancelled());
        waiting.close_longest();
        assert_eq!(ended(), [false; 3], "within the grace");
        let (one, two) = (first.busy(), first.busy());
        std::thread::sleep(GRACE + Duration::from_millis(20));
        waiting.close_longest();
        assert_eq!(ended(), [false, true, false]);
        drop(one);
        waiting.close_longest();
        assert_eq!(ended(), [false, true, true]);
        // Only connections are left that are busy or have just begun to wait.
        waiting.close_longest();
        drop(two);
        waiting.close_longest();
        assert_eq!(ended(), [false, true, true]);
        drop((first, second, third));
        assert!(waiting.line().waiting.is_empty());
    }
}
