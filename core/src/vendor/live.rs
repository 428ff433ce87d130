//! Configuration of an instance that may change while the instance is used.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Generation, VendorError};
use crate::error::Result;

/// The values of an instance at one moment: configured ones and those that a login acquired.
#[derive(Clone, Default)]
pub struct Configuration {
    values: BTreeMap<String, String>,
    generation: Generation,
}

/// Changes of acquired values: a new value for a key, or `None` to remove it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<String, Option<String>>);

/// Obtains new credentials. Receives the newest values, and returns what the vendor issued.
pub type Login = Box<dyn FnOnce(Arc<Configuration>) -> LoginOutcome + Send>;

/// Outcome of a [`Login`].
pub type LoginOutcome = BoxFuture<'static, Result<Changes, LoginError>>;

/// Failure of a login.
#[derive(Clone, Debug)]
pub enum LoginError {
    /// The vendor rejected the login. Rejections are counted (spec E 4.45). The error has the vendor's message, if any.
    Refused(VendorError),
    /// The login could not be made. It may succeed later.
    Failed(VendorError),
}

/// The configuration of one instance, through which an element acquires and keeps credentials.
///
/// Acquired values are stored apart from configured ones, so that a refresh does not conflict with a change of the
/// instance.
pub trait LiveConfiguration: Send + Sync {
    /// Returns the newest values that this process knows.
    fn current(&self) -> Arc<Configuration>;

    /// Stores acquired values without starting a new generation. Returns the values after the change.
    fn write(&self, changes: Changes) -> BoxFuture<'_, Result<Arc<Configuration>>>;

    /// Replaces the credentials of a generation. Returns newer ones if they exist by now; otherwise runs the login, and
    /// stores its outcome before anything uses it. At most one login of an instance runs at a time, in all processes
    /// that share the store. The login continues if the caller is dropped.
    fn renew(&self, seen: Generation, login: Login) -> BoxFuture<'_, Result<Arc<Configuration>, VendorError>>;
}

impl Configuration {
    /// Creates the values with the generation of the login that acquired some of them.
    pub fn new(values: BTreeMap<String, String>, generation: Generation) -> Self {
        Self { values, generation }
    }

    /// Returns a value, unless it is blank.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// Returns all values.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// Returns the generation of the last login.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns whether a value is `true`.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }
}

impl Changes {
    /// Sets a value.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.insert(key.to_owned(), Some(value.into()));
        self
    }

    /// Sets a value if there is one; otherwise the old value stays.
    #[must_use]
    pub fn set_if_some(self, key: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    /// Removes a value.
    #[must_use]
    pub fn remove(mut self, key: &str) -> Self {
        self.0.insert(key.to_owned(), None);
        self
    }

    /// Adds changes, which replace those of the same keys.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Returns whether a key is changed.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Returns whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Applies the changes to acquired values, which take precedence over configured ones. A configured value that is
    /// removed is covered by an empty one.
    pub fn apply_over(&self, acquired: &mut BTreeMap<String, String>, configured: &BTreeMap<String, String>) {
        self.apply(acquired);
        let removed = self.0.iter().filter(|(key, change)| change.is_none() && configured.contains_key(*key));
        acquired.extend(removed.map(|(key, _)| (key.clone(), String::new())));
    }

    /// Applies the changes to values.
    pub fn apply(&self, values: &mut BTreeMap<String, String>) {
        for (key, change) in &self.0 {
            match change {
                Some(value) => drop(values.insert(key.clone(), value.clone())),
                None => drop(values.remove(key)),
            }
        }
    }
}

impl LoginError {
    /// Returns the failure of the vendor.
    pub fn into_error(self) -> VendorError {
        match self {
            Self::Refused(error) | Self::Failed(error) => error,
        }
    }
}

/// Shows keys only, since values may be secrets.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.values.keys().collect();
        f.debug_struct("Configuration").field("keys", &keys).field("generation", &self.generation).finish()
    }
}

/// Shows keys only, since values may be secrets.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
