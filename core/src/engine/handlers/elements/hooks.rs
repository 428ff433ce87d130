//! Rules of scripts as parts (spec E 2.24, E 2.25).

use serde_json::Value;

use crate::elements::definition::document::boolean;
use crate::elements::definition::parts::Members;
use crate::engine::failure::Failure;

const TYPES: [&str; 3] = ["preRequest", "postRequest", "event"];

/// Checks a script, and fills `isLegacy` in. `old` is the script that it replaces.
pub(super) fn check(hook: &mut Members, old: Option<&Members>) -> Result<(), Failure> {
    let kind = hook.get("type").and_then(Value::as_str);
    if !kind.is_some_and(|kind| TYPES.contains(&kind)) {
        return Err(Failure::bad_request(format!("type must be one of {}", TYPES.join(", "))));
    }
    if !hook.get("body").is_some_and(Value::is_string) {
        return Err(Failure::bad_request("body is required"));
    }
    let is_legacy = hook.get("isLegacy").and_then(boolean).unwrap_or(false);
    let was_legacy = old.is_none_or(|old| old.get("isLegacy").and_then(boolean).unwrap_or(false));
    if is_legacy && !was_legacy {
        return Err(Failure::bad_request("isLegacy cannot be changed from false to true"));
    }
    hook.insert("isLegacy".to_owned(), is_legacy.into());
    Ok(())
}
