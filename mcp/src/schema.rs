//! JSON Schemas of arguments and answers.

use serde_json::{Map, Value, json};

use crate::catalogue::Connected;
use crate::options::Options;

/// State on which the schemas of arguments depend.
pub struct View<'a> {
    /// The connected instances.
    pub connected: &'a [Connected],
    /// The options of the server.
    pub options: &'a Options,
}

/// Maximum number of objects that a schema lists.
const OBJECTS: usize = 300;

const CONDITION: &str = "Which records: a condition in CEQL, the part of SQL after WHERE. Operators: = != < > <= >= LIKE \
     (with %) IN (…) IS NULL, IS NOT NULL, AND OR NOT. Texts in single quotes, dates as '2026-01-31' or \
     '2026-01-31T00:00:00Z'. LIKE ignores case. Example: industry LIKE '%health%' AND webcastId = 2001";

/// Returns the schema of an object with these members; those with `true` are required.
pub fn object<const N: usize>(members: [(&str, Value, bool); N]) -> Map<String, Value> {
    let required: Vec<&str> = members.iter().filter(|(.., required)| *required).map(|(name, ..)| *name).collect();
    let properties: Map<String, Value> =
        members.into_iter().map(|(name, schema, _)| (name.to_owned(), schema)).collect();
    let schema =
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    schema.as_object().cloned().unwrap_or_default()
}

/// Returns the schema of a text.
pub fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// Returns the schema of a whole number.
pub fn number(description: &str, least: u64, most: u64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most, "description": description})
}

/// Returns the schema of true or false.
pub fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// Returns the schema of a list.
pub fn list(items: &Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

/// Returns the member of answers that has the warnings.
pub fn warnings() -> (&'static str, Value, bool) {
    let names = json!({"type": "string"});
    ("warnings", list(&names, "What the platform ignored or questions, such as a field that does not exist."), true)
}

/// Returns the schema of a record.
pub fn record(description: &str) -> Value {
    json!({"type": "object", "description": description})
}

impl View<'_> {
    /// Returns the schema of `instance`, and whether it is required: only where there is a choice.
    pub fn instance(&self) -> (Value, bool) {
        let ids: Vec<i64> = self.connected.iter().map(|instance| instance.id).collect();
        let each = self.connected.iter().map(|instance| {
            let name: String = crate::answer::plain(&instance.name).chars().take(80).collect();
            format!("{}: element {}, named {name:?}", instance.id, instance.element)
        });
        let description = format!("Id of the connected instance. {}", each.collect::<Vec<_>>().join("; "));
        let mut schema = json!({"type": "integer", "description": description});
        if !ids.is_empty() {
            schema["enum"] = json!(ids);
        }
        (schema, ids.len() > 1)
    }

    /// Returns the schema of `object`.
    pub fn object(&self) -> Value {
        let mut names: Vec<&str> =
            self.connected.iter().flat_map(|instance| instance.objects.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        let mut schema = json!({"type": "string", "description": "Name of the object, as list_objects shows it."});
        if (1..=OBJECTS).contains(&names.len()) && self.connected.iter().all(|instance| !instance.objects.is_empty()) {
            schema["enum"] = json!(names);
        }
        schema
    }

    /// Returns the schema of `where`.
    pub fn condition(&self) -> Value {
        json!({"type": "string", "maxLength": 20_000, "description": CONDITION})
    }

    /// Returns the schema of `fields`.
    pub fn fields(&self) -> Value {
        let items = json!({"type": "string", "minLength": 1});
        list(&items, "Fields to return, as describe_object shows them; all if absent. Ask only for what you need.")
    }

    /// Returns the schema of `limit`.
    pub fn limit(&self) -> Value {
        let most = self.options.max_rows as u64;
        number(&format!("Maximum number of records of this answer; {most} if absent."), 1, most)
    }

    /// Returns the schema of `cursor`.
    pub fn cursor(&self) -> Value {
        text("To go on: the cursor of the last answer, with otherwise the same arguments.")
    }
}
