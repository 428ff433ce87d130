//! Schemas as documents show them: what schemars writes of a type, without what only Rust knows.

use serde_json::{Value, json};

/// The members that this platform does not always send; it sends all others, whatever a client puts up with.
const SOMETIMES: &str = "x-sometimes";

/// Tidies the schema of a type that is only sent. A member that is sometimes left out is never null.
pub(super) fn tidy_answer(schema: &mut Value) {
    tidy_request(schema);
    let sometimes = schema.as_object_mut().and_then(|members| members.remove(SOMETIMES));
    let always = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties.iter_mut() {
        if !always.contains(&json!(name)) {
            without_null(property);
        }
    }
    if let Some(Value::Array(sometimes)) = sometimes {
        let always = properties.keys().map(|name| json!(name)).filter(|name| !sometimes.contains(name));
        schema["required"] = always.collect();
    }
}

/// Tidies the schema of a type that is taken.
pub(super) fn tidy_request(schema: &mut Value) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Array(items) => items.iter_mut().for_each(tidy_request),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match (name.as_str(), member) {
                    ("properties", Value::Object(properties)) => properties.values_mut().for_each(tidy_request),
                    ("items" | "additionalProperties" | "anyOf", member) => tidy_request(member),
                    ("description", Value::String(text)) => *text = without_reference(text),
                    _ => {}
                }
            }
            members.remove("default");
            if members.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                members.remove("format");
            }
            if members.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                members.remove("required");
            }
        }
        _ => {}
    }
}

/// Takes null from what a schema allows.
fn without_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(Value::Array(kinds)) = members.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            members.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            members.extend(only);
        }
    }
}

/// The text without its reference to the specification: ` (spec P 6.1)`.
fn without_reference(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" (spec ") else { return text.to_owned() };
    rest.split_once(')').map_or_else(|| text.to_owned(), |(_, after)| format!("{before}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_requires_all_but_what_is_sometimes_left_out() {
        let mut schema = json!({
            "type": "object",
            "description": "An object (spec P 6.1).",
            "x-sometimes": ["c"],
            "required": ["a"],
            "properties": {
                "a": {"type": ["string", "null"], "default": null},
                "b": {"type": ["integer", "null"], "format": "uint64", "minimum": 0},
                "c": {"anyOf": [{"$ref": "#/C"}, {"type": "null"}], "description": "C."},
                "d": true,
            },
        });
        tidy_answer(&mut schema);
        let expected = json!({
            "type": "object",
            "description": "An object.",
            "required": ["a", "b", "d"],
            "properties": {
                "a": {"type": ["string", "null"]},
                "b": {"type": "integer", "minimum": 0},
                "c": {"$ref": "#/C", "description": "C."},
                "d": {},
            },
        });
        assert_eq!(schema, expected);
    }
}
