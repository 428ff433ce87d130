use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Warning;

/// Maximum number of different warnings that are kept.
const KEPT: usize = 100;

/// Policy of the client for [warnings](Warning) of the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warnings {
    /// Each is logged as an event of `tracing`, passed to the observer of the platform, and kept by the list or job
    /// that it is about.
    #[default]
    Report,
    /// The call fails with `invalid_request` before any of its records are delivered. A bulk job that was started is
    /// cancelled.
    Deny,
    /// Warnings are ignored; pages and jobs still have them.
    Ignore,
}

impl std::str::FromStr for Warnings {
    type Err = crate::Error;

    fn from_str(word: &str) -> crate::Result<Self> {
        match word {
            "report" => Ok(Self::Report),
            "deny" => Ok(Self::Deny),
            "ignore" => Ok(Self::Ignore),
            _ => Err(crate::Error::new(crate::ErrorKind::Config, format!("{word:?} is not a policy for warnings"))
                .with_hint("Use report, deny or ignore.")),
        }
    }
}

/// Callback for each warning that is reported.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Warning) + Send + Sync>);

pub(crate) fn observer(observer: impl Fn(&Warning) + Send + Sync + 'static) -> Observer {
    Observer(Arc::new(observer))
}

impl Observer {
    pub fn see(&self, warning: &Warning) {
        (self.0)(warning);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The warnings that arrived while a list was read, each once. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CollectedWarnings(Arc<Mutex<Collected>>);

#[derive(Debug, Default)]
struct Collected {
    all: Vec<Warning>,
    taken: usize,
}

impl CollectedWarnings {
    /// Returns all warnings so far.
    pub fn all(&self) -> Vec<Warning> {
        self.inner().all.clone()
    }

    /// Returns the warnings since the last call of this function.
    pub fn take(&self) -> Vec<Warning> {
        let mut inner = self.inner();
        let fresh = inner.all[inner.taken..].to_vec();
        inner.taken = inner.all.len();
        fresh
    }

    /// Adds a warning, and returns whether it is new.
    pub(crate) fn add(&self, warning: &Warning) -> bool {
        let mut inner = self.inner();
        let fresh = inner.all.len() < KEPT && !inner.all.contains(warning);
        if fresh {
            inner.all.push(warning.clone());
        }
        fresh
    }

    fn inner(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::WarningCode;
    use super::*;

    #[test]
    fn each_warning_is_kept_once_and_their_number_is_bounded() {
        let seen = CollectedWarnings::default();
        let warning = |number: usize| Warning::new(WarningCode::Other, number.to_string());
        assert!(seen.add(&warning(1)) && !seen.clone().add(&warning(1)) && seen.add(&warning(2)));
        assert_eq!(seen.take(), [warning(1), warning(2)]);
        assert!(seen.take().is_empty());
        (0..1000).for_each(|number| {
            seen.add(&warning(number));
        });
        assert_eq!((seen.all().len(), seen.take().len()), (KEPT, KEPT - 2));
    }

    #[test]
    fn policies_have_names() {
        let policies = ["report", "deny", "ignore"].map(|word| word.parse::<Warnings>().ok());
        assert_eq!(policies, [Some(Warnings::Report), Some(Warnings::Deny), Some(Warnings::Ignore)]);
        assert!("error".parse::<Warnings>().is_err());
    }
}
