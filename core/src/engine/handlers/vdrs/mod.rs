//! VDRs of version 2 (spec P 9.10). A VDR is the definitions and transformations of one name at all levels that the
//! caller sees; nothing but ids and a description is stored for it (decision 14).

pub(crate) mod copies;
pub(crate) mod mappings;
mod parts;
pub(crate) mod snippets;
pub(crate) mod transfer;
pub(crate) mod versions;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::common_resources::{drop_fields, follow_paths, scope};
use super::definitions::conflict;
use super::level::require;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::matching::matching;
use crate::engine::paging::page;
use crate::engine::reply::{Reply, names};
use crate::engine::store::{DefinitionRow, DefinitionTx, Owner, Scope, VdrRow, micros_text};
use crate::engine::transform::{DefinitionField, Types, check_name};
use crate::model::FieldDefinition;
use crate::model::vdr::VdrView;
use crate::record::Kind;
use parts::{Ignored, default_owner, place};

const NO_VDR: &str = "No VDR found";

/// Names that conditions on lists may use.
const COLUMNS: [(&str, Kind); 4] =
    [("id", Kind::Int), ("objectName", Kind::Text), ("description", Kind::Text), ("createdDate", Kind::Text)];

/// A field of a request with the id that it names.
type Asked = (Option<i64>, DefinitionField);

/// `GET /vdrs`: all of them, unless the call asks for a page.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let scope = scope(call)?;
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let mut views = Vec::new();
    // The vendor provides no templates.
    if !call.query.flag("systemOnly") {
        let known = definition_tx.vdrs(scope.organization).await?;
        let rows = definition_tx.visible_definitions(scope, None).await?;
        for rows in rows.chunk_by(|left, right| left.name == right.name) {
            let head = known.iter().find(|head| head.name == rows[0].name);
            let view = view(&mut definition_tx, rows, head).await?;
            views.push(serde_json::to_value(view).unwrap_or_default());
        }
    }
    let views = matching(call, views, &COLUMNS)?;
    if call.query.filled("pageSize").is_some() || call.query.filled("nextPage").is_some() {
        return page(call, &views);
    }
    Ok(Reply::json(&views)?.header(names::RETURNED_COUNT, views.len()))
}

/// `GET /vdrs/{id}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let (head, rows) = found(call, &mut definition_tx).await?;
    Reply::json(&view(&mut definition_tx, &rows, Some(&head)).await?)
}

/// `POST /vdrs`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let name = body.get("objectName").and_then(Value::as_str);
    let name = name.ok_or_else(|| Failure::bad_request("objectName is required"))?;
    check_name(name).map_err(Failure::bad_request)?;
    let (user, scope) = (call.caller.user()?, scope(call)?);
    let mut ignored = Ignored::default();
    let asked = asked(call, body.get("fields"), &mut ignored).await?;
    let is_empty = asked.is_empty() && body.get("fields").and_then(Value::as_array).is_none_or(Vec::is_empty);
    let mut wanted = ignored.permitted(user, asked);
    if is_empty {
        match default_owner(user).filter(|_| !call.query.flag("systemOnly")) {
            Some(owner) => drop(wanted.insert(owner, Vec::new())),
            None => ignored.part("A VDR without fields", "it belongs to no level that the caller may write"),
        }
    }
    let mut definition_tx = call.engine.store.change_definitions().await?;
    if !definition_tx.visible_definitions(scope, Some(name)).await?.is_empty() {
        return Err(conflict(format!("The VDR {name} exists already")));
    }
    for (owner, fields) in wanted {
        let fields: Vec<DefinitionField> = fields.into_iter().map(|(_, field)| field).collect();
        definition_tx.put_definition(owner, name, &fields).await?;
    }
    describe(&mut definition_tx, scope, name, &body).await?;
    let reply = Reply::json(&shown(&mut definition_tx, scope, name).await?)?;
    definition_tx.commit().await?;
    Ok(ignored.tell(reply))
}

/// `PUT /vdrs/{id}`: each level that the caller may write gets exactly the fields that the body has for it.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let (user, scope) = (call.caller.user()?, scope(call)?);
    let mut ignored = Ignored::default();
    let asked = asked(call, body.get("fields"), &mut ignored).await?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let (head, rows) = found(call, &mut definition_tx).await?;
    let name = renamed(call, &mut definition_tx, &head, &body, &mut ignored).await?;
    if body.get("fields").is_some_and(|fields| !fields.is_null()) {
        let unchanged = |owner: &Owner, fields: &[Asked]| {
            let row = rows.iter().find(|row| row.owner == *owner);
            let shown = |field: &DefinitionField| field.view(Types::All);
            row.is_some_and(|row| row.fields.iter().map(shown).eq(fields.iter().map(|(_, field)| shown(field))))
        };
        let asked =
            asked.into_iter().filter(|(owner, fields)| require(user, *owner).is_ok() || !unchanged(owner, fields));
        let wanted = ignored.permitted(user, asked.collect());
        for (owner, fields) in &wanted {
            put_fields(&mut definition_tx, scope, *owner, &name, fields).await?;
        }
        drop_others(call, &mut definition_tx, scope, &name, &wanted).await?;
    }
    describe(&mut definition_tx, scope, &name, &body).await?;
    let reply = Reply::json(&shown(&mut definition_tx, scope, &name).await?)?;
    definition_tx.commit().await?;
    Ok(ignored.tell(reply))
}

/// `DELETE /vdrs/{id}`: deletes the parts that the caller may write, and so the VDR unless others remain.
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let (head, _) = found(call, &mut definition_tx).await?;
    let mut ignored = Ignored::default();
    let owners = owners(&mut definition_tx, scope(call)?, &head.name).await?;
    let owners = owners.into_iter().map(|owner| (owner, ())).collect();
    for owner in ignored.permitted(call.caller.user()?, owners).into_keys() {
        definition_tx.delete_transformations(owner, None, Some(&head.name)).await?;
        definition_tx.delete_definitions(owner, Some(&head.name)).await?;
    }
    definition_tx.commit().await?;
    Ok(ignored.tell(Reply::empty()))
}

/// Returns the VDR in the path with the definitions of it that the caller sees.
async fn found(call: &Call, definition_tx: &mut DefinitionTx) -> Result<(VdrRow, Vec<DefinitionRow>), Failure> {
    let missing = || Failure::not_found(NO_VDR);
    let (id, scope) = (call.id_param("id", NO_VDR)?, scope(call)?);
    if call.query.flag("systemOnly") {
        return Err(missing());
    }
    let head = definition_tx.vdr(scope.organization, id).await?.ok_or_else(missing)?;
    let rows = definition_tx.visible_definitions(scope, Some(&head.name)).await?;
    if rows.is_empty() { Err(missing()) } else { Ok((head, rows)) }
}

/// Returns the fields of a request by owner. Notes those of levels that no user may write.
async fn asked(
    call: &Call,
    fields: Option<&Value>,
    ignored: &mut Ignored,
) -> Result<BTreeMap<Owner, Vec<Asked>>, Failure> {
    let items = match fields {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(items) => items.as_array().ok_or_else(|| Failure::bad_request("fields must be an array"))?,
    };
    let mut by_owner: BTreeMap<Owner, Vec<(Option<i64>, Value)>> = BTreeMap::new();
    for item in items {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let level = if call.query.flag("systemOnly") { Some("system") } else { text("level") };
        let Some(owner) = place(call, level.or(text("associatedLevel")), item.get("associatedId"), None).await? else {
            ignored.level(level.unwrap_or("instance"));
            continue;
        };
        let mut item = item.clone();
        let id = item.as_object_mut().and_then(|members| members.remove("id")).and_then(|id| id.as_i64());
        by_owner.entry(owner).or_default().push((id, item));
    }
    let read = |(owner, items): (Owner, Vec<(Option<i64>, Value)>)| {
        let (ids, items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        let fields = DefinitionField::read_all(Some(&Value::Array(items))).map_err(Failure::bad_request)?;
        Ok((owner, ids.into_iter().zip(fields).collect()))
    };
    by_owner.into_iter().map(read).collect()
}

/// Stores the fields of a level. A field keeps its id when its path changes, and transformations follow.
async fn put_fields(
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    owner: Owner,
    name: &str,
    fields: &[Asked],
) -> Result<(), Failure> {
    let known = definition_tx.field_ids(owner, name).await?;
    let paths: HashMap<i64, &str> = known.iter().map(|(path, id)| (*id, path.as_str())).collect();
    let mut moved = Vec::new();
    let mut new_paths = BTreeMap::new();
    for (id, field) in fields {
        let old = id.and_then(|id| Some((id, *paths.get(&id)?)));
        if let Some((id, old)) = old.filter(|(_, old)| *old != field.path) {
            moved.push((id, field.path.as_str()));
            new_paths.insert(old.to_owned(), field.path.clone());
        }
    }
    definition_tx.move_field_ids(owner, name, &moved).await?;
    let fields: Vec<DefinitionField> = fields.iter().map(|(_, field)| field.clone()).collect();
    definition_tx.put_definition(owner, name, &fields).await?;
    follow_paths(definition_tx, scope.organization, owner, name, &new_paths).await
}

/// Removes the fields of the levels that a request does not name. The last definition of the VDR stays, empty.
async fn drop_others(
    call: &Call,
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    name: &str,
    wanted: &BTreeMap<Owner, Vec<Asked>>,
) -> Result<(), Failure> {
    let user = call.caller.user()?;
    let rows = definition_tx.visible_definitions(scope, Some(name)).await?;
    let is_dropped = |row: &DefinitionRow| !wanted.contains_key(&row.owner) && require(user, row.owner).is_ok();
    let none_stays = rows.iter().all(is_dropped);
    for (position, row) in rows.iter().enumerate().filter(|(_, row)| is_dropped(row)) {
        match none_stays && position == 0 {
            true => definition_tx.put_definition(row.owner, name, &[]).await?,
            false => drop_fields(definition_tx, row).await?,
        }
    }
    Ok(())
}

/// Renames the VDR if the body has another name. Returns the name that it has now.
async fn renamed(
    call: &Call,
    definition_tx: &mut DefinitionTx,
    head: &VdrRow,
    body: &Map<String, Value>,
    ignored: &mut Ignored,
) -> Result<String, Failure> {
    let (user, scope) = (call.caller.user()?, scope(call)?);
    let new = body.get("objectName").and_then(Value::as_str).filter(|new| *new != head.name);
    let Some(new) = new else { return Ok(head.name.clone()) };
    check_name(new).map_err(Failure::bad_request)?;
    let owners = owners(definition_tx, scope, &head.name).await?;
    if owners.iter().any(|owner| require(user, *owner).is_err()) {
        ignored.part("The new name", "the VDR has parts that the caller may not write");
        return Ok(head.name.clone());
    }
    if !definition_tx.visible_definitions(scope, Some(new)).await?.is_empty()
        || !definition_tx.visible_transformations(scope, None, Some(new)).await?.is_empty()
    {
        return Err(conflict(format!("The VDR {new} exists already")));
    }
    definition_tx.rename_vdr(scope.organization, &head.name, new).await?;
    for owner in owners {
        definition_tx.rename(owner, &head.name, new).await?;
    }
    Ok(new.to_owned())
}

/// Returns the owners of all parts that the caller sees.
async fn owners(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<BTreeSet<Owner>, Failure> {
    let definitions = definition_tx.visible_definitions(scope, Some(name)).await?;
    let transformations = definition_tx.visible_transformations(scope, None, Some(name)).await?;
    let owners = definitions.iter().map(|row| row.owner).chain(transformations.iter().map(|row| row.owner));
    Ok(owners.collect())
}

async fn describe(
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    name: &str,
    body: &Map<String, Value>,
) -> Result<(), Failure> {
    match body.get("description") {
        None => Ok(()),
        Some(text) => Ok(definition_tx.describe_vdr(scope.organization, name, text.as_str()).await?),
    }
}

/// Returns the VDR of a name as it is now.
async fn shown(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<VdrView, Failure> {
    let rows = definition_tx.visible_definitions(scope, Some(name)).await?;
    let head = definition_tx.vdr_named(scope.organization, name).await?.filter(|_| !rows.is_empty());
    let shown = view(definition_tx, &rows, head.as_ref()).await?;
    Ok(VdrView { object_name: name.to_owned(), ..shown })
}

/// Merges the definitions of a name.
async fn view(
    definition_tx: &mut DefinitionTx,
    rows: &[DefinitionRow],
    head: Option<&VdrRow>,
) -> Result<VdrView, Failure> {
    let mut fields = Vec::new();
    for row in rows {
        let ids = definition_tx.field_ids(row.owner, &row.name).await?;
        fields.extend(row.fields.iter().map(|field| field_view(row.owner, field, &ids)));
    }
    Ok(VdrView {
        id: head.map(|head| head.id),
        object_name: rows.first().map(|row| row.name.clone()).unwrap_or_default(),
        description: head.and_then(|head| head.description.clone()),
        created_date: rows.iter().map(|row| row.created_us).min().map(micros_text),
        fields,
    })
}

fn field_view(owner: Owner, field: &DefinitionField, ids: &HashMap<String, i64>) -> FieldDefinition {
    let mut view = FieldDefinition { associated_id: Some(owner.id()), ..field.view(Types::All) };
    if let Some(id) = ids.get(&field.path) {
        view.other.insert("id".to_owned(), (*id).into());
    }
    view.other.insert("level".to_owned(), owner.level().into());
    view
}
