use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::connection::{Connection, Outgoing};
use super::empty_if_none_found;
use super::instance::InstanceHandle;
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Instance, NewInstance};

/// The instances of the calling user (spec P 6).
#[derive(Clone)]
pub struct Instances {
    pub(super) connection: Arc<Connection>,
}

impl Instances {
    /// Creates an instance; the platform checks the credentials with the vendor first (spec P 6.2).
    ///
    /// # Errors
    /// `authentication` or `permission_denied` with the vendor's text when the vendor refuses the credentials,
    /// `invalid_request` when something required is missing, `vendor` or `timeout` when the vendor cannot be asked.
    pub async fn create(&self, new: &NewInstance) -> Result<InstanceHandle> {
        let mut body = json!({
            "element": {"key": new.element},
            "name": new.name,
            "configuration": new.configuration,
        });
        if let Some(tags) = &new.tags {
            body["tags"] = json!(tags);
        }
        let call = Outgoing::new(Method::POST, "instances").json(&body)?;
        self.handle(self.connection.send(call).await?.json().await?)
    }

    /// Every instance, by ascending id; without their configuration (spec P 6.6).
    pub async fn list(&self) -> Result<Vec<Instance>> {
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let mut call = Outgoing::new(Method::GET, "instances");
            if let Some(token) = &token {
                call = call.query("nextPage", token);
            }
            let Some(answer) = empty_if_none_found(self.connection.send(call).await)? else { return Ok(all) };
            let next = answer.next_page_token().map(str::to_owned);
            all.extend(answer.json::<Vec<Instance>>().await?);
            if next.is_none() || next == token {
                return Ok(all);
            }
            token = next;
        }
    }

    /// One instance by its id (spec P 6.6).
    pub async fn get(&self, id: i64) -> Result<InstanceHandle> {
        let call = Outgoing::new(Method::GET, format!("instances/{id}"));
        self.handle(self.connection.send(call).await?.json().await?)
    }

    /// Deletes an instance with its jobs and their files (spec P 6.8).
    pub async fn delete(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("instances/{id}"))).await?;
        Ok(())
    }

    /// An instance of which only the Element token is known; it is not looked up.
    pub fn with_token(&self, token: impl Into<Secret>) -> InstanceHandle {
        InstanceHandle::new(Arc::clone(&self.connection), None, token.into())
    }

    fn handle(&self, instance: Instance) -> Result<InstanceHandle> {
        let missing = || Error::new(ErrorKind::Decode, "the platform gave no Element token");
        let token = instance.token.clone().ok_or_else(missing)?;
        Ok(InstanceHandle::new(Arc::clone(&self.connection), Some(instance), token.into()))
    }
}
