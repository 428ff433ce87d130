//! The contract scenarios, in-process and over a socket (tests/scenarios/README.md).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use elementkit::engine::{Bootstrap, Engine};
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support;
use crate::support::described::Described;
use crate::support::log::Log;
use crate::support::pattern::{Values, check, fill};
use crate::support::process::ran_alone;
use crate::support::subject::{Simulated, skip_scenarios, testbed};

/// Transport of the calls.
enum Way {
    InProcess(Engine),
    Socket(reqwest::Client, String),
}

/// A response as patterns see it.
struct Seen {
    status: u16,
    headers: Value,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_scenarios_pass_in_process() {
    if ran_alone("contract_scenarios::contract_scenarios_pass_in_process") {
        return;
    }
    run_all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_scenarios_pass_over_a_socket() {
    if ran_alone("contract_scenarios::contract_scenarios_pass_over_a_socket") {
        return;
    }
    run_all(true).await;
}

async fn run_all(socket: bool) {
    let scenarios = support::scenarios("contract");
    assert!(!scenarios.is_empty());
    skip_scenarios("contract", &scenarios);
    let log = Log::of_process();
    let mut canaries = support::canaries();
    let mut failures = Vec::new();
    let mut missing: Option<BTreeSet<_>> = None;
    for (name, scenario) in scenarios {
        eprintln!("contract scenario {name}, {}", if socket { "socket" } else { "in-process" });
        let folder = tempfile::tempdir().unwrap();
        let (simulator, mut options, credentials) = match scenario.get("testbed") {
            Some(given) => testbed(given, folder.path()).await,
            None => {
                let simulator = support::simulator(&scenario).await;
                let options = support::engine_options(folder.path(), &simulator);
                (Simulated::Brighttalk(simulator), options, Value::Null)
            }
        };
        support::set_options(&mut options, &scenario);
        let engine = Engine::open(options).await.unwrap();
        let other = engine.create_organization("Other", &Bootstrap::default()).await.unwrap();
        let way = if socket {
            Way::Socket(reqwest_client(), support::serve(engine.clone()).await)
        } else {
            Way::InProcess(engine.clone())
        };
        let mut described = way.described().await;
        let mut values = Values::from([
            ("key".to_owned(), json!("1")),
            ("secret".to_owned(), json!("0123456789ABCDEF0123456789ABCDEF")),
            ("user".to_owned(), json!(support::USER)),
            ("organization".to_owned(), json!(support::ORGANIZATION)),
            ("otherUser".to_owned(), json!(other.user_secret.expose())),
            ("otherOrganization".to_owned(), json!(other.organization_secret.expose())),
            ("simulator".to_owned(), json!(simulator.url())),
            ("testbed".to_owned(), credentials),
        ]);
        for (number, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            canaries.add_those_of(&step["body"]);
            if let Err(error) = run_step(&way, &simulator, step, &mut values, &mut described).await {
                failures.push(format!("{name}, step {} ({}): {error}", number + 1, step["call"]));
                break;
            }
        }
        // The documents of the other engines lack the calls of the testbed.
        if scenario.get("testbed").is_none() {
            let left = described.missing();
            let both = |missing: BTreeSet<_>| missing.intersection(&left).cloned().collect();
            missing = Some(missing.map_or_else(|| left.clone(), both));
        }
        canaries.add_those_of(&json!(values));
        engine.close().await;
    }
    assert!(failures.is_empty(), "{} scenarios fail:\n{}", failures.len(), failures.join("\n"));
    support::search_log(log, &canaries);
    let missing = missing.unwrap_or_default();
    assert!(
        missing.is_empty() || std::env::var_os("SCENARIO").is_some(),
        "no scenario makes these calls: {missing:#?}"
    );
}

async fn run_step(
    way: &Way,
    simulator: &Simulated,
    step: &Value,
    values: &mut Values,
    described: &mut Described,
) -> Result<(), String> {
    let step = fill(step, values);
    if let Some(rules) = step.get("faults") {
        simulator.clear_faults();
        return simulator.add_faults(rules).map(drop);
    }
    let before = simulator.requests().len();
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut seen = way.send(&step).await;
    if let Some(until) = step.get("until") {
        while check(until, Some(&seen.json()), "").is_err() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
            seen = way.send(&step).await;
        }
    }
    if let Some(name) = step.get("as").and_then(Value::as_str) {
        let mut stored = seen.json();
        for (member, header) in [("$next", "elements-next-page-token"), ("$trace", "elements-trace-id")] {
            let Some(value) = seen.headers.get(header) else { continue };
            if !stored.is_object() {
                stored = json!({});
            }
            stored[member] = value.clone();
        }
        values.insert(name.to_owned(), stored);
    }
    let expect = &step["expect"];
    if let Some(calls) = expect.get("vendorCalls") {
        let made = simulator.requests().len() - before;
        check(calls, Some(&json!(made)), "vendorCalls")?;
    }
    let mut result = check(&expect["status"], Some(&json!(seen.status)), "status");
    result = result.and(seen.is_as(described, &step));
    if let Some(headers) = expect.get("headers") {
        result = result.and(check(headers, Some(&seen.headers), "headers"));
    }
    if let Some(body) = expect.get("body") {
        result = result.and(check(body, Some(&seen.json()), "body"));
    }
    if let Some(text) = expect.get("text") {
        result = result.and(check(text, Some(&json!(seen.text)), "text"));
    }
    result.map_err(|error| format!("{error}\nanswer: {} {}\n{}", seen.status, seen.headers, seen.text))
}

impl Way {
    async fn send(&self, step: &Value) -> Seen {
        let (method, path) = step["call"].as_str().unwrap().split_once(' ').unwrap();
        let mut request = Request::builder().method(method);
        let authorization = match step.get("auth") {
            None => Some(format!("User {}, Organization {}", support::USER, support::ORGANIZATION)),
            Some(Value::Object(auth)) => {
                Some(format!("User {}, Element {}", support::USER, auth["element"].as_str().unwrap()))
            }
            Some(Value::String(word)) if word == "organization" => {
                Some(format!("User {}, Organization {}", support::USER, support::ORGANIZATION))
            }
            Some(Value::String(word)) if word == "none" => None,
            Some(header) => Some(header.as_str().unwrap().to_owned()),
        };
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in step.get("headers").and_then(Value::as_object).into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap());
        }
        let raw = step.get("raw").and_then(Value::as_str).map(str::to_owned);
        let typed = step.get("headers").is_some_and(|headers| headers.get("content-type").is_some());
        let body = raw.or_else(|| step.get("body").map(ToString::to_string));
        if body.is_some() && !typed {
            request = request.header("content-type", "application/json");
        }
        let request = request.uri(format!("/elements/api-v2{path}")).body(body).unwrap();
        self.carry(request).await
    }

    /// Returns the document's description of the calls.
    async fn described(&self) -> Described {
        let request = Request::get("/openapi.json").body(None).unwrap();
        Described::by(self.carry(request).await.json())
    }

    async fn carry(&self, request: Request<Option<String>>) -> Seen {
        match self {
            Self::InProcess(engine) => {
                let request = request.map(|body| body.map_or_else(elementkit::body::empty, elementkit::body::full));
                let (parts, body) = engine.answer(request).await.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                Seen::of(&Response::from_parts(parts, ()), &bytes)
            }
            Self::Socket(client, origin) => {
                let (parts, body) = request.into_parts();
                let mut call = client.request(parts.method, format!("{origin}{}", parts.uri)).headers(parts.headers);
                if let Some(body) = body {
                    call = call.body(body);
                }
                let answer = call.send().await.unwrap();
                let mut response = Response::new(());
                *response.status_mut() = answer.status();
                *response.headers_mut() = answer.headers().clone();
                Seen::of(&response, &answer.bytes().await.unwrap())
            }
        }
    }
}

impl Seen {
    fn of(response: &Response<()>, body: &[u8]) -> Self {
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect();
        Self {
            status: response.status().as_u16(),
            headers: Value::Object(headers),
            text: String::from_utf8_lossy(body).into_owned(),
        }
    }

    fn is_as(&self, described: &mut Described, step: &Value) -> Result<(), String> {
        let (method, path) = step["call"].as_str().unwrap().split_once(' ').unwrap();
        let kind = self.headers["content-type"].as_str().unwrap_or_default();
        described.check(method, path, self.status, kind, &self.text)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

fn reqwest_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
