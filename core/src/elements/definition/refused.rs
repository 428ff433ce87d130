//! Calls that are refused because of what the caller or the instance gave.

use std::fmt;

use crate::element::PlanError;
use crate::vendor::{VendorError, VendorErrorKind};

/// Refusal of a call before the vendor is called: status 400 with this message. Never contains a value of the
/// configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl Refused {
    /// Creates a refusal.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Creates the refusal of a configuration value (spec E 3.11).
    pub fn configuration(key: &str) -> Self {
        Self(format!("Invalid value for configuration: {key}"))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for VendorError {
    fn from(refused: Refused) -> Self {
        Self::new(VendorErrorKind::BadRequest, refused.0)
    }
}

impl From<Refused> for PlanError {
    fn from(refused: Refused) -> Self {
        Self::BadRequest(refused.0)
    }
}
