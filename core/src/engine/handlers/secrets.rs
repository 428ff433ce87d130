//! New secrets of users and organizations (spec P 16.18).

use http::StatusCode;
use serde_json::Value;

use super::instances::view::date_text;
use super::people;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::SecretOwner;
use crate::model::account::RotatedSecret;

/// Longest time for which a replaced secret is accepted: a week, in seconds.
const MAX_GRACE_S: i64 = 604_800;
/// Name of the calling user in a path.
const ME: &str = "me";

/// `POST /organizations/me/secret`
pub(crate) async fn rotate_organization(call: &Call) -> Result<Reply, Failure> {
    let caller = call.caller.user()?;
    require(caller.is_organization_administrator())?;
    rotated(call, SecretOwner::Organization(caller.organization_id)).await
}

/// `POST /users/{emailOrId}/secret`: of oneself, or of a user whom the caller administers.
pub(crate) async fn rotate_user(call: &Call) -> Result<Reply, Failure> {
    let caller = call.caller.user()?;
    if call.param("emailOrId") == ME {
        return rotated(call, SecretOwner::User(caller.id)).await;
    }
    let administers = caller.is_administrator_of(caller.account_id);
    let person = match people::find(call).await {
        // Users who administer no one learn nothing about others.
        Err(failure) if !administers && failure.status == StatusCode::NOT_FOUND => {
            return require(false).and(Err(failure));
        }
        found => found?,
    };
    if person.id != caller.id {
        require(administers)?;
        let target = call.engine.store.user(person.id).await?.ok_or_else(people::no_user)?;
        require(caller.is_organization_administrator() || !target.is_organization_administrator())?;
    }
    rotated(call, SecretOwner::User(person.id)).await
}

fn require(is_allowed: bool) -> Result<(), Failure> {
    let refused = || Failure::new(StatusCode::FORBIDDEN, "Insufficient privileges");
    if is_allowed { Ok(()) } else { Err(refused()) }
}

async fn rotated(call: &Call, owner: SecretOwner) -> Result<Reply, Failure> {
    let grace_s = grace_s(&call.json().await?)?;
    let rotated = call.engine.store.rotate_secret(owner, grace_s).await?.ok_or_else(people::no_user)?;
    Reply::json(&RotatedSecret { secret: rotated.secret.expose(), former_until: rotated.former_until_s.map(date_text) })
}

/// Returns the time for which the secret that is replaced is accepted.
fn grace_s(body: &Value) -> Result<i64, Failure> {
    let given = match body {
        Value::Null => return Ok(0),
        Value::Object(members) => members.get("graceSeconds").filter(|grace| !grace.is_null()),
        _ => return Err(Failure::bad_request("the body must be an object")),
    };
    let wrong = || Failure::bad_request(format!("graceSeconds must be a whole number from 0 to {MAX_GRACE_S}"));
    let Some(given) = given else { return Ok(0) };
    given.as_i64().filter(|grace| (0..=MAX_GRACE_S).contains(grace)).ok_or_else(wrong)
}
