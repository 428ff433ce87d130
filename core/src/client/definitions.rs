//! Custom object definitions at one level (spec P 9.3).

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::caller::{Caller, Level};
use super::failure::empty_if_none_found;
use super::outgoing::{Outgoing, segment};
use crate::error::{Error, ErrorKind, Result};
use crate::model::ObjectDefinition;

/// The object definitions of one level.
#[derive(Clone, Debug)]
pub struct Definitions {
    caller: Caller,
    base: String,
}

impl Definitions {
    pub(super) fn new(caller: Caller, level: Level) -> Self {
        Self { caller, base: level.base() }
    }

    /// Returns the definitions of the instance that calls.
    pub(super) fn own(caller: Caller) -> Self {
        Self { caller, base: "instances".to_owned() }
    }

    /// Returns all definitions of this level by name; empty if there are none.
    pub async fn list(&self) -> Result<BTreeMap<String, ObjectDefinition>> {
        let answer = self.caller.send(Outgoing::get(self.all())).await;
        let Some(answer) = empty_if_none_found(answer)? else { return Ok(BTreeMap::new()) };
        by_name(answer.json().await?)
    }

    /// Returns the same as [`list`](Self::list), but only with the field types that were declared.
    pub(crate) async fn declared(&self) -> Result<BTreeMap<String, ObjectDefinition>> {
        let answer = self.caller.send(Outgoing::get(self.all()).query("declared", "true")).await;
        let Some(answer) = empty_if_none_found(answer)? else { return Ok(BTreeMap::new()) };
        by_name(answer.json().await?)
    }

    /// Returns a definition, with the fields of this level alone.
    ///
    /// # Errors
    /// `not_found` if the level has no definition of that name.
    pub async fn get(&self, name: &str) -> Result<ObjectDefinition> {
        self.caller.send(Outgoing::get(self.one(name))).await?.json().await
    }

    /// Creates a definition.
    ///
    /// # Errors
    /// `conflict` if the level has a definition of that name; `invalid_request` for an invalid name or field.
    pub async fn create(&self, name: &str, definition: &ObjectDefinition) -> Result<ObjectDefinition> {
        let call = Outgoing::new(Method::POST, self.one(name)).json(definition)?;
        self.caller.send(call).await?.json().await
    }

    /// Creates several definitions, all or none; not available at the level of an instance.
    ///
    /// # Errors
    /// `conflict` if one of the names exists.
    pub async fn create_all(&self, definitions: &BTreeMap<String, ObjectDefinition>) -> Result<()> {
        self.caller.send(Outgoing::new(Method::POST, self.all()).json(definitions)?).await?;
        Ok(())
    }

    /// Replaces the fields of a definition.
    ///
    /// # Errors
    /// `not_found` if the level has no definition of that name.
    pub async fn replace(&self, name: &str, definition: &ObjectDefinition) -> Result<ObjectDefinition> {
        let call = Outgoing::new(Method::PUT, self.one(name)).json(definition)?;
        self.caller.send(call).await?.json().await
    }

    /// Deletes a definition.
    ///
    /// # Errors
    /// `conflict` while a transformation of this level uses it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.one(name))).await?;
        Ok(())
    }

    /// Deletes every definition of this level; not available at the level of an instance.
    ///
    /// # Errors
    /// `conflict` while one of them is used; then nothing is deleted.
    pub async fn delete_all(&self) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.all())).await?;
        Ok(())
    }

    /// Renames a definition and its transformations of this level; those of other levels keep their name.
    ///
    /// # Errors
    /// `conflict` if the new name exists.
    pub async fn rename(&self, name: &str, new_name: &str) -> Result<()> {
        let path = format!("{}/objects/{}", self.base, segment(name));
        let call = Outgoing::new(Method::PATCH, path).json(&json!({"objectName": new_name}))?;
        self.caller.send(call).await?;
        Ok(())
    }

    fn all(&self) -> String {
        format!("{}/objects/definitions", self.base)
    }

    fn one(&self, name: &str) -> String {
        format!("{}/objects/{}/definitions", self.base, segment(name))
    }
}

/// Returns the definitions of a listing. Older platforms add a member `level`, the level of all (spec P 9.3).
fn by_name(mut listing: Map<String, Value>) -> Result<BTreeMap<String, ObjectDefinition>> {
    let level = match listing.remove("level") {
        Some(Value::String(level)) => Some(level),
        _ => None,
    };
    let read = |(name, value)| {
        let wrong = |error| Error::new(ErrorKind::Decode, format!("a definition could not be parsed: {error}"));
        let mut definition: ObjectDefinition = serde_json::from_value(value).map_err(wrong)?;
        definition.level = definition.level.or_else(|| level.clone());
        Ok((name, definition))
    };
    listing.into_iter().map(read).collect()
}
