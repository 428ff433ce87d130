//! The paths below `/__sim`, as the simulator of BrightTALK has them, for tests in other processes.

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::server::Shared;
use crate::admin::{bytes, json_answer, refused};
use crate::body::plain;
use crate::server::pairs;

/// Responds to an admin call.
pub(super) async fn answer(shared: &Shared, what: &str, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let method = request.method().clone();
    let body: Value = serde_json::from_slice(&bytes(request).await).unwrap_or_default();
    match (method.as_str(), what) {
        ("GET", "requests") => {
            let since = query.iter().find(|(name, _)| name == "since").and_then(|(_, number)| number.parse().ok());
            json_answer(json!(shared.journal.since(since.unwrap_or(0))))
        }
        ("GET", "records") => {
            let object = query.iter().find(|(name, _)| name == "object").map_or("accounts", |(_, object)| object);
            json_answer(json!(shared.records(object)))
        }
        ("GET", "tokens") => json_answer(json!(shared.state().tokens.issued())),
        ("POST", "expire") => {
            shared.state().tokens.expire();
            json_answer(json!({}))
        }
        ("GET", "faults") => json_answer(shared.faults.json()),
        ("POST", "faults") => match shared.add_faults(&body) {
            Ok(ids) => json_answer(json!({ "ids": ids })),
            Err(error) => refused(error),
        },
        ("DELETE", "faults") => {
            shared.faults.remove(None);
            json_answer(json!({}))
        }
        ("POST", "advance") => match shared.advance(&body) {
            Ok(()) => json_answer(json!({})),
            Err(error) => refused(error),
        },
        ("POST", "reset") => {
            shared.reset();
            json_answer(json!({}))
        }
        _ => plain(http::StatusCode::NOT_FOUND),
    }
}
