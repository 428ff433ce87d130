//! Sessions of signed-in people. They are kept in memory only: the process forgets them, and the secrets in them, when it
//! ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use elementkit::auth::Secret;
use elementkit::{Platform, Result};
use subtle::ConstantTimeEq;

use crate::pages::engagement::Report;
use crate::pages::oauth::Grant;

/// Maximum number of sessions; above it the one that was unused for longest ends.
const MOST: usize = 10_000;

/// Time limits of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Time without a request.
    pub idle: Duration,
    /// Time since signing in.
    pub whole: Duration,
}

/// The session of one person in one browser.
pub(crate) struct Session {
    /// The platform as this person sees it.
    pub platform: Platform,
    /// The secrets that the person signed in with.
    pub user: Secret,
    pub organization: Secret,
    /// Name of the organization, for display.
    pub who: String,
    /// Value that the forms of own pages send, and foreign pages do not know.
    pub csrf: Secret,
    started: Instant,
    used: Mutex<Instant>,
    grants: Mutex<Vec<Grant>>,
    report: Mutex<Option<Arc<Report>>>,
}

impl Session {
    /// Returns the report that was asked for last.
    pub fn report(&self) -> Option<Arc<Report>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a report in place of the one before, which ends.
    pub fn keep_report(&self, report: Report) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(report));
    }

    fn used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the logins at services that were begun.
    pub fn grants(&self) -> MutexGuard<'_, Vec<Grant>> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, limits: Limits, now: Instant) -> bool {
        now.duration_since(self.started) >= limits.whole || now.duration_since(self.used()) >= limits.idle
    }

    /// Returns whether a form has the value of this session.
    pub fn is_own_form(&self, value: &str) -> bool {
        self.csrf.expose().as_bytes().ct_eq(value.as_bytes()).into()
    }
}

/// A person who signs in.
pub(crate) struct Person {
    pub platform: Platform,
    pub who: String,
    pub user: Secret,
    pub organization: Secret,
}

/// All sessions, by the digest of their keys.
pub(crate) struct Sessions {
    limits: Limits,
    known: Mutex<HashMap<[u8; 32], Arc<Session>>>,
}

impl Sessions {
    pub fn new(limits: Limits) -> Self {
        Self { limits, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Session>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a session and returns its key.
    pub fn start(&self, person: Person) -> Result<Secret> {
        let Person { platform, who, user, organization } = person;
        let (key, csrf, now) = (key()?, key()?, Instant::now());
        let session = Session {
            platform,
            user,
            organization,
            who,
            csrf,
            started: now,
            used: Mutex::new(now),
            grants: Mutex::default(),
            report: Mutex::default(),
        };
        let mut known = self.known();
        known.retain(|_, session| !session.is_over(self.limits, now));
        if known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, session)| session.used()).map(|(key, _)| *key);
            oldest.and_then(|key| known.remove(&key));
        }
        known.insert(digest(key.expose()), Arc::new(session));
        Ok(key)
    }

    /// Returns the session of a key, and notes its use.
    pub fn find(&self, key: &str) -> Option<Arc<Session>> {
        self.find_at(key, Instant::now())
    }

    fn find_at(&self, key: &str, now: Instant) -> Option<Arc<Session>> {
        let (key, mut known) = (digest(key), self.known());
        let session = known.get(&key)?;
        if session.is_over(self.limits, now) {
            known.remove(&key);
            return None;
        }
        *session.used.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Some(Arc::clone(session))
    }

    /// Ends the session of a key.
    pub fn end(&self, key: &str) {
        self.known().remove(&digest(key));
    }
}

/// Keys that open a session without secrets, each once and for a short time.
#[derive(Default)]
pub(crate) struct OneTimeKeys {
    known: Mutex<Vec<([u8; 32], Instant)>>,
}

/// Time for which a key can be used.
const KEY_LIFETIME: Duration = Duration::from_secs(600);

impl OneTimeKeys {
    /// Returns a new key.
    pub fn mint(&self) -> Result<Secret> {
        let key = key()?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).push((digest(key.expose()), Instant::now()));
        Ok(key)
    }

    /// Uses a key up. Returns whether it was valid.
    pub fn take(&self, key: &str) -> bool {
        self.take_at(key, Instant::now())
    }

    fn take_at(&self, key: &str, now: Instant) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, minted)| now.duration_since(*minted) < KEY_LIFETIME);
        let key = digest(key);
        let found = known.iter().position(|(known, _)| *known == key);
        found.map(|position| known.swap_remove(position)).is_some()
    }
}

/// Returns 256 random bits as text that cookies and addresses can contain.
pub(crate) fn key() -> Result<Secret> {
    Ok(Secret::new(format!("{}{}", Secret::mint_hex()?.expose(), Secret::mint_hex()?.expose())))
}

fn digest(key: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, key.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use elementkit::HostedOptions;

    use super::*;

    fn person() -> Person {
        let options = HostedOptions::new().base_url("https://x.example").user("u").organization("o");
        let platform = Platform::hosted(options).unwrap();
        Person { platform, who: "Acme".to_owned(), user: Secret::new("u"), organization: Secret::new("o") }
    }

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn sessions_end_unused_and_after_all() {
        let sessions = Sessions::new(Limits { idle: seconds(60), whole: seconds(100) });
        let key = sessions.start(person()).unwrap();
        let start = Instant::now();
        assert!(sessions.find("another").is_none());
        assert!(sessions.find_at(key.expose(), start + seconds(50)).is_some());
        assert!(sessions.find_at(key.expose(), start + seconds(95)).is_some());
        assert!(sessions.find_at(key.expose(), start + seconds(101)).is_none(), "absolute end");
        let key = sessions.start(person()).unwrap();
        assert!(sessions.find_at(key.expose(), Instant::now() + seconds(61)).is_none(), "idle end");
        assert!(sessions.known().is_empty());
    }

    #[test]
    fn a_key_opens_one_session() {
        let keys = OneTimeKeys::default();
        let (first, second) = (keys.mint().unwrap(), keys.mint().unwrap());
        assert!(!keys.take("another") && keys.take(first.expose()) && !keys.take(first.expose()));
        assert!(!keys.take_at(second.expose(), Instant::now() + KEY_LIFETIME));
    }
}
