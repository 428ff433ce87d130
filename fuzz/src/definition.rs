//! Elements that are documents: slices of JSON pages, XML answers, and requests from hostile input.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use elementkit::element::PathValues;
use elementkit::elements::definition::document::Definition;
use elementkit::elements::definition::json::{Path, Target, find};
use elementkit::elements::definition::request::{Input, InputBody, build};
use elementkit::elements::definition::settings::Settings;
use elementkit::elements::definition::xml::{document_of, to_json};
use serde_json::{Value, json};

/// Splits the first line off.
fn line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// Finds the list below a root key, which is the first line. Slices are JSON, and those that serde_json finds.
pub fn slices(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (key, page) = line(text);
    let found = find(page, &Path::of(key));
    let Ok(value) = serde_json::from_str::<Value>(page) else { return };
    let found = found.expect("serde_json reads it, so it is JSON and not too deep");
    let read =
        |range: &std::ops::Range<usize>| serde_json::from_str::<Value>(&page[range.clone()]).expect("a slice is JSON");
    match &found.target {
        Some(Target::One(range)) => assert!(!read(range).is_array()),
        Some(Target::List(items)) => items.iter().for_each(|range| drop(read(range))),
        None => {}
    }
    if !key.contains(['.', '[']) && !key.trim().is_empty() {
        let wanted = value.get(key.trim());
        let slices = match &found.target {
            Some(Target::One(range)) => Some(read(range)),
            Some(Target::List(items)) => Some(items.iter().map(read).collect()),
            None => None,
        };
        assert_eq!(slices.as_ref(), wanted);
    }
}

/// Converts XML to JSON, and the JSON back.
pub fn xml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(json) = to_json(text) else { return };
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value.as_object().map(serde_json::Map::len), Some(1));
    if let Ok(written) = document_of(&json) {
        to_json(&written).expect("XML");
    }
}

const SECRET: &str = "s3cret-value";

static DEFINITION: LazyLock<Definition> = LazyLock::new(|| {
    let own = json!({
        "name": "x", "authentication": {"type": "none"},
        "configuration": [{"key": "base.url", "defaultValue": "https://{site}.vendor.example/api"}, {"key": "site", "defaultValue": "acme"}],
        "resources": [{"method": "POST", "path": "/t/{id}", "vendorPath": "/t/{id}/{q}/end?k={q}", "parameters": [
            {"type": "path", "name": "id", "vendorName": "id", "vendorType": "path"},
            {"type": "query", "name": "q", "vendorName": "q", "vendorType": "path"},
            {"type": "query", "name": "q", "vendorName": "site", "vendorType": "path"},
            {"type": "query", "name": "q", "vendorName": "q", "vendorType": "query"},
            {"type": "value", "name": "${query.q} ${path.id}", "vendorName": "l", "vendorType": "query"},
            {"type": "query", "name": "q", "vendorName": "t", "vendorType": "bodyToken"},
            {"type": "body", "name": "body", "vendorName": "all", "vendorType": "bodyToken"},
            {"type": "value", "name": "{\"a\": {t}, \"b\": \"{t}\", \"c\": \"{x.y}\", \"d\": ${query.q}}", "vendorName": "body", "vendorType": "body"},
        ]}],
    });
    Definition::read(&own).expect("a definition")
});

/// Fills every place of a request with values; the first line is the id, the second the query, the rest the body. The
/// host stays, no secret appears, and a JSON template stays JSON.
pub fn request(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (id, rest) = line(text);
    let (query, body) = line(rest);
    let values = BTreeMap::from([("secret".to_owned(), SECRET.to_owned())]);
    let path: PathValues = [("id".to_owned(), id.to_owned())].into_iter().collect();
    let query = [("q".to_owned(), query.to_owned())];
    let is_json = find(body, &Path::default()).is_ok();
    let body = if is_json { InputBody::Json(body.to_owned()) } else { InputBody::Empty };
    let settings = Settings::new(&DEFINITION, &values);
    let input = Input { path: &path, query: &query, body: &body, ..Input::empty(settings) };
    let Ok(built) = build(&DEFINITION.resources[0], &input) else { return };
    let url = &built.request.url;
    assert_eq!(url.host_str(), Some("acme.vendor.example"));
    assert_eq!(url.path_segments().map(Iterator::count), Some(5), "{url}");
    assert!(url.path().starts_with("/api/t/") && url.path().ends_with("/end"), "{url}");
    let sent = String::from_utf8_lossy(&built.request.body);
    assert!(!sent.contains(SECRET) && !url.as_str().contains(SECRET));
    find(&sent, &Path::default()).expect("the template stays JSON");
}
