//! Object definitions at their levels (spec P 9.3).

use http::StatusCode;
use serde_json::{Map, Value};

use super::level::{Level, check_role, types};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionRow, DefinitionTx, Owner};
use crate::engine::transform::{DefinitionField, Types, check_name, definition_view};
use crate::model::{ByName, ObjectDefinition};

pub(super) const NO_DEFINITION: &str = "No object definition found";
const NO_DEFINITIONS: &str = "No object definitions found";

/// `GET L/objects/definitions`
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    // The vendor provides no templates.
    let rows = if call.query.flag("systemOnly") {
        Vec::new()
    } else {
        call.engine.store.definition_tx().await?.definitions(level.owner).await?
    };
    if rows.is_empty() {
        return Err(Failure::not_found(NO_DEFINITIONS));
    }
    Reply::json(&by_name(&rows, types(call)))
}

/// `POST L/objects/definitions`: creates all definitions or none.
pub(crate) async fn create_all(call: &Call) -> Result<Reply, Failure> {
    check_role(call)?;
    let body = call.json_object().await?;
    let wanted = definitions_of(&body)?;
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let mut rows = Vec::with_capacity(wanted.len());
    for (name, fields) in &wanted {
        rows.push(insert(&mut definition_tx, level.owner, name, fields).await?);
    }
    definition_tx.commit().await?;
    Reply::json(&by_name(&rows, types(call)))
}

/// `DELETE L/objects/definitions`
pub(crate) async fn delete_all(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    for row in definition_tx.definitions(level.owner).await? {
        refuse_mapped(&mut definition_tx, level.owner, &row.name).await?;
    }
    if definition_tx.delete_definitions(level.owner, None).await? == 0 {
        return Err(Failure::not_found(NO_DEFINITIONS));
    }
    definition_tx.commit().await?;
    Ok(Reply::empty())
}

/// `GET L/objects/{name}/definitions`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let level = Level::of(call).await?;
    let row = call.engine.store.definition_tx().await?.definition(level.owner, call.param("name")).await?;
    Reply::json(&definition_view(&row.ok_or_else(|| Failure::not_found(NO_DEFINITION))?, types(call)))
}

/// `POST L/objects/{name}/definitions`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    check_role(call)?;
    let name = call.param("name");
    check_name(name).map_err(Failure::bad_request)?;
    let fields = fields_of(&call.json_object().await?)?;
    let level = Level::of(call).await?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let row = insert(&mut definition_tx, level.owner, name, &fields).await?;
    definition_tx.commit().await?;
    Reply::json(&definition_view(&row, types(call)))
}

/// `PUT L/objects/{name}/definitions`
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    check_role(call)?;
    let fields = fields_of(&call.json_object().await?)?;
    let (level, name) = (Level::of(call).await?, call.param("name"));
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let row = definition_tx.definition(level.owner, name).await?.ok_or_else(|| Failure::not_found(NO_DEFINITION))?;
    definition_tx.put_definition(level.owner, name, &fields).await?;
    definition_tx.commit().await?;
    Reply::json(&definition_view(&DefinitionRow { fields, ..row }, types(call)))
}

/// `DELETE L/objects/{name}/definitions`
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let (level, name) = (Level::of(call).await?, call.param("name"));
    let mut definition_tx = call.engine.store.change_definitions().await?;
    if definition_tx.delete_definitions(level.owner, Some(name)).await? == 0 {
        return Err(Failure::not_found(NO_DEFINITION));
    }
    refuse_mapped(&mut definition_tx, level.owner, name).await?;
    definition_tx.commit().await?;
    Ok(Reply::empty())
}

/// `PATCH L/objects/{name}`: renames the definition and its transformations of this level.
pub(crate) async fn rename(call: &Call) -> Result<Reply, Failure> {
    check_role(call)?;
    let body = call.json_object().await?;
    let new = new_name(&body, "objectName")?;
    let (level, name) = (Level::of(call).await?, call.param("name"));
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let row = definition_tx.definition(level.owner, name).await?.ok_or_else(|| Failure::not_found(NO_DEFINITION))?;
    if new != name {
        refuse_taken(&mut definition_tx, level.owner, new).await?;
        definition_tx.rename(level.owner, name, new).await?;
    }
    definition_tx.commit().await?;
    Reply::json(&definition_view(&DefinitionRow { name: new.to_owned(), ..row }, types(call)))
}

/// Returns the new name in the body of a rename.
pub(super) fn new_name<'a>(body: &'a Map<String, Value>, member: &str) -> Result<&'a str, Failure> {
    let missing = || Failure::bad_request(format!("{member} is required"));
    let new = body.get(member).and_then(Value::as_str).ok_or_else(missing)?;
    check_name(new).map_err(Failure::bad_request)?;
    Ok(new)
}

/// Rejects a name that the level already uses for a definition or a transformation.
pub(super) async fn refuse_taken(definition_tx: &mut DefinitionTx, owner: Owner, name: &str) -> Result<(), Failure> {
    if definition_tx.definition(owner, name).await?.is_some()
        || definition_tx.has_transformations(owner, Some(name)).await?
    {
        return Err(conflict(format!("{name} exists already at the {} level", owner.level())));
    }
    Ok(())
}

fn fields_of(body: &Map<String, Value>) -> Result<Vec<DefinitionField>, Failure> {
    DefinitionField::read_all(body.get("fields")).map_err(Failure::bad_request)
}

/// Parses a body keyed by name. A member `level` is ignored: backups of other platforms contain the level of all.
fn definitions_of(body: &Map<String, Value>) -> Result<Vec<(&str, Vec<DefinitionField>)>, Failure> {
    let members = body.iter().filter(|(name, value)| *name != "level" || value.is_object());
    let definition = |(name, value): (&'_ String, &Value)| -> Result<Vec<DefinitionField>, Failure> {
        check_name(name).map_err(Failure::bad_request)?;
        let body = value.as_object().ok_or_else(|| Failure::bad_request(format!("{name} must be an object")))?;
        fields_of(body)
    };
    let wanted: Vec<_> = members
        .map(|member| definition(member).map(|fields| (member.0.as_str(), fields)))
        .collect::<Result<_, Failure>>()?;
    if wanted.is_empty() { Err(Failure::bad_request("The body names no object definition")) } else { Ok(wanted) }
}

async fn insert(
    definition_tx: &mut DefinitionTx,
    owner: Owner,
    name: &str,
    fields: &[DefinitionField],
) -> Result<DefinitionRow, Failure> {
    if definition_tx.definition(owner, name).await?.is_some() {
        return Err(conflict(format!("The object definition {name} exists already at the {} level", owner.level())));
    }
    definition_tx.put_definition(owner, name, fields).await?;
    definition_tx.definition(owner, name).await?.ok_or_else(|| Failure::not_found(NO_DEFINITION))
}

/// Rejects the deletion of a definition that the same level maps.
async fn refuse_mapped(definition_tx: &mut DefinitionTx, owner: Owner, name: &str) -> Result<(), Failure> {
    if definition_tx.has_transformations(owner, Some(name)).await? {
        return Err(conflict(format!(
            "The object definition {name} has a transformation at the {} level",
            owner.level()
        )));
    }
    Ok(())
}

fn by_name(rows: &[DefinitionRow], types: Types) -> ByName<ObjectDefinition> {
    let items = rows.iter().map(|row| (row.name.clone(), definition_view(row, types)));
    ByName { items: items.collect() }
}

pub(super) fn conflict(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::CONFLICT, message)
}
