//! Remarks about resources.

use std::collections::HashMap;

use serde_json::Value;

use super::super::document::{ResourceType, caller_path, method_word};
use super::rules::{AMBIGUOUS_PATH, CHAIN_LENGTH, CHAIN_TARGET, EVENT, JAVA_KIND, RESOURCE_TYPE};
use super::{MOST_STEPS, Remarks, entries, parameters, scripts, text};

pub fn check(document: &Value, remarks: &mut Remarks) {
    let mut shapes = HashMap::new();
    for (pointer, resource) in entries(document, "", "resources") {
        scripts::check(resource, &pointer, remarks);
        parameters::check(resource, &pointer, remarks);
        kind(resource, &pointer, remarks);
        chain(document, resource, &pointer, remarks);
        shape(resource, &pointer, &mut shapes, remarks);
    }
}

fn kind(resource: &Value, pointer: &str, remarks: &mut Remarks) {
    let word = text(resource, "type").unwrap_or("api");
    match ResourceType::of(word) {
        None => {
            let message = format!("the resource type {word} is unknown; the resource does not run");
            remarks.add(&RESOURCE_TYPE, format!("{pointer}/type"), message);
        }
        Some(ResourceType::Never) => {
            let message = format!("resources of type {word} do not run");
            remarks.add(&RESOURCE_TYPE, format!("{pointer}/type"), message);
        }
        Some(ResourceType::OnProvisionWebhook | ResourceType::OnDeleteWebhook) => {
            let message = format!("resources of type {word} are stored without effect");
            remarks.add(&EVENT, format!("{pointer}/type"), message);
        }
        Some(_) => {}
    }
    if is_java(resource) {
        remarks.add(&JAVA_KIND, format!("{pointer}/kind"), "resources of kind java do not run");
    }
}

fn is_java(resource: &Value) -> bool {
    text(resource, "kind").is_some_and(|kind| kind.eq_ignore_ascii_case("java"))
}

/// Remarks the target of a resource that begins or continues a chain.
fn chain(document: &Value, resource: &Value, pointer: &str, remarks: &mut Remarks) {
    let Some(next) = next_of(resource) else { return };
    let pointer = format!("{pointer}/nextResource");
    if target(document, next).is_none() {
        remarks.add(&CHAIN_TARGET, &pointer, format!("no resource of the definition is {next}"));
    }
    let mut steps = std::iter::successors(Some(resource), |step| target(document, next_of(step)?));
    if steps.nth(MOST_STEPS).is_some() {
        let message = format!("the chain has more than {MOST_STEPS} resources");
        remarks.add(&CHAIN_LENGTH, &pointer, message);
    }
}

fn next_of(resource: &Value) -> Option<&str> {
    text(resource, "nextResource").map(str::trim).filter(|next| !next.is_empty())
}

/// Returns the resource that `METHOD:/path` names.
fn target<'d>(document: &'d Value, next: &str) -> Option<&'d Value> {
    let named = next.split_once(':').map(|(method, path)| (method_word(method), caller_path(path)))?;
    let is_named = |other: &&Value| !is_java(other) && identity(other).as_ref() == Some(&named);
    entries(document, "", "resources").map(|(_, other)| other).find(is_named)
}

/// Returns method and path as they are called.
fn identity(resource: &Value) -> Option<(String, String)> {
    Some((method_word(text(resource, "method")?), caller_path(text(resource, "path")?)))
}

/// Remarks a resource that no call reaches, since an earlier one has the same path but for the names of parameters.
fn shape(
    resource: &Value,
    pointer: &str,
    shapes: &mut HashMap<(String, String), (String, String)>,
    remarks: &mut Remarks,
) {
    let is_callable = ResourceType::of(text(resource, "type").unwrap_or("api")).is_some_and(ResourceType::is_callable);
    let Some((method, path)) = identity(resource).filter(|_| is_callable) else { return };
    let anonymous =
        |part: &str| if part.starts_with('{') && part.ends_with('}') { "{}".to_owned() } else { part.to_owned() };
    let shape = path.split('/').map(anonymous).collect::<Vec<_>>().join("/");
    match shapes.get(&(method.clone(), shape.clone())) {
        // Equal paths are a problem (spec E 1.8).
        Some((_, earlier)) if *earlier == path => {}
        Some((first, earlier)) => {
            let message = format!("calls of {method} {path} reach {first}, whose path is {earlier}");
            remarks.add(&AMBIGUOUS_PATH, format!("{pointer}/path"), message);
        }
        None => {
            shapes.insert((method, shape), (pointer.to_owned(), path));
        }
    }
}
