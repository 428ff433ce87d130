//! The caller's organization (spec P 11).

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::model::account::Organization;

/// `GET /organizations/me` (spec P 11.1).
pub(crate) async fn me(call: &Call) -> Result<Reply, Failure> {
    let organization = call.caller.organization.as_ref().ok_or_else(Failure::unauthorized)?;
    Reply::json(&Organization {
        id: organization.id,
        name: &organization.name,
        secret: organization.secret.expose(),
        vdr_version: &call.engine.store.vdr_version(organization.id).await?,
        active: true,
    })
}
