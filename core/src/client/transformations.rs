//! Mappings of shapes to the objects of an element, at one level (spec P 9.5).

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
/// Those of an organization or an account belong to an element: name it with [`element`](Self::element).
#[derive(Clone, Debug)]
pub struct Transformations {
    caller: Caller,
    level: Option<Level>,
    element: Option<String>,
}

/// Which way a dry run maps (spec P 9.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a record of the element to the shape, as in reads.
    #[default]
    FromVendor,
    /// From the shape to a record of the element, as in writes.
    ToVendor,
}

impl Transformations {
    pub(super) fn new(caller: Caller, level: Level) -> Self {
        Self { caller, level: Some(level), element: None }
    }

    /// Those of the instance that calls.
    pub(super) fn own(caller: Caller) -> Self {
        Self { caller, level: None, element: None }
    }

    /// Those of this element, by its key or id; not needed at the level of an instance.
    #[must_use]
    pub fn element(mut self, key_or_id: impl Into<String>) -> Self {
        self.element = Some(key_or_id.into());
        self
    }

    /// All transformations of this level by the name of their shape; empty when there is none.
    pub async fn list(&self) -> Result<BTreeMap<String, Transformation>> {
        let answer = self.caller.send(Outgoing::get(self.all()?)).await;
        match empty_if_none_found(answer)? {
            Some(answer) => answer.json().await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// As [`list`](Self::list), with only those types on the fields that were declared.
    pub(super) async fn declared(&self) -> Result<BTreeMap<String, Transformation>> {
        let answer = self.caller.send(Outgoing::get(self.all()?).query("declared", "true")).await;
        match empty_if_none_found(answer)? {
            Some(answer) => answer.json().await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// The transformation of a shape; one with `inherit` has the fields of higher levels in it.
    ///
    /// # Errors
    /// `not_found` when this level has none.
    pub async fn get(&self, name: &str) -> Result<Transformation> {
        self.send(Outgoing::get(self.one(name)?)).await
    }

    /// Maps a shape.
    ///
    /// # Errors
    /// `conflict` when this level maps it already; `not_found` when it has no definition; `invalid_request` for a
    /// field that is not in it.
    pub async fn create(&self, name: &str, transformation: &Transformation) -> Result<Transformation> {
        self.send(Outgoing::new(Method::POST, self.one(name)?).json(transformation)?).await
    }

    /// Maps a shape anew.
    ///
    /// # Errors
    /// `not_found` when this level does not map it.
    pub async fn replace(&self, name: &str, transformation: &Transformation) -> Result<Transformation> {
        self.send(Outgoing::new(Method::PUT, self.one(name)?).json(transformation)?).await
    }

    /// Ends the mapping of a shape at this level.
    ///
    /// # Errors
    /// `not_found` when this level does not map it.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.one(name)?)).await?;
        Ok(())
    }

    /// Ends the mapping of a shape at the level of an instance, and for the same element at its account and its
    /// organization too.
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

    /// Ends every mapping of this level.
    pub async fn delete_all(&self) -> Result<()> {
        self.caller.send(Outgoing::new(Method::DELETE, self.all()?)).await?;
        Ok(())
    }

    /// Maps a record, or an array of records, without asking the vendor (spec P 9.9). At the level of an instance by
    /// all that maps it there; otherwise by what the caller's account and organization have for the element.
    ///
    /// # Errors
    /// `not_found` when the shape is not mapped; `server` with the script's place when a script fails.
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
        // A dry run is the user's, also for an instance.
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
        let missing = || Error::new(ErrorKind::Config, "these transformations belong to an element, and none is named");
        self.element.as_deref().ok_or_else(|| missing().with_hint("Name it, for instance brighttalk."))
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
