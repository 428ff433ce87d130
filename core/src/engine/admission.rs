//! Where calls wait when there are more than the engine can take in.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::failure::Failure;
use crate::error::{Error, ErrorKind};

/// Lets calls in, in the order they came.
///
/// The first thing a call takes is a connection to the database, of which there are few. A thousand calls that wait for
/// one of these stand in the way of calls that are in already and need it once more; here they hold nothing.
pub(crate) struct Admission {
    places: Semaphore,
    patience: Duration,
}

/// Calls that find out at a time who calls: some more than there are connections to read from.
const AT_ONCE: usize = 16;
/// How long a call waits before it is told that the engine is overloaded.
const PATIENCE: Duration = Duration::from_secs(60);

impl Admission {
    pub fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), patience: PATIENCE }
    }

    /// Waits for a place; whoever is in gives it back.
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
