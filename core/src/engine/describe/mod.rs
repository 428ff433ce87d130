//! Descriptions of all calls: their parameters, bodies and responses. The route table lists the calls; this module
//! describes them, once, for the OpenAPI document (spec P 16.9) and for the Swagger documents (spec P 5.5).

mod openapi;
mod operations;
mod parameters;
mod schemas;
mod swagger;
mod tidy;

pub(crate) use openapi::document;
pub(crate) use swagger::{Common, Subject, Swagger};

use http::Method;

use super::contract::{Auth, Form, Media, Route, Verb};
use crate::elements::brighttalk::paths;

/// Formats of result files.
const FILES: [&str; 6] = [
    "application/json",
    "text/csv",
    "application/jsonl",
    "application/x-ndjson",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
];

/// Description of one call.
pub(crate) struct Operation {
    pub route: &'static Route,
    pub method: &'static Method,
    pub auth: Auth,
    pub media: Media,
    /// Unique within the route table, for instance `getChannels`.
    pub id: String,
    pub summary: &'static str,
    /// Names of query and header parameters; see `parameters`.
    pub parameters: Vec<&'static str>,
    pub body: Option<Body>,
    /// Type of the body of a 200 response (see `schemas::of`); `None` if the call never succeeds.
    pub answer: Option<String>,
    /// Status codes of failures, in ascending order.
    pub failures: Vec<u16>,
}

/// Request body of a call.
pub(crate) struct Body {
    /// Its type (see `schemas::of`).
    pub schema: &'static str,
    pub required: bool,
}

impl Operation {
    /// Describes one verb of a route.
    pub fn of(route: &'static Route, verb: &'static Verb) -> Self {
        let row = operations::row(verb.name);
        let body = Some(row.body).filter(|body| !body.is_empty());
        let body = body.map(|body| match body.strip_suffix('?') {
            Some(schema) => Body { schema, required: false },
            None => Body { schema: body, required: true },
        });
        Self {
            route,
            method: &verb.method,
            auth: verb.auth,
            media: verb.media,
            id: operation_id(&verb.method, route.path, route.form == Form::Plain),
            summary: summary(route, row.summary),
            parameters: row.parameters.split_whitespace().collect(),
            failures: failures(route, verb, body.is_some(), row.failures),
            answer: answer(route, row.answer),
            body,
        }
    }

    /// Returns the names of the query parameters of a verb.
    pub fn parameters_of(verb: &'static Verb) -> Vec<&'static str> {
        let parameters = operations::row(verb.name).parameters.split_whitespace();
        parameters
            .filter_map(parameters::find)
            .filter(|found| found.place() == "query")
            .map(|found| found.name)
            .collect()
    }

    /// Returns its group in documents: the first part of its path.
    pub fn tag(&self) -> &'static str {
        self.route.path.split('/').nth(1).filter(|part| !part.starts_with('{')).unwrap_or("resources")
    }
}

/// Returns the operation id: the verb and the words of the path, as in `getChannelsContacts`. Of the variables in
/// resource paths it includes only `{id}` and a last one; of platform paths all, to distinguish a call by id from one
/// by token.
fn operation_id(method: &Method, path: &str, platform: bool) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for (position, part) in parts.iter().enumerate() {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => part.split(['-', '.']).for_each(|word| push_capitalized(&mut id, word)),
            Some(name) if platform || name == "id" || position + 1 == parts.len() => {
                id.push_str("By");
                push_capitalized(&mut id, name);
            }
            Some(_) => {}
        }
    }
    id
}

fn push_capitalized(out: &mut String, word: &str) {
    let mut letters = word.chars();
    out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(letters.as_str());
}

/// Calls of the element take their summary from its table.
fn summary(route: &Route, row: &'static str) -> &'static str {
    if row.is_empty() { paths::find(route.path).map_or("", |path| path.object.info().doc) } else { row }
}

fn answer(route: &Route, row: &str) -> Option<String> {
    if row != "RECORDS" {
        return Some(row.to_owned()).filter(|answer| answer != "NEVER");
    }
    let path = paths::find(route.path)?;
    let name = path.object.info().long_name;
    Some(if path.single { name.to_owned() } else { format!("{name}[]") })
}

/// Returns the status codes that the kind of call implies, and those that its row adds.
fn failures(route: &Route, verb: &Verb, has_body: bool, row: &str) -> Vec<u16> {
    let vendor = verb.auth == Auth::Resource || row.contains("vendor");
    let writes = !matches!(verb.method, Method::GET | Method::DELETE);
    let implied = [
        (400, true),
        (401, verb.auth != Auth::Open || row.contains("401")),
        (403, verb.auth == Auth::Resource || vendor),
        (404, route.path.contains('{') || verb.auth == Auth::Resource),
        (406, true),
        (413, true),
        (415, writes || has_body),
        (429, vendor),
        (431, true),
        (500, true),
        (502, vendor),
        (503, true),
        (504, vendor),
        (507, true),
    ];
    let mut all: Vec<u16> = implied.into_iter().filter(|(_, holds)| *holds).map(|(status, _)| status).collect();
    all.extend(row.split_whitespace().filter_map(|word| word.parse::<u16>().ok()));
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns every call of the contract, in the order of the route table.
pub(crate) fn all(routes: &'static [Route]) -> impl Iterator<Item = Operation> {
    routes.iter().flat_map(|route| route.verbs.iter().map(move |verb| Operation::of(route, verb)))
}

/// Returns the names in braces.
pub(crate) fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Returns whether the call exists below a hub.
pub(crate) fn in_hub(operation: &Operation) -> bool {
    operation.route.form != Form::Plain
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::engine::routes;

    #[test]
    fn every_call_is_described() {
        let missing: Vec<&str> = routes::all().iter().flat_map(|route| &route.verbs).map(|verb| verb.name).collect();
        let missing: Vec<&str> = missing.into_iter().filter(|name| !operations::is_known(name)).collect();
        assert!(missing.is_empty(), "no row in describe/operations.rs for {missing:?}");
    }

    #[test]
    fn what_is_named_is_defined() {
        for operation in all(routes::all()) {
            assert!(!operation.summary.is_empty(), "{}", operation.id);
            for name in &operation.parameters {
                assert!(parameters::find(name).is_some(), "{}: {name}", operation.id);
            }
        }
    }

    #[test]
    fn ids_are_unique_and_read_well() {
        let mut seen = HashSet::new();
        for operation in all(routes::all()) {
            assert!(seen.insert(operation.id.clone()), "{} stands for two calls", operation.id);
        }
        for (path, platform, id) in [
            ("/channels", false, "getChannels"),
            ("/channels/{channelId}/contacts", false, "getChannelsContacts"),
            ("/channels/{channelId}/contacts/{id}", false, "getChannelsContactsById"),
            ("/elements/{keyOrId}/metadata", true, "getElementsByKeyOrIdMetadata"),
            ("/common-resources", true, "getCommonResources"),
        ] {
            assert_eq!(operation_id(&Method::GET, path, platform), id);
        }
    }
}
