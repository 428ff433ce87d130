//! A definition made of an OpenAPI 3 or Swagger 2.0 document, for authors who start from one.
//!
//! The document tells paths, parameters, bodies and schemas. How a list is read to its end and where its records are is
//! guessed from usual names; each guess is a note, which the author confirms or corrects.

mod operations;
mod paging;
mod schemas;
mod security;
mod source;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::document::{LARGEST_DOCUMENT, derived_key};
use crate::error::{Error, ErrorKind, Result};
use operations::Operations;
use source::Source;

/// A definition made of an OpenAPI document.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The definition.
    pub document: Value,
    /// Guesses and omissions, one sentence each.
    pub notes: Vec<String>,
}

/// Names that the author sets instead of the document.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// Key of the element.
    pub key: Option<String>,
    /// Name of the element.
    pub name: Option<String>,
    /// Hub of its paths.
    pub hub: Option<String>,
}

/// Makes a definition of an OpenAPI document.
///
/// # Errors
/// `config` if it is no OpenAPI document, or has no operation that can become a resource.
pub fn definition(document: &Value, naming: &Naming) -> Result<Generated> {
    let source = Source::new(document).ok_or_else(|| {
        Error::new(ErrorKind::Config, "the document is neither OpenAPI 3 nor Swagger 2.0")
            .with_hint("Its first member is `openapi: 3…` or `swagger: \"2.0\"`.")
    })?;
    let mut notes = Vec::new();
    let name = naming.name.clone().unwrap_or_else(|| source.title());
    let key = naming.key.clone().unwrap_or_else(|| derived_key(&name));
    let hub = naming.hub.clone().unwrap_or_else(|| "general".to_owned());
    let security = security::of(&source, &mut notes);
    let operations = Operations::read(&source, &hub, &mut notes);
    if operations.resources.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the document has no operation that can become a resource"));
    }
    let mut configuration = base_url(&source, &mut notes);
    configuration.extend(security.configuration);
    configuration.extend(operations.paging.configuration());
    let mut resources = operations.resources;
    resources.splice(0..0, verification(&resources, &hub, security.is_needed, &mut notes));
    let mut document = json!({
        "key": key,
        "name": name,
        "description": source.description().unwrap_or_else(|| name.clone()),
        "hub": hub,
        "authentication": {"type": security.kind},
        "protocolType": "http",
        "bulkDownloadEnabled": true,
        "configuration": configuration,
        "parameters": security.parameters,
        "objects": operations.objects,
        "resources": resources,
    });
    if document.to_string().len() > LARGEST_DOCUMENT {
        drop_models(&mut document);
        notes.push("the schemas were left out, since the definition would be larger than 8 MiB".to_owned());
    }
    Ok(Generated { document, notes })
}

/// Returns the entries for the address of the vendor.
fn base_url(source: &Source<'_>, notes: &mut Vec<String>) -> Vec<Value> {
    let mut entry = json!({"key": "base.url", "name": "Base URL", "type": "TEXTFIELD_1000", "required": true});
    let (address, variables) = source.server();
    match address {
        Some(address) => entry["defaultValue"] = address.into(),
        None => notes.push("the document names no server: give `base.url` when an instance is created".to_owned()),
    }
    let mut entries = vec![entry];
    for (name, default, description) in variables {
        let mut entry = json!({"key": name, "name": name, "description": description, "type": "TEXTFIELD_128"});
        entry["required"] = true.into();
        if let Some(default) = default {
            entry["defaultValue"] = default.into();
        }
        entries.push(entry);
    }
    entries
}

/// Returns a resource that checks the credentials when an instance is created: a GET that needs no input.
fn verification(resources: &[Value], hub: &str, is_needed: bool, notes: &mut Vec<String>) -> Option<Value> {
    const USUAL: &[&str] = &["/me", "/users/me", "/user", "/account", "/accounts/me", "/profile", "/whoami", "/ping"];
    let has_required = |resource: &Value| {
        let parameters = resource["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["required"] == true)
    };
    let paths = resources.iter().filter(|resource| resource["method"] == "GET" && !has_required(resource));
    let paths: Vec<&str> = paths.filter_map(|resource| resource["vendorPath"].as_str()).collect();
    let usual = USUAL.iter().find_map(|end| paths.iter().find(|path| path.ends_with(end)));
    let path = usual.or(paths.first()).filter(|_| is_needed)?;
    notes.push(format!("the credentials are checked by GET {path} when an instance is created"));
    Some(json!({
        "method": "GET", "path": format!("/hubs/{hub}/credentials"), "vendorPath": path,
        "type": "provisionAuthValidation", "description": "Check the credentials",
    }))
}

fn drop_models(document: &mut Value) {
    for resource in document["resources"].as_array_mut().into_iter().flatten() {
        resource.as_object_mut().map(|resource: &mut Map<String, Value>| resource.shift_remove("model"));
    }
}
