//! Comparison of a part of a backup with what the platform has.

use serde_json::{Map, Value, json};

use crate::model::{FieldDefinition, Transformation};

/// Members that a platform gives a document, or changes by itself.
const GIVEN: [&str; 15] = [
    "id",
    "elementId",
    "resourceId",
    "accountId",
    "userId",
    "ownerAccountId",
    "createdDate",
    "updatedDate",
    "startDate",
    "level",
    "objectName",
    "associatedId",
    "vdrFieldId",
    "formulaId",
    "revision",
];

/// Returns whether a definition would stay as it is.
pub(super) fn is_same_definition(stored: &[FieldDefinition], wanted: &[FieldDefinition]) -> bool {
    plain(json!(stored)) == plain(json!(wanted))
}

/// Returns whether a transformation of an object would stay as it is.
pub(super) fn is_same_mapping(name: &str, stored: &Transformation, wanted: &Transformation) -> bool {
    plain(json!(filled(name, stored))) == plain(json!(filled(name, wanted)))
}

/// Returns whether an element or a formula would stay as it is.
pub(super) fn is_same_document(stored: &Value, wanted: &Value) -> bool {
    plain(stored.clone()) == plain(wanted.clone())
}

/// Fills what a platform fills.
fn filled(name: &str, mapping: &Transformation) -> Transformation {
    let mut mapping = mapping.clone();
    mapping.vendor_name = mapping.vendor_name.filter(|name| !name.is_empty()).or_else(|| Some(name.to_owned()));
    mapping.is_legacy = Some(mapping.is_legacy.unwrap_or_default());
    mapping.script = mapping.script.filter(|script| !script.body.trim().is_empty());
    if let Some(script) = &mut mapping.script {
        script.mime_type.get_or_insert_with(|| "application/javascript".to_owned());
        script.filter_empty_response.get_or_insert_default();
    }
    mapping
}

/// Removes what the platform gives, and what says as much as its absence.
fn plain(value: Value) -> Value {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| !GIVEN.contains(&name.as_str()));
            let kept = kept.map(|(name, value)| (name, plain(value))).filter(|(_, value)| !says_nothing(value));
            // The order of members means nothing.
            let mut kept: Vec<(String, Value)> = kept.collect();
            kept.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(Map::from_iter(kept))
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_platform_adds_is_no_difference() {
        let sent = Transformation::of("", [("a", "b")]).script("done(1);");
        let mut kept = Transformation::of("people", [("a", "b")]).script("done(1);");
        kept.level = Some("organization".to_owned());
        kept.start_date = Some("2024-04-24 21:05:05.511290".to_owned());
        kept.is_legacy = Some(false);
        assert!(is_same_mapping("people", &kept, &sent));
        assert!(!is_same_mapping("others", &kept, &sent));
        assert!(!is_same_mapping("people", &kept, &Transformation::of("people", [("a", "c")]).script("done(1);")));
        assert!(!is_same_definition(&[FieldDefinition::new("a", "date")], &[FieldDefinition::new("a", "string")]));
        let stored = json!({"id": 7, "name": "n", "hooks": [], "active": true, "resources": [{"id": 8, "path": "/a"}]});
        assert!(is_same_document(&stored, &json!({"name": "n", "active": true, "resources": [{"path": "/a"}]})));
        assert!(!is_same_document(&stored, &json!({"name": "n", "resources": [{"path": "/a"}]})));
    }
}
