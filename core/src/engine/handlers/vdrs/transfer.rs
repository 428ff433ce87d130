//! Export and import of one VDR as a document.

use std::collections::BTreeMap;

use super::super::definitions::NO_DEFINITION;
use super::super::transformations::check_engine;
use super::mappings::model_of;
use super::parts::{Ignored, instance_of, level_of, place, scope_at, shared_scope, stored_fields, stored_mapping};
use super::{NO_VDR, shown};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{DefinitionTx, Owner, micros_text};
use crate::engine::transform::{DefinitionField, Shape, Transformation, Types, check_name};
use crate::model::vdr::{PartLevel, Vdr};

/// `GET /vdrs/{name}/export`: the levels that the caller's account shares; with `instanceId` also that of an instance.
pub(crate) async fn export(call: &Call) -> Result<Reply, Failure> {
    let name = call.param("name");
    let scope = shared_scope(call.caller.user()?, instance_of(call).await?);
    let mut definition_tx = call.engine.store.definition_tx().await?;
    let head = definition_tx.vdr_named(scope.organization, name).await?;
    let definitions = definition_tx.visible_definitions(scope, Some(name)).await?;
    let transformations = definition_tx.visible_transformations(scope, None, Some(name)).await?;
    // Elements are read with another connection, and calls that wait for each other's must not hold one.
    drop(definition_tx);
    if definitions.is_empty() {
        return Err(Failure::not_found(NO_VDR));
    }
    let mut vdr = Vdr { description: head.and_then(|head| head.description), ..Vdr::default() };
    vdr.created = definitions.iter().map(|row| row.created_us).min().map(micros_text);
    for row in &definitions {
        let fields = row.fields.iter().map(|field| field.view(Types::Declared)).collect();
        vdr.definitions.insert(level_of(row.owner), fields);
    }
    for row in transformations {
        if let Some(element) = call.element_by_id(row.element_id).await? {
            let part = model_of(&row, &Shape::default(), Types::Declared);
            vdr.mappings.insert((element.info().key.to_string(), level_of(row.owner)), part);
        }
    }
    Reply::json(&vdr.document(name))
}

/// `PUT /vdrs/import`: each level of the document replaces that of the VDR, which is created if it does not exist.
pub(crate) async fn import(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let name = Vdr::name(&body).ok_or_else(|| Failure::bad_request("vdrName is required"))?;
    check_name(name).map_err(Failure::bad_request)?;
    let mut vdr = Vdr::default();
    vdr.add(&body).map_err(Failure::bad_request)?;
    let mut import = Import { call, name, instance: instance_of(call).await?, ignored: Ignored::default() };
    let definitions = import.definitions(&vdr).await?;
    let mappings = import.mappings(vdr.mappings).await?;
    let scope = shared_scope(call.caller.user()?, import.instance);
    let mut definition_tx = call.engine.store.change_definitions().await?;
    for (owner, fields) in &definitions {
        definition_tx.put_definition(*owner, name, fields).await?;
    }
    if !definitions.is_empty() && vdr.description.is_some() {
        definition_tx.describe_vdr(scope.organization, name, vdr.description.as_deref()).await?;
    }
    for ((owner, element_id), mapping) in mappings {
        import.put(&mut definition_tx, owner, element_id, mapping).await?;
    }
    let reply = Reply::json(&shown(&mut definition_tx, scope, name).await?)?;
    definition_tx.commit().await?;
    Ok(import.ignored.tell(reply))
}

struct Import<'a> {
    call: &'a Call,
    name: &'a str,
    instance: Option<i64>,
    ignored: Ignored,
}

impl Import<'_> {
    async fn owner(&mut self, level: PartLevel) -> Result<Option<Owner>, Failure> {
        let owner = place(self.call, Some(level.word()), None, self.instance).await?;
        if owner.is_none() {
            self.ignored.part("A part of the level instance", "no instance is named by instanceId");
        }
        Ok(owner)
    }

    async fn definitions(&mut self, vdr: &Vdr) -> Result<BTreeMap<Owner, Vec<DefinitionField>>, Failure> {
        let mut wanted = BTreeMap::new();
        for (level, fields) in &vdr.definitions {
            if let Some(owner) = self.owner(*level).await? {
                wanted.insert(owner, stored_fields(fields)?);
            }
        }
        Ok(self.ignored.permitted(self.call.caller.user()?, wanted))
    }

    async fn mappings(
        &mut self,
        mappings: BTreeMap<(String, PartLevel), crate::model::Transformation>,
    ) -> Result<Vec<((Owner, i64), Transformation)>, Failure> {
        let mut wanted: BTreeMap<Owner, Vec<(i64, Transformation)>> = BTreeMap::new();
        for ((key, level), mapping) in mappings {
            let Some(element) = self.call.engine.element_named(self.call.caller.user.as_ref(), &key).await? else {
                self.ignored.part(&format!("The transformation for {key}"), "there is no such element");
                continue;
            };
            if let Some(owner) = self.owner(level).await? {
                wanted.entry(owner).or_default().push((element.info().id, stored_mapping(self.name, &mapping)?));
            }
        }
        let wanted = self.ignored.permitted(self.call.caller.user()?, wanted);
        Ok(wanted
            .into_iter()
            .flat_map(|(owner, of)| of.into_iter().map(move |(id, part)| ((owner, id), part)))
            .collect())
    }

    /// Stores the part of a level. Fields that no definition has are left out.
    async fn put(
        &mut self,
        definition_tx: &mut DefinitionTx,
        owner: Owner,
        element_id: i64,
        mut mapping: Transformation,
    ) -> Result<(), Failure> {
        let scope = scope_at(self.call.caller.user()?, owner);
        let rows = definition_tx.visible_definitions(scope, Some(self.name)).await?;
        if rows.is_empty() {
            return Err(Failure::not_found(NO_DEFINITION));
        }
        let shape = Shape::of(&rows);
        mapping.fields.retain(|field| {
            let known = shape.has(&field.path);
            if !known {
                self.ignored.part(&format!("The mapped field {}", field.path), "the definition does not have it");
            }
            known
        });
        if let Some(known) = definition_tx.transformation(owner, element_id, self.name).await? {
            check_engine(&known, &mapping)?;
        }
        Ok(definition_tx.put_transformation(owner, element_id, self.name, &mapping).await?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_document_is_read_and_written_without_a_change() -> Result<(), String> {
        let document = json!({"vdrName": "a", "vdrVersion": "v2",
            "definition": {"objectName": "a", "description": "All of it", "createdDate": "2024-01-15 08:45:21.121334",
                "levels": ["organization", "account"], "vdrShared": true, "vdrShareLevel": "organization",
                "fields": [{"path": "id", "type": "string", "level": "organization"},
                           {"path": "deep.er[*].one", "level": "account"}]},
            "transformation": {"acme": {"elementKey": "acme", "objectName": "a", "vendorName": "channels",
                "isLegacy": false, "fields": [{"path": "id", "vendorPath": "id", "level": "organization"}],
                "configuration": [{"type": "inherit", "level": "account"}],
                "levels": [{"level": "organization", "vendorName": "channels", "isLegacy": false},
                           {"level": "account", "vendorName": "channels", "isLegacy": false}],
                "scripts": [{"body": "done(1);", "level": "account"}],
                "script": {"body": "done(1);", "level": "account"}}}});
        let Value::Object(members) = &document else { return Err("no object".to_owned()) };
        let mut vdr = Vdr::default();
        vdr.add(members)?;
        assert_eq!(vdr.document("a"), document);
        Ok(())
    }
}
