//! The vendor of definitions, and the worked examples of the specification (spec E 11).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use vendor_sim::check::{Asked, Body, Call, Demanded, Request, compare, demanded};
use vendor_sim::{Document, Options, Plan, Resource, Simulator, plan};

const RESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

fn definition(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions").join(name).with_extension("json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn resource<'a>(document: &'a Document, method: &str, path: &str) -> &'a Resource {
    let found = document.resources.iter().find(|resource| resource.method == method && resource.path == path);
    found.unwrap_or_else(|| panic!("no {method} {path}"))
}

fn configuration(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn request(demanded: Demanded) -> Request {
    match demanded {
        Demanded::Request(request) => *request,
        Demanded::Refusal { message, .. } => panic!("{message}"),
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value.as_str()).unwrap()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_first_example_is_demanded() {
    let document = Document::read(&definition("acmedesk"));
    let values = configuration(&[("subdomain", "acme"), ("api.key", "k-1")]);
    let list = resource(&document, "GET", "/tickets");
    let call = Call {
        query: pairs(&[("where", "status='open'")]),
        asked: Asked { page: 2, size: 3, cursor: None },
        ..Call::default()
    };
    let wanted = request(demanded(&document, &values, list, &call));
    assert_eq!(wanted.path, ["api", "tickets.json"]);
    assert_eq!(wanted.query, pairs(&[("status", "open"), ("page", "2"), ("per_page", "3")]));
    assert_eq!(header(&wanted, "authorization"), "Token k-1");
    assert_eq!(header(&wanted, "accept"), "application/json");
    assert_eq!(wanted.body, Body::None);

    let update = resource(&document, "PATCH", "/tickets/{id}");
    let path = BTreeMap::from([("id".to_owned(), "4".to_owned())]);
    let call = Call { path: path.clone(), body: Some(json!({"subject": "x"})), ..Call::default() };
    let wanted = request(demanded(&document, &values, update, &call));
    assert_eq!((wanted.method.as_str(), wanted.path.join("/").as_str()), ("PUT", "api/tickets/4.json"));
    assert_eq!(wanted.body, Body::Json(json!({"ticket": {"subject": "x"}})));
    let Demanded::Refusal { message, .. } = demanded(&document, &values, update, &Call { path, ..Call::default() })
    else {
        panic!("a call without body is refused");
    };
    assert_eq!(message, "required parameter 'body' not found");
}

#[test]
fn the_third_example_is_demanded() {
    let document = Document::read(&definition("soapshop"));
    let values = configuration(&[("username", "ann"), ("password", "a<b"), ("session.id", "S-77")]);
    let login = resource(&document, "POST", "/login");
    let wanted = request(demanded(&document, &values, login, &Call::default()));
    assert_eq!((header(&wanted, "soapaction"), wanted.path.join("/").as_str()), ("Login", "ws"));
    assert_eq!(header(&wanted, "content-type"), "text/xml; charset=utf-8");
    let Body::Xml(text) = &wanted.body else { panic!("{:?}", wanted.body) };
    assert!(text.contains("<User>ann</User><Password>a&lt;b</Password>"), "{text}");
    let one = resource(&document, "GET", "/orders/{id}");
    let call = Call { path: BTreeMap::from([("id".to_owned(), "10042".to_owned())]), ..Call::default() };
    let wanted = request(demanded(&document, &values, one, &call));
    let Body::Xml(text) = &wanted.body else { panic!("{:?}", wanted.body) };
    assert!(wanted.method == "POST" && text.contains("<Session>S-77</Session>") && text.contains("<Id>10042</Id>"));
}

#[test]
fn a_difference_names_the_statement() {
    let document = Document::read(&definition("acmedesk"));
    let values = configuration(&[("subdomain", "acme"), ("api.key", "k-1")]);
    let list = resource(&document, "GET", "/tickets");
    let call = Call { asked: Asked { page: 1, size: 3, cursor: None }, ..Call::default() };
    let wanted = request(demanded(&document, &values, list, &call));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let right = vendor_sim::Entry {
        method: "GET".to_owned(),
        path: "/api/tickets.json".to_owned(),
        query: "page=1&per_page=3".to_owned(),
        headers: vec![
            header("host", "acme.desk.example"),
            header("authorization", "Token k-1"),
            header("accept", "application/json"),
            header("content-type", "application/json"),
        ],
        ..vendor_sim::Entry::default()
    };
    assert_eq!(compare(&wanted, &right), []);
    let rules = |change: &dyn Fn(&mut vendor_sim::Entry)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        compare(&wanted, &wrong).into_iter().map(|difference| difference.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&|entry| entry.query = "per_page=3&page=1".to_owned()), ["E 5.56"]);
    assert_eq!(rules(&|entry| entry.query = "page=1".to_owned()), ["E 5.19"]);
    assert_eq!(rules(&|entry| entry.path = "/api/tickets".to_owned()), ["E 5.54"]);
    assert_eq!(rules(&|entry| entry.body = "{}".to_owned()), ["E 5.64"]);
    assert_eq!(rules(&|entry| entry.headers[1].1 = "Token k-2".to_owned()), ["E 5.10"]);
    assert_eq!(rules(&|entry| entry.headers.push(header("cookie", "x"))), ["E 5.62"]);
    assert_eq!(rules(&|entry| entry.method = "POST".to_owned()), ["E 1.39"]);
}

/// Sends what a resource demands, as an engine without faults would.
async fn send(simulator: &Simulator, resource: &Resource, call: &Call) -> (u16, Value, http::HeaderMap) {
    let (document, values) = (simulator.document(), simulator.configuration());
    let wanted = request(demanded(&document, &values, resource, call));
    let encode = |text: &str| percent_encoding::utf8_percent_encode(text, RESERVED).to_string();
    let path: Vec<String> = wanted.path.iter().map(|part| encode(part)).collect();
    let query: Vec<String> =
        wanted.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let url = format!("{}/{}?{}", simulator.url(), path.join("/"), query.join("&"));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut builder = client.request(wanted.method.parse().unwrap(), url);
    for (name, value, _) in &wanted.headers {
        builder = builder.header(name, value);
    }
    let answer = match &wanted.body {
        Body::Json(value) => builder.body(value.to_string()),
        Body::Xml(text) | Body::Text(text) => builder.body(text.clone()),
        _ => builder,
    };
    let answer = answer.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)), headers)
}

async fn start(name: &str, options: Options) -> Simulator {
    // A second test of this process finds the provider already there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Simulator::start(&definition(name), options).await.unwrap()
}

#[tokio::test]
async fn a_list_ends_and_records_are_written() {
    let simulator = start("acmedesk", Options::default()).await;
    let document = simulator.document();
    let list = resource(&document, "GET", "/tickets");
    let mut ids = Vec::new();
    for page in 1..=3 {
        let call = Call { asked: Asked { page, size: 10, cursor: None }, ..Call::default() };
        let (status, body, _) = send(&simulator, list, &call).await;
        assert_eq!(status, 200, "{body}");
        ids.extend(body["tickets"].as_array().unwrap().iter().map(|ticket| ticket["id"].clone()));
    }
    assert_eq!((ids.len(), &ids[0], &ids[22]), (23, &json!("r-0001"), &json!("r-0023")));
    let create = resource(&document, "POST", "/tickets");
    let call = Call { body: Some(json!({"subject": "made"})), ..Call::default() };
    let (status, made, _) = send(&simulator, create, &call).await;
    assert_eq!((status, &made["ticket"]["subject"]), (201, &json!("made")));
    let path = BTreeMap::from([("id".to_owned(), made["ticket"]["id"].as_str().unwrap().to_owned())]);
    let one = resource(&document, "GET", "/tickets/{id}");
    let call = Call { path, ..Call::default() };
    assert_eq!(send(&simulator, one, &call).await.1["ticket"]["subject"], "made");
    assert_eq!(send(&simulator, resource(&document, "DELETE", "/tickets/{id}"), &call).await.0, 204);
    assert_eq!(send(&simulator, one, &call).await.0, 404);
    let entry = simulator.requests().pop().unwrap();
    assert_eq!((entry.status, entry.resource), (404, Some(one.position)));
}

#[tokio::test]
async fn cursors_are_where_the_definition_looks() {
    let simulator = start("cursors", Options::default()).await;
    let document = simulator.document();
    let call = Call { asked: Asked { page: 1, size: 10, cursor: None }, ..Call::default() };
    let (_, body, _) = send(&simulator, resource(&document, "GET", "/members"), &call).await;
    let cursor = body["page"]["next"].as_str().unwrap().to_owned();
    assert_eq!(body["page"]["rows"].as_array().unwrap().len(), 9, "the maximum");
    let more = Call { asked: Asked { page: 2, size: 100, cursor: Some(cursor) }, ..Call::default() };
    let (status, body, _) = send(&simulator, resource(&document, "GET", "/members"), &more).await;
    assert_eq!((status, &body["page"]["rows"][0]["id"]), (200, &json!("r-0010")));
    let (_, _, headers) = send(&simulator, resource(&document, "GET", "/links"), &call).await;
    assert!(headers["link"].to_str().unwrap().contains("rel=\"next\""));
    let (_, body, _) = send(&simulator, resource(&document, "GET", "/whole-addresses"), &call).await;
    assert!(body["meta"]["next_url"].as_str().unwrap().starts_with(simulator.url()));
}

#[tokio::test]
async fn tokens_are_needed_and_expire() {
    let simulator = start("tokens", Options { token_calls: 2, ..Options::default() }).await;
    let document = simulator.document();
    let login = resource(&document, "POST", "/provisionAuthValidation");
    let (status, body, headers) = send(&simulator, login, &Call::default()).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["session"]["token"].is_string() && headers.contains_key("x-csrf"));
    let list = resource(&document, "GET", "/things");
    let call = Call { asked: Asked { page: 1, size: 5, cursor: None }, ..Call::default() };
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(send(&simulator, list, &call).await.0);
    }
    assert_eq!(statuses, [200, 200, 401]);
}

#[tokio::test]
async fn faults_hit_what_they_say() {
    let simulator = start("pages", Options::default()).await;
    let document = simulator.document();
    let list = resource(&document, "GET", "/things");
    let page = |page| Call { asked: Asked { page, size: 5, cursor: None }, ..Call::default() };
    simulator
        .add_faults(&json!([
            {"match": {"page": 2}, "times": 1, "fault": {"type": "rate_limit", "retry_after": 7}},
            {"match": {"page": 2, "nth": 1}, "fault": {"type": "repeated_page"}},
            {"match": {"page": 3, "method": "GET"}, "times": 1, "fault": {"type": "html"}},
        ]))
        .unwrap();
    let (_, first, _) = send(&simulator, list, &page(1)).await;
    let (status, _, headers) = send(&simulator, list, &page(2)).await;
    assert_eq!((status, headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(send(&simulator, list, &page(2)).await.1, first);
    assert_ne!(send(&simulator, list, &page(2)).await.1, first);
    let (status, body, headers) = send(&simulator, list, &page(3)).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html"));
    assert!(body.as_str().unwrap().starts_with("<html>"));
    assert!(simulator.add_faults(&json!({"fault": {"type": "flood"}})).is_err());
}

/// Every call that a definition here is tried with has an answer when it is made as the rules demand.
#[tokio::test]
async fn what_is_demanded_is_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let mut answered = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let simulator = start(&name, Options::default()).await;
        let document = simulator.document();
        for login in document.resources.iter().filter(|resource| resource.kind == "provisionAuthValidation") {
            assert_eq!(send(&simulator, login, &Call::default()).await.0, 200, "{name}");
        }
        if document.authentication.starts_with("oauth2") {
            continue;
        }
        let (wrapped, values) = (&document, simulator.configuration());
        for resource in &document.resources {
            let Plan::Call(call) = plan(wrapped, resource) else { continue };
            if let Demanded::Refusal { .. } = demanded(wrapped, &values, resource, &call) {
                continue;
            }
            let (status, body, _) = send(&simulator, resource, &call).await;
            let entry = simulator.requests().pop().unwrap();
            assert!(status < 300, "{name} {} {}: {status} {body} {entry:?}", resource.method, resource.path);
            assert!(entry.resource.is_some(), "{name} {entry:?}");
            answered += 1;
        }
    }
    assert!(answered > 80, "{answered} calls");
}
