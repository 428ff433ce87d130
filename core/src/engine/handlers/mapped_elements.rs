//! The elements that an object definition is mapped to (spec P 9.3).

use super::definitions::NO_DEFINITION;
use super::level::Level;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{Instances, Owner, Scope};
use crate::model::{MappedElement, NamedAccount, NamedElement};

/// `GET L/objects/{name}/transformations`: an entry for each element and level that is visible from the level.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let (level, name) = (Level::of(call).await?, call.param("name"));
    let user = call.caller.user()?;
    let account = level.scope.account.unwrap_or(user.account_id);
    let scope = match level.owner {
        Owner::Instance(_) => level.scope,
        _ => Scope { account: Some(account), instances: Instances::OfAccount, ..level.scope },
    };
    let mut definition_tx = call.engine.store.definition_tx().await?;
    definition_tx.definition(level.owner, name).await?.ok_or_else(|| Failure::not_found(NO_DEFINITION))?;
    let mut rows = definition_tx.visible_transformations(scope, None, Some(name)).await?;
    drop(definition_tx);
    rows.sort_by_key(|row| (row.element_id, row.owner.rank()));
    rows.dedup_by_key(|row| (row.element_id, row.owner.rank()));
    if rows.is_empty() {
        return Err(Failure::not_found("No transformations found"));
    }
    let accounts = call.engine.store.accounts(user.organization_id).await?;
    let account = accounts.iter().find(|known| known.id == account);
    let mut elements = Vec::with_capacity(rows.len());
    for row in &rows {
        elements.extend(call.element_by_id(row.element_id).await?.map(|element| (element, row)));
    }
    let views = elements.iter().filter_map(|(element, row)| {
        let (info, account) = (element.info(), account?);
        Some(MappedElement {
            id: info.id,
            key: &info.key,
            name: &info.name,
            vendor_name: &row.body.vendor_name,
            level: row.owner.level(),
            element: NamedElement { id: info.id, key: &info.key, name: &info.name },
            account: NamedAccount { id: account.id, name: &account.name },
        })
    });
    Reply::json(&views.collect::<Vec<_>>())
}
