//! The document as it is stored and exported: ids of this server instead of the exporter's, defaults filled in (spec
//! E 1.4, E 1.97 to 1.99). Everything else stays as it was written.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::document::{check_key, derived_key};

/// Values of the exporter's server. They are removed on import (spec E 1.4).
const FOREIGN: &[&str] = &[
    "id",
    "elementId",
    "resourceId",
    "objectId",
    "modelId",
    "relatedModelId",
    "createdDate",
    "updatedDate",
    "ownerAccountId",
    "ownerCompanyId",
    "companyId",
    "userId",
    "deleted",
];
/// Members of the element whose entries have ids.
const PARTS: &[&str] = &["configuration", "parameters", "hooks", "resources", "objects", "models"];
/// Members of a resource whose entries have ids.
const RESOURCE_PARTS: &[&str] = &["parameters", "hooks"];

/// Returns the number of parts of a document: entries that get an id.
pub fn parts(document: &Value) -> usize {
    let count = |value: &Value, keys: &[&str]| keys.iter().map(|key| entries(value, key).len()).sum::<usize>();
    let below: usize = entries(document, "resources").iter().map(|resource| count(resource, RESOURCE_PARTS)).sum();
    count(document, PARTS) + below
}

/// Returns the document to store for an import: without the ids and dates of the exporter, with the id of the element,
/// and with the next one of `next_id` for each part in document order. References between parts keep their meaning.
///
/// A value that is no valid definition stays as it is where it has another shape.
pub fn imported(document: &Value, element: i64, next_id: &mut dyn FnMut() -> i64) -> Value {
    let mut stored = document.clone();
    let Some(members) = stored.as_object_mut() else { return stored };
    let mut ids = Renewal { next_id, of: HashMap::new() };
    for key in members.keys().cloned().collect::<Vec<_>>() {
        if !PARTS.contains(&key.as_str()) {
            continue;
        }
        for part in members.get_mut(&key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(part) = part.as_object_mut() else { continue };
            let id = ids.renew(&key, part);
            match key.as_str() {
                "resources" => ids.renew_resource(part, id),
                "objects" | "parameters" => set(part, "elementId", element),
                _ => {}
            }
            clean_fields(part);
        }
    }
    if let Some(metadata) = members.get_mut("elementMetadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("id");
    }
    ids.renew_references(document, members);
    clean(members);
    members.shift_insert(0, "id".to_owned(), json!(element));
    stored
}

/// The new ids of parts.
struct Renewal<'a> {
    next_id: &'a mut dyn FnMut() -> i64,
    /// New ids by the member of the element and the old id, as text.
    of: HashMap<(String, String), i64>,
}

impl Renewal<'_> {
    /// Gives a part its new id, as its first member.
    fn renew(&mut self, owner: &str, part: &mut Map<String, Value>) -> i64 {
        let id = (self.next_id)();
        if let Some(old) = part.get("id").filter(|old| !old.is_null()) {
            self.of.insert((owner.to_owned(), old.to_string()), id);
        }
        clean(part);
        part.shift_insert(0, "id".to_owned(), json!(id));
        id
    }

    fn renew_resource(&mut self, resource: &mut Map<String, Value>, id: i64) {
        for key in resource.keys().cloned().collect::<Vec<_>>() {
            if !RESOURCE_PARTS.contains(&key.as_str()) {
                continue;
            }
            for part in resource.get_mut(&key).and_then(Value::as_array_mut).into_iter().flatten() {
                let Some(part) = part.as_object_mut() else { continue };
                self.renew("", part);
                if key == "parameters" {
                    set(part, "resourceId", id);
                }
            }
        }
        if let Some(model) = resource.get_mut("model").and_then(Value::as_object_mut) {
            clean(model);
        }
    }

    /// Renews the ids by which shared models name resources and each other (spec E 1.89).
    fn renew_references(&self, document: &Value, members: &mut Map<String, Value>) {
        let new_id = |owner: &str, old: &Value| self.of.get(&(owner.to_owned(), old.to_string())).copied();
        let models = members.get_mut("models").and_then(Value::as_array_mut).into_iter().flatten();
        for (model, written) in models.zip(entries(document, "models")) {
            for resource in model.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(id) = resource.get("id").and_then(|old| new_id("resources", old)) {
                    resource["id"] = json!(id);
                }
            }
            for key in ["fields", "modelFields"] {
                let fields = model.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
                for (field, written) in fields.zip(entries(written, key)) {
                    let related = written.get("relatedModelId").and_then(|old| new_id("models", old));
                    if let (Some(field), Some(id)) = (field.as_object_mut(), related) {
                        set(field, "relatedModelId", id);
                    }
                }
            }
        }
    }
}

/// Removes the ids and dates from the fields of an object or a model, at every depth.
fn clean_fields(part: &mut Map<String, Value>) {
    for key in ["fields", "modelFields"] {
        for field in part.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(field) = field.as_object_mut() {
                clean(field);
                clean_fields(field);
            }
        }
    }
}

/// Removes the values of the exporter's server from an element or a part.
pub(super) fn clean(members: &mut Map<String, Value>) {
    for key in FOREIGN {
        members.shift_remove(*key);
    }
}

fn set(members: &mut Map<String, Value>, key: &str, id: i64) {
    members.insert(key.to_owned(), json!(id));
}

fn entries<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the document as an export gives it: the stored one with the key and with the defaults that were not written
/// (spec E 1.98).
pub fn exported(stored: &Value) -> Value {
    let mut exported = stored.clone();
    let Some(members) = exported.as_object_mut() else { return exported };
    let name = members.get("name").and_then(Value::as_str).unwrap_or_default();
    let key = derived_key(name);
    if check_key(&key).is_ok() {
        fill(members, "key", json!(key));
    }
    for key in PARTS {
        fill(members, key, json!([]));
    }
    fill(members, "hub", json!("general"));
    fill(members, "protocolType", json!("http"));
    fill(members, "typeOauth", json!(is_oauth(stored)));
    for key in ["active", "cloneable", "extendable", "transformationsEnabled"] {
        fill(members, key, json!(true));
    }
    for key in ["extended", "beta", "trialAccount", "bulkDownloadEnabled", "bulkUploadEnabled"] {
        fill(members, key, json!(false));
    }
    members.insert("private".to_owned(), json!(true));
    members.insert("deleted".to_owned(), json!(false));
    exported
}

/// Sets a member that is absent.
fn fill(members: &mut Map<String, Value>, key: &str, value: Value) {
    if members.get(key).is_none_or(Value::is_null) {
        members.insert(key.to_owned(), value);
    }
}

/// Returns whether the type of the authentication is one of OAuth (spec E 1.16).
fn is_oauth(document: &Value) -> bool {
    let word = document.pointer("/authentication/type").and_then(Value::as_str).unwrap_or_default();
    crate::vendor::is_oauth(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::elements::definition::document::Definition;
    use crate::elements::definition::testing::{any_definition, real_definitions};

    /// Imports as an organization with this first id would.
    fn import(document: &Value, first: i64) -> Value {
        let mut next = first;
        let mut take = || {
            next += 1;
            next
        };
        let stored = imported(document, first, &mut take);
        assert_eq!(next - first, i64::try_from(parts(document)).expect("a number"), "each part has one id");
        stored
    }

    /// Removes ids and dates where the format has them.
    fn anonymous(document: &Value) -> Value {
        let mut zero = || 0;
        let mut document = imported(document, 0, &mut zero);
        for model in document["models"].as_array_mut().into_iter().flatten() {
            for resource in model["resources"].as_array_mut().into_iter().flatten() {
                resource.as_object_mut().map(|resource| resource.shift_remove("id"));
            }
        }
        document
    }

    #[test]
    fn defaults_are_filled_in_and_ids_made_anew() {
        let document = json!({
            "id": 7, "name": "Acme Desk", "authentication": {"type": "oauth2"}, "hub": null, "deleted": true,
            "private": false, "stray\u{e9}": {"id": 3}, "active": "false",
            "resources": [{
                "id": 9, "method": "GET", "path": " /a", "createdDate": "2020-01-01", "ownerAccountId": 4,
                "model": {"id": 1, "name": "a", "swagger": {"a": {"properties": {"id": {"type": "string"}}}}},
                "parameters": [{"id": 5, "resourceId": 9, "type": "query", "name": "q"}],
            }],
            "objects": [{"name": "a", "elementId": 7, "fields": [{"id": 2, "name": "id"}]}],
            "models": [{"id": 30, "name": "m", "resources": [{"id": 9}, {"method": "GET", "path": "/a"}],
                "fields": [{"vendorName": "x", "relatedModelId": 30}]}],
        });
        let exported = exported(&import(&document, 100));
        let expected = json!({
            "id": 100, "name": "Acme Desk", "authentication": {"type": "oauth2"}, "hub": "general", "private": true,
            "stray\u{e9}": {"id": 3}, "active": "false",
            "resources": [{
                "id": 101, "method": "GET", "path": " /a",
                "model": {"name": "a", "swagger": {"a": {"properties": {"id": {"type": "string"}}}}},
                "parameters": [{"id": 102, "type": "query", "name": "q", "resourceId": 101}],
            }],
            "objects": [{"id": 103, "name": "a", "fields": [{"name": "id"}], "elementId": 100}],
            "models": [{"id": 104, "name": "m", "resources": [{"id": 101}, {"method": "GET", "path": "/a"}],
                "fields": [{"vendorName": "x", "relatedModelId": 104}]}],
            "key": "acmedesk", "configuration": [], "parameters": [], "hooks": [], "protocolType": "http",
            "typeOauth": true, "cloneable": true, "extendable": true, "transformationsEnabled": true,
            "extended": false, "beta": false, "trialAccount": false, "bulkDownloadEnabled": false,
            "bulkUploadEnabled": false, "deleted": false,
        });
        assert_eq!(exported, expected);
    }

    /// Reports a value of the written document that the export lacks or changed.
    fn difference(written: &Value, exported: &Value, pointer: &str) -> Option<String> {
        match (written, exported) {
            (Value::Object(written), Value::Object(exported)) => {
                written.iter().find_map(|(key, value)| match exported.get(key) {
                    Some(other) => difference(value, other, &format!("{pointer}/{key}")),
                    None => Some(format!("{pointer}/{key}")),
                })
            }
            (Value::Array(written), Value::Array(exported)) if written.len() == exported.len() => {
                let pairs = written.iter().zip(exported).enumerate();
                pairs.into_iter().find_map(|(at, (one, other))| difference(one, other, &format!("{pointer}/{at}")))
            }
            (written, exported) => (written != exported).then(|| pointer.to_owned()),
        }
    }

    /// Import, export, import, export: the second export equals the first but for ids, and the first has everything that
    /// was written.
    fn check_round_trip(document: &Value) {
        let first = exported(&import(document, 1_000));
        let second = exported(&import(&first, 5_000));
        assert_eq!(anonymous(&first), anonymous(&second));
        assert_eq!(exported(&first), first, "an export is complete");
        let mut written = anonymous(document);
        for key in ["private", "deleted"] {
            written.as_object_mut().map(|members| members.shift_remove(key));
        }
        let nulls = |members: &Map<String, Value>| members.iter().any(|(_, value)| value.is_null());
        if !written.as_object().is_some_and(nulls) {
            assert_eq!(difference(&written, &anonymous(&first), ""), None);
        }
        let behaviour = |document: &Value| format!("{:?}", Definition::read(&anonymous(document)));
        assert!(behaviour(document) == behaviour(&first), "an export behaves as what was imported");
    }

    #[test]
    fn real_exports_return_unchanged() {
        let Some(definitions) = real_definitions() else { return };
        for (_, document) in definitions {
            check_round_trip(&document);
        }
    }

    proptest! {
        /// Documents with unknown keys, nulls and texts of any characters.
        #[test]
        fn any_definition_returns_unchanged(document in any_definition()) {
            check_round_trip(&document);
        }
    }
}
