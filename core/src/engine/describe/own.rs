//! Documents that elements make themselves, as parts of the documents of calls (spec E 8.17, 8.48, 8.49).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::swagger::{DEFINITIONS, is_name_of, references};

/// Maximum number of values in a document whose references are written out; more stay references.
const RESOLVED_VALUES: usize = 200_000;

/// Adds the operations and definitions of an element's own document. What the document has already stays.
pub(super) fn add(document: &mut Value, own: Value, resolve: bool) {
    let own = if resolve { resolved(own) } else { own };
    let Value::Object(mut own) = own else { return };
    if let (true, Some(Value::Object(info))) = (document["info"]["title"] == own["info"]["title"], own.remove("info")) {
        for (name, value) in info {
            document["info"][name] = value;
        }
    }
    add_tags(document, &own);
    if let (Some(Value::Object(paths)), Some(known)) = (own.remove("paths"), document["paths"].as_object_mut()) {
        for (path, verbs) in paths {
            let Value::Object(verbs) = verbs else { continue };
            let known = known.entry(path).or_insert_with(|| json!({}));
            let missing: Map<_, _> = verbs.into_iter().filter(|(verb, _)| known.get(verb).is_none()).collect();
            known.as_object_mut().into_iter().for_each(|known| known.extend(missing.clone()));
        }
    }
    if let (Some(Value::Object(own)), Some(known)) =
        (own.remove("definitions"), document["definitions"].as_object_mut())
    {
        for (name, schema) in own {
            known.entry(name).or_insert(schema);
        }
    }
}

fn add_tags(document: &mut Value, own: &Map<String, Value>) {
    let names = |of: &Value| {
        let tags = of.as_array().into_iter().flatten();
        tags.filter_map(|tag| tag["name"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let all: BTreeSet<String> = &names(&document["tags"]) | &own.get("tags").map(names).unwrap_or_default();
    document["tags"] = all.into_iter().map(|name| json!({ "name": name })).collect();
}

/// Leaves one operation, named as in [`is_name_of`], and the definitions that it needs. Returns `None` if there is none.
pub(super) fn operation(mut own: Value, name: &str) -> Option<Value> {
    let paths = own["paths"].as_object()?;
    let mut verbs = paths.iter().flat_map(|(path, verbs)| {
        verbs.as_object().into_iter().flatten().map(move |(verb, operation)| (path, verb, operation))
    });
    let (path, verb, operation) = verbs.find(|(path, verb, operation)| is_name_of(name, path, verb, operation))?;
    let (tags, path, verb, operation) = (operation["tags"].clone(), path.clone(), verb.clone(), operation.clone());
    let mut needed = BTreeSet::new();
    let all = own["definitions"].as_object().cloned().unwrap_or_default();
    references(&operation, &all, &mut needed);
    own["definitions"] = all.into_iter().filter(|(name, _)| needed.contains(name)).collect::<Map<_, _>>().into();
    own["tags"] = tags.as_array().into_iter().flatten().map(|tag| json!({ "name": tag })).collect();
    let mut verbs = Map::new();
    verbs.insert(verb, operation);
    own["paths"] = json!({});
    own["paths"][path] = verbs.into();
    Some(own)
}

/// Writes references out, and leaves out definitions that only others referred to.
fn resolved(mut own: Value) -> Value {
    let all = own["definitions"].as_object().cloned().unwrap_or_default();
    let mut direct = BTreeSet::new();
    named(&own["paths"], &mut direct);
    let mut resolver = Resolver { all: &all, values: 0, open: Vec::new() };
    let paths = resolver.resolved(&own["paths"]);
    let kept = all.iter().filter(|(name, _)| direct.contains(*name));
    let kept: Map<_, _> = kept.map(|(name, schema)| (name.clone(), resolver.resolved(schema))).collect();
    own["paths"] = paths;
    own["definitions"] = kept.into();
    own
}

/// Adds the names that a document refers to directly.
fn named(text: &Value, names: &mut BTreeSet<String>) {
    match text {
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        Value::Object(members) => {
            names.extend(target(members).map(str::to_owned));
            members.values().for_each(|member| named(member, names));
        }
        _ => {}
    }
}

fn target(members: &Map<String, Value>) -> Option<&str> {
    members.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)
}

/// Replaces references by the definitions. One that leads to itself, and those beyond the maximum size, stay.
struct Resolver<'a> {
    all: &'a Map<String, Value>,
    values: usize,
    /// Names of the definitions that are being written.
    open: Vec<&'a str>,
}

impl<'a> Resolver<'a> {
    fn resolved(&mut self, text: &Value) -> Value {
        self.values += 1;
        match text {
            Value::Array(items) => items.iter().map(|item| self.resolved(item)).collect(),
            Value::Object(members) => {
                let found = target(members).and_then(|name| self.all.get_key_value(name));
                let found = found.filter(|(name, _)| !self.open.contains(&name.as_str()));
                if let Some((name, schema)) = found.filter(|_| self.values < RESOLVED_VALUES) {
                    self.open.push(name);
                    let schema = self.resolved(schema);
                    self.open.pop();
                    return schema;
                }
                members.iter().map(|(name, member)| (name.clone(), self.resolved(member))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Value {
        let schema = |name: &str| json!({ "schema": { "$ref": format!("{DEFINITIONS}{name}") } });
        json!({
            "info": {"title": "acme", "x-element-id": 7}, "tags": [{"name": "deals"}, {"name": "ping"}],
            "paths": {
                "/deals": {"get": {"operationId": "getDeals", "tags": ["deals"], "responses": {"200": schema("deal")}}},
                "/ping": {"get": {"operationId": "getPing", "tags": ["ping"], "responses": {"200": schema("Pong")}}},
            },
            "definitions": {
                "deal": {"properties": {"owner": {"$ref": "#/definitions/person"}}},
                "person": {"properties": {"boss": {"$ref": "#/definitions/person"}}},
                "Pong": {"type": "object"},
            },
        })
    }

    #[test]
    fn one_operation_keeps_the_definitions_that_it_needs() {
        let one = operation(own(), "GET-deals").unwrap();
        let names: Vec<&str> = one["definitions"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!((names, &one["tags"]), (vec!["deal", "person"], &json!([{"name": "deals"}])));
        assert_eq!(one["paths"].as_object().unwrap().len(), 1);
        assert!(operation(own(), "getOrders").is_none());
    }

    #[test]
    fn references_are_written_out_up_to_a_cycle() {
        let resolved = resolved(own());
        let boss =
            &resolved["paths"]["/deals"]["get"]["responses"]["200"]["schema"]["properties"]["owner"]["properties"];
        assert_eq!(boss["boss"], json!({"$ref": "#/definitions/person"}));
        assert_eq!(resolved["definitions"].as_object().unwrap().keys().collect::<Vec<_>>(), ["deal", "Pong"]);
    }

    #[test]
    fn documents_that_would_explode_stay_small() {
        let mut definitions = Map::new();
        for level in 0..40 {
            let below = json!({ "$ref": format!("{DEFINITIONS}l{}", level + 1) });
            definitions.insert(format!("l{level}"), json!({ "properties": {"a": below, "b": below, "c": below} }));
        }
        let bomb = json!({"paths": {"/a": {"get": {"$ref": "#/definitions/l0"}}}, "definitions": definitions});
        let resolved = resolved(bomb);
        assert!(resolved.to_string().len() < 100 * RESOLVED_VALUES);
    }

    #[test]
    fn documents_are_merged() {
        let mut document = json!({"info": {"title": "acme"}, "tags": [{"name": "bulk"}],
            "paths": {"/ping": {"get": 1}}, "definitions": {"Pong": 1}});
        add(&mut document, own(), false);
        assert_eq!(document["info"]["x-element-id"], 7);
        assert_eq!(document["tags"], json!([{"name": "bulk"}, {"name": "deals"}, {"name": "ping"}]));
        assert_eq!((&document["paths"]["/ping"]["get"], &document["definitions"]["Pong"]), (&json!(1), &json!(1)));
        assert!(document["paths"]["/deals"]["get"].is_object() && document["definitions"]["deal"].is_object());
    }
}
