//! The resource that a request belongs to.

use std::collections::BTreeMap;

use crate::document::{Document, Parameter, Resource};
use crate::journal::{Entry, decoded};
use crate::setting;
use crate::template::{Part, captures, fits, parts};

/// Stands for a `/` that belongs to a value.
const SLASH: &str = "\u{1}";

/// A resource with the values of the placeholders of its address.
pub(crate) struct Found<'a> {
    pub resource: &'a Resource,
    pub captures: Vec<(String, String)>,
}

/// Returns the template of the address of a resource, in which configuration and literals are filled in.
pub fn address(document: &Document, configuration: &BTreeMap<String, String>, resource: &Resource) -> String {
    let base = setting::value(document, configuration, "base.url").unwrap_or_default().trim();
    let path = resource.vendor_path.as_str();
    let template = match path {
        _ if path.starts_with("http://") || path.starts_with("https://") => path.to_owned(),
        _ if path.is_empty() || path.starts_with(['?', '&']) => format!("{base}{path}"),
        _ => format!("{}/{}", base.strip_suffix('/').unwrap_or(base), path.strip_prefix('/').unwrap_or(path)),
    };
    let filled = parts(&template).into_iter().map(|part| match part {
        Part::Text(text) => text,
        Part::Hole(name) => fixed(document, configuration, resource, &name).unwrap_or_else(|| format!("{{{name}}}")),
    });
    filled.collect()
}

/// Returns the value of a placeholder that the caller has no part in.
fn fixed(
    document: &Document,
    configuration: &BTreeMap<String, String>,
    resource: &Resource,
    name: &str,
) -> Option<String> {
    let fills = |parameter: &&Parameter| !parameter.response && parameter.to == "path" && parameter.vendor_name == name;
    let parameter = document.parameters_of(resource).filter(fills).last();
    match parameter {
        Some(parameter) if parameter.from == "configuration" => {
            setting::value(document, configuration, &parameter.name).map(str::to_owned)
        }
        Some(parameter) if parameter.is_literal() && !parameter.name.contains("${") => {
            Some(parameter.name.replace('/', "%2F"))
        }
        Some(_) => None,
        None => setting::value(document, configuration, name).map(str::to_owned),
    }
}

/// Finds the resource of a request.
pub(crate) fn find<'a>(
    document: &'a Document,
    configuration: &BTreeMap<String, String>,
    origin: &str,
    entry: &Entry,
) -> Option<Found<'a>> {
    let mut best: Option<(usize, Found<'a>)> = None;
    for resource in document.resources.iter().filter(|resource| !resource.java) {
        let Some((score, captures)) = fit(document, configuration, origin, resource, entry) else { continue };
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, Found { resource, captures }));
        }
    }
    best.map(|(_, found)| found)
}

fn fit(
    document: &Document,
    configuration: &BTreeMap<String, String>,
    origin: &str,
    resource: &Resource,
    entry: &Entry,
) -> Option<(usize, Vec<(String, String)>)> {
    if resource.vendor_method != entry.method {
        return None;
    }
    let address = address(document, configuration, resource);
    let (path, query) = address.strip_prefix(origin)?.split_once('?').map_or_else(
        || (address[origin.len()..].to_owned(), String::new()),
        |(path, query)| (path.to_owned(), query.to_owned()),
    );
    let path = if path.is_empty() { "/".to_owned() } else { path };
    let found = captures(&divided(&path), &divided(&entry.path), &|_| false)?;
    let marks = marks(resource, &query);
    let given = entry.parameters();
    for (name, value) in &marks.query {
        if !given.iter().any(|(known, text)| known == name && text == value) {
            return None;
        }
    }
    for (name, value) in &marks.headers {
        if entry.header(name) != Some(value) {
            return None;
        }
    }
    if marks.body.as_ref().is_some_and(|template| !has_body(template, &entry.body)) {
        return None;
    }
    let fixed = parts(&path).iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum::<usize>();
    let stores = resource.parameters.iter().any(|parameter| parameter.response);
    let score = 10 * fixed
        + 1000 * (marks.query.len() + marks.headers.len() + usize::from(marks.body.is_some()))
        + usize::from(stores);
    // An empty value is the last resort: `/things/` is the list rather than a thing.
    let empty = found.iter().filter(|(_, value)| value.is_empty()).count();
    let score = score.saturating_sub(5 * empty);
    Some((score, found.into_iter().map(|(name, value)| (name, value.replace(SLASH, "/"))).collect()))
}

/// Returns a path whose parts are decoded, but still divided as they were.
fn divided(path: &str) -> String {
    path.split('/').map(|part| decoded(part).replace('/', SLASH)).collect::<Vec<_>>().join("/")
}

/// Parts that all requests of a resource have, by which those of equal addresses differ.
struct Marks {
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// Template of the body.
    body: Option<String>,
}

/// Returns whether a body is made of a template.
fn has_body(template: &str, body: &str) -> bool {
    // The braces of JSON are no placeholders.
    let is_name = |name: &str| name.chars().all(|char| char.is_alphanumeric() || "._-".contains(char));
    let parts = parts(&template.replace("${", "{")).into_iter().map(|part| match part {
        Part::Hole(name) if !is_name(&name) => Part::Text(format!("{{{name}}}")),
        other => other,
    });
    fits(&parts.collect::<Vec<_>>(), body, &|_| true, &mut Vec::new())
}

fn marks(resource: &Resource, kept: &str) -> Marks {
    let is_fixed = |text: &str| !text.contains(['{', '$']) && !text.contains("CE.");
    let literal = |parameter: &&Parameter| parameter.is_literal() && parameter.to == "body";
    let body = resource.parameters.iter().rfind(literal).map(|literal| literal.name.clone());
    let body = body.filter(|template| !template.contains("CE."));
    let mut marks = Marks { query: Vec::new(), headers: Vec::new(), body };
    marks.query.extend(crate::journal::parameters(kept).into_iter().filter(|(_, value)| is_fixed(value)));
    let replaces = |name: &str| {
        let of_caller = |parameter: &&Parameter| parameter.to == "query" && !parameter.is_literal();
        resource.parameters.iter().filter(of_caller).any(|parameter| parameter.vendor_name == name)
    };
    marks.query.retain(|(name, _)| !replaces(name));
    for parameter in resource.parameters.iter().filter(|parameter| parameter.is_literal() && is_fixed(&parameter.name))
    {
        let name = parameter.vendor_name.to_ascii_lowercase();
        match parameter.to.as_str() {
            "query" => {
                marks.query.retain(|(known, _)| *known != parameter.vendor_name);
                marks.query.push((parameter.vendor_name.clone(), decoded(&parameter.name)));
            }
            "header" if !matches!(name.as_str(), "accept" | "content-type" | "authorization") => {
                marks.headers.push((name, parameter.name.clone()));
            }
            _ => {}
        }
    }
    marks
}
