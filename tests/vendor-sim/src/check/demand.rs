//! The request that a call demands (spec E 5.1, steps 5 to 9).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::address::{Filling, Query, address};
use super::body::{Parts, typed};
use super::headers::{Headers, is_platforms};
use super::literal::{Piece, Place, Tokens, filled, joined, template};
use super::{Call, Context, Demanded, Request, convert, paging, plain};
use crate::document::{Document, Parameter, Resource};
use crate::{dotted, journal};

/// Returns what a call of a resource demands in an instance with this configuration.
pub fn demanded(
    document: &Document,
    configuration: &BTreeMap<String, String>,
    resource: &Resource,
    call: &Call,
) -> Demanded {
    let context = Context { document, configuration, resource, call };
    if let Some(refusal) = missing(&context) {
        return refusal;
    }
    let mut request = Making::default();
    let tokens = tokens(&context);
    let globals = document.parameters.len();
    for (position, parameter) in document.parameters_of(resource).enumerate() {
        if !parameter.response {
            request.apply(&context, parameter, &tokens, position >= globals);
        }
    }
    let (path, query) = match address(&context, &request.path, request.query) {
        Ok(address) => address,
        Err(refusal) => return refusal,
    };
    let media = request.content_type.as_deref();
    let body = request.body.finished(&context, &tokens, media);
    let headers = request.headers.finished(&context, &body);
    Demanded::Request(Box::new(Request { method: resource.vendor_method.clone(), path, query, headers, body }))
}

/// Returns the refusal of a call without a required value (spec E 5.51, 5.52).
fn missing(context: &Context<'_>) -> Option<Demanded> {
    let exempt = ["configuration", "value", "customValue", "prevBody", "prevBodyField"];
    let asked = context.document.parameters_of(context.resource).filter(|parameter| {
        let is_paging = matches!(parameter.name.as_str(), "page" | "pageSize" | "nextPage");
        parameter.required && !parameter.response && !exempt.contains(&parameter.from.as_str()) && !is_paging
    });
    let mut absent = asked.filter(|parameter| value(context, parameter).is_none());
    let name = &absent.next()?.name;
    let message = format!("required parameter '{name}' not found");
    Some(Demanded::Refusal { status: 400, message, rule: "E 5.51" })
}

/// Returns the value of a parameter that is no literal (spec E 5.12 to 5.18).
fn value(context: &Context<'_>, parameter: &Parameter) -> Option<Value> {
    let Call { path, query, headers, body, form, .. } = context.call;
    let name = parameter.name.as_str();
    let named = |pairs: &[(String, String)]| {
        let mut all: Vec<Value> =
            pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| json!(value)).collect();
        match all.len() {
            0 => None,
            1 => all.pop(),
            _ => Some(Value::Array(all)),
        }
    };
    match parameter.from.as_str() {
        "configuration" => context.configured(name).map(|value| json!(value)),
        "header" if is_platforms(name) => None,
        "header" => {
            let pair = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            pair.map(|(_, value)| json!(value))
        }
        "path" => path.get(name).map(|value| json!(value)),
        "query" => paging::value(context, name).unwrap_or_else(|| named(query)),
        "body" => body.clone(),
        "bodyField" => body.as_ref().and_then(|body| dotted::get(body, name)).cloned(),
        "form" | "multipart" | "file" => {
            let file = context.call.files.iter().find(|(known, ..)| known == name);
            let file = file.map(|(_, _, text)| json!(text));
            let other = || body.as_ref().and_then(|body| body.get(name)).cloned().or_else(|| named(query));
            file.or_else(|| named(form)).or_else(|| if form.is_empty() { other() } else { None })
        }
        _ => None,
    }
}

/// Returns the tokens of templates.
fn tokens(context: &Context<'_>) -> Tokens {
    let mut tokens = Tokens::default();
    for name in ["page", "pageSize", "nextPage"] {
        if let Some(Some(value)) = paging::value(context, name) {
            tokens.named.insert(name.to_owned(), value);
        }
    }
    if let Some((_, search)) = context.call.query.iter().find(|(name, _)| name == "where") {
        tokens.named.insert("where".to_owned(), json!(search));
    }
    let parameters = context.document.parameters_of(context.resource);
    for parameter in parameters.filter(|parameter| !parameter.response && parameter.to == "bodyToken") {
        let name = parameter.vendor_name.clone();
        if parameter.from == "body" {
            tokens.bodies.push(name);
            continue;
        }
        tokens.declared.push(name.clone());
        let value = if parameter.is_literal() {
            filled(context, &parameter.name).map(|pieces| json!(joined(&pieces)))
        } else {
            value(context, parameter)
        };
        tokens.named.extend(value.map(|value| (name, value)));
    }
    tokens
}

#[derive(Default)]
struct Making {
    path: BTreeMap<String, Option<Filling>>,
    query: Query,
    headers: Headers,
    content_type: Option<String>,
    body: Parts,
}

impl Making {
    fn apply(&mut self, context: &Context<'_>, parameter: &Parameter, tokens: &Tokens, is_own: bool) {
        if parameter.is_literal() {
            return self.literal(context, parameter, tokens, is_own);
        }
        let given = value(context, parameter);
        if parameter.to == "path" {
            let is_open = parameter.from == "configuration";
            let filling = given.map(|value| Filling { text: plain(&value), is_open });
            let known = self.path.entry(parameter.vendor_name.clone()).or_default();
            if filling.is_some() {
                *known = filling;
            }
            return;
        }
        let Some(given) = given else { return };
        if let Some(converter) = parameter.converter() {
            return self.converted(converter, parameter, &plain(&given));
        }
        self.put(parameter, given);
    }

    fn put(&mut self, parameter: &Parameter, given: Value) {
        let name = parameter.vendor_name.as_str();
        match parameter.to.as_str() {
            "query" => {
                for (name, value) in convert::members(&given, name) {
                    self.query.add(&name, value);
                }
            }
            "header" => self.header(name, plain(&given), false, "E 5.21"),
            "body" if parameter.from == "body" => self.body.whole = Some(given),
            "body" if matches!(parameter.from.as_str(), "multipart" | "file") => self.body.file = Some(plain(&given)),
            "body" => self.body.whole = Some(given),
            "bodyField" => self.body.fields.push((name.to_owned(), typed(given, &parameter.vendor_data_type))),
            "form" => match given {
                Value::Object(members) => {
                    let given = members.iter().filter(|(_, value)| !value.is_null());
                    given.for_each(|(name, value)| self.body.set_form(name, plain(value)));
                }
                other => self.body.set_form(name, plain(&other)),
            },
            "multipart" | "file" => self.body.multipart.push((name.to_owned(), plain(&given))),
            _ => {}
        }
    }

    fn converted(&mut self, converter: &str, parameter: &Parameter, search: &str) {
        match (converter, parameter.to.as_str()) {
            ("toQueryParameters", "query") => {
                convert::pairs(search).into_iter().for_each(|(name, value)| self.query.add(&name, value));
            }
            ("toODataFilter" | "toODataV3Filter", "query") => self.query.add("$filter", convert::odata(search)),
            _ => {}
        }
    }

    fn header(&mut self, name: &str, value: String, is_own_literal: bool, rule: &'static str) {
        if name.eq_ignore_ascii_case("content-type") {
            self.content_type = Some(value.clone());
            self.headers.own_type = is_own_literal;
        }
        self.headers.set(name, value, rule);
    }

    fn literal(&mut self, context: &Context<'_>, parameter: &Parameter, tokens: &Tokens, is_own: bool) {
        let name = parameter.vendor_name.as_str();
        if parameter.to == "body" {
            self.body.literal = Some(parameter.name.clone());
            return;
        }
        let pieces = match parameter.to.as_str() {
            "query" => template(context, &parameter.name, tokens, Place::Plain),
            _ => filled(context, &parameter.name),
        };
        let Some(pieces) = pieces else { return };
        match parameter.to.as_str() {
            "query" => self.query.add(name, ready(&pieces)),
            "path" => {
                self.path.insert(name.to_owned(), Some(Filling { text: ready(&pieces), is_open: false }));
            }
            "header" => self.header(name, joined(&pieces), is_own, "E 5.10"),
            "bodyField" => {
                let value = typed(json!(joined(&pieces)), &parameter.vendor_data_type);
                self.body.fields.push((name.to_owned(), value));
            }
            "form" => self.body.set_form(name, joined(&pieces)),
            "multipart" | "file" => self.body.multipart.push((name.to_owned(), joined(&pieces))),
            _ => {}
        }
    }
}

/// Returns a literal of a query, decoded: its own `%XX` is ready, that of values is not (spec E 5.37).
fn ready(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| if piece.is_value { piece.text.clone() } else { journal::decoded(&piece.text) }).collect()
}
