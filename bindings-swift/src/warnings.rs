//! Warnings of the platform about calls that succeeded.

use elementkit::Warning;

/// A warning of the platform.
#[derive(Clone, uniffi::Record)]
pub struct WarningInfo {
    /// The stable code of its kind.
    pub code: String,
    /// The message.
    pub message: String,
    /// The field or parameter it is about.
    pub field: Option<String>,
    /// The name that was probably meant.
    pub suggestion: Option<String>,
    /// The whole text in one line.
    pub summary: String,
}

impl From<&Warning> for WarningInfo {
    fn from(warning: &Warning) -> Self {
        Self {
            code: warning.code.as_str().to_owned(),
            message: warning.message.clone(),
            field: warning.field.clone(),
            suggestion: warning.suggestion.clone(),
            summary: warning.to_string(),
        }
    }
}

/// Several warnings.
pub(crate) fn listed(warnings: &[Warning]) -> Vec<WarningInfo> {
    warnings.iter().map(WarningInfo::from).collect()
}

/// Receives each reported warning, on a thread of the runtime. It must not throw.
#[uniffi::export(callback_interface)]
pub trait NativeWarningHandler: Send + Sync {
    /// Receives a warning.
    fn handle(&self, warning: WarningInfo);
}
