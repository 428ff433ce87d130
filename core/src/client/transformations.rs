//! Mappings of custom objects to the objects of an element, at one level (spec P 9.5).

use std::collections::BTreeMap;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::caller::{Caller, Level};
use super::failure::empty_if_none_found;
use super::outgoing::{Outgoing, segment};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Element, Transformation};

/// The transformations of one level.
///
/// Those of an organization or an account belong to an element: select it with [`element`](Self::element).
#[derive(Clone, Debug)]
pub struct Transformations {
    caller: Caller,
    level: Option<Level>,
    element: Option<String>,
}

/// Direction of a dry run (spec P 9.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a record of the element to the custom object, as in reads.
    #[default]
    FromVendor,
    /// From the custom object to a record of the element, as in writes.
    ToVendor,
}

impl Transformations {
    pub(super) fn new(caller: Caller, level: Level) -> Self {
        Self { caller, level: Some(level), element: None }
    }

    /// Returns the transformations of the instance that calls.
    pub(super) fn own(caller: Caller) -> Self {
        Self { caller, level: None, element: None }
    }

    /// Selects the transformations of this element, by its key or id; not needed at the level of an instance.
    #[must_use]
    pub fn element(mut self, key_or_id: impl Into<String>) -> Self {
        self.element = Some(key_or_id.into());
        self
    }

    /// Returns all transformations of this level by the name of their object; empty if there are none.
    pub async fn list(&self) -> Result<BTreeMap<String, Transformation>> {
        let answer = self.caller.send(Outgoing::get(self.all()?)).await;
        match empty_if_none_found(answer)? {
            Some(answer) => answer.json().await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// Returns the same as [`list`](Self::list), but only with the field types that were declared.
    pub(crate) async fn declared(&self) -> Result<BTreeMap<String, Transformation>> {
        let answer = self.caller.send(Outgoing::get(self.all()?).query("declared", "true")).await;
        match empty_if_none_found(answer)? {
            Some(answer) => answer.json().await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// Returns the transformation of an object; one with `inherit` includes the fields of higher levels.
    ///
    /// # Errors
    /// `not_found` if this level has no such transformation.
    pub async fn get(&self, name: &str) -> Result<Transformation> {
        self.send(Outgoing::get(self.one(name)?)).await
    }

    /// Maps an object.
    ///
    /// # Errors
    /// `conflict` if this level already maps it; `not_found` if it has no definition; `invalid_request` for a field
    /// that the definition lacks.
    pub async fn create(&self, name: &str, transformation: &Transformation) -> Result<Transformation> {
        self.send(Outgoing::new(Method::POST, self.one(name)?).json(transformation)?).await
    }

    /// Replaces the mapping of an object.
    ///
    /// # Errors
    /// `not_found` if this level does not map it.
    pub async fn replace(&self, name: &str, transformation: &Transformation) -> Result<Transformation> {
        self.send(Outgoing::new(Method::PUT, self.one(name)?).json(transformation)?).await
    }

    /// Deletes the mapping of an object at this level.
    ///
    /// # Errors
    /// `not_found` if this level does not map it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.one(name)?)).await?;
        Ok(())
    }

    /// Deletes the mapping of an object at the level of an instance, and for the same element at its account and its
    /// organization.
    ///
    /// # Errors
    /// `config` at another level.
    pub async fn delete_everywhere(&self, name: &str) -> Result<()> {
        if !matches!(self.level, None | Some(Level::Instance(_))) {
            return Err(Error::new(ErrorKind::Config, "only from an instance can a mapping be deleted everywhere"));
        }
        let call = Outgoing::new(Method::DELETE, self.one(name)?).query("propagate", "true");
        self.caller.send(call).await?;
        Ok(())
    }

    /// Deletes every mapping of this level.
    pub async fn delete_all(&self) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.all()?)).await?;
        Ok(())
    }

    /// Maps a record, or an array of records, without calling the vendor (spec P 9.9). At the level of an instance it
    /// uses all mappings that apply there; otherwise those of the caller's account and organization for the element.
    ///
    /// # Errors
    /// `not_found` if the object is not mapped; `server` with the position in the script if a script fails.
    pub async fn execute(&self, name: &str, payload: &Value, direction: Direction) -> Result<Value> {
        let mut body = json!({"payload": payload});
        match (&self.caller, self.level) {
            (Caller::Instance(instance), _) => body["instanceId"] = instance.describe().await?.id.into(),
            (_, Some(Level::Instance(id))) => body["instanceId"] = id.into(),
            _ => body["elementId"] = self.element_id().await?.into(),
        }
        if direction == Direction::ToVendor {
            body["method"] = "POST".into();
        }
        let path = format!("transformations/{}/execute", segment(name));
        // A dry run uses the user's credentials, also for an instance.
        let call = Outgoing::new(Method::POST, path).json(&body)?;
        match &self.caller {
            Caller::User(connection) => connection.send(call).await?.json().await,
            Caller::Instance(instance) => instance.connection().send(call).await?.json().await,
        }
    }

    async fn element_id(&self) -> Result<i64> {
        let element = self.named()?;
        match element.parse() {
            Ok(id) => Ok(id),
            Err(_) => {
                let element: Element = self.send(Outgoing::get(format!("elements/{}", segment(element)))).await?;
                Ok(element.id)
            }
        }
    }

    async fn send<T: DeserializeOwned>(&self, call: Outgoing) -> Result<T> {
        self.caller.send(call).await?.json().await
    }

    fn named(&self) -> Result<&str> {
        let missing = || Error::new(ErrorKind::Config, "these transformations belong to an element, but none is named");
        self.element.as_deref().ok_or_else(|| missing().with_hint("Name it by its key."))
    }

    fn all(&self) -> Result<String> {
        let base = match self.level {
            None => return Ok("instances/transformations".to_owned()),
            Some(Level::Instance(id)) => return Ok(format!("instances/{id}/transformations")),
            Some(Level::Account(None)) => {
                let error = Error::new(ErrorKind::Config, "the transformations of an account need its id");
                return Err(error);
            }
            Some(level) => level.base(),
        };
        Ok(format!("{base}/elements/{}/transformations", segment(self.named()?)))
    }

    fn one(&self, name: &str) -> Result<String> {
        Ok(format!("{}/{}", self.all()?, segment(name)))
    }
}
