//! Schemas of models in the form that documents have (spec E 8.4, 8.5, 8.44, 8.45).

use http::Method;
use serde_json::{Map, Value, json};

use super::names::{definition_of, ends_in_variable};
use crate::elements::definition::document::{DefinedResource, Definition, Model, ResourceType};

/// Prefix of references.
pub(super) const PREFIX: &str = "#/definitions/";

/// Words that are types of Swagger; another word names a schema.
const TYPES: [&str; 8] = ["string", "integer", "boolean", "number", "array", "object", "file", "null"];

/// Maximum depth of a schema, which only bounds hostile documents.
const DEEPEST: usize = 100;

/// Returns a reference to a definition.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PREFIX}{name}") })
}

/// Returns a schema in normal form (spec E 8.5).
pub(super) fn normal(schema: &Value) -> Value {
    normal_at(schema, 0)
}

fn normal_at(schema: &Value, depth: usize) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    if depth > DEEPEST {
        return json!({ "type": "object" });
    }
    let mut normal = Map::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("id", Value::String(_)) => {}
            ("type", Value::String(word)) if word == "unknown" => {
                normal.insert("type".to_owned(), json!("string"));
            }
            ("type", Value::String(word)) if !TYPES.contains(&word.as_str()) => normal.extend(members_of(word)),
            ("$ref", Value::String(target)) => normal.extend(members_of(target.strip_prefix(PREFIX).unwrap_or(target))),
            ("properties", Value::Object(properties)) => {
                let each = |(name, schema): (&String, &Value)| (name.clone(), normal_at(schema, depth + 1));
                normal.insert(name.clone(), properties.iter().map(each).collect::<Map<_, _>>().into());
            }
            ("items", items) => {
                normal.insert(name.clone(), normal_at(items, depth + 1));
            }
            _ => {
                normal.insert(name.clone(), value.clone());
            }
        }
    }
    if !normal.contains_key("type") && !normal.contains_key("$ref") {
        normal.insert("type".to_owned(), json!("object"));
    }
    normal.into()
}

fn members_of(name: &str) -> [(String, Value); 1] {
    [("$ref".to_owned(), format!("{PREFIX}{name}").into())]
}

/// Returns the schemas of a model by name; none for a model that is a schema itself.
fn schemas(swagger: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    let all = swagger.and_then(Value::as_object).filter(|members| !is_schema(members));
    all.into_iter().flatten().filter(|(_, schema)| schema.is_object())
}

fn is_schema(members: &Map<String, Value>) -> bool {
    members.get("type").is_some_and(Value::is_string)
}

fn is_array(schema: &Value) -> bool {
    schema["type"] == "array"
}

/// Returns the definitions that resources bring. Of several of one name the last one wins (spec E 8.45).
pub(super) fn definitions<'a>(resources: impl Iterator<Item = &'a DefinedResource> + Clone) -> Map<String, Value> {
    let mut all = Map::new();
    for resource in resources.clone() {
        let Some(model) = &resource.model else { continue };
        let root = model.name.as_deref().unwrap_or_default();
        for (name, schema) in schemas(model.swagger.as_ref()) {
            if name != root || !is_array(schema) {
                all.insert(name.clone(), normal(schema));
            }
        }
        if sends(&resource.method) && model.request_name != model.name {
            let requests = schemas(model.request_swagger.as_ref());
            all.extend(requests.map(|(name, schema)| (name.clone(), normal(schema))));
        }
    }
    add_requests(resources, &mut all);
    all
}

/// Adds the schemas of bodies that documents would refer to in vain (spec E 8.47).
fn add_requests<'a>(resources: impl Iterator<Item = &'a DefinedResource>, all: &mut Map<String, Value>) {
    for resource in resources.filter(|resource| sends(&resource.method)) {
        let Some(model) = &resource.model else { continue };
        let mut bodies = resource.parameters.iter().filter(|parameter| parameter.written_type == "body");
        if bodies.any(|body| !all.contains_key(&body.data_type)) {
            for (name, schema) in schemas(model.request_swagger.as_ref()) {
                all.entry(name.clone()).or_insert_with(|| normal(schema));
            }
        }
    }
}

fn sends(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// Returns the schema of a successful response (spec E 8.44).
pub(super) fn response(resource: &DefinedResource, definitions: &Map<String, Value>) -> Option<Value> {
    if resource.method == Method::DELETE {
        return None;
    }
    let single = ends_in_variable(&resource.path);
    match &resource.model {
        Some(model) if model.swagger.is_some() => of_model(model),
        Some(Model { name: Some(name), .. }) => {
            let is_list = resource.method == Method::GET && !single;
            (definitions.contains_key(name) && !is_list).then(|| reference(name))
        }
        _ => {
            let named =
                matches!(resource.method, Method::PUT | Method::PATCH) || resource.method == Method::GET && single;
            let name = definition_of(&resource.path);
            (named && definitions.contains_key(&name)).then(|| reference(&name))
        }
    }
}

fn of_model(model: &Model) -> Option<Value> {
    let members = model.swagger.as_ref()?.as_object()?;
    if is_schema(members) {
        return Some(normal(&Value::Object(members.clone())));
    }
    let name = model.name.as_deref()?;
    match members.get(name) {
        Some(root) if is_array(root) => {
            let items = root.get("items").filter(|items| items.is_object()).map_or_else(|| json!({}), normal);
            Some(json!({ "type": "array", "items": items }))
        }
        Some(_) => Some(reference(name)),
        None => {
            let item = format!("{name}Object");
            members.contains_key(&item).then(|| json!({ "type": "array", "items": reference(&item) }))
        }
    }
}

/// Returns the resources that documents show.
pub(super) fn documented(definition: &Definition) -> impl Iterator<Item = &DefinedResource> + Clone {
    definition.resources.iter().filter(|resource| resource.kind == ResourceType::Api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_get_the_form_of_swagger() {
        let loose = json!({"id": "lists", "properties": {
            "id": {"type": "integer"}, "type": {"type": "unknown"}, "owner": {"type": "person", "x-mask": "m"},
            "tags": {"type": "array", "items": {"$ref": "tag"}}, "more": {},
        }});
        let normal = normal(&loose);
        let expected = json!({"type": "object", "properties": {
            "id": {"type": "integer"}, "type": {"type": "string"},
            "owner": {"$ref": "#/definitions/person", "x-mask": "m"},
            "tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}}, "more": {"type": "object"},
        }});
        assert_eq!(normal, expected);
    }
}
