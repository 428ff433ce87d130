//! Schemas of elements that are documents. Their members are those of the definition, which may have any others (spec
//! E 1.2, E 2.8).

use serde_json::{Map, Value, json};

use super::schemas::of;

/// Returns the schemas by name, with references below `prefix`. Each `Any…` is that of an element of the program, or of a
/// document.
pub(super) fn schemas(prefix: &str) -> Map<String, Value> {
    let any = |native: &str, own: &str| json!({"anyOf": [of(prefix, native), of(prefix, own)]});
    let list = || json!({"type": "array", "items": {"type": "object"}});
    let text = || json!({"type": "string"});
    let own_element = json!({
        "type": "object",
        "description": "An element of the organization: its definition, with ids of this server.",
        "required": ["id", "key", "name", "description", "authentication", "active", "private", "revision"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "key": {"type": "string"},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "authentication": {"type": "object"},
            "hub": {"type": "string"},
            "active": {"type": ["boolean", "string"]},
            "private": {"type": "boolean"},
            "revision": {"type": "integer", "minimum": 1, "description": "Rises with every change."},
            "configuration": list(),
            "parameters": list(),
            "hooks": list(),
            "resources": list(),
            "objects": list(),
            "models": list(),
            "warnings": {
                "type": "array",
                "description": "Remarks of an import: what the engine does not run.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "message"],
                    "properties": {"pointer": text(), "code": text(), "message": text()},
                    "additionalProperties": true,
                },
            },
        },
        "additionalProperties": true,
    });
    let own_configuration = json!({
        "type": "object",
        "description": "An entry of the configuration of a definition.",
        "required": ["id", "key"],
        "properties": {"id": {"type": "integer", "format": "int64"}, "key": {"type": "string"}},
        "additionalProperties": true,
    });
    let own_metadata = json!({
        "type": "object",
        "description": "The capabilities of an element of the organization; what its author wrote takes precedence.",
        "required": ["id", "key", "name", "description", "authenticationType", "extensions"],
        "additionalProperties": true,
    });
    Map::from_iter([
        ("OwnElement".to_owned(), own_element),
        ("AnyElement".to_owned(), any("Element", "OwnElement")),
        ("OwnConfiguration".to_owned(), own_configuration),
        ("AnyConfiguration".to_owned(), any("Configuration", "OwnConfiguration")),
        ("OwnMetadata".to_owned(), own_metadata),
        ("AnyMetadata".to_owned(), any("ElementMetadata", "OwnMetadata")),
    ])
}
