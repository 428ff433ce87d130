//! Policy of retries and the pauses between them (spec P 14.6, 14.7).

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use http::Method;

use crate::error::{Error, ErrorKind};
use crate::moment;

/// Retry policy of a connection. Only reads are repeated, and changes if nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Number of retries after the first attempt. Default: 3 hosted; 0 embedded, since the engine retries the vendor
    /// itself.
    pub retries: usize,
    /// The first pause; it doubles, with jitter. Default: 500 ms.
    pub base: Duration,
    /// The longest pause. Default: 60 s. If a platform requires more with `Retry-After`, the call is not retried, and
    /// the error has the time to wait.
    pub cap: Duration,
}

impl RetryPolicy {
    /// The policy of spec P 14.6.
    pub const HOSTED: Self = Self { retries: 3, base: Duration::from_millis(500), cap: Duration::from_secs(60) };
    /// No retries.
    pub const NONE: Self = Self { retries: 0, ..Self::HOSTED };

    pub(super) fn backoff(self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.base)
            .with_max_delay(self.cap)
            .with_max_times(self.retries)
            .with_jitter()
    }

    /// Returns the pause before the next attempt: `Retry-After` takes precedence over the backoff. `None` if it exceeds
    /// the limit of the caller or of this policy; the failure is then returned at once.
    pub(super) fn pause(self, error: &Error, pause: Duration, deadline: Option<Instant>) -> Option<Duration> {
        let asked = error.info().retry_after.filter(|asked| !asked.is_zero());
        let pause = asked.unwrap_or_else(|| pause.min(self.cap));
        let in_time = deadline.is_none_or(|at| moment::after(Instant::now(), pause) < at);
        (pause <= self.cap && in_time).then_some(pause)
    }
}

/// Returns whether a failed call may be repeated: reads after transient failures, changes only if nothing was sent.
pub(super) fn may_repeat(method: &Method, error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connect => true,
        ErrorKind::Transport => *method == Method::GET,
        _ => *method == Method::GET && matches!(error.status(), Some(429 | 502 | 503 | 504)),
    }
}

/// Intervals of polling a bulk job (spec P 14.7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polling {
    pub first: Duration,
    pub longest: Duration,
    /// Time for which a job may be parked before the wait ends.
    pub parked: Duration,
}

impl Polling {
    pub const HOSTED: Self =
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(30), parked: Duration::from_secs(120) };
    /// In-process polling is cheap, and no job should seem to take half a second longer than it does.
    pub const EMBEDDED: Self =
        Self { first: Duration::from_millis(10), longest: Duration::from_millis(50), parked: Duration::from_secs(5) };

    /// Returns the pauses before each poll.
    pub fn pauses(self) -> impl Iterator<Item = Duration> {
        let growing = ExponentialBuilder::default().with_min_delay(self.first).with_max_delay(self.longest);
        growing.with_factor(1.5).without_max_times().build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Info;

    fn failure(retry_after_s: u64) -> Error {
        let retry_after = Some(Duration::from_secs(retry_after_s));
        Error::from(Info { retry_after, ..Info::default() })
    }

    #[test]
    fn the_platform_says_how_long_to_wait() {
        let (policy, own) = (RetryPolicy::HOSTED, Duration::from_millis(700));
        assert_eq!(policy.pause(&failure(7), own, None), Some(Duration::from_secs(7)));
        assert_eq!(policy.pause(&failure(0), own, None), Some(own));
        assert_eq!(policy.pause(&failure(61), own, None), None);
        assert_eq!(policy.pause(&Error::new(ErrorKind::Connect, ""), own, None), Some(own));
    }

    #[test]
    fn no_retry_waits_beyond_the_deadline() {
        let soon = Some(Instant::now() + Duration::from_secs(3));
        assert_eq!(RetryPolicy::HOSTED.pause(&failure(7), Duration::ZERO, soon), None);
        assert_eq!(RetryPolicy::HOSTED.pause(&failure(1), Duration::ZERO, soon), Some(Duration::from_secs(1)));
    }

    #[test]
    fn changes_are_not_made_twice() {
        let status = |status| Error::from(Info { status: Some(status), kind: ErrorKind::Server, ..Info::default() });
        for status in [429, 502, 503, 504].map(status) {
            assert!(may_repeat(&Method::GET, &status) && !may_repeat(&Method::POST, &status));
        }
        for error in [status(500), status(401), Error::new(ErrorKind::Timeout, "")] {
            assert!(!may_repeat(&Method::GET, &error));
        }
        let (connect, broken) = (Error::new(ErrorKind::Connect, ""), Error::new(ErrorKind::Transport, ""));
        assert!(may_repeat(&Method::POST, &connect) && may_repeat(&Method::GET, &broken));
        assert!(!may_repeat(&Method::PUT, &broken));
    }
}
