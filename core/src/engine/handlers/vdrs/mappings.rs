//! Transformations of a VDR: one for each element, with the parts of all levels. Its id is that of the element.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::definitions::conflict;
use super::super::instances::known_element;
use super::super::level::require;
use super::super::transformations::{NO_TRANSFORMATION, check_engine};
use super::found;
use super::parts::{Ignored, instance_of, known_instance, level_of, place, scope_at, shared_scope, stored_mapping};
use crate::element::Element;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionTx, Instances, Owner, Scope, TransformationRow, UserRow};
use crate::engine::transform::{Shape, Transformation, Types, transformation_view};
use crate::model;
use crate::model::vdr::{join_mapping, split_mapping};

/// `GET /vdrs/{id}/transformations`; with `instanceId` as that instance sees them.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let instance = instance_of(call).await?;
    let of_instance = element_of_instance(call, instance).await?;
    let scope = shared_scope(call.caller.user()?, instance);
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let (head, _) = found(call, &mut definition_tx).await?;
    let fields = Fields::of(&mut definition_tx, scope, &head.name).await?;
    let by_element = by_element(&mut definition_tx, scope, &head.name).await?;
    // Elements are read with another connection, and calls that wait for each other's must not hold one.
    drop(definition_tx);
    let mut views = Vec::new();
    for (id, rows) in by_element.into_iter().filter(|(id, _)| of_instance.is_none_or(|of| of == *id)) {
        if let Some(element) = call.element_by_id(id).await? {
            views.push(fields.view(&head.name, &*element, &rows));
        }
    }
    Reply::json(&views)
}

/// `GET /vdrs/{id}/transformations/{tid}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let instance = instance_of(call).await?;
    let element = addressed(call).await?;
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let (head, _) = found(call, &mut definition_tx).await?;
    let scope = shared_scope(call.caller.user()?, instance);
    let rows = definition_tx.visible_transformations(scope, Some(element.info().id), Some(&head.name)).await?;
    if rows.is_empty() {
        return Err(Failure::not_found(NO_TRANSFORMATION));
    }
    let fields = Fields::of(&mut definition_tx, scope, &head.name).await?;
    Reply::json(&fields.view(&head.name, &*element, &rows))
}

/// `POST /vdrs/{id}/transformations`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let instance = match body.get("instanceId").filter(|id| !id.is_null()) {
        Some(id) => Some(known_instance(call, id.as_i64()).await?),
        None => instance_of(call).await?,
    };
    let element = element_of(call, &body, instance).await?;
    store(call, body, &element, instance, false).await
}

/// `PUT /vdrs/{id}/transformations/{tid}`: each level that the caller may write gets what the body has for it.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let instance = match body.get("instanceId").filter(|id| !id.is_null()) {
        Some(id) => Some(known_instance(call, id.as_i64()).await?),
        None => instance_of(call).await?,
    };
    store(call, body, &addressed(call).await?, instance, true).await
}

/// `DELETE /vdrs/{id}/transformations/{tid}`: those of all levels that the caller may write.
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let element_id = addressed(call).await?.info().id;
    let user = call.caller.user()?;
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let (head, _) = found(call, &mut definition_tx).await?;
    let scope = Scope { instances: Instances::OfAccount, ..shared_scope(user, None) };
    let rows = definition_tx.visible_transformations(scope, Some(element_id), Some(&head.name)).await?;
    if rows.is_empty() {
        return Err(Failure::not_found(NO_TRANSFORMATION));
    }
    let mut ignored = Ignored::default();
    let owners = rows.into_iter().map(|row| (row.owner, ())).collect();
    for owner in ignored.permitted(user, owners).into_keys() {
        definition_tx.delete_transformations(owner, Some(element_id), Some(&head.name)).await?;
    }
    definition_tx.commit().await?;
    Ok(ignored.tell(Reply::empty()))
}

async fn store(
    call: &Call,
    mut body: Map<String, Value>,
    element: &Arc<dyn Element>,
    instance: Option<i64>,
    replaces: bool,
) -> Result<Reply, Failure> {
    let (user, element_id) = (call.caller.user()?, element.info().id);
    let scope = shared_scope(user, instance);
    let mut ignored = Ignored::default();
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let (head, _) = found(call, &mut definition_tx).await?;
    let known = definition_tx.visible_transformations(scope, Some(element_id), Some(&head.name)).await?;
    match (known.is_empty(), replaces) {
        (true, true) => return Err(Failure::not_found(NO_TRANSFORMATION)),
        (false, false) => {
            return Err(conflict(format!("The VDR {} has a transformation for this element", head.name)));
        }
        _ => {}
    }
    name_fields(&mut definition_tx, scope, &head.name, &mut body).await?;
    let parts = split_mapping(&body).map_err(Failure::bad_request)?;
    let mut wanted = BTreeMap::new();
    for (level, part) in parts {
        match place(call, Some(level.word()), None, instance).await? {
            Some(owner) => drop(wanted.insert(owner, stored_mapping(&head.name, &part)?)),
            None => ignored.level("instance"),
        }
    }
    let fields = Fields::of(&mut definition_tx, scope, &head.name).await?;
    let unchanged = |owner: Owner, part: &Transformation| {
        let row = known.iter().find(|row| row.owner == owner);
        let shown = |row: &TransformationRow| model_of(row, &fields.shape, Types::All);
        row.is_some_and(|row| shown(row) == shown(&TransformationRow { body: part.clone(), ..row.clone() }))
    };
    wanted.retain(|owner, part| require(user, *owner).is_ok() || !unchanged(*owner, part));
    let wanted = ignored.permitted(user, wanted);
    for (owner, part) in &wanted {
        put(&mut definition_tx, user, *owner, element_id, &head.name, part).await?;
    }
    for row in known.iter().filter(|row| !wanted.contains_key(&row.owner) && require(user, row.owner).is_ok()) {
        definition_tx.delete_transformations(row.owner, Some(element_id), Some(&head.name)).await?;
    }
    let rows = definition_tx.visible_transformations(scope, Some(element_id), Some(&head.name)).await?;
    let reply = Reply::json(&fields.view(&head.name, &**element, &rows))?;
    definition_tx.commit().await?;
    Ok(ignored.tell(reply))
}

/// Stores the part of a level, whose fields must be defined there or above.
async fn put(
    definition_tx: &mut DefinitionTx,
    user: &UserRow,
    owner: Owner,
    element_id: i64,
    name: &str,
    part: &Transformation,
) -> Result<(), Failure> {
    let shape = Shape::of(&definition_tx.visible_definitions(scope_at(user, owner), Some(name)).await?);
    if let Some(path) = part.undefined_field(&shape) {
        return Err(Failure::bad_request(format!("Field {path} is not defined")));
    }
    if let Some(known) = definition_tx.transformation(owner, element_id, name).await? {
        check_engine(&known, part)?;
    }
    Ok(definition_tx.put_transformation(owner, element_id, name, part).await?)
}

/// Gives fields that name their definition by `vdrFieldId` its path.
async fn name_fields(
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    name: &str,
    body: &mut Map<String, Value>,
) -> Result<(), Failure> {
    let mut paths: HashMap<i64, String> = HashMap::new();
    for row in definition_tx.visible_definitions(scope, Some(name)).await? {
        let ids = definition_tx.field_ids(row.owner, name).await?;
        paths.extend(ids.into_iter().map(|(path, id)| (id, path)));
    }
    let fields = body.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten();
    for field in fields.filter_map(Value::as_object_mut) {
        let id = field.remove("vdrFieldId").and_then(|id| id.as_i64());
        field.remove("associatedId");
        if field.get("path").is_none_or(Value::is_null)
            && let Some(id) = id
        {
            let path = paths.get(&id).ok_or_else(|| Failure::bad_request(format!("There is no field {id}")))?;
            field.insert("path".to_owned(), path.as_str().into());
        }
    }
    Ok(())
}

/// Returns the transformations of a VDR by element.
async fn by_element(
    definition_tx: &mut DefinitionTx,
    scope: Scope,
    name: &str,
) -> Result<BTreeMap<i64, Vec<TransformationRow>>, Failure> {
    let mut by_element: BTreeMap<i64, Vec<TransformationRow>> = BTreeMap::new();
    for row in definition_tx.visible_transformations(scope, None, Some(name)).await? {
        by_element.entry(row.element_id).or_default().push(row);
    }
    Ok(by_element)
}

/// Returns the id of the element of an instance.
async fn element_of_instance(call: &Call, instance: Option<i64>) -> Result<Option<i64>, Failure> {
    let Some(id) = instance else { return Ok(None) };
    let row = call.engine.store.instance(call.caller.user()?.account_id, id).await?;
    Ok(row.map(|row| row.element_id))
}

/// Returns the element whose id is in the path.
async fn addressed(call: &Call) -> Result<Arc<dyn Element>, Failure> {
    let id = call.id_param("tid", NO_TRANSFORMATION)?;
    call.element_by_id(id).await?.ok_or_else(|| Failure::not_found(NO_TRANSFORMATION))
}

/// Returns the element that a body names, or that of the instance.
async fn element_of(
    call: &Call,
    body: &Map<String, Value>,
    instance: Option<i64>,
) -> Result<Arc<dyn Element>, Failure> {
    let named = match (body.get("elementKey").and_then(Value::as_str), body.get("elementId").and_then(Value::as_i64)) {
        (Some(key), _) => Some(key.to_owned()),
        (None, id) => id.map(|id| id.to_string()),
    };
    match (named, element_of_instance(call, instance).await?) {
        (Some(named), _) => known_element(call, &named).await,
        (None, Some(id)) => known_element(call, &id.to_string()).await,
        (None, None) => Err(Failure::bad_request("elementKey is required")),
    }
}

/// The defined fields of a VDR: their types and ids.
struct Fields {
    shape: Shape,
    ids: HashMap<String, i64>,
}

impl Fields {
    async fn of(definition_tx: &mut DefinitionTx, scope: Scope, name: &str) -> Result<Self, Failure> {
        let definitions = definition_tx.visible_definitions(scope, Some(name)).await?;
        let mut ids: HashMap<String, i64> = HashMap::new();
        for row in &definitions {
            ids.extend(definition_tx.field_ids(row.owner, name).await?);
        }
        Ok(Self { shape: Shape::of(&definitions), ids })
    }

    /// Returns the mapping of an element with the parts of all levels, as documents show it.
    fn view(&self, name: &str, element: &dyn Element, rows: &[TransformationRow]) -> Value {
        let parts: Vec<_> =
            rows.iter().map(|row| (level_of(row.owner), model_of(row, &self.shape, Types::All))).collect();
        let parts: Vec<_> = parts.iter().map(|(level, part)| (*level, part)).collect();
        let mut view = join_mapping(name, &element.info().key, &parts);
        if !rows.is_empty() {
            view["id"] = element.info().id.into();
        }
        view["elementId"] = element.info().id.into();
        for field in view["fields"].as_array_mut().into_iter().flatten() {
            if let Some(id) = field["path"].as_str().and_then(|path| self.ids.get(path)) {
                field["vdrFieldId"] = (*id).into();
            }
        }
        view
    }
}

/// Returns the part of one level as documents have it.
pub(super) fn model_of(row: &TransformationRow, shape: &Shape, types: Types) -> model::Transformation {
    transformation_view(row, row.body.fields.iter().map(|field| (row.owner, field)), shape, types)
}
