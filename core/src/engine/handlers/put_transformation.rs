//! `PUT /transformations` (spec P 9.5): stores a transformation, its fields at the levels they name and the required
//! definitions in one call.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::instances::{NO_INSTANCE, known_element};
use super::level::require;
use super::transformations::{check_engine, stored};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionTx, Instances, Owner, Scope, TransformationRow, UserRow};
use crate::engine::transform::{
    DefinitionField, MappedField, Setting, Shape, Transformation, Types, chain, check_name, merged_fields,
    transformation_view,
};

/// `PUT /transformations`
pub(crate) async fn put(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let name = body.get("objectName").and_then(Value::as_str);
    let name = name.ok_or_else(|| Failure::bad_request("objectName is required"))?;
    check_name(name).map_err(Failure::bad_request)?;
    let new = Transformation::read(name, &body).map_err(Failure::bad_request)?;
    let target = Target::of(call, &body).await?;
    let mut parts = target.split(call, new).await?;
    let user = call.caller.user()?;
    parts.keys().try_for_each(|owner| require(user, *owner))?;
    inherit_above(&mut parts);
    let lowest = parts.keys().copied().max_by_key(|owner| (owner.rank(), *owner == target.owner));
    let mut definition_tx = call.engine.store.change_definitions().await?;
    let main = parts.remove(&target.owner).unwrap_or_default();
    if let Some(known) = definition_tx.transformation(target.owner, target.element_id, name).await? {
        check_engine(&known, &main)?;
    }
    target.define(&mut definition_tx, name, target.owner, &main.fields).await?;
    definition_tx.put_transformation(target.owner, target.element_id, name, &main).await?;
    for (owner, part) in &parts {
        target.define(&mut definition_tx, name, *owner, &part.fields).await?;
        target.merge(&mut definition_tx, name, *owner, part).await?;
    }
    let row = stored(&mut definition_tx, target.owner, target.element_id, name).await?;
    // The response has the fields that reads at the lowest level with fields return.
    let scope = target.scope_of(lowest.unwrap_or(target.owner));
    let shape = Shape::of(&definition_tx.visible_definitions(scope, Some(name)).await?);
    let chain = chain(definition_tx.visible_transformations(scope, Some(target.element_id), Some(name)).await?);
    definition_tx.commit().await?;
    Reply::json(&transformation_view(&row, merged_fields(&chain), &shape, Types::All))
}

/// Makes lower levels inherit if fields were stored at a higher one; reads would not reach those otherwise.
fn inherit_above(parts: &mut BTreeMap<Owner, Transformation>) {
    let highest = parts.keys().map(|owner| owner.rank()).min();
    for (owner, part) in parts.iter_mut() {
        if Some(owner.rank()) > highest && !part.inherits() {
            part.configuration.push(Setting { kind: "inherit".to_owned(), properties: Map::new(), level: None });
        }
    }
}

/// The level and element that a body addresses.
struct Target {
    owner: Owner,
    element_id: i64,
    organization: i64,
    account: i64,
    instance: Option<i64>,
}

impl Target {
    async fn of(call: &Call, body: &Map<String, Value>) -> Result<Self, Failure> {
        let user = call.caller.user()?;
        let instance_id = body.get("elementInstanceId").and_then(Value::as_i64);
        let level = match body.get("level") {
            None | Some(Value::Null) if instance_id.is_some() => "instance",
            None | Some(Value::Null) => "organization",
            Some(level) => level.as_str().unwrap_or_default(),
        };
        let element = match (body.get("elementKey").and_then(Value::as_str), body.get("elementId")) {
            (Some(key), _) => Some(key.to_owned()),
            (None, Some(id)) if !id.is_null() => Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned)),
            _ => None,
        };
        if instance_id.is_none() && (element.is_none() || level == "instance") {
            let needed = if level == "instance" { "elementInstanceId" } else { "elementKey or elementId" };
            return Err(Failure::bad_request(format!("{needed} is required")));
        }
        let instance = match instance_id {
            Some(id) => Some(known_instance(call, user, id).await?),
            None => None,
        };
        let element_id = match (&element, &instance) {
            (Some(element), _) if level != "instance" => known_element(call, element).await?.info().id,
            (_, Some(instance)) => instance.1,
            _ => return Err(Failure::bad_request("elementKey or elementId is required")),
        };
        let mut target = Self {
            owner: Owner::Organization(user.organization_id),
            element_id,
            organization: user.organization_id,
            account: user.account_id,
            instance: instance.map(|(id, _)| id),
        };
        target.owner = target.owner_of(call, level, body.get("associatedId")).await?;
        Ok(target)
    }

    /// Returns the owner for a level and an id; without an id the caller's account or the body's instance.
    async fn owner_of(&self, call: &Call, level: &str, id: Option<&Value>) -> Result<Owner, Failure> {
        owner_of(call, level, id, self.instance).await
    }

    /// Returns the scope that is visible to a part.
    fn scope_of(&self, owner: Owner) -> Scope {
        match owner {
            Owner::Organization(_) => Scope { account: None, instances: Instances::None, ..self.scope() },
            Owner::Account(account) => Scope { account: Some(account), instances: Instances::None, ..self.scope() },
            Owner::Instance(instance) => Scope { instances: Instances::One(instance), ..self.scope() },
        }
    }

    fn scope(&self) -> Scope {
        let instances = self.instance.map_or(Instances::None, Instances::One);
        Scope { organization: self.organization, account: Some(self.account), instances }
    }

    /// Splits the transformation into one part per level: fields at their associated level, settings at the level
    /// they name.
    async fn split(&self, call: &Call, new: Transformation) -> Result<BTreeMap<Owner, Transformation>, Failure> {
        let Transformation { fields, configuration, vendor_name, .. } = &new;
        let mut parts: BTreeMap<Owner, Transformation> = BTreeMap::new();
        let empty = || Transformation { vendor_name: vendor_name.clone(), ..Transformation::default() };
        let main = Transformation { fields: Vec::new(), configuration: Vec::new(), ..new.clone() };
        parts.insert(self.owner, main);
        for field in fields {
            let owner = match field.other.get("associatedLevel").and_then(Value::as_str) {
                Some(level) => self.owner_of(call, level, field.other.get("associatedId")).await?,
                None => self.owner,
            };
            parts.entry(owner).or_insert_with(empty).fields.push(field.clone());
        }
        for setting in configuration {
            let level = setting.level.as_deref().unwrap_or(self.owner.level());
            let owner = parts.keys().copied().find(|owner| owner.level() == level).unwrap_or(self.owner);
            parts.entry(owner).or_insert_with(empty).configuration.push(setting.clone());
        }
        Ok(parts)
    }

    /// Defines missing fields: those that name a level at that level, the others unless a higher level defines them.
    async fn define(
        &self,
        definition_tx: &mut DefinitionTx,
        name: &str,
        owner: Owner,
        fields: &[MappedField],
    ) -> Result<(), Failure> {
        let mut visible = definition_tx.visible_definitions(self.scope(), Some(name)).await?;
        visible.retain(|row| row.owner.rank() <= owner.rank());
        let own = visible.iter().find(|row| row.owner == owner).map(|row| row.fields.clone());
        let shape = Shape::of(&visible);
        let mut defined = own.clone().unwrap_or_default();
        for field in fields {
            let here = defined.iter().any(|known| known.path == field.path);
            let placed = field.other.contains_key("associatedLevel");
            if !here && (placed || !shape.has(&field.path)) {
                defined.push(DefinitionField::new(&field.path, field.kind.as_deref()));
            }
        }
        let needed = visible.is_empty() || own.map_or(0, |own| own.len()) < defined.len();
        if needed {
            definition_tx.put_definition(owner, name, &defined).await?;
        }
        Ok(())
    }

    /// Merges fields and settings into the transformation of another level, which is created if it does not exist.
    async fn merge(
        &self,
        definition_tx: &mut DefinitionTx,
        name: &str,
        owner: Owner,
        part: &Transformation,
    ) -> Result<(), Failure> {
        let known = definition_tx.transformation(owner, self.element_id, name).await?;
        let Some(TransformationRow { mut body, .. }) = known else {
            return Ok(definition_tx.put_transformation(owner, self.element_id, name, part).await?);
        };
        put_all(&mut body.fields, &part.fields, |field: &MappedField| &field.path);
        put_all(&mut body.configuration, &part.configuration, |setting: &Setting| &setting.kind);
        Ok(definition_tx.put_transformation(owner, self.element_id, name, &body).await?)
    }
}

/// Replaces each item by the new one with its key, and appends items with new keys.
fn put_all<T: Clone>(items: &mut Vec<T>, new: &[T], key: impl Fn(&T) -> &String) {
    for item in new {
        match items.iter().position(|known| key(known) == key(item)) {
            Some(at) => items[at] = item.clone(),
            None => items.push(item.clone()),
        }
    }
}

/// Returns the owner for a level and an id. Without an id, it is the caller's account or this instance.
pub(super) async fn owner_of(
    call: &Call,
    level: &str,
    id: Option<&Value>,
    instance: Option<i64>,
) -> Result<Owner, Failure> {
    let user = call.caller.user()?;
    let id = id.and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
    match level {
        "organization" => Ok(Owner::Organization(user.organization_id)),
        "account" => {
            let account = id.unwrap_or(user.account_id);
            let known = call.engine.store.definition_tx().await?.has_account(user.organization_id, account).await?;
            if known { Ok(Owner::Account(account)) } else { Err(Failure::not_found("No account found")) }
        }
        "instance" => {
            let missing = || Failure::bad_request("associatedId must name the instance");
            let id = id.or(instance).ok_or_else(missing)?;
            known_instance(call, user, id).await.map(|(id, _)| Owner::Instance(id))
        }
        other => Err(Failure::bad_request(format!("There is no level {other:?}"))),
    }
}

/// Returns id and element of an instance of the caller's account.
async fn known_instance(call: &Call, user: &UserRow, id: i64) -> Result<(i64, i64), Failure> {
    let row = call.engine.store.instance(user.account_id, id).await?;
    row.map(|row| (row.id, row.element_id)).ok_or_else(|| Failure::not_found(NO_INSTANCE))
}
