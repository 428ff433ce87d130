//! The JSON Schema of the format, with which editors complete and check definitions.

pub mod keys;

use serde_json::{Map, Value, json};

use keys::{Kind, TABLES, Table};

/// Returns the JSON Schema (2020-12) of a definition. `docs/element-definition.schema.json` is the same.
///
/// It accepts what an import accepts, but for rules that a schema cannot state: two resources with the same method and
/// path, the size of the document.
pub fn json_schema() -> Value {
    let mut definitions: Map<String, Value> =
        TABLES.iter().skip(1).map(|table| (table.name.to_owned(), object(table))).collect();
    let shared = json!({"description": "A shape that resources share (E 1.89).", "type": "object"});
    definitions.insert("sharedModel".to_owned(), shared);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Element definition",
    });
    if let (Some(schema), Value::Object(element)) = (schema.as_object_mut(), object(&TABLES[0])) {
        schema.extend(element);
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    for (pointer, most) in [("/properties/resources", 2_000), ("/$defs/resource/properties/parameters", 200)] {
        if let Some(list) = schema.pointer_mut(pointer) {
            list["maxItems"] = most.into();
        }
    }
    schema
}

fn object(table: &Table) -> Value {
    let mut properties = Map::new();
    for member in table.members() {
        let mut schema = of_kind(member.kind, member.required);
        schema.shift_insert(0, "description".to_owned(), member.doc.into_owned().into());
        properties.insert(member.name.to_owned(), schema.into());
    }
    let mut schema = json!({"description": table.doc, "type": "object", "properties": properties});
    let required: Vec<&str> = table.members().filter(|member| member.required).map(|member| member.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Returns the schema of a type. `null` counts as absent, so that only a required member refuses it (spec E 1.5).
fn of_kind(kind: Kind, required: bool) -> Map<String, Value> {
    let or_null = |types: &[&str]| {
        let null = if required { &[][..] } else { &["null"][..] };
        json!([types, null].concat())
    };
    let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let schema = match kind {
        Kind::Text if required => json!({"type": "string"}),
        Kind::Text => json!({"type": or_null(&["string"])}),
        Kind::Words(words) if required => json!({"anyOf": [{"enum": words}, {"type": "string", "pattern": "\\S"}]}),
        Kind::Words(words) => json!({"anyOf": [{"enum": words}, {"type": or_null(&["string"])}]}),
        Kind::Scalar => json!({"type": or_null(&["string", "number", "boolean"])}),
        Kind::Flag => json!({"enum": [true, false, "true", "false", null]}),
        Kind::Method => json!({"anyOf": [
            {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "GETBYID"]},
            {"type": "string", "pattern": any_case(&["get", "post", "put", "patch", "delete", "getbyid"])},
        ]}),
        Kind::Paginator => json!({"enum": [1, 2, 3, "1", "2", "3", "V1", "V2", "V3", null]}),
        Kind::Key => json!({"anyOf": [
            {"type": "string", "pattern": "^(?!(?:[0-9]+|keys|convert|oauthProxies)$)[A-Za-z0-9._()-]{1,100}$"},
            {"type": "null"},
        ]}),
        Kind::Object(name) if required => reference(name),
        Kind::Object(name) => json!({"anyOf": [reference(name), {"type": "null"}]}),
        Kind::List(name) => json!({"type": or_null(&["array"]), "items": reference(name)}),
        Kind::Map => json!({"type": or_null(&["object"])}),
        Kind::Any => json!({}),
    };
    match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Returns a pattern for words in any letter case, with blanks around them.
fn any_case(words: &[&str]) -> String {
    let letter = |letter: char| format!("[{}{letter}]", letter.to_ascii_uppercase());
    let word = |word: &&str| word.chars().map(letter).collect::<String>();
    format!("^\\s*(?:{})\\s*$", words.iter().map(word).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jsonschema::Validator;
    use proptest::prelude::*;

    use super::*;
    use crate::elements::definition::document::Definition;
    use crate::elements::definition::testing::{any_definition, any_json, real_definitions};

    fn validator() -> Validator {
        jsonschema::draft202012::new(&json_schema()).expect("a schema")
    }

    /// `UPDATE=1 cargo test -p elementkit --lib definition::schema` writes the file.
    #[test]
    fn the_published_schema_is_this_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/element-definition.schema.json");
        let expected = format!("{:#}\n", json_schema());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &expected).expect("a file");
        }
        let found = std::fs::read_to_string(&file).expect("a file");
        assert!(found == expected, "docs/element-definition.schema.json has drifted; run this test with UPDATE=1");
    }

    #[test]
    fn real_exports_are_valid() {
        let Some(definitions) = real_definitions() else { return };
        let validator = validator();
        for (name, document) in definitions {
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
    }

    #[test]
    fn references_lead_to_tables() {
        let schema = json_schema();
        for table in TABLES {
            for member in table.members() {
                let (Kind::Object(name) | Kind::List(name)) = member.kind else { continue };
                assert!(schema["$defs"].get(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn keys_and_methods_have_the_rules_of_an_import() {
        let validator = validator();
        let base = |member: &str, value: &str| json!({"name": "A", "authentication": {"type": "none"}, member: value});
        for key in ["a", "a.b_(c)-1", "4a", "keysx", "", "42", "keys", "convert", "oauthProxies", "a b", "é"] {
            let document = base("key", key);
            assert_eq!(validator.is_valid(&document), Definition::read(&document).is_ok(), "{key}");
        }
        for method in ["GET", " get ", "GetById", "patch", "HEAD", "", "GETS"] {
            let mut document = base("hub", "x");
            document["resources"] = json!([{"method": method, "path": "/a"}]);
            assert_eq!(validator.is_valid(&document), Definition::read(&document).is_ok(), "{method}");
        }
    }

    proptest! {
        #[test]
        fn what_an_import_accepts_is_valid(document in any_definition()) {
            prop_assert!(validator().is_valid(&document));
        }

        /// Documents of any shape: what the schema refuses, an import refuses too. The reverse has exceptions, such as
        /// blank names.
        #[test]
        fn what_the_schema_refuses_an_import_refuses(document in any_json()) {
            if !validator().is_valid(&document) {
                prop_assert!(Definition::read(&document).is_err());
            }
        }
    }
}
