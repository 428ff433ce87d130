//! Searches whose conditions are all equalities joined by AND: the only ones that the checked calls make.

use super::plain;
use serde_json::Value;

/// Splits `a = 'x' AND b = 'y'` (spec E 5.39).
pub(super) fn pairs(search: &str) -> Vec<(String, String)> {
    let conditions = search.split(" AND ").flat_map(|part| part.split(" and "));
    let pairs = conditions.filter_map(|condition| {
        let (field, value) = condition.split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
        Some((field.trim().to_owned(), bare.replace("''", "'")))
    });
    pairs.collect()
}

/// Returns the text of `$filter` (spec E 5.41, 5.43).
pub(super) fn odata(search: &str) -> String {
    let bare = |field: &str| search.contains(&format!("{field}=")) && !search.contains(&format!("{field}='"));
    let written = pairs(search).into_iter().map(|(field, value)| {
        let value = if bare(&field) { value } else { format!("'{}'", value.replace('\'', "''")) };
        format!("{} eq {value}", field.replace('.', "/"))
    });
    written.collect::<Vec<_>>().join(" and ")
}

/// Returns the query parameters of an object: one for each member (spec E 5.19).
pub(super) fn members(value: &Value, name: &str) -> Vec<(String, String)> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, value)| each(value, name)).collect(),
        other => each(other, name),
    }
}

fn each(value: &Value, name: &str) -> Vec<(String, String)> {
    match value {
        // A member without value does nothing, as a parameter without one.
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(|item| (name.to_owned(), plain(item))).collect(),
        other => vec![(name.to_owned(), plain(other))],
    }
}
