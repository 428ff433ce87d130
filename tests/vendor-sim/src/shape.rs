//! Records of the shapes that models describe. The same record has the same values each time.

use serde_json::{Map, Number, Value, json};

/// Nesting after which nothing more is made: models refer to themselves.
const DEPTH: usize = 4;

/// Returns the value of a root schema in a map of schemas.
pub fn value(schemas: &Value, root: &Value, number: usize) -> Value {
    Maker { schemas, number }.schema(root, "value", 0)
}

/// Returns a record with this id.
pub fn record(schemas: &Value, root: Option<&Value>, key: &str, number: usize) -> Value {
    let item = root.map(|root| if root["type"] == "array" { &root["items"] } else { root });
    let made = item.map_or(Value::Null, |item| value(schemas, item, number));
    let mut record = match made {
        Value::Object(members) if !members.is_empty() => members,
        _ => Map::from_iter([
            ("name".to_owned(), json!(format!("Name {number}"))),
            ("amount".to_owned(), json!(number * 10)),
            ("open".to_owned(), json!(number.is_multiple_of(2))),
            ("note".to_owned(), Value::Null),
            ("address".to_owned(), json!({"city": format!("City {number}"), "zip": format!("{number:05}")})),
            ("tags".to_owned(), json!(["a", format!("t{number}")])),
        ]),
    };
    let mut whole = Map::new();
    whole.insert(key.to_owned(), json!(id(number)));
    record.remove(key);
    whole.append(&mut record);
    Value::Object(whole)
}

/// Returns the id of a record.
pub fn id(number: usize) -> String {
    format!("r-{number:04}")
}

struct Maker<'a> {
    schemas: &'a Value,
    number: usize,
}

impl Maker<'_> {
    fn schema(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let kind = schema["type"].as_str().unwrap_or_default();
        let reference = schema["$ref"].as_str().unwrap_or(kind);
        let reference = reference.strip_prefix("#/definitions/").unwrap_or(reference);
        if depth > DEPTH {
            return json!(format!("{name} {} deep", self.number));
        }
        let is_word =
            matches!(reference, "string" | "integer" | "number" | "boolean" | "array" | "object" | "unknown" | "");
        if let Some(named) = self.schemas.get(reference).filter(|_| !is_word) {
            return self.schema(named, name, depth + 1);
        }
        match kind {
            "array" => json!([self.schema(&schema["items"], name, depth + 1)]),
            "integer" => json!(self.number + name.len()),
            "number" => Number::from_f64(self.number as f64 + 0.5).map_or(Value::Null, Value::Number),
            "boolean" => json!(self.number.is_multiple_of(2)),
            "string" | "unknown" => self.text(schema, name),
            _ if schema["properties"].is_object() => self.object(&schema["properties"], depth),
            _ => self.text(schema, name),
        }
    }

    fn object(&self, properties: &Value, depth: usize) -> Value {
        let members = properties.as_object().into_iter().flatten();
        let members = members.map(|(name, schema)| (name.clone(), self.schema(schema, name, depth + 1)));
        Value::Object(members.collect())
    }

    fn text(&self, schema: &Value, name: &str) -> Value {
        let number = self.number;
        match schema["format"].as_str() {
            Some("date-time") => json!(format!("2025-03-{:02}T10:{:02}:00Z", 1 + number % 28, number % 60)),
            Some("date") => json!(format!("2025-03-{:02}", 1 + number % 28)),
            _ => json!(format!("{name} {number} \u{e4}\"<&>\\")),
        }
    }
}
