//! Definitions of the cases: one resource, with what the case adds.

use serde_json::{Value, json};

/// Returns the definition of a case: its resource, in front of the resources of `element`.
pub fn definition(case: &Value, key: &str, origin: &str) -> Value {
    let mut document = json!({
        "key": key, "name": key, "authentication": {"type": "none"},
        "configuration": [
            {"key": "base.url", "name": "Base", "type": "TEXTFIELD_1000", "defaultValue": origin},
            // Answers show members that are null.
            {"key": "filter.response.nulls", "type": "BOOLEAN", "defaultValue": "false"},
        ],
        "resources": [resource(case)],
    });
    for (name, value) in members(&case["element"]) {
        match (document[name].as_array_mut(), value.as_array()) {
            (Some(known), Some(more)) => known.extend(more.iter().cloned()),
            _ => document[name] = value.clone(),
        }
    }
    take_hooks(&mut document);
    document["resources"].as_array_mut().unwrap().iter_mut().for_each(take_hooks);
    document
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn resource(case: &Value) -> Value {
    let path = case["path"].as_str().unwrap_or("/things");
    let method = case["method"].as_str().unwrap_or("GET");
    let mut resource = json!({"method": method, "path": path, "vendorPath": path, "parameters": []});
    for (name, value) in members(&case["resource"]) {
        resource[name] = value.clone();
    }
    let names = path.split('{').skip(1).filter_map(|part| part.split('}').next());
    let parameters = resource["parameters"].as_array_mut().unwrap();
    for name in names {
        if !parameters.iter().any(|parameter| parameter["type"] == "path" && parameter["name"] == name) {
            parameters.push(json!({"type": "path", "name": name}));
        }
    }
    resource
}

/// Makes hooks of `pre` and `post`, whose scripts are a text or its lines.
fn take_hooks(owner: &mut Value) {
    let owner = owner.as_object_mut().unwrap();
    for (name, kind) in [("pre", "preRequest"), ("post", "postRequest")] {
        let Some(script) = owner.remove(name) else { continue };
        let body = match &script {
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
            text => text.as_str().unwrap().to_owned(),
        };
        let hook = json!({"type": kind, "mimeType": "application/javascript", "body": body});
        owner.entry("hooks").or_insert_with(|| json!([])).as_array_mut().unwrap().push(hook);
    }
}
