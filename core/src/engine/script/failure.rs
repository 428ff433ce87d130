//! Script failures and their positions.

use std::fmt;

use http::StatusCode;

use crate::engine::failure::Failure;
use crate::error::ErrorKind;

/// Error of a script that returned no result (spec P 9.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptError {
    /// `<objectName>/<level>`
    pub script: String,
    /// Line and column in the script's body, from 1; `None` if unknown, for instance for a thrown string.
    pub place: Option<(u32, u32)>,
    /// Error message.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { script, place, message } = self;
        match place {
            Some((line, column)) => write!(f, "Script {script}, line {line}, column {column}: {message}"),
            None => write!(f, "Script {script}: {message}"),
        }
    }
}

/// In a live call a script error is a fault of the platform (spec P 3.2).
impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        unmapped(error.to_string())
    }
}

/// Returns the failure of a live call in which a script or mapping could not produce a record. The platform worked as
/// configured, so a retry would not help.
pub(crate) fn unmapped(reason: String) -> Failure {
    let failure = Failure::new(StatusCode::INTERNAL_SERVER_ERROR, reason);
    failure.of_kind(ErrorKind::InvalidRequest).with_hint("Correct the script or mapping that the message names.")
}
