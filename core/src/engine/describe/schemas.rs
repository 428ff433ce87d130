//! The schemas of what calls take and send: those of the types in `model`, and the records of the elements.
//!
//! In descriptions of calls, `[]` behind the name of a type makes an array, `{}` a map by name, and `|` separates
//! alternatives.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::element::{self, ElementInfo, ObjectId, ObjectInfo};
use crate::record::Kind;

/// Returns every schema by name, with references below `prefix`.
pub(super) fn all(prefix: &str, elements: &[&dyn element::Element], records: &Records) -> Map<String, Value> {
    let mut all = of_platform(prefix);
    for element in elements {
        for (id, info) in objects(*element) {
            all.extend(records.name(*element, id).map(|name| (name.to_owned(), record(info))));
        }
    }
    all
}

/// The platform's own schemas, with references below `#/`: those of the types in `model` and of elements that are
/// documents. `platform_schemas.rs` writes and checks them.
const PLATFORM: &str = include_str!("platform_schemas.json");

fn of_platform(prefix: &str) -> Map<String, Value> {
    let text = PLATFORM.replace(r##""$ref":"#/"##, &format!(r#""$ref":"{prefix}"#));
    serde_json::from_str(&text).unwrap_or_default()
}

/// Names of the schemas that the platform itself has.
static TAKEN: LazyLock<HashSet<String>> = LazyLock::new(|| of_platform("#/").keys().cloned().collect());

/// Names of the schemas of records: the long name of the object, or with the key of the element before it if the
/// platform or an earlier element has that name.
pub(crate) struct Records(Vec<(i64, ObjectId, String)>);

impl Records {
    pub fn of<'a>(elements: impl IntoIterator<Item = &'a dyn element::Element>) -> Self {
        let mut named: Vec<(i64, ObjectId, String)> = Vec::new();
        for element in elements {
            let ElementInfo { id, key, .. } = element.info();
            for (object, info) in objects(element) {
                let own = named.iter().filter(|(other, ..)| other != id);
                let taken =
                    TAKEN.contains(&*info.long_name) || own.into_iter().any(|(.., name)| *name == info.long_name);
                let name = if taken { format!("{key}_{}", info.long_name) } else { info.long_name.to_string() };
                named.push((*id, object, name));
            }
        }
        Self(named)
    }

    /// Returns the name of the schema of an object.
    pub fn name(&self, element: &dyn element::Element, object: ObjectId) -> Option<&str> {
        let same = |(id, known, _): &&(i64, ObjectId, String)| (*id, *known) == (element.info().id, object);
        self.0.iter().find(same).map(|(.., name)| name.as_str())
    }
}

/// Returns the objects of an element with their ids.
fn objects(element: &dyn element::Element) -> impl Iterator<Item = (ObjectId, &ObjectInfo)> {
    (0..).map(ObjectId).zip(element.objects())
}

/// Returns the schema of a type, an array, a map or several of these, as descriptions of calls name it.
pub(super) fn of(prefix: &str, shorthand: &str) -> Value {
    if shorthand.contains('|') {
        let choices: Vec<Value> = shorthand.split('|').map(|choice| of(prefix, choice)).collect();
        return json!({"anyOf": choices});
    }
    if let Some(item) = shorthand.strip_suffix("[]") {
        return json!({"type": "array", "items": of(prefix, item)});
    }
    if let Some(member) = shorthand.strip_suffix("{}") {
        return json!({"type": "object", "additionalProperties": of(prefix, member)});
    }
    match shorthand {
        "any" => json!({}),
        "string" | "integer" | "number" | "boolean" | "object" => json!({"type": shorthand}),
        name => json!({"$ref": format!("{prefix}{name}")}),
    }
}

/// Returns the schema of an object's records. Every field may be missing or null.
fn record(info: &ObjectInfo) -> Value {
    let properties: Map<String, Value> = info
        .fields
        .iter()
        .map(|field| {
            let mut schema = match field.kind {
                Kind::Id | Kind::Int => json!({"type": ["integer", "null"], "format": "int64"}),
                Kind::Float => json!({"type": ["number", "null"]}),
                Kind::Bool => json!({"type": ["boolean", "null"]}),
                Kind::Date => json!({"type": ["string", "null"], "format": "date-time"}),
                Kind::Text => json!({"type": ["string", "null"]}),
                Kind::Json => json!({}),
            };
            schema["description"] = json!(field.doc);
            if info.primary_key.contains(&field.name) {
                schema["x-primaryKey"] = json!(true);
            }
            (field.name.to_string(), schema)
        })
        .collect();
    let mut schema = json!({"type": "object", "description": info.doc, "properties": properties});
    if info.experimental {
        schema["x-experimental"] = json!(true);
    }
    schema
}

/// Returns the schema of a common resource from the paths and types of its fields (spec P 9.2).
pub(super) fn of_fields(fields: &[(String, String)]) -> Value {
    let mut schema = json!({"type": "object", "properties": {}});
    for (path, kind) in fields {
        let mut place = &mut schema;
        for part in path.split('.') {
            let (name, is_array) = part.strip_suffix("[*]").map_or((part, false), |name| (name, true));
            place = &mut place["properties"][name];
            if is_array {
                place["type"] = json!("array");
                place = &mut place["items"];
            }
        }
        // Keeps the schema that a longer path has set.
        if place.is_null() {
            *place = json!({});
        }
        if let (Value::Object(members), Value::Object(leaf)) = (place, of_field_type(kind)) {
            members.extend(leaf);
        }
    }
    schema
}

fn of_field_type(kind: &str) -> Value {
    match kind {
        "string" | "number" | "boolean" | "object" => json!({"type": kind}),
        "int" => json!({"type": "integer"}),
        "date" => json!({"type": "string", "format": "date-time"}),
        kind if kind.starts_with("array") => json!({"type": "array", "items": {}}),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::registry::Elements;

    #[test]
    fn every_reference_leads_somewhere() {
        let elements = Elements::new(false);
        let elements: Vec<&dyn element::Element> = elements.all().iter().map(|element| &**element).collect();
        let all = all("#/", &elements, &Records::of(elements.iter().copied()));
        let text = serde_json::to_string(&all).unwrap_or_default();
        for part in text.split("\"$ref\":\"#/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(all.contains_key(name), "{name}");
        }
    }

    #[test]
    fn arrays_and_maps_of_types_are_read() {
        assert_eq!(of("#/", "string"), json!({"type": "string"}));
        assert_eq!(of("#/", "X[]"), json!({"type": "array", "items": {"$ref": "#/X"}}));
        assert_eq!(of("#/", "any{}"), json!({"type": "object", "additionalProperties": {}}));
        assert_eq!(of("#/", "X|Y"), json!({"anyOf": [{"$ref": "#/X"}, {"$ref": "#/Y"}]}));
    }
}
