//! Throttle on guessing secrets: after some failures an address has to wait, longer every time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of an address without a wait: many people may share one.
const FREE: u32 = 10;
/// Longest wait.
const CAP: Duration = Duration::from_secs(300);
/// Time after which failures are forgotten.
const MEMORY: Duration = Duration::from_secs(3600);
/// Maximum number of addresses; the counts are forgotten when there are more.
const MOST: usize = 10_000;

/// Counts of failures, kept in this process only.
#[derive(Default)]
pub(crate) struct Throttle {
    known: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Throttle {
    /// Admits an attempt, or returns the time to wait. An attempt counts as failed until it is forgiven, so that
    /// concurrent attempts count too.
    pub fn admit(&self, peer: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (_, last)| now.duration_since(*last) < CAP);
        }
        if known.len() >= MOST {
            known.clear();
        }
        let (failures, last) = known.entry(peer).or_insert((0, now));
        let passed = now.duration_since(*last);
        if passed > MEMORY {
            *failures = 0;
        }
        if let Some(over) = failures.checked_sub(FREE) {
            let wait = Duration::from_secs(1 << over.min(16)).min(CAP).saturating_sub(passed);
            if !wait.is_zero() {
                return Err(wait);
            }
        }
        (*failures, *last) = (failures.saturating_add(1), now);
        Ok(())
    }

    /// Removes the failure that a successful attempt was counted as.
    pub fn forgive(&self, peer: IpAddr) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((failures, _)) = known.get_mut(&peer) {
            *failures = failures.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let peer = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..FREE {
            assert_eq!(throttle.admit(peer, start), Ok(()));
        }
        assert_eq!(throttle.admit(peer, start), Err(Duration::from_secs(1)));
        assert_eq!(throttle.admit(IpAddr::from([127, 0, 0, 2]), start), Ok(()));
        let later = start + Duration::from_secs(1);
        assert_eq!(throttle.admit(peer, later), Ok(()));
        assert_eq!(throttle.admit(peer, later), Err(Duration::from_secs(2)));
        throttle.forgive(peer);
        assert_eq!(throttle.admit(peer, later), Err(Duration::from_secs(1)));
        assert_eq!(throttle.admit(peer, later + MEMORY + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..3 * u32::try_from(MOST).unwrap_or_default() {
            assert_eq!(throttle.admit(IpAddr::from(number.to_be_bytes()), now), Ok(()));
        }
        assert!(throttle.known.lock().is_ok_and(|known| known.len() <= MOST));
    }
}
