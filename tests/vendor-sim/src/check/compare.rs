//! Comparison of a request with the demanded one.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::{Body, Request};
use crate::journal::{self, Entry};

/// A difference, with the statement that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Statement of the specification.
    pub rule: &'static str,
    /// Expected and actual.
    pub text: String,
}

/// Headers that a client may add by itself.
const TRANSPORT: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent", "traceparent", "te"];

/// Compares a request with the demanded one.
pub fn compare(expected: &Request, entry: &Entry) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |rule: &'static str, expected: String, actual: String| {
        differences.push(Difference { rule, text: format!("expected {expected}\n      got {actual}") });
    };
    if expected.method != entry.method {
        differs("E 1.39", expected.method.clone(), entry.method.clone());
    }
    let parts = entry.path.trim_start_matches('/').split('/').map(journal::decoded).collect::<Vec<_>>();
    if path(&expected.path) != path(&parts) {
        differs("E 5.54", format!("path {:?}", expected.path), format!("{:?}", entry.path));
    }
    let query = entry.parameters();
    if expected.query != query {
        let mut sorted = [expected.query.clone(), query.clone()];
        sorted.iter_mut().for_each(|pairs| pairs.sort());
        let rule = if sorted[0] == sorted[1] { "E 5.56" } else { "E 5.19" };
        differs(rule, format!("query {:?}", expected.query), format!("{query:?} ({})", entry.query));
    }
    for (name, value, rule) in &expected.headers {
        let actual = entry.header(name);
        // A value that ends with an ellipsis is the beginning of the header.
        let start = value.strip_suffix('…').or((value == "multipart/form-data").then_some(value.as_str()));
        let fits = |actual: &str| actual == value || start.is_some_and(|start| actual.starts_with(start));
        if !actual.is_some_and(fits) {
            differs(rule, format!("header {name}: {value}"), format!("{actual:?}"));
        }
    }
    for (name, value) in &entry.headers {
        let is_known = TRANSPORT.contains(&name.as_str()) || expected.headers.iter().any(|(known, ..)| known == name);
        if !is_known {
            differs("E 5.62", format!("no header {name}"), value.clone());
        }
    }
    if let Some((rule, expected, actual)) = body(&expected.body, entry) {
        differs(rule, expected, actual);
    }
    differences
}

/// An address without a path is that with an empty one.
fn path(parts: &[String]) -> Vec<String> {
    if parts == [String::new()] { Vec::new() } else { parts.to_vec() }
}

fn body(expected: &Body, entry: &Entry) -> Option<(&'static str, String, String)> {
    let actual = entry.body.as_str();
    let (rule, is_equal) = match expected {
        Body::None => ("E 5.64", actual.is_empty()),
        Body::Json(value) => ("E 5.63", serde_json::from_str::<Value>(actual).is_ok_and(|actual| actual == *value)),
        Body::File(text) => ("E 5.30", text == actual),
        Body::Text(text) => ("E 5.48", text == actual || json(text).is_some() && json(text) == json(actual)),
        Body::Xml(text) => ("E 5.48", events(text).is_some() && events(text) == events(actual)),
        Body::Form(fields) => ("E 5.25", *fields == journal::parameters(&actual.replace('+', "%20"))),
        Body::Multipart(parts) => ("E 5.26", parts.iter().all(|part| has_part(part, actual)) & !actual.is_empty()),
    };
    (!is_equal).then(|| (rule, format!("body {expected:?}"), actual.to_owned()))
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn has_part((name, text): &(String, String), body: &str) -> bool {
    let head = format!("name=\"{name}\"");
    body.split("--").any(|part| part.contains(&head) & part.trim_end().ends_with(text.trim_end()))
}

/// Returns what a document says: names, attributes and texts, without declaration and blanks between elements.
fn events(text: &str) -> Option<Vec<String>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut events: Vec<String> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(events.into_iter().filter(|event| !event.trim().is_empty()).collect()),
            Event::Start(start) => events.push(format!("<{}", &*start)),
            Event::End(end) => events.push(format!("</{}", &*end)),
            Event::Text(text) => add(&mut events, &text),
            Event::GeneralRef(name) => add(&mut events, &format!("&{};", &*name)),
            Event::CData(data) => add(&mut events, &data),
            _ => {}
        }
    }
}

/// Joins texts that belong together, so that references do not divide them.
fn add(events: &mut Vec<String>, text: &str) {
    let plain = text.replace("&quot;", "\"").replace("&apos;", "'");
    match events.last_mut() {
        Some(last) if !last.starts_with("<") => last.push_str(&plain),
        _ => events.push(plain),
    }
}
