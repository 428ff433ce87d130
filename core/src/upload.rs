//! Bodies that are sent as they arrive, and limits on their silence in place of limits on the whole call.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::Sleep;

use crate::body::{Body, BoxError};
use crate::moment;

/// Progress of a body that is sent.
#[derive(Debug)]
pub(crate) struct Progress {
    begun: AtomicBool,
    last: Mutex<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { begun: AtomicBool::new(false), last: Mutex::new(Instant::now()) }
    }
}

impl Progress {
    /// Notes that a part of the body was sent.
    pub fn note(&self) {
        self.begun.store(true, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns whether a part of the body was sent.
    #[cfg(feature = "embedded")]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Completes once nothing was sent for this long: because the sender, the receiver or its answer is waited for.
    pub async fn quiet(&self, limit: Duration) {
        loop {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let until = moment::after(last, limit);
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until.into()).await;
        }
    }
}

/// Returns a body that notes its progress.
pub(crate) fn tracked(body: Body, progress: Arc<Progress>) -> Body {
    Tracked { body, progress }.boxed_unsync()
}

struct Tracked {
    body: Body,
    progress: Arc<Progress>,
}

impl http_body::Body for Tracked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.progress.note();
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Returns a body that fails after a silence of this length.
pub(crate) fn without_silence(body: Body, limit: Duration) -> Body {
    Audible { body, limit, silence: Box::pin(tokio::time::sleep(limit)) }.boxed_unsync()
}

struct Audible {
    body: Body,
    limit: Duration,
    silence: Pin<Box<Sleep>>,
}

impl http_body::Body for Audible {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let until = moment::after(Instant::now(), self.limit);
            self.silence.as_mut().reset(until.into());
            return Poll::Ready(frame);
        }
        ready!(self.silence.poll_unpin(cx));
        Poll::Ready(Some(Err(format!("nothing arrived for {:?}", self.limit).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;
    use crate::body;

    #[tokio::test]
    async fn a_body_may_last_but_not_be_silent() {
        let chunk = |length: u64| async move {
            tokio::time::sleep(Duration::from_millis(length)).await;
            Ok::<_, BoxError>(Bytes::from_static(b"x"))
        };
        let of = |pauses: &'static [u64]| body::stream(futures::stream::iter(pauses).then(move |pause| chunk(*pause)));
        let limit = Duration::from_millis(300);
        let read = without_silence(of(&[100; 5]), limit).collect().await.map(|body| body.to_bytes().len());
        assert_eq!(read.ok(), Some(5));
        let failure = without_silence(of(&[1, 5000]), limit).collect().await.err();
        assert_eq!(failure.map(|error| error.to_string()).as_deref(), Some("nothing arrived for 300ms"));
    }

    #[tokio::test]
    async fn quiet_is_what_makes_no_progress() {
        let progress = Progress::default();
        assert!(!progress.has_begun());
        let limit = Duration::from_millis(300);
        let moving = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                progress.note();
            }
        };
        let begun = Instant::now();
        tokio::join!(moving, progress.quiet(limit));
        assert!(begun.elapsed() >= Duration::from_millis(790), "{:?}", begun.elapsed());
        assert!(progress.has_begun());
    }
}
