//! The paths below `/__sim` (spec BT 3.6).

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body::plain;
use crate::handler::{Asked, Reader};
use crate::overlay::Advance;
use crate::server::{Shared, pairs, rules};

/// A step of the clock, at once or after a page was served.
#[derive(Deserialize)]
pub(crate) struct Step {
    #[serde(flatten)]
    pub advance: Advance,
    pub during: Option<During>,
}

/// The page after which a step happens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct During {
    pub path: String,
    pub page: u64,
}

/// Responds to an admin call.
pub(crate) async fn answer(shared: &Shared, what: &str, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let method = request.method().clone();
    match (method.as_str(), what.split_once('/').unwrap_or((what, ""))) {
        ("GET", ("config", _)) => json_answer(shared.json()),
        ("GET", ("stats", _)) => match value("list") {
            Some(list) => count(shared, &list),
            None => json_answer(json!(shared.stats())),
        },
        ("GET", ("open", _)) => json_answer(json!(shared.open())),
        ("GET", ("requests", _)) => {
            let since = value("since").and_then(|number| number.parse().ok()).unwrap_or(0);
            json_answer(json!(shared.journal.since(since)))
        }
        ("GET", ("faults", _)) => json_answer(shared.faults.json()),
        ("POST", ("faults", _)) => match rules(&bytes(request).await) {
            Ok(rules) => json_answer(json!({"ids": shared.faults.add(rules)})),
            Err(error) => refused(error),
        },
        ("DELETE", ("faults", "")) => {
            shared.faults.remove(None);
            json_answer(json!({}))
        }
        ("DELETE", ("faults", id)) => match id.parse() {
            Ok(id) => {
                shared.faults.remove(Some(id));
                json_answer(json!({}))
            }
            Err(_) => plain(StatusCode::NOT_FOUND),
        },
        ("POST", ("advance", _)) => match serde_json::from_slice(&bytes(request).await) {
            Ok(step) => {
                shared.step(step);
                json_answer(json!({"now": shared.now().to_string()}))
            }
            Err(error) => refused(error.to_string()),
        },
        ("POST", ("reset", _)) => {
            shared.reset();
            json_answer(json!({}))
        }
        _ => plain(StatusCode::NOT_FOUND),
    }
}

/// Returns the body of an admin call.
pub(crate) async fn bytes(request: Request) -> axum::body::Bytes {
    axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default()
}

/// Returns the exact number of records of a list, given by its path and filters.
fn count(shared: &Shared, list: &str) -> Response {
    let (path, query) = list.split_once('?').unwrap_or((list, ""));
    let query = pairs(query);
    let world = shared.world();
    let reader = Reader { world: &world, config: &shared.config, second_key: false, query: &query };
    match reader.read(path) {
        Ok(Asked::Page(page)) => json_answer(json!({"count": world.count(page.list, &page.filters)})),
        Ok(_) => json_answer(json!({"count": 1})),
        Err(refusal) => with_status(StatusCode::NOT_FOUND, json!({"error": refusal.message})),
    }
}

/// Returns the response to a call that is wrong.
pub(crate) fn refused(error: String) -> Response {
    with_status(StatusCode::BAD_REQUEST, json!({"error": error}))
}

/// Returns a response with JSON.
pub(crate) fn json_answer(value: Value) -> Response {
    with_status(StatusCode::OK, value)
}

fn with_status(status: StatusCode, value: Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
