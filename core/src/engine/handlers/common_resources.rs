//! Common resources: the merged view of the definitions that are visible to a caller (spec P 9.10).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::definitions::{conflict, new_name};
use super::level::require;
use super::put_transformation::owner_of;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionRow, DefinitionTx, Instances, Owner, Scope, TransformationRow};
use crate::engine::transform::{DefinitionField, Types, check_name};
use crate::model::discovery::Usages;
use crate::model::{CommonResource, FieldDefinition};

const NO_RESOURCE: &str = "No common resource found";

/// `GET /common-resources`
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let scope = scope(call)?;
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let definitions = definition_tx.visible_definitions(scope, None).await?;
    let transformations = definition_tx.visible_transformations(scope, None, None).await?;
    let views = definitions.chunk_by(|left, right| left.name == right.name).map(|rows| view(rows, &transformations));
    Reply::json(&views.collect::<Vec<_>>())
}

/// `GET /common-resources/{name}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let mut definition_tx = call.engine.store.definition_tx().await?;
    show(&mut definition_tx, scope(call)?, call.param("name")).await
}

/// `GET /common-resources/{name}/usages`: empty, because formulas are not run.
pub(crate) async fn usages(call: &Call) -> Result<Reply, Failure> {
    known(&mut call.engine.store.definition_tx().await?, scope(call)?, call.param("name")).await?;
    Reply::json(&Usages { formula_usages: Vec::new() })
}

/// `PUT /common-resources`: each level gets exactly the fields that are assigned to it.
pub(crate) async fn put(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let name = body.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Failure::bad_request("name is required"))?;
    check_name(name).map_err(Failure::bad_request)?;
    let changes = changes_of(call, &body).await?;
    let fields = match body.get("fields") {
        None | Some(Value::Null) if !changes.is_empty() => None,
        fields => Some(fields_by_owner(call, fields, &changes).await?),
    };
    let user = call.caller.user()?;
    let owners = fields.iter().flat_map(BTreeMap::keys).chain(changes.iter().map(|change| &change.owner));
    owners.copied().try_for_each(|owner| require(user, owner))?;
    let scope = scope(call)?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    if fields.is_none() {
        known(&mut definition_tx, scope, name).await?;
    }
    for change in &changes {
        change.apply(&mut definition_tx, user.organization_id, name).await?;
    }
    if let Some(fields) = fields {
        for (owner, fields) in &fields {
            definition_tx.put_definition(*owner, name, fields).await?;
        }
        for row in definition_tx.visible_definitions(scope, Some(name)).await? {
            if !fields.contains_key(&row.owner) && require(user, row.owner).is_ok() {
                drop_fields(&mut definition_tx, &row).await?;
            }
        }
    }
    let reply = show(&mut definition_tx, scope, name).await?;
    definition_tx.commit().await?;
    Ok(reply)
}

/// `PATCH /common-resources/{name}`: renames the resource at every level visible to the caller.
pub(crate) async fn rename(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let (new, name, scope) = (new_name(&body, "name")?, call.param("name"), scope(call)?);
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let owners = owners(call, &mut definition_tx, scope, name).await?;
    if new != name {
        let taken = !definition_tx.visible_definitions(scope, Some(new)).await?.is_empty()
            || !definition_tx.visible_transformations(scope, None, Some(new)).await?.is_empty();
        if taken {
            return Err(conflict(format!("The common resource {new} exists already")));
        }
        definition_tx.rename_vdr(scope.organization, name, new).await?;
        for owner in owners {
            definition_tx.rename(owner, name, new).await?;
        }
    }
    let reply = show(&mut definition_tx, scope, new).await?;
    definition_tx.commit().await?;
    Ok(reply)
}

/// `DELETE /common-resources/{name}`: deletes the resource and its transformations at every level visible to the
/// caller.
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let (name, scope) = (call.param("name"), scope(call)?);
    let mut definition_tx = call.engine.store.change_definitions().await?;
    for owner in owners(call, &mut definition_tx, scope, name).await? {
        definition_tx.delete_definitions(owner, Some(name)).await?;
        definition_tx.delete_transformations(owner, None, Some(name)).await?;
    }
    definition_tx.commit().await?;
    Ok(Reply::empty())
}

/// Returns the scope that is visible to the caller.
pub(super) fn scope(call: &Call) -> Result<Scope, Failure> {
    let user = call.caller.user()?;
    Ok(Scope { organization: user.organization_id, account: Some(user.account_id), instances: Instances::OfAccount })
}

async fn known(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<Vec<DefinitionRow>, Failure> {
    let rows = definition_tx.visible_definitions(scope, Some(name)).await?;
    if rows.is_empty() { Err(Failure::not_found(NO_RESOURCE)) } else { Ok(rows) }
}

async fn show(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<Reply, Failure> {
    let rows = known(definition_tx, scope, name).await?;
    let transformations = definition_tx.visible_transformations(scope, None, Some(name)).await?;
    Reply::json(&view(&rows, &transformations))
}

/// Returns the owners of all parts of an existing resource. Fails unless the caller may change every part.
async fn owners(
    call: &Call,
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    name: &str,
) -> Result<BTreeSet<Owner>, Failure> {
    let definitions = known(definition_tx, scope, name).await?;
    let transformations = definition_tx.visible_transformations(scope, None, Some(name)).await?;
    let owners = definitions.iter().map(|row| row.owner).chain(transformations.iter().map(|row| row.owner));
    let owners: BTreeSet<Owner> = owners.collect();
    let user = call.caller.user()?;
    owners.iter().try_for_each(|owner| require(user, *owner))?;
    Ok(owners)
}

/// Merges the definitions of one name with their transformations.
fn view(rows: &[DefinitionRow], transformations: &[TransformationRow]) -> CommonResource {
    let name = rows.first().map_or("", |row| row.name.as_str());
    let mapped: Vec<&TransformationRow> = transformations.iter().filter(|row| row.name == name).collect();
    let owners = rows.iter().map(|row| row.owner).chain(mapped.iter().map(|row| row.owner));
    let instances: BTreeSet<i64> = owners.filter_map(instance_id).collect();
    let elements: BTreeSet<i64> = mapped.iter().map(|row| row.element_id).collect();
    let fields = rows.iter().flat_map(|row| row.fields.iter().map(|field| field_view(row.owner, field)));
    CommonResource {
        name: name.to_owned(),
        fields: fields.collect(),
        element_instance_ids: instances.into_iter().collect(),
        mapped_element_ids: elements.into_iter().collect(),
        ..CommonResource::default()
    }
}

fn instance_id(owner: Owner) -> Option<i64> {
    match owner {
        Owner::Instance(id) => Some(id),
        _ => None,
    }
}

fn field_view(owner: Owner, field: &DefinitionField) -> FieldDefinition {
    FieldDefinition {
        associated_level: Some(owner.level().to_owned()),
        associated_id: Some(owner.id()),
        ..field.view(Types::All)
    }
}

/// Removes the fields of a level that the body no longer names. The definition stays, empty, if the level maps it.
pub(super) async fn drop_fields(definition_tx: &mut DefinitionTx, row: &DefinitionRow) -> Result<(), Failure> {
    if definition_tx.has_transformations(row.owner, Some(&row.name)).await? {
        definition_tx.put_definition(row.owner, &row.name, &[]).await?;
    } else {
        definition_tx.delete_definitions(row.owner, Some(&row.name)).await?;
    }
    Ok(())
}

/// Groups the fields of a body by owner and renames those that still have their old path.
async fn fields_by_owner(
    call: &Call,
    fields: Option<&Value>,
    changes: &[Change],
) -> Result<BTreeMap<Owner, Vec<DefinitionField>>, Failure> {
    let missing = || Failure::bad_request("fields is required");
    let items = fields.and_then(Value::as_array).ok_or_else(missing)?;
    let mut by_owner: BTreeMap<Owner, Vec<Value>> = BTreeMap::new();
    for item in items {
        let owner = item_owner(call, item).await?;
        let mut item = item.clone();
        let renamed = changes.iter().find(|change| change.owner == owner && item["path"] == change.old.as_str());
        if let Some(change) = renamed {
            item["path"] = change.new.as_str().into();
        }
        by_owner.entry(owner).or_default().push(item);
    }
    if by_owner.is_empty() {
        by_owner.insert(Owner::Organization(call.caller.user()?.organization_id), Vec::new());
    }
    let read = |(owner, items)| {
        let fields = DefinitionField::read_all(Some(&Value::Array(items))).map_err(Failure::bad_request)?;
        Ok((owner, fields))
    };
    by_owner.into_iter().map(read).collect()
}

async fn item_owner(call: &Call, item: &Value) -> Result<Owner, Failure> {
    let level = match item.get("associatedLevel") {
        None | Some(Value::Null) => "organization",
        Some(level) => level.as_str().unwrap_or_default(),
    };
    let instance = call.caller.instance.as_ref().map(|instance| instance.id);
    owner_of(call, level, item.get("associatedId"), instance).await
}

/// A field whose path changes.
struct Change {
    owner: Owner,
    old: String,
    new: String,
    kind: Option<String>,
}

async fn changes_of(call: &Call, body: &Map<String, Value>) -> Result<Vec<Change>, Failure> {
    let items = match body.get("changedFields") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(items) => items.as_array().ok_or_else(|| Failure::bad_request("changedFields must be an array"))?,
    };
    let mut changes = Vec::with_capacity(items.len());
    for item in items {
        let text = |name: &str| {
            let text = item.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
            text.map(str::to_owned).ok_or_else(|| Failure::bad_request(format!("A changed field needs {name}")))
        };
        let (old, new) = (text("oldPath")?, text("path")?);
        let kind = item.get("type").and_then(Value::as_str).map(str::to_owned);
        changes.push(Change { owner: item_owner(call, item).await?, old, new, kind });
    }
    Ok(changes)
}

impl Change {
    /// Renames the field in the definition of its level, and in the transformations of that level and lower ones.
    async fn apply(&self, definition_tx: &mut DefinitionTx, organization: i64, name: &str) -> Result<(), Failure> {
        if let Some(mut row) = definition_tx.definition(self.owner, name).await? {
            let taken = row.fields.iter().any(|field| field.path == self.new);
            row.fields.retain(|field| !taken || field.path != self.old);
            let id = definition_tx.field_ids(self.owner, name).await?.remove(&self.old);
            if let Some(id) = id.filter(|_| !taken) {
                definition_tx.move_field_ids(self.owner, name, &[(id, self.new.as_str())]).await?;
            }
            for field in row.fields.iter_mut().filter(|field| field.path == self.old) {
                field.path.clone_from(&self.new);
                field.kind = self.kind.clone().or_else(|| field.kind.take());
            }
            definition_tx.put_definition(self.owner, name, &row.fields).await?;
        }
        let moved = BTreeMap::from([(self.old.clone(), self.new.clone())]);
        follow_paths(definition_tx, organization, self.owner, name, &moved).await
    }
}

/// Renames fields in the transformations of the level that defines them and of lower ones.
pub(super) async fn follow_paths(
    definition_tx: &mut DefinitionTx,
    organization: i64,
    owner: Owner,
    name: &str,
    moved: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let scope = at_and_below(owner, organization);
    let definitions = definition_tx.visible_definitions(scope, Some(name)).await?;
    for mut row in definition_tx.visible_transformations(scope, None, Some(name)).await? {
        if row.owner.rank() < owner.rank() {
            continue;
        }
        // A lower level that defines the old path itself refers to its own field.
        let own = |old: &str| {
            definitions.iter().any(|known| {
                known.owner == row.owner && row.owner != owner && known.fields.iter().any(|field| field.path == old)
            })
        };
        let taken = |new: &str| row.body.fields.iter().any(|field| field.path == new && !moved.contains_key(new));
        let new_paths: Vec<Option<&String>> = (row.body.fields.iter())
            .map(|field| moved.get(&field.path).filter(|new| !own(&field.path) && !taken(new)))
            .collect();
        if new_paths.iter().all(Option::is_none) {
            continue;
        }
        for (field, new) in row.body.fields.iter_mut().zip(new_paths) {
            if let Some(new) = new {
                field.path.clone_from(new);
            }
        }
        definition_tx.put_transformation(row.owner, row.element_id, name, &row.body).await?;
    }
    Ok(())
}

/// Returns the scope of a level and the levels below it.
fn at_and_below(owner: Owner, organization: i64) -> Scope {
    let (account, instances) = match owner {
        Owner::Organization(_) => (None, Instances::OfOrganization),
        Owner::Account(account) => (Some(account), Instances::OfAccount),
        Owner::Instance(instance) => (None, Instances::One(instance)),
    };
    Scope { organization, account, instances }
}
