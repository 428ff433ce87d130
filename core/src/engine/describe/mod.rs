//! Descriptions of all calls: their parameters, bodies and responses. The route table lists the calls; this module
//! describes them, once, for the OpenAPI document (spec P 16.9) and for the Swagger documents (spec P 5.5).

mod merge;
mod openapi;
mod operations;
mod own;
#[cfg(test)]
mod own_elements;
mod parameters;
#[cfg(test)]
mod platform_schemas;
mod schemas;
mod swagger;
#[cfg(test)]
mod tidy;

pub(crate) use openapi::document;
pub(crate) use swagger::{Common, Subject, Swagger};

use std::borrow::Cow;

use http::Method;

use super::contract::{Auth, Form, Media, Route, Verb};
use super::router::Documented;
use crate::element::{Element, ObjectId, Resource, ResourceKind};
use parameters::Parameter;
use schemas::Records;

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
pub(crate) struct Operation<'a> {
    pub route: &'a Route,
    pub method: &'a Method,
    pub auth: Auth,
    pub media: Media,
    /// Unique within the route table, for instance `getChannels`.
    pub id: String,
    pub summary: Cow<'a, str>,
    /// Query and header parameters.
    pub parameters: Vec<Parameter<'a>>,
    pub body: Option<Body>,
    /// Type of the body of a 200 response (see `schemas::of`); `None` if the call never succeeds.
    pub answer: Option<String>,
    /// Status codes of failures, in ascending order.
    pub failures: Vec<u16>,
    /// Element and resource of a call of an element.
    pub source: Option<(&'a dyn Element, &'a Resource)>,
}

/// Request body of a call.
pub(crate) struct Body {
    /// Its type (see `schemas::of`).
    pub schema: Cow<'static, str>,
    pub required: bool,
}

impl<'a> Operation<'a> {
    /// Describes one verb of a route.
    fn of(documented: Documented<'a>, verb: &'a Verb, records: &Records) -> Self {
        let Documented { element, route } = documented;
        let row = operations::row(verb.name);
        let source = element.and_then(|element| Some((element, element.resources().get(verb.resource?)?)));
        let body = body(source, row.body, records);
        Self {
            route,
            method: &verb.method,
            auth: verb.auth,
            media: verb.media,
            id: operation_id(&verb.method, &route.path, route.form == Form::Plain),
            summary: summary(source, row.summary),
            parameters: parameters_in(row.parameters, source.map(|(_, resource)| resource)).collect(),
            failures: failures(route, verb, body.is_some(), row.failures),
            answer: answer(source, row.answer, records),
            body,
            source,
        }
    }

    /// Returns whether the call has a parameter with this key.
    fn has(&self, key: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == key)
    }

    /// Returns the object whose records the call reads.
    fn reads(&self) -> Option<(&'a dyn Element, ObjectId)> {
        self.source.map(|(element, resource)| (element, resource.object))
    }

    /// Returns its group in documents: the first part of its path.
    pub fn tag(&self) -> &'a str {
        self.route.path.split('/').nth(1).filter(|part| !part.starts_with('{')).unwrap_or("resources")
    }
}

/// Returns the parameters of a row, then those of a resource.
fn parameters_in<'a>(row: &'a str, resource: Option<&'a Resource>) -> impl Iterator<Item = Parameter<'a>> {
    let own = resource.into_iter().flat_map(|resource| &resource.parameters);
    let headers = resource.into_iter().flat_map(|resource| &resource.headers);
    let own = own.map(|parameter| Parameter::of_element(parameter, "query"));
    let headers = headers.map(|header| Parameter::of_element(header, "header"));
    row.split_whitespace().filter_map(parameters::find).chain(own).chain(headers)
}

/// Returns the names of the query parameters of a verb.
pub(crate) fn parameters_of<'a>(verb: &Verb, resource: Option<&'a Resource>) -> Vec<&'a str> {
    let all = parameters_in(operations::row(verb.name).parameters, resource);
    all.filter(|parameter| parameter.place == "query").map(|parameter| parameter.name).collect()
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

/// Calls of an element take their summary from the object that they read or write.
fn summary<'a>(source: Option<(&'a dyn Element, &Resource)>, row: &'static str) -> Cow<'a, str> {
    let Some((element, resource)) = source.filter(|_| row.is_empty()) else { return row.into() };
    let object = element.object(resource.object);
    let effect = match resource.kind {
        ResourceKind::List | ResourceKind::One | ResourceKind::Read => return (&*object.doc).into(),
        ResourceKind::Create => "Creates",
        ResourceKind::Replace => "Replaces",
        ResourceKind::Update => "Changes",
        ResourceKind::Delete => "Deletes",
        ResourceKind::Any => return "Makes a call to the vendor whose body and answer are no records.".into(),
    };
    format!("{effect} a record of {}.", object.long_name).into()
}

fn body(source: Option<(&dyn Element, &Resource)>, row: &'static str, records: &Records) -> Option<Body> {
    if row == "RECORD" {
        let (element, resource) = source.filter(|(_, resource)| resource.kind.takes_record())?;
        let schema = records.name(element, resource.object)?.to_owned().into();
        return Some(Body { schema, required: true });
    }
    let optional = row.strip_suffix('?');
    let schema = Some(optional.unwrap_or(row)).filter(|schema| !schema.is_empty())?;
    Some(Body { schema: schema.into(), required: optional.is_none() })
}

fn answer(source: Option<(&dyn Element, &Resource)>, row: &str, records: &Records) -> Option<String> {
    if row != "RECORDS" {
        return Some(row.to_owned()).filter(|answer| answer != "NEVER");
    }
    let (element, resource) = source?;
    let name = records.name(element, resource.object)?;
    Some(match resource.kind {
        _ if resource.is_list() => format!("{name}[]"),
        ResourceKind::Delete => String::new(),
        _ => name.to_owned(),
    })
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

/// Returns every call of these routes in order. A call that several elements have is described once. `published_only`
/// leaves out the extensions of elements (spec P 7.2).
fn all<'a>(routes: Vec<Documented<'a>>, records: &Records, published_only: bool) -> Vec<Operation<'a>> {
    let verbs =
        routes.into_iter().flat_map(|documented| documented.route.verbs.iter().map(move |verb| (documented, verb)));
    let operations = verbs.map(|(documented, verb)| Operation::of(documented, verb, records));
    let shown = |operation: &Operation<'_>| operation.source.is_none_or(|(_, resource)| resource.published);
    merge::merged(operations.filter(|operation| !published_only || shown(operation)))
}

/// Returns the names in braces.
pub(crate) fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Returns whether the call exists below a hub.
pub(crate) fn in_hub(operation: &Operation<'_>) -> bool {
    operation.route.form != Form::Plain
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::elements::registry::Elements;
    use crate::engine::router::Routes;
    use crate::engine::routes;

    fn built_in() -> (Elements, Routes) {
        let elements = Elements::new(false);
        let routes = routes::of(&elements).unwrap();
        (elements, routes)
    }

    fn borrowed(elements: &Elements) -> impl Iterator<Item = &dyn Element> {
        elements.all().iter().map(|element| &**element)
    }

    #[test]
    fn every_call_is_described() {
        let (_, routes) = built_in();
        let verbs = routes.documented(|_| true).into_iter().flat_map(|documented| &documented.route.verbs);
        let missing: Vec<&str> = verbs.map(|verb| verb.name).filter(|name| !operations::is_known(name)).collect();
        assert!(missing.is_empty(), "no row in describe/operations.rs for {missing:?}");
    }

    #[test]
    fn what_is_named_is_defined() {
        for name in operations::parameters() {
            assert!(parameters::find(name).is_some(), "{name}");
        }
        let (elements, routes) = built_in();
        for operation in all(routes.documented(|_| true), &Records::of(borrowed(&elements)), false) {
            assert!(!operation.summary.is_empty(), "{}", operation.id);
        }
    }

    #[test]
    fn ids_are_unique_and_read_well() {
        let mut seen = HashSet::new();
        let (elements, routes) = built_in();
        for operation in all(routes.documented(|_| true), &Records::of(borrowed(&elements)), false) {
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
