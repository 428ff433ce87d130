//! Throttle on guessing passwords: after some failures each further attempt has to wait, longer every time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Key that failures are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Digest of a user name, since the length of a name is up to the caller.
    Account([u8; 32]),
    Address(IpAddr),
}

impl Who {
    /// Returns the key of an account name, in any letter case.
    pub fn account(name: &str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, name.trim().to_lowercase().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self::Account(bytes)
    }
}

/// Counts of failures, kept in this process only.
#[derive(Default)]
pub(crate) struct LoginThrottle {
    known: Mutex<HashMap<Who, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    number: u32,
    last: Instant,
}

/// Number of failures without a wait. Many people may share an address.
const FREE_OF_ACCOUNT: u32 = 5;
const FREE_OF_ADDRESS: u32 = 20;
/// Longest wait.
const CAP: Duration = Duration::from_secs(300);
/// Time after the last failure when failures are forgotten.
const MEMORY: Duration = Duration::from_secs(3600);
/// Maximum number of entries, so that made-up names cannot exhaust the memory.
const MOST: usize = 10_000;

impl LoginThrottle {
    /// Admits an attempt, or returns the number of seconds to wait. An attempt counts as failed until it is
    /// [`forgiven`](Self::forgive), so that concurrent attempts count too.
    pub fn admit(&self, who: &[Who]) -> Result<(), u64> {
        self.admit_at(who, Instant::now())
    }

    fn admit_at(&self, who: &[Who], now: Instant) -> Result<(), u64> {
        let Ok(mut known) = self.known.lock() else { return Ok(()) };
        let wait = who.iter().filter_map(|who| known.get(who).map(|failures| failures.wait(who, now))).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait.as_secs().max(1));
        }
        for who in who {
            make_room(&mut known, now);
            let failures = known.entry(who.clone()).or_insert(Failures { number: 0, last: now });
            if now.duration_since(failures.last) > MEMORY {
                failures.number = 0;
            }
            *failures = Failures { number: failures.number.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// Records a successful attempt: resets the account and removes one failure of the address.
    pub fn forgive(&self, who: &[Who]) {
        let Ok(mut known) = self.known.lock() else { return };
        for who in who {
            match who {
                Who::Account(_) => drop(known.remove(who)),
                Who::Address(_) => {
                    if let Some(failures) = known.get_mut(who) {
                        failures.number = failures.number.saturating_sub(1);
                    }
                }
            }
        }
    }
}

impl Failures {
    /// Returns the wait before the next attempt: nothing at first, then 1, 2, 4 … seconds after the last failure.
    fn wait(&self, who: &Who, now: Instant) -> Duration {
        let free = match who {
            Who::Account(_) => FREE_OF_ACCOUNT,
            Who::Address(_) => FREE_OF_ADDRESS,
        };
        let passed = now.duration_since(self.last);
        if self.number < free || passed > MEMORY {
            return Duration::ZERO;
        }
        let pause = Duration::from_secs(1 << (self.number - free).min(16)).min(CAP);
        pause.saturating_sub(passed)
    }
}

/// Removes expired entries, and if that is not enough, the oldest.
fn make_room(known: &mut HashMap<Who, Failures>, now: Instant) {
    if known.len() < MOST {
        return;
    }
    known.retain(|_, failures| now.duration_since(failures.last) <= MEMORY);
    if known.len() >= MOST {
        let mut times: Vec<Instant> = known.values().map(|failures| failures.last).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        known.retain(|_, failures| failures.last > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> [Who; 1] {
        [Who::account(name)]
    }

    #[test]
    fn waits_grow_and_end() {
        let (throttle, start) = (LoginThrottle::default(), Instant::now());
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(throttle.admit_at(&account("a"), start), Ok(()));
        }
        assert_eq!(throttle.admit_at(&account("a"), start), Err(1));
        assert_eq!(throttle.admit_at(&account("b"), start), Ok(()));
        let later = start + Duration::from_secs(1);
        assert_eq!(throttle.admit_at(&account("a"), later), Ok(()));
        assert_eq!(throttle.admit_at(&account("a"), later), Err(2));
        assert_eq!(throttle.admit_at(&account("a"), later + MEMORY + Duration::from_secs(1)), Ok(()));
        assert_eq!(throttle.admit_at(&account("a"), later + MEMORY + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn a_right_password_is_forgiven_and_an_address_counts_its_failures() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        let both = [Who::account("a"), Who::Address(IpAddr::from([127, 0, 0, 1]))];
        for _ in 0..100 {
            assert_eq!(throttle.admit_at(&both, now), Ok(()));
            throttle.forgive(&both);
        }
        for number in 0..FREE_OF_ADDRESS {
            let other = [Who::account(&number.to_string()), both[1].clone()];
            assert_eq!(throttle.admit_at(&other, now), Ok(()));
        }
        assert_eq!(throttle.admit_at(&both, now), Err(1));
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        for number in 0..3 * MOST {
            let at = now + Duration::from_micros(number as u64);
            assert_eq!(throttle.admit_at(&account(&number.to_string()), at), Ok(()));
        }
        assert!(throttle.known.lock().is_ok_and(|known| known.len() <= MOST));
    }
}
