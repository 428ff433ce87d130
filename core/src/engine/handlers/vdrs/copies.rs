//! Copies of VDRs into the caller's account or organization.

use serde_json::Value;

use super::super::common_resources::scope;
use super::super::definitions::conflict;
use super::super::level::require;
use super::parts::{Ignored, shared_scope};
use super::{found, shown};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionRow, DefinitionTx, Owner};
use crate::engine::transform::{DefinitionField, Transformation, chain, check_name, merged_fields};

/// `POST /vdrs/{id}/clone`: merges the definition of all levels that the account shares into one of the target level.
pub(crate) async fn clone(call: &Call) -> Result<Reply, Failure> {
    let body = call.json().await?;
    let user = call.caller.user()?;
    let owner = match call.query.filled("level") {
        None | Some("account") => Owner::Account(user.account_id),
        Some("organization") => Owner::Organization(user.organization_id),
        Some(other) => return Err(Failure::bad_request(format!("level must be account or organization, not {other}"))),
    };
    let mut ignored = Ignored::default();
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let (head, rows) = found(call, &mut definition_tx).await?;
    let name = body.get("objectName").and_then(Value::as_str).unwrap_or(&head.name);
    check_name(name).map_err(Failure::bad_request)?;
    if require(user, owner).is_err() {
        ignored.level(owner.level());
        let reply = Reply::json(&shown(&mut definition_tx, scope(call)?, name).await?)?;
        return Ok(ignored.tell(reply));
    }
    let is_new = name != head.name;
    let taken = match is_new {
        true => !definition_tx.visible_definitions(scope(call)?, Some(name)).await?.is_empty(),
        false => definition_tx.definition(owner, name).await?.is_some(),
    };
    if taken {
        return Err(conflict(format!("The VDR {name} exists already at the {} level", owner.level())));
    }
    definition_tx.put_definition(owner, name, &merged(&rows)).await?;
    if is_new {
        definition_tx.describe_vdr(scope(call)?.organization, name, head.description.as_deref()).await?;
    }
    copy_mappings(call, &mut definition_tx, &head.name, owner, name, &mut ignored).await?;
    let reply = Reply::json(&shown(&mut definition_tx, scope(call)?, name).await?)?;
    definition_tx.commit().await?;
    Ok(ignored.tell(reply))
}

/// Merges the fields of all levels. A field of a more specific level replaces that of a higher one.
fn merged(rows: &[DefinitionRow]) -> Vec<DefinitionField> {
    let mut fields: Vec<DefinitionField> = Vec::new();
    for field in rows.iter().flat_map(|row| &row.fields) {
        match fields.iter().position(|known| known.path == field.path) {
            Some(known) => fields[known] = field.clone(),
            None => fields.push(field.clone()),
        }
    }
    fields
}

/// Copies the transformations that the call names, or all of them.
async fn copy_mappings(
    call: &Call,
    definition_tx: &mut DefinitionTx,
    from: &str,
    owner: Owner,
    name: &str,
    ignored: &mut Ignored,
) -> Result<(), Failure> {
    let all = call.query.flag("cloneAllTransformations");
    let keys: Vec<&str> = call.query.all("elementKeys[]").flat_map(|keys| keys.split(',')).map(str::trim).collect();
    let mut rows =
        definition_tx.visible_transformations(shared_scope(call.caller.user()?, None), None, Some(from)).await?;
    rows.sort_by_key(|row| row.element_id);
    for rows in rows.chunk_by(|left, right| left.element_id == right.element_id) {
        let Some(element) = call.element_by_id(rows[0].element_id).await? else { continue };
        let key = element.info().key.to_string();
        if !all && !keys.contains(&key.as_str()) {
            continue;
        }
        let chain = chain(rows.to_vec());
        let Some(first) = chain.first() else { continue };
        if chain.iter().filter(|row| row.body.script.is_some()).count() > 1 {
            ignored
                .part(&format!("A script of {key}"), "a copy has one level, which has one script: the most specific");
        }
        let copy = Transformation {
            fields: merged_fields(&chain).into_iter().map(|(_, field)| field.clone()).collect(),
            script: chain.iter().find_map(|row| row.body.script.clone()),
            ..first.body.clone()
        };
        definition_tx.put_transformation(owner, element.info().id, name, &copy).await?;
    }
    Ok(())
}
