//! Transformations at their levels (spec P 9.5).

use super::definitions::{NO_DEFINITION, conflict};
use super::level::{Level, check_role, require, types};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionTx, Owner, Scope, TransformationRow};
use crate::engine::transform::{Shape, Transformation, Types, chain, check_name, merged_fields, transformation_view};
use crate::model::{self, ByName};

pub(super) const NO_TRANSFORMATION: &str = "No transformation found";
const NO_TRANSFORMATIONS: &str = "No transformations found";

/// `GET …/transformations`: all transformations by object name.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let own = definition_tx.transformations(level.owner, level.element_id()?).await?;
    if own.is_empty() {
        return Err(Failure::not_found(NO_TRANSFORMATIONS));
    }
    let mut items = Vec::with_capacity(own.len());
    for row in own {
        let merged = merged_view(&mut definition_tx, level.scope, &row, types(call)).await?;
        items.push((row.name, merged));
    }
    Reply::json(&ByName { items })
}

/// `DELETE …/transformations`
pub(crate) async fn delete_all(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    if definition_tx.delete_transformations(level.owner, Some(level.element_id()?), None).await? == 0 {
        return Err(Failure::not_found(NO_TRANSFORMATIONS));
    }
    definition_tx.commit().await?;
    Ok(Reply::empty())
}

/// `GET …/transformations/{name}`: a transformation with its inherited fields.
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let row = definition_tx.transformation(level.owner, level.element_id()?, call.param("name")).await?;
    let row = row.ok_or_else(|| Failure::not_found(NO_TRANSFORMATION))?;
    Reply::json(&merged_view(&mut definition_tx, level.scope, &row, types(call)).await?)
}

/// `POST …/transformations/{name}`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    store(call, false).await
}

/// `PUT …/transformations/{name}`
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    store(call, true).await
}

async fn store(call: &Call, replaces: bool) -> Result<Reply, Failure> {
    check_role(call)?;
    let name = call.param("name");
    check_name(name).map_err(Failure::bad_request)?;
    let new = Transformation::read(name, &call.json_object().await?).map_err(Failure::bad_request)?;
    let level = Level::of(call).await?;
    let element_id = level.element_id()?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let known = definition_tx.transformation(level.owner, element_id, name).await?;
    match (&known, replaces) {
        (None, true) => return Err(Failure::not_found(NO_TRANSFORMATION)),
        (Some(_), false) => {
            let message = format!("The transformation {name} exists already at the {} level", level.owner.level());
            return Err(conflict(message));
        }
        (Some(known), true) => check_engine(known, &new)?,
        (None, false) => {}
    }
    let shape = visible_shape(&mut definition_tx, level.scope, name).await?;
    if let Some(path) = new.undefined_field(&shape) {
        return Err(Failure::bad_request(format!("Field {path} is not defined")));
    }
    definition_tx.put_transformation(level.owner, element_id, name, &new).await?;
    let row = stored(&mut definition_tx, level.owner, element_id, name).await?;
    definition_tx.commit().await?;
    let fields = row.body.fields.iter().map(|field| (row.owner, field));
    Reply::json(&transformation_view(&row, fields, &shape, types(call)))
}

/// `DELETE …/transformations/{name}`; for an instance, `propagate=true` also deletes those of higher levels.
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let (level, name) = (Level::of(call).await?, call.param("name"));
    let element_id = level.element_id()?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    if definition_tx.delete_transformations(level.owner, Some(element_id), Some(name)).await? == 0 {
        return Err(Failure::not_found(NO_TRANSFORMATION));
    }
    if matches!(level.owner, Owner::Instance(_)) && call.query.flag("propagate") {
        for owner in
            level.scope.account.map(Owner::Account).into_iter().chain([Owner::Organization(level.scope.organization)])
        {
            require(call.caller.user()?, owner)?;
            definition_tx.delete_transformations(owner, Some(element_id), Some(name)).await?;
        }
    }
    definition_tx.commit().await?;
    Ok(Reply::empty())
}

/// Rejects a transformation that reverts to the older script engine (spec P 9.12).
pub(super) fn check_engine(known: &TransformationRow, new: &Transformation) -> Result<(), Failure> {
    if new.is_legacy && !known.body.is_legacy {
        return Err(Failure::bad_request("A transformation of script engine v2 cannot be changed to v1"));
    }
    Ok(())
}

/// Returns the visible fields of an object in a scope, or 404 if no visible level defines it.
async fn visible_shape(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<Shape, Failure> {
    let rows = definition_tx.visible_definitions(scope, Some(name)).await?;
    if rows.is_empty() { Err(Failure::not_found(NO_DEFINITION)) } else { Ok(Shape::of(&rows)) }
}

pub(super) async fn stored(
    definition_tx: &mut DefinitionTx,
    owner: Owner,
    element_id: i64,
    name: &str,
) -> Result<TransformationRow, Failure> {
    let row = definition_tx.transformation(owner, element_id, name).await?;
    row.ok_or_else(|| Failure::not_found(NO_TRANSFORMATION))
}

/// Returns a transformation with the fields it inherits.
async fn merged_view(
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    row: &TransformationRow,
    types: Types,
) -> Result<model::Transformation, Failure> {
    let definitions = definition_tx.visible_definitions(scope, Some(&row.name)).await?;
    let rows = definition_tx.visible_transformations(scope, Some(row.element_id), Some(&row.name)).await?;
    let chain = chain(rows);
    Ok(transformation_view(row, merged_fields(&chain), &Shape::of(&definitions), types))
}
