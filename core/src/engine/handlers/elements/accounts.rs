//! Accounts that may use an element (spec E 2.23).

use super::documented;
use super::editing::{edit, require_writer};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::people::{NO_ACCOUNT, account_view};
use crate::engine::reply::Reply;

/// `GET /elements/{keyOrId}/accounts`: empty if all accounts may use the element.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let accounts = documented(call).await?.map(|(head, _)| head.accounts).unwrap_or_default();
    shown(call, &accounts).await
}

/// `PUT /elements/{keyOrId}/accounts/{accountId}`
pub(crate) async fn add(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let id = call.id_param("accountId", NO_ACCOUNT)?;
    let organization = call.caller.user()?.organization_id;
    if !call.engine.store.definition_tx().await?.has_account(organization, id).await? {
        return Err(Failure::not_found(NO_ACCOUNT));
    }
    let edited = edit(call, |head, _| {
        if !head.accounts.contains(&id) {
            head.accounts.push(id);
        }
        Ok(())
    });
    shown(call, &edited.await?.head.accounts).await
}

/// `DELETE /elements/{keyOrId}/accounts/{accountId}`
pub(crate) async fn remove(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let id = call.id_param("accountId", NO_ACCOUNT)?;
    let edited = edit(call, |head, _| {
        let position = head.accounts.iter().position(|account| *account == id);
        head.accounts.remove(position.ok_or_else(|| Failure::not_found(NO_ACCOUNT))?);
        Ok(())
    });
    shown(call, &edited.await?.head.accounts).await
}

async fn shown(call: &Call, accounts: &[i64]) -> Result<Reply, Failure> {
    let rows = call.engine.store.accounts(call.caller.user()?.organization_id).await?;
    let rows = rows.iter().filter(|row| accounts.contains(&row.id));
    Reply::json(&rows.map(account_view).collect::<Vec<_>>())
}
