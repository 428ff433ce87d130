//! Queue of calls that exceed the capacity of the engine.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::failure::Failure;
use crate::error::{Error, ErrorKind};

/// Admits calls in the order in which they arrived.
///
/// A call first takes one of few database connections. A thousand calls that wait for one would delay admitted calls
/// that need another; calls that wait here hold nothing.
pub(crate) struct Admission {
    places: Semaphore,
    patience: Duration,
}

/// Maximum number of calls that authenticate at a time; slightly more than the number of read connections.
const AT_ONCE: usize = 16;
/// Time limit for a call to wait before it fails because the engine is overloaded.
const PATIENCE: Duration = Duration::from_secs(60);

impl Admission {
    pub fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), patience: PATIENCE }
    }

    /// Waits for a permit, which is released when it is dropped.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let overloaded = || Failure::from(Error::new(ErrorKind::Server, "the engine is overloaded"));
        let place = tokio::time::timeout(self.patience, self.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or_else(overloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_wait_in_order_and_an_overloaded_engine_says_when_to_ask_again() {
        let admission = Admission { places: Semaphore::new(1), patience: Duration::from_millis(20) };
        let inside = admission.acquire().await;
        let refused = admission.acquire().await.err();
        let told = refused.map(|failure| (failure.status.as_u16(), failure.retry_after_seconds));
        assert_eq!(told, Some((503, Some(1))));
        drop(inside);

        let order = std::sync::Mutex::new(Vec::new());
        let call = async |number: usize| {
            let _inside = admission.acquire().await;
            tokio::task::yield_now().await;
            order.lock().map(|mut order| order.push(number)).unwrap_or_default();
        };
        tokio::join!(call(1), call(2), call(3));
        assert_eq!(order.into_inner().ok(), Some(vec![1, 2, 3]));
    }
}
