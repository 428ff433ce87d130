//! Answers against what `/openapi.json` says of them: the status is documented, the body fits the schema.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use elementkit::engine::Engine;
use jsonschema::Validator;
use serde_json::{Value, json};

const PREFIX: &str = "/elements/api-v2";

static DOCUMENT: LazyLock<Value> = LazyLock::new(Engine::openapi);

/// By the text of the schema.
static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// The template of a path below the prefix: of those that fit the one with the fewest variables.
pub fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fits = |template: &&&'static String| {
        let wanted: Vec<&str> = below(template).split('/').filter(|part| !part.is_empty()).collect();
        let fit = |(wanted, part): (&&str, &&str)| wanted.starts_with('{') || wanted == part;
        template.starts_with(PREFIX) && wanted.len() == parts.len() && wanted.iter().zip(&parts).all(fit)
    };
    let paths: Vec<&'static String> = DOCUMENT["paths"].as_object().unwrap().keys().collect();
    let best = paths.iter().filter(fits).min_by_key(|template| {
        // A word beats a variable, the earlier the better.
        below(template).split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>()
    });
    best.map(|template| template.as_str())
}

fn below(template: &str) -> &str {
    template.strip_prefix(PREFIX).unwrap_or_default()
}

/// Every call of the document: path and method.
pub fn calls() -> Vec<(String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with(PREFIX));
    let calls = paths
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase())));
    calls.collect()
}

/// Whether an answer is as documented. Paths and verbs that do not exist have no documentation.
pub fn check(method: &str, path: &str, status: u16, content_type: &str, text: &str) -> Result<(), String> {
    let Some(template) = template(path) else { return Ok(()) };
    let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        return Ok(());
    }
    let response = &operation["responses"][status.to_string()];
    let response = match response["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => response,
    };
    if response.is_null() {
        return Err(format!("{method} {template} does not document {status}"));
    }
    let kind = content_type.split(';').next().unwrap_or_default();
    if text.is_empty() {
        return Ok(());
    }
    let content = &response["content"][kind];
    if content.is_null() {
        return Err(format!("{method} {template} does not document {kind:?} with {status}"));
    }
    let Some(schema) = content.get("schema") else { return Ok(()) };
    let body: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    validator(schema).validate(&body).map_err(|error| {
        format!("{method} {template} {status} is not as documented: {error} at {}", error.instance_path())
    })
}

fn validator(schema: &Value) -> &'static Validator {
    let mut known = VALIDATORS.lock().unwrap();
    known.entry(schema.to_string()).or_insert_with(|| {
        let mut whole = schema.clone();
        whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        whole["components"] = DOCUMENT["components"].clone();
        Box::leak(Box::new(jsonschema::validator_for(&whole).unwrap()))
    })
}
