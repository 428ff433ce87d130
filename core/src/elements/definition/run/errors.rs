//! Failures of scripts (spec E 7.61).

use super::super::request::secrets;
use super::super::settings::Settings;
use crate::element::{FailureCause, ScriptFailure};
use crate::vendor::{Reached, ScriptedFailure, VendorError, VendorErrorKind, masked};

/// Returns the failure of a call whose script failed, without secrets of the instance. `is_sent` is whether the vendor was
/// called before.
pub fn failed(failure: &ScriptFailure, settings: Settings<'_>, is_sent: bool) -> VendorError {
    let text = masked(&failure.to_string(), &secrets(settings));
    let error = VendorError::new(VendorErrorKind::Script, text.clone());
    // After the call, the vendor has done what was asked.
    let reached = if is_sent { Reached::Unknown } else { Reached::No };
    let by_script = match failure.cause {
        FailureCause::Script | FailureCause::Unavailable => None,
        FailureCause::Busy => {
            Some(Box::new(ScriptedFailure { status: 503, message: Some(text), provider_message: None }))
        }
    };
    VendorError { reached, by_script, ..error }
}
