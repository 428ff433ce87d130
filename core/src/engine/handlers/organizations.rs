//! The caller's organization (spec P 11).

use serde_json::json;

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;

/// `GET /organizations/me` (spec P 11.1).
pub(crate) async fn me(call: &Call) -> Result<Reply, Failure> {
    let organization = call.caller.organization.as_ref().ok_or_else(Failure::unauthorized)?;
    Reply::json(&json!({
        "id": organization.id,
        "name": organization.name,
        "secret": organization.secret.expose(),
        "vdrVersion": "v1",
        "active": true,
    }))
}
