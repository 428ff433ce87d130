//! Schemas as models: Swagger definitions without what that form cannot say.

use serde_json::{Map, Value, json};

use super::source::Source;

/// Deepest nesting of inline schemas.
const DEEPEST: usize = 24;
/// Most parts of one schema.
const MOST_PARTS: usize = 64;

/// A model: the root by its name, and all schemas it needs.
pub struct Model {
    /// Name of the root.
    pub name: String,
    /// Schemas by name.
    pub schemas: Map<String, Value>,
}

/// Returns the model of a schema. An array gets a root of its own, `<name of its items>List`.
pub fn model<'d>(source: &Source<'d>, schema: &'d Value, fallback: &str) -> Model {
    let mut schemas = Map::new();
    let resolved = source.resolve(schema);
    if is_array(source, resolved) {
        let items = resolved.get("items").unwrap_or(&Value::Null);
        let item_name = name_of(items).unwrap_or_else(|| format!("{fallback}Object"));
        let converted = named(source, items, &item_name, &mut schemas);
        let name = format!("{item_name}List");
        schemas.insert(name.clone(), json!({"type": "array", "items": converted}));
        return Model { name, schemas };
    }
    let name = name_of(schema).unwrap_or_else(|| fallback.to_owned());
    named(source, schema, &name, &mut schemas);
    Model { name, schemas }
}

/// Returns whether a schema is an array.
pub fn is_array<'d>(source: &Source<'d>, schema: &'d Value) -> bool {
    type_of(source.resolve(schema)) == Some("array")
}

/// Returns the type of a schema. Of several the first that is not `null`.
pub fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(word)) => Some(word),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).find(|word| *word != "null"),
        _ if schema.get("properties").is_some() => Some("object"),
        _ if schema.get("items").is_some() => Some("array"),
        _ => None,
    }
}

/// Returns the properties of a schema with those of its parts (`allOf`, `oneOf`, `anyOf`).
pub fn properties<'d>(source: &Source<'d>, schema: &'d Value) -> Vec<(&'d str, &'d Value)> {
    let mut found = Vec::new();
    collect(source, schema, &mut Vec::new(), &mut found);
    found
}

/// Collects the properties of a schema and its parts. Each part is visited once, since parts may contain themselves.
fn collect<'d>(
    source: &Source<'d>,
    schema: &'d Value,
    visited: &mut Vec<&'d Value>,
    found: &mut Vec<(&'d str, &'d Value)>,
) {
    let schema = source.resolve(schema);
    if visited.len() == MOST_PARTS || visited.iter().any(|known| std::ptr::eq(*known, schema)) {
        return;
    }
    visited.push(schema);
    for part in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get(part).and_then(Value::as_array);
        parts.into_iter().flatten().for_each(|part| collect(source, part, visited, found));
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        match found.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = property,
            None => found.push((name, property)),
        }
    }
}

/// Returns the name that a reference gives.
fn name_of(schema: &Value) -> Option<String> {
    let reference = schema.get("$ref")?.as_str()?;
    Some(reference.rsplit('/').next()?.to_owned()).filter(|name| !name.is_empty())
}

/// Converts a schema that gets a name, and returns the reference to it.
fn named<'d>(source: &Source<'d>, schema: &'d Value, name: &str, schemas: &mut Map<String, Value>) -> Value {
    if !schemas.contains_key(name) {
        // Kept free for schemas that contain themselves.
        schemas.insert(name.to_owned(), json!({"type": "object"}));
        let converted = converted(source, source.resolve(schema), DEEPEST, schemas);
        schemas.insert(name.to_owned(), converted);
    }
    json!({"$ref": format!("#/definitions/{name}")})
}

fn converted<'d>(source: &Source<'d>, schema: &'d Value, depth: usize, schemas: &mut Map<String, Value>) -> Value {
    if let Some(name) = name_of(schema) {
        return named(source, schema, &name, schemas);
    }
    let mut result = Map::new();
    let properties = properties(source, schema);
    let kind = if properties.is_empty() { type_of(schema) } else { Some("object") };
    result.insert("type".to_owned(), kind.unwrap_or("object").into());
    for key in ["format", "description", "enum", "example"] {
        if let Some(value) = schema.get(key) {
            result.insert(key.to_owned(), value.clone());
        }
    }
    if depth == 0 {
        return result.into();
    }
    if kind == Some("array") {
        let items = schema.get("items").map(|items| converted(source, items, depth - 1, schemas));
        result.insert("items".to_owned(), items.unwrap_or_else(|| json!({"type": "object"})));
    }
    if !properties.is_empty() {
        let mut members = Map::new();
        for (name, property) in properties {
            members.insert(name.to_owned(), converted(source, property, depth - 1, schemas));
        }
        result.insert("properties".to_owned(), members.into());
        let required: Vec<&Value> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
        if !required.is_empty() {
            result.insert("required".to_owned(), json!(required));
        }
    }
    result.into()
}
