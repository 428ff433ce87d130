//! Credentials of a call: those of the user, or those of an instance.

use std::sync::Arc;

use super::answer::Answer;
use super::connection::Connection;
use super::instance::InstanceHandle;
use super::outgoing::Outgoing;
use crate::error::{Error, ErrorKind, Result};

/// Level of definitions and mappings (spec P 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// All accounts of the organization.
    Organization,
    /// All users of an account, by default the caller's own.
    Account(Option<i64>),
    /// One instance.
    Instance(i64),
}

impl Level {
    /// Returns the level named `organization`, `account` or `instance`, with the id of the account or instance.
    ///
    /// # Errors
    /// `config` for any other name, or if the id of the instance is missing.
    pub fn named(word: &str, id: Option<i64>) -> Result<Self> {
        match (word, id) {
            ("organization", None) => Ok(Self::Organization),
            ("account", id) => Ok(Self::Account(id)),
            ("instance", Some(id)) => Ok(Self::Instance(id)),
            ("instance", None) => Err(Error::new(ErrorKind::Config, "the level instance needs the instance's id")),
            ("organization", Some(_)) => Err(Error::new(ErrorKind::Config, "the level organization takes no id")),
            _ => Err(Error::new(ErrorKind::Config, format!("{word:?} is not a level"))
                .with_hint("Use organization, account or instance.")),
        }
    }

    /// Returns the path prefix of this level.
    pub(super) fn base(self) -> String {
        match self {
            Self::Organization => "organizations".to_owned(),
            Self::Account(None) => "accounts".to_owned(),
            Self::Account(Some(id)) => format!("accounts/{id}"),
            Self::Instance(id) => format!("instances/{id}"),
        }
    }
}

/// The caller of a request.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    User(Arc<Connection>),
    Instance(InstanceHandle),
}

impl Caller {
    pub async fn send(&self, call: Outgoing) -> Result<Answer> {
        match self {
            Self::User(connection) => connection.send(call).await,
            Self::Instance(instance) => instance.send(call).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_words_and_paths() {
        let base = |word, id| Level::named(word, id).map(Level::base).map_err(|error| error.kind());
        assert_eq!(base("organization", None), Ok("organizations".to_owned()));
        assert_eq!(base("account", None), Ok("accounts".to_owned()));
        assert_eq!(base("account", Some(3)), Ok("accounts/3".to_owned()));
        assert_eq!(base("instance", Some(7)), Ok("instances/7".to_owned()));
        for wrong in [("instance", None), ("organization", Some(1)), ("system", None)] {
            assert_eq!(base(wrong.0, wrong.1), Err(ErrorKind::Config), "{wrong:?}");
        }
    }
}
