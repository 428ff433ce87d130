//! Answers of the vendor, by the resource that a request belongs to.

use serde_json::{Value, json};

use crate::document::{Parameter, Resource};
use crate::journal::Entry;
use crate::page::{self, Slice};
use crate::route::Found;
use crate::template::{Part, parts};
use crate::vendor::Vendor;
use crate::{dotted, shape, xml};

/// An answer before faults.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub media: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The page, for lists.
    pub page: Option<u64>,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Self { status, media: "application/json".to_owned(), headers: Vec::new(), body, page: None }
    }

    pub fn refusal(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"message": message}))
    }
}

/// Content of an answer, before it is wrapped.
struct Content {
    value: Value,
    next: Option<String>,
    page: Option<u64>,
    status: u16,
}

impl Content {
    fn of(value: Value) -> Self {
        Self { value, next: None, page: None, status: 200 }
    }
}

pub(crate) fn answer(vendor: &mut Vendor, found: &Found<'_>, entry: &Entry) -> Answer {
    let resource = found.resource;
    if let Some(media) = resource.file_type() {
        return file(media, &entry.path);
    }
    let content = match content(vendor, found, entry) {
        Ok(content) => content,
        Err(answer) => return answer,
    };
    let is_xml = is_xml(entry);
    let mut headers = Vec::new();
    let mut body = match &resource.response_root {
        Some(root) if !content.value.is_null() => dotted::wrapped(content.value, root),
        _ => content.value,
    };
    if let Some(next) = content.next {
        put_next(vendor, resource, entry, &next, &mut body, &mut headers);
    }
    store(vendor, resource, &mut body, &mut headers);
    let mut answer = Answer::json(content.status, &body);
    if is_xml && !body.is_null() {
        answer.body = xml::document(&body);
        answer.media =
            if entry.header("soapaction").is_some() { "text/xml; charset=utf-8" } else { "application/xml" }.to_owned();
    }
    Answer { headers, page: content.page, ..answer }
}

/// Returns a file whose content is its path.
fn file(media: &str, path: &str) -> Answer {
    let name = path.rsplit('/').next().unwrap_or_default();
    let headers = vec![("content-disposition".to_owned(), format!("attachment; filename=\"{name}\""))];
    Answer { media: media.to_owned(), headers, body: format!("\u{0}{path}\n"), ..Answer::json(200, &Value::Null) }
}

/// Returns whether the vendor answers with XML: the request has it, or accepts nothing else.
fn is_xml(entry: &Entry) -> bool {
    let says = |name: &str| entry.header(name).is_some_and(|value| value.contains("xml"));
    says("accept") || says("content-type")
}

/// Returns the values of the placeholders in a part of the caller's path, as the vendor got them.
fn given(found: &Found<'_>, entry: &Entry, path: &str) -> Vec<String> {
    let names = parts(path).into_iter().filter_map(|part| if let Part::Hole(name) = part { Some(name) } else { None });
    let value = |name: String| {
        let is_it = |parameter: &&Parameter| parameter.from == "path" && parameter.name == name;
        let parameter = found.resource.parameters.iter().find(is_it);
        let inner = parameter.map_or(name.as_str(), |parameter| parameter.vendor_name.as_str());
        let captured = found.captures.iter().find(|(known, _)| known == inner).map(|(_, value)| value.clone());
        captured.or_else(|| page::sent(found.resource, parameter?, entry)).unwrap_or_default()
    };
    names.map(value).collect()
}

/// Returns the name of the list that a resource reads or writes, with the values of what is above it.
fn collection(found: &Found<'_>, entry: &Entry) -> String {
    let path = &found.resource.path;
    let above = if found.resource.is_by_id() { path.rsplit_once('/').map_or("", |(above, _)| above) } else { path };
    format!("{above} {}", given(found, entry, above).join(" "))
}

fn content(vendor: &mut Vendor, found: &Found<'_>, entry: &Entry) -> Result<Content, Answer> {
    let resource = found.resource;
    let list = collection(found, entry);
    let id = given(found, entry, &resource.path).pop().unwrap_or_default();
    let belongs = vendor.has_list(resource);
    match resource.method.as_str() {
        "GET" if resource.is_list() => page_of(vendor, resource, &list, entry),
        "GET" if resource.is_by_id() && belongs => {
            let key = vendor.document.primary_key(resource);
            let record = vendor.records(&list, resource).iter().find(|record| text(&record[&key]) == id).cloned();
            record.map(Content::of).ok_or_else(|| Answer::refusal(404, &format!("there is no {id}")))
        }
        "DELETE" => {
            if resource.is_by_id() && belongs && !vendor.remove(&list, resource, &id) {
                return Err(Answer::refusal(404, &format!("there is no {id}")));
            }
            Ok(Content { status: 204, ..Content::of(Value::Null) })
        }
        "POST" if belongs && !resource.is_by_id() && resource.is_callable() => {
            Ok(Content { status: 201, ..Content::of(vendor.create(&list, resource, sent(resource, entry))) })
        }
        "PUT" | "PATCH" if belongs && resource.is_by_id() => {
            let record = vendor.change(&list, resource, &id, sent(resource, entry));
            record.map(Content::of).ok_or_else(|| Answer::refusal(404, &format!("there is no {id}")))
        }
        _ => {
            if resource.parameters.iter().any(|parameter| parameter.response) {
                return Ok(Content::of(json!({})));
            }
            let schemas = &resource.model["swagger"];
            let made =
                resource.root_schema().map(|root| shape::value(schemas, root, 1)).filter(|made| !made.is_string());
            Ok(Content::of(made.unwrap_or_else(|| json!({"ok": true, "path": entry.path}))))
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the record that a request brings.
fn sent(resource: &Resource, entry: &Entry) -> Value {
    let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    resource.request_root.as_deref().and_then(|root| dotted::get(&body, root)).unwrap_or(&body).clone()
}

fn page_of(vendor: &mut Vendor, resource: &Resource, list: &str, entry: &Entry) -> Result<Content, Answer> {
    let slice = page::slice(&vendor.document, &vendor.configuration, resource, entry);
    let Slice { start, size, by_cursor, page } = slice.map_err(|why| Answer::refusal(400, &why))?;
    // A root element cannot occur twice, so a list below none has one record.
    let is_single = is_xml(entry) && resource.response_root.as_deref().is_none_or(|root| !root.contains('.'));
    let all = vendor.records(list, resource);
    let all = if is_single { &all[..all.len().min(1)] } else { all };
    let part: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    let end = start.saturating_add(size);
    let next = (by_cursor && end < all.len()).then(|| page::cursor(end));
    let value = if is_single { part.into_iter().next().unwrap_or_default() } else { Value::Array(part) };
    Ok(Content { value, next, page: Some(page), status: 200 })
}

/// Puts the next cursor where the definition looks for it (spec E 6.5).
fn put_next(
    vendor: &Vendor,
    resource: &Resource,
    entry: &Entry,
    next: &str,
    body: &mut Value,
    headers: &mut Vec<(String, String)>,
) {
    let name = ["nextPage", "page"].iter().find_map(|name| resource.parameter(name));
    let name = name.map_or("cursor", |parameter| parameter.vendor_name.as_str());
    let with = |name: &str| {
        let others = entry.parameters().into_iter().filter(|(known, _)| known != name);
        let all = std::iter::once((name.to_owned(), next.to_owned())).chain(others);
        let all: Vec<String> = all.map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value))).collect();
        format!("{}{}?{}", vendor.origin, entry.path, all.join("&"))
    };
    let Some(key) = &resource.next_page_key else {
        if body.is_array() || body.get(name).is_some() {
            headers.push(("link".to_owned(), format!("<{}>; rel=\"next\"", with(name))));
        } else {
            dotted::add(body, name, json!(next));
        }
        return;
    };
    let (place, query) = key.split_once('?').map_or((key.as_str(), None), |(place, query)| (place, Some(query)));
    let is_address = ["url", "href", "link"].iter().any(|word| place.to_lowercase().ends_with(word));
    let value = match query {
        Some(query) => with(query),
        None if is_address => with(name),
        None => next.to_owned(),
    };
    match place.strip_prefix("header.") {
        Some(header) => headers.push((header.to_lowercase(), value)),
        None => dotted::add(body, place.strip_prefix("body.").unwrap_or(place), json!(value)),
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Puts the values into an answer that the definition stores, and stores them here too (spec E 5.77).
fn store(vendor: &mut Vendor, resource: &Resource, body: &mut Value, headers: &mut Vec<(String, String)>) {
    let stored = resource.parameters.iter().filter(|parameter| parameter.response && parameter.from == "configuration");
    for parameter in stored {
        let lifetime = vendor.options.lifetime();
        let token = vendor.tokens.issue("session", lifetime);
        if parameter.to == "header" {
            headers.push((parameter.vendor_name.to_lowercase(), token.clone()));
        } else {
            if !body.is_object() {
                *body = json!({});
            }
            dotted::add(body, &parameter.vendor_name, json!(token));
        }
        vendor.configuration.insert(parameter.name.clone(), token);
    }
}
