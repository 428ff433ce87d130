//! Fields that the vendor has for an account (spec E 8.13, 8.49).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::metadata::{MOST, metadata, primary_key, shown};
use super::schemas::PREFIX;
use crate::elements::definition::document::Definition;

/// Maximum number of parts of a path, which only bounds hostile answers.
const DEEPEST: usize = 50;

/// Returns the fields of an object by its own metadata call: those of the model, in which an own one replaces that of the
/// same `vendorPath`, then the others (spec E 8.13).
pub fn with_own_fields(definition: &Definition, object: &str, own: Vec<Value>) -> Vec<Value> {
    let model = if definition.models_for_metadata { metadata(definition, object) } else { Vec::new() };
    let known = definition.objects.iter().find(|known| known.name == object);
    let key = primary_key(known, &model).to_owned();
    let mut fields = shown(&model);
    let mut positions: HashMap<String, usize> =
        model.into_iter().enumerate().map(|(position, field)| (field.vendor_path, position)).collect();
    for mut field in own {
        if field["vendorPath"] == *key && field.get("primaryKey").is_none() {
            field["primaryKey"] = true.into();
        }
        let position = field["vendorPath"].as_str().and_then(|path| positions.get(path).copied());
        match position {
            Some(position) => fields[position] = field,
            None if fields.len() < MOST => {
                positions.extend(field["vendorPath"].as_str().map(|path| (path.to_owned(), fields.len())));
                fields.push(field);
            }
            None => break,
        }
    }
    fields
}

/// Adds the custom ones of these fields to the definitions of the Swagger document of an object (spec E 8.49).
pub fn add_custom_fields(document: &mut Value, object: &str, fields: &[Value]) {
    let Some(definitions) = document["definitions"].as_object_mut() else { return };
    for field in fields.iter().filter(|field| field["custom"] == true) {
        let Some(path) = field["vendorPath"].as_str().filter(|path| path.split('.').count() <= DEEPEST) else {
            continue;
        };
        add(definitions, object, path, field);
    }
}

/// Adds a field to a definition. A dotted one goes to the definition named like its first part, to which a property of
/// this one refers.
fn add(definitions: &mut Map<String, Value>, owner: &str, path: &str, field: &Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, is_array) = first.strip_suffix("[*]").map_or((first, false), |name| (name, true));
    let property = match rest {
        Some(_) => json!({ "$ref": format!("{PREFIX}{name}") }),
        None => schema(field),
    };
    let property = if is_array { json!({"type": "array", "items": property}) } else { property };
    let definition = definitions.entry(owner).or_insert_with(|| json!({"type": "object"}));
    if let Some(members) = definition.as_object_mut() {
        let properties = members.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.entry(name).or_insert(property);
        }
    }
    if let Some(rest) = rest {
        add(definitions, name, rest, field);
    }
}

/// Returns the schema of a field.
fn schema(field: &Value) -> Value {
    let mut schema = match field["type"].as_str().unwrap_or_default() {
        "date" => json!({"type": "string", "format": "date-time"}),
        kind @ ("boolean" | "integer" | "number" | "object") => json!({ "type": kind }),
        "array" => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": "string"}),
    };
    if let Some(mask) = field["mask"].as_str() {
        schema["x-mask"] = mask.into();
    }
    schema
}
