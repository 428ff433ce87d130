//! Parts of the format that this version of the engine runs.

use crate::vendor::LoginKind;

/// Most steps of a chain (spec E 7.64).
pub const MOST_STEPS: usize = 5;
/// Whether scripts run (spec E 7). Otherwise a call of a resource that has one is refused (spec E 7.62).
pub const SCRIPTS_RUN: bool = cfg!(feature = "scripts");
/// Types of authentication whose credentials are all configured (spec E 4.1, E 4.3).
const WITHOUT_LOGIN: &[&str] = &["basic", "custom", "customApiKey", "personalAccessToken", "none", "awsv4"];
/// Converters of conditions (spec E 5.39, E 5.41).
const CONVERTERS: &[&str] = &["toQueryParameters", "toODataFilter", "toODataV3Filter"];

/// Returns whether instances of this type of authentication can be made (spec E 4.6).
pub fn authentication_is_available(word: &str) -> bool {
    WITHOUT_LOGIN.contains(&word) || LoginKind::named(word).is_some()
}

/// Returns whether the engine has a converter (spec E 5.44).
pub fn converter_is_available(name: &str) -> bool {
    CONVERTERS.contains(&name)
}
