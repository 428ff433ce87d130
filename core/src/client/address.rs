//! Paths of an instance's calls, which exist in the hub of its element and without a hub (spec P 7.1).
//!
//! The documented platforms have both forms, and ignore which hub is named. Another platform may have only one of them,
//! and answers the other with 404. A call is then repeated in the form that is left, and if that succeeds, the platform
//! is known to have only this form. As soon as a form has succeeded, a 404 means what it says.

use std::sync::OnceLock;

use super::answer::Answer;
use super::instance::InstanceHandle;
use super::outgoing::{Outgoing, segment};
use crate::error::{Error, ErrorKind, Result};
use crate::model::PLATFORM_FAMILIES;

/// The hub in paths that need one, if it cannot be found out: documented platforms ignore it.
const ANY_HUB: &str = "any";

/// Kinds of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A call of the platform, which has one form.
    Platform,
    /// Discovery, bulk jobs and the like of an instance: without a hub first, since that needs no more knowledge.
    Instance,
    /// A resource of the element: in its hub first if that is known, since a hub keeps its name apart from the
    /// platform's own.
    Resource,
}

/// Forms of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `contacts`.
    Plain,
    /// `hubs/crm/contacts`.
    Hub,
}

/// The forms that a platform is known to have (true: a call in this form succeeded) or to lack (false: it failed where
/// the other form succeeded).
#[derive(Debug, Default)]
pub(crate) struct Forms {
    plain: OnceLock<bool>,
    hub: OnceLock<bool>,
}

impl Form {
    fn other(self) -> Self {
        match self {
            Self::Plain => Self::Hub,
            Self::Hub => Self::Plain,
        }
    }
}

impl Forms {
    /// Returns the knowledge about a platform that has both forms.
    pub fn both() -> Self {
        Self { plain: OnceLock::from(true), hub: OnceLock::from(true) }
    }

    fn cell(&self, form: Form) -> &OnceLock<bool> {
        match form {
            Form::Plain => &self.plain,
            Form::Hub => &self.hub,
        }
    }

    fn exists(&self, form: Form) -> bool {
        self.cell(form).get() == Some(&true)
    }

    fn is_missing(&self, form: Form) -> bool {
        self.cell(form).get() == Some(&false)
    }

    fn learn(&self, form: Form, exists: bool) {
        let _ = self.cell(form).set(exists);
    }
}

impl InstanceHandle {
    /// Sends a call with the Element token, in the form of its path that the platform has.
    pub(super) async fn send(&self, call: Outgoing) -> Result<Answer> {
        let Some(preferred) = self.preferred_form(&call) else { return self.send_as_is(call).await };
        let forms = &self.connection().forms;
        let has_other = preferred == Form::Plain || !is_platform_path(&call.path);
        let first = if forms.is_missing(preferred) && has_other { preferred.other() } else { preferred };
        let refused = match self.send_in(first, &call).await {
            Ok(answer) => {
                forms.learn(first, true);
                return Ok(answer);
            }
            Err(error) if is_unknown_path(&error) && has_other && !forms.exists(first) && call.is_repeatable() => error,
            Err(error) => {
                if error.info().provider_message.is_some() {
                    // The platform has called the vendor, so it has the path.
                    forms.learn(first, true);
                }
                return Err(error);
            }
        };
        let second = first.other();
        // On the heap, since few calls need it.
        if second == Form::Hub && Box::pin(self.find_hub()).await.is_none() {
            return Err(refused);
        }
        match self.send_in(second, &call).await {
            Ok(answer) => {
                forms.learn(second, true);
                forms.learn(first, false);
                Ok(answer)
            }
            // Neither form exists, or both do and the caller asks for something that does not.
            Err(error) if is_unknown_path(&error) => Err(refused),
            Err(error) => Err(error),
        }
    }

    /// Returns the form in which a call is sent first; `None` if it has only one.
    fn preferred_form(&self, call: &Outgoing) -> Option<Form> {
        match call.address {
            Address::Platform => None,
            Address::Instance => Some(Form::Plain),
            Address::Resource if self.prefers_hub() || is_platform_path(&call.path) => Some(Form::Hub),
            Address::Resource => Some(Form::Plain),
        }
    }

    async fn send_in(&self, form: Form, call: &Outgoing) -> Result<Answer> {
        let mut call = call.clone();
        if form == Form::Hub {
            let hub = Box::pin(self.find_hub()).await.unwrap_or(ANY_HUB);
            call.path = format!("hubs/{}/{}", segment(hub), call.path.trim_start_matches('/'));
        }
        self.send_as_is(call).await
    }
}

/// Returns whether the platform would take a path without a hub for one of its own calls.
fn is_platform_path(path: &str) -> bool {
    let first = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    PLATFORM_FAMILIES.contains(&first)
}

/// Returns whether an error may mean that the platform does not have the path, in contrast to the vendor's 404 and to
/// the platform's for an empty list.
fn is_unknown_path(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
        && error.status() == Some(404)
        && error.info().provider_message.is_none()
        && !error.is_none_found()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_paths_are_told_by_their_first_segment() {
        for path in ["accounts", "/users/7/contacts", "jobs?where=x"] {
            assert!(is_platform_path(path), "{path}");
        }
        for path in ["contacts", "my-accounts", "channels/accounts", ""] {
            assert!(!is_platform_path(path), "{path}");
        }
    }
}
