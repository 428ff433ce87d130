//! JSON schemas of streams, and records that do not fit them.

use elementkit::Record;
use serde_json::{Map, Value, json};

/// Member of a record without a closed schema that has all that its schema does not describe.
const ADDITIONAL: &str = "additional";

/// Returns the schema of the records of an object, from its metadata (spec P 7.7).
pub fn schema(metadata: &Record) -> Value {
    let open = is_open(metadata);
    let mut properties = Map::new();
    for field in metadata.get("fields").and_then(Value::as_array).into_iter().flatten() {
        if let Some(path) = field["vendorPath"].as_str() {
            // Whatever is below an array is part of its items.
            let (path, leaf) = match path.split_once("[*]") {
                Some((list, _)) => (list, json!({"type": ["null", "array"], "items": {}})),
                None => (path, leaf(field, open)),
            };
            put(&mut properties, path, leaf);
        }
    }
    if open {
        properties.entry(ADDITIONAL).or_insert_with(|| json!({"type": ["null", "object"]}));
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// Returns whether records may have other fields than those of the metadata.
pub fn is_open(metadata: &Record) -> bool {
    metadata.get("open") == Some(&Value::Bool(true))
}

fn leaf(field: &Value, open: bool) -> Value {
    match field["type"].as_str() {
        Some("number") if field["vendorNativeType"] == "integer" => json!({"type": ["null", "integer"]}),
        Some("number") => json!({"type": ["null", "number"]}),
        Some("boolean") => json!({"type": ["null", "boolean"]}),
        Some("array") => json!({"type": ["null", "array"], "items": {}}),
        Some("object") => json!({"type": ["null", "object"]}),
        // The form of a date is known only where the engine writes it.
        Some("date") if !open => json!({"type": ["null", "string"], "format": "date-time"}),
        _ => json!({"type": ["null", "string"]}),
    }
}

/// Adds the schema of a path with dots, as objects within objects.
fn put(properties: &mut Map<String, Value>, path: &str, leaf: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        properties.entry(path).or_insert(leaf);
        return;
    };
    let above = properties.entry(first).or_insert_with(|| json!({"type": ["null", "object"], "properties": {}}));
    if let Some(below) = above.get_mut("properties").and_then(Value::as_object_mut) {
        put(below, rest, leaf);
    }
}

/// Moves what the properties do not describe, and values of another type, to the member `additional`.
pub fn fit(record: &mut Record, properties: &Map<String, Value>) {
    let mut misfits = Map::new();
    take_misfits(record, properties, "", &mut misfits);
    if misfits.is_empty() || !properties.contains_key(ADDITIONAL) {
        return;
    }
    match record.get_mut(ADDITIONAL) {
        Some(Value::Object(members)) => members.extend(misfits),
        _ => drop(record.insert(ADDITIONAL.to_owned(), Value::Object(misfits))),
    }
}

fn take_misfits(record: &mut Record, properties: &Map<String, Value>, above: &str, misfits: &mut Map<String, Value>) {
    for (name, mut value) in std::mem::take(record) {
        match properties.get(&name) {
            Some(schema) if fits(schema, &value) => {
                if let (Value::Object(members), Some(Value::Object(below))) = (&mut value, schema.get("properties")) {
                    take_misfits(members, below, &format!("{above}{name}."), misfits);
                }
                record.insert(name, value);
            }
            _ => drop(misfits.insert(format!("{above}{name}"), value)),
        }
    }
}

fn fits(schema: &Value, value: &Value) -> bool {
    match (schema["type"][1].as_str(), value) {
        (_, Value::Null)
        | (Some("boolean"), Value::Bool(_))
        | (Some("number"), Value::Number(_))
        | (Some("string"), Value::String(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_)) => true,
        (Some("integer"), Value::Number(number)) => !number.is_f64(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: Value) -> Record {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn schemas_follow_metadata() {
        let metadata = record(json!({"open": true, "fields": [
            {"vendorPath": "id", "type": "number", "vendorNativeType": "integer"},
            {"vendorPath": "price", "type": "number", "vendorNativeType": "decimal"},
            {"vendorPath": "owner.name", "type": "string"}, {"vendorPath": "owner.active", "type": "boolean"},
            {"vendorPath": "lines[*].count", "type": "number"}, {"vendorPath": "changed", "type": "date"},
        ]}));
        assert_eq!(
            schema(&metadata)["properties"],
            json!({
                "id": {"type": ["null", "integer"]}, "price": {"type": ["null", "number"]},
                "owner": {"type": ["null", "object"], "properties": {
                    "name": {"type": ["null", "string"]}, "active": {"type": ["null", "boolean"]}}},
                "lines": {"type": ["null", "array"], "items": {}}, "changed": {"type": ["null", "string"]},
                "additional": {"type": ["null", "object"]},
            })
        );
        let closed = record(json!({"fields": [{"vendorPath": "changed", "type": "date"}]}));
        let date = json!({"changed": {"type": ["null", "string"], "format": "date-time"}});
        assert_eq!(schema(&closed)["properties"], date);
    }

    #[test]
    fn misfits_are_kept_apart() {
        let metadata = record(json!({"open": true, "fields": [
            {"vendorPath": "id", "type": "number", "vendorNativeType": "integer"},
            {"vendorPath": "owner.name", "type": "string"},
        ]}));
        let schema = schema(&metadata);
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let fitted = |value: Value| {
            let mut record = record(value);
            fit(&mut record, &properties);
            Value::Object(record)
        };
        let plain = json!({"id": 7, "owner": {"name": "x"}});
        assert_eq!(fitted(plain.clone()), plain);
        assert_eq!(
            fitted(json!({"id": "7a", "owner": {"name": 1, "age": 2}, "new": [1], "additional": {"a": 0}})),
            json!({"owner": {}, "additional": {"a": 0, "id": "7a", "owner.name": 1, "owner.age": 2, "new": [1]}})
        );
        assert_eq!(fitted(json!({"id": 1.5, "owner": "x"})), json!({"additional": {"id": 1.5, "owner": "x"}}));
    }
}
