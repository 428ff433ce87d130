//! Default values of configuration that are secrets: callers without permission see a mask (spec E 2.39).

use serde_json::Value;

use super::document::is_masked_entry;
use super::parts::Members;
use crate::auth::MASK;

/// Masks the default values of secrets in a document or in a list of entries (spec E 2.39).
pub fn mask_defaults(configuration: &mut Value) {
    for entry in configuration.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        mask_default(entry);
    }
}

/// Masks the default value of an entry if it is a secret.
pub fn mask_default(entry: &mut Members) {
    if is_masked_entry(entry)
        && let Some(default) = entry.get_mut("defaultValue").filter(|default| is_filled(default))
    {
        *default = MASK.into();
    }
}

/// Replaces masks that were sent back by the stored default values (spec E 2.39).
pub fn restore_defaults(new: &mut Value, stored: &[Value]) {
    for entry in new.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        restore_default(entry, stored);
    }
}

/// Replaces the mask of an entry that was sent back by the stored default value.
pub fn restore_default(entry: &mut Members, stored: &[Value]) {
    let is_mask = entry.get("defaultValue").is_some_and(|default| default == MASK);
    if !is_mask || !is_masked_entry(entry) {
        return;
    }
    let same = |known: &&Value| known.get("key") == entry.get("key");
    let default = stored.iter().find(same).and_then(|known| known.get("defaultValue")).cloned();
    entry.insert("defaultValue".to_owned(), default.unwrap_or_default());
}

fn is_filled(value: &Value) -> bool {
    !value.is_null() && value != ""
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mask_that_is_sent_back_keeps_the_default() {
        let stored = json!([{"key": "api.secret", "defaultValue": "s"}, {"key": "b", "defaultValue": "c"}]);
        let mut shown = stored.clone();
        mask_defaults(&mut shown);
        assert_eq!(shown, json!([{"key": "api.secret", "defaultValue": MASK}, {"key": "b", "defaultValue": "c"}]));
        restore_defaults(&mut shown, stored.as_array().map_or(&[], Vec::as_slice));
        assert_eq!(shown, stored);
        // Without a stored one there is no default; a key that is no secret may have the mask as its default.
        let mut new = json!([{"key": "other.secret", "defaultValue": MASK}, {"key": "d", "defaultValue": MASK}]);
        restore_defaults(&mut new, &[]);
        assert_eq!(new, json!([{"key": "other.secret", "defaultValue": null}, {"key": "d", "defaultValue": MASK}]));
    }
}
