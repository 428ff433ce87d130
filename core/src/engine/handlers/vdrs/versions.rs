//! The version of VDRs that an organization uses. Both versions are views of the same definitions, so a change of it
//! converts nothing.

use http::StatusCode;

use super::super::level::require;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::Owner;

/// `PUT /vdrs/upgrade/v2`
pub(crate) async fn upgrade(call: &Call) -> Result<Reply, Failure> {
    set(call, "v2").await
}

/// `DELETE /vdrs/upgrade/v2`
pub(crate) async fn roll_back(call: &Call) -> Result<Reply, Failure> {
    set(call, "v1").await
}

async fn set(call: &Call, version: &str) -> Result<Reply, Failure> {
    let user = call.caller.user()?;
    let own = user.organization_id.to_string();
    if call.query.all("orgIds[]").flat_map(|ids| ids.split(',')).any(|id| id.trim() != own) {
        let message = "Another organization needs an administrator of the platform";
        return Err(Failure::new(StatusCode::FORBIDDEN, message));
    }
    require(user, Owner::Organization(user.organization_id))?;
    call.engine.store.set_vdr_version(user.organization_id, version).await?;
    Ok(Reply::empty())
}
