//! Object definitions, merged from all levels (spec P 9.10).

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::outgoing::{Outgoing, segment};
use crate::error::Result;
use crate::model::CommonResource;

/// The common resources of the caller.
#[derive(Clone, Debug)]
pub struct CommonResources {
    pub(super) connection: Arc<Connection>,
}

impl CommonResources {
    /// Returns all common resources.
    pub async fn list(&self) -> Result<Vec<CommonResource>> {
        self.connection.send(Outgoing::get("common-resources")).await?.json().await
    }

    /// Returns a common resource by its name.
    ///
    /// # Errors
    /// `not_found` if the name is unknown.
    pub async fn get(&self, name: &str) -> Result<CommonResource> {
        self.connection.send(Outgoing::get(one(name))).await?.json().await
    }

    /// Creates a common resource, or replaces the one of that name; each field is kept at its `associated_level`. With
    /// `changed_fields` the fields are renamed, in transformations too.
    pub async fn save(&self, resource: &CommonResource) -> Result<CommonResource> {
        let call = Outgoing::new(Method::PUT, "common-resources").json(&without_derived(resource))?;
        self.connection.send(call).await?.json().await
    }

    /// Renames a common resource at all levels.
    ///
    /// # Errors
    /// `not_found` if the name is unknown.
    pub async fn rename(&self, name: &str, new_name: &str) -> Result<()> {
        let call = Outgoing::new(Method::PATCH, one(name)).json(&json!({"name": new_name}))?;
        self.connection.send(call).await?;
        Ok(())
    }

    /// Deletes a common resource with its transformations, at every level that the caller sees.
    ///
    /// # Errors
    /// `not_found` if the name is unknown; `conflict` from a platform that requires the transformations to be deleted
    /// first.
    pub async fn delete(&self, name: &str) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, one(name))).await?;
        Ok(())
    }
}

/// Removes empty lists that only responses have.
fn without_derived(resource: &CommonResource) -> Map<String, Value> {
    let mut body = match json!(resource) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let derived = ["elementInstanceIds", "mappedElementIds"];
    body.retain(|name, value| !derived.contains(&name.as_str()) || *value != json!([]));
    body
}

fn one(name: &str) -> String {
    format!("common-resources/{}", segment(name))
}
