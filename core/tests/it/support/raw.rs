//! Raw calls of an engine with one instance.

use std::path::Path;
use std::time::Duration;

use brighttalk_sim::Simulator;
use elementkit::body::{self, Body};
use elementkit::engine::{Engine, EngineOptions};
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use super::subject::{Subject, with_elements};

/// An engine and the token of its instance.
pub struct World {
    pub engine: Engine,
    pub token: String,
    pub instance_id: i64,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl World {
    /// Creates an instance that keeps people without an address.
    pub async fn new(options: EngineOptions) -> Self {
        Self::with(options, json!({"brighttalk.bulkignore.emailnotpresent": "false"})).await
    }

    /// Creates an instance with more configuration.
    pub async fn with(options: EngineOptions, more: Value) -> Self {
        let mut configuration =
            json!({"brighttalk.api.key": "1", "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF"});
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Self::of(options, "brighttalk", configuration).await
    }

    /// Creates an instance of an element whose vendor is at this address.
    pub async fn over(subject: Subject, options: EngineOptions, url: &str) -> Self {
        let configuration: Map<String, Value> =
            subject.configuration(url).into_iter().map(|(key, value)| (key, Value::String(value))).collect();
        Self::of(with_elements(options), subject.key(), Value::Object(configuration)).await
    }

    /// Creates an instance of an element with this configuration.
    pub async fn of(options: EngineOptions, element: &str, configuration: Value) -> Self {
        let engine = Engine::open(options).await.unwrap();
        let new = json!({"element": {"key": element}, "name": "x", "configuration": configuration});
        let authorization = format!("User {}, Organization {}", super::USER, super::ORGANIZATION);
        let answer = call(&engine, "POST /instances", &authorization, &[], new.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let made = answer.json();
        let token = made["token"].as_str().unwrap().to_owned();
        Self { engine, token, instance_id: made["id"].as_i64().unwrap() }
    }

    /// Reopens the engine with the same instance.
    pub async fn again(self, options: EngineOptions) -> Self {
        Self { engine: Engine::open(options).await.unwrap(), ..self }
    }

    pub async fn on(folder: &Path, simulator: &Simulator) -> Self {
        Self::new(super::engine_options(folder, simulator)).await
    }

    pub fn authorization(&self) -> String {
        format!("User {}, Element {}", super::USER, self.token)
    }

    pub async fn call(&self, line: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        call(&self.engine, line, &self.authorization(), headers, body.into()).await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(&format!("GET {path}"), headers, "").await
    }

    /// Reads up to the head of the response.
    pub async fn begin(&self, path: &str) -> Response<Body> {
        begin(&self.engine, &format!("GET {path}"), &self.authorization(), &[], String::new()).await
    }

    /// Starts a query job. Returns its id.
    pub async fn query(&self, statement: &str) -> String {
        let path: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
        let answer = self.call(&format!("POST /bulk/query?q={path}"), &[], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn status(&self, job: &str) -> Value {
        self.get(&format!("/bulk/{job}/status"), &[]).await.json()
    }

    /// Waits until the status matches `wanted`, and returns it; fails after two minutes.
    pub async fn until(&self, job: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        for _ in 0..6000 {
            status = self.status(job).await;
            if wanted(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never came: {status}");
    }

    /// Waits for the end of a job. Returns its last status.
    pub async fn ended(&self, job: &str) -> Value {
        self.until(job, |status| status["completionTime"].is_number()).await
    }

    /// Returns the result in a format.
    pub async fn result(&self, job: &str, object: &str, accept: &str) -> Answer {
        let answer = self.get(&format!("/bulk/{job}/{object}"), &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }
}

/// Makes one call.
pub async fn call(engine: &Engine, line: &str, authorization: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let (parts, body) = begin(engine, line, authorization, headers, body).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Makes one call up to the head of its response.
async fn begin(
    engine: &Engine,
    line: &str,
    authorization: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Response<Body> {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).header("authorization", authorization);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    let request = request.uri(format!("/elements/api-v2{path}")).body(body::full(body)).unwrap();
    engine.answer(request).await
}
