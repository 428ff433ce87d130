//! Calls that try a resource, made up from the definition.

use serde_json::{Map, Value, json};

use crate::check::Call;
use crate::document::{Document, Parameter, Resource};
use crate::shape;

/// A text in which everything has to be encoded.
const HARD: &str = "k 1/\u{e9}+&=%41";
/// A text for headers.
const HEADER: &str = "h 1;x=\"y\"";

/// The way in which a resource is tried.
#[derive(Clone, Debug)]
pub enum Plan {
    /// With this call.
    Call(Box<Call>),
    /// With this call, whose request only its scripts or its chain know.
    Scripted(Box<Call>),
    /// Not, for this reason.
    Left(&'static str),
}

/// Returns how a resource is tried.
pub fn plan(document: &Document, resource: &Resource) -> Plan {
    if !resource.is_callable() {
        return Plan::Left("a system resource: it runs with the instance (E 1.66)");
    }
    if resource.java {
        return Plan::Left("Java kind (E 1.42)");
    }
    let call = Box::new(call(document, resource));
    match resource.chain || resource.scripts || document.scripts {
        true => Plan::Scripted(call),
        false => Plan::Call(call),
    }
}

fn call(document: &Document, resource: &Resource) -> Call {
    let mut call = Call::default();
    let names = crate::template::parts(&resource.path).into_iter().filter_map(|part| match part {
        crate::template::Part::Hole(name) => Some(name),
        crate::template::Part::Text(_) => None,
    });
    let names: Vec<String> = names.collect();
    for (position, name) in names.iter().enumerate() {
        let is_id = resource.is_by_id() && position + 1 == names.len();
        // What is deleted is asked for by nothing else.
        let id = if resource.method == "DELETE" { shape::id(23 - resource.position % 13) } else { shape::id(3) };
        call.path.insert(name.clone(), if is_id { id } else { HARD.to_owned() });
    }
    for parameter in document.parameters_of(resource).filter(|parameter| !parameter.response) {
        give(&mut call, resource, parameter);
    }
    // A form takes the place of a JSON body.
    if !call.form.is_empty() || !call.files.is_empty() {
        call.body = None;
    }
    call
}

fn give(call: &mut Call, resource: &Resource, parameter: &Parameter) {
    let name = parameter.name.clone();
    match parameter.from.as_str() {
        "query" if resource.method == "GET" && matches!(name.as_str(), "page" | "pageSize" | "nextPage") => {}
        "query" if name == "where" => call.query.extend(search(parameter).map(|search| (name, search))),
        "query" if matches!(name.as_str(), "fields" | "orderBy") => {}
        "query" if !call.query.iter().any(|(known, _)| *known == name) => call.query.push((name, HARD.to_owned())),
        "header" => call.headers.push((name, HEADER.to_owned())),
        "body" if resource.method != "GET" => call.body = Some(body(resource)),
        "bodyField" => {
            let mut body = call.body.take().unwrap_or_else(|| json!({}));
            crate::dotted::add(&mut body, &name, field(parameter));
            call.body = Some(body);
        }
        "form" => call.form.push((name, HARD.to_owned())),
        "multipart" | "file" => call.files.push((name, "notes.txt".to_owned(), "line 1\nline 2".to_owned())),
        _ => {}
    }
}

/// Returns a search that the definition can send whole, if it can send any.
fn search(parameter: &Parameter) -> Option<String> {
    match parameter.converter() {
        Some("toQueryParameters" | "toODataFilter" | "toODataV3Filter") => {
            Some("status = 'x y' AND owner = 'a+b&c'".to_owned())
        }
        Some(_) => None,
        None if parameter.to == "no-op" && !parameter.required => None,
        None => Some("status = 'x'".to_owned()),
    }
}

fn field(parameter: &Parameter) -> Value {
    match parameter.vendor_data_type.as_str() {
        "boolean" => json!("true"),
        "integer" | "number" | "long" | "float" | "double" => json!("42"),
        _ => json!(HARD),
    }
}

fn body(resource: &Resource) -> Value {
    let schemas = match &resource.model["requestSwagger"] {
        Value::Object(schemas) => Value::Object(schemas.clone()),
        _ => resource.model["swagger"].clone(),
    };
    let made = resource.request_schema().map(|root| shape::value(&schemas, root, 7));
    match made {
        Some(made) if !made.is_string() && !made.is_null() && made != Value::Object(Map::new()) => made,
        _ => {
            json!({"name": "N \u{e4}\"<&>", "count": 3, "open": true, "none": null, "list": [1, "b"], "intA": 4, "intB": 2})
        }
    }
}
