//! Responses against their description in `/openapi.json`: the status and the media type are documented, and the body
//! fits its schema and has no member that the schema lacks.

use std::collections::{BTreeSet, HashMap};

use jsonschema::Validator;
use serde_json::{Value, json};

const PREFIX: &str = "/elements/api-v2";

/// A document, and the validators made from it, by the text of the schema.
pub struct Described {
    document: Value,
    validators: HashMap<String, Validator>,
    /// Method and path of the calls that were checked.
    made: BTreeSet<(String, String)>,
}

impl Described {
    pub fn by(mut document: Value) -> Self {
        let shapes = document["components"]["schemas"].as_object_mut().unwrap().iter_mut();
        // Names of record schemas begin with a lower-case letter; a common resource of that name may replace one.
        shapes.filter(|(name, _)| name.starts_with(char::is_uppercase)).for_each(|(_, schema)| close(schema));
        Self { document, validators: HashMap::new(), made: BTreeSet::new() }
    }

    /// Checks that a response is as documented. Paths and methods that do not exist have no documentation.
    pub fn check(&mut self, method: &str, path: &str, status: u16, kind: &str, text: &str) -> Result<(), String> {
        let Some(template) = self.template(path) else { return Ok(()) };
        let Some(operation) = self.document["paths"][&template].get(method.to_lowercase()) else { return Ok(()) };
        self.made.insert((template.replace("/hubs/{hub}/", "/"), method.to_lowercase()));
        let call = format!("{method} {template}");
        let response = operation["responses"].get(status.to_string());
        let response = response.ok_or_else(|| format!("{call} does not document {status}"))?;
        let response = match response["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => response,
        };
        let Some(content) = response.get("content") else {
            return if text.is_empty() { Ok(()) } else { Err(format!("{call} documents no body with {status}")) };
        };
        let kind = kind.split(';').next().unwrap_or_default();
        let content = content.get(kind).or_else(|| content.get("*/*"));
        let content = content.ok_or_else(|| format!("{call} does not document {kind:?} with {status}"))?;
        let Some(schema) = content.get("schema").cloned() else { return Ok(()) };
        let body: Value = serde_json::from_str(text).map_err(|error| format!("{call} {status}: no JSON: {error}"))?;
        let wrong = |error: jsonschema::ValidationError<'_>| {
            format!("{call} {status} is not as documented: at {}: {error}", error.instance_path())
        };
        self.validator(&schema).validate(&body).map_err(wrong)
    }

    /// Returns the calls that were not checked yet, whichever form their path has.
    pub fn missing(&self) -> BTreeSet<(String, String)> {
        let paths = self.document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with(PREFIX));
        let calls = paths.flat_map(|(path, item)| {
            let path = path.replace("/hubs/{hub}/", "/");
            item.as_object().unwrap().keys().map(move |method| (path.clone(), method.clone()))
        });
        calls.filter(|call| !self.made.contains(call)).collect()
    }

    /// Returns the documented path that matches a path below the prefix. Literal segments take precedence over
    /// variables, from left to right.
    fn template(&self, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let templates = self.document["paths"].as_object().unwrap().keys().filter_map(|path| {
            let wanted: Vec<&str> = path.strip_prefix(PREFIX)?.split('/').filter(|part| !part.is_empty()).collect();
            let fit = |(wanted, part): (&&str, &&str)| wanted.starts_with('{') || wanted == part;
            let fits = wanted.len() == parts.len() && wanted.iter().zip(&parts).all(fit);
            fits.then(|| (wanted.iter().map(|part| part.starts_with('{')).collect::<Vec<_>>(), path))
        });
        templates.min().map(|(_, path)| path.clone())
    }

    fn validator(&mut self, schema: &Value) -> &Validator {
        let Self { document, validators, .. } = self;
        validators.entry(schema.to_string()).or_insert_with(|| {
            let mut whole = schema.clone();
            whole["components"] = document["components"].clone();
            jsonschema::draft202012::new(&whole).unwrap()
        })
    }
}

/// Forbids members that a schema does not name.
fn close(schema: &mut Value) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema["additionalProperties"] = json!(false);
    }
}
