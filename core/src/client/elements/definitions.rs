//! Elements of one's own, which are documents (spec E 2.1 to 2.7).

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Elements;
use crate::client::outgoing::{Outgoing, segment};
use crate::error::Result;
use crate::model::Element;

impl Elements {
    /// Imports a definition as a new element of the organization, which can be connected at once by its key
    /// (spec E 2.1).
    ///
    /// # Errors
    /// `invalid_request` with the first problem of the definition, `conflict` if an element has its key,
    /// `permission_denied` if the caller may not write elements.
    pub async fn import<T: Serialize + ?Sized>(&self, definition: &T) -> Result<Element> {
        let call = Outgoing::new(Method::POST, "elements").json(definition)?;
        self.connection.send(call).await?.json().await
    }

    /// Replaces the definition of an element (spec E 2.3). It applies to calls from then on; running bulk jobs finish
    /// with the one they began with.
    ///
    /// # Errors
    /// As [`import`](Self::import); `not_found` if the organization has no such element of its own.
    pub async fn replace<T: Serialize + ?Sized>(&self, key_or_id: &str, definition: &T) -> Result<Element> {
        let call = Outgoing::new(Method::PUT, format!("elements/{}", segment(key_or_id))).json(definition)?;
        self.connection.send(call).await?.json().await
    }

    /// Returns the definition of an element: what was imported, with ids and defaults (spec E 1.97).
    ///
    /// # Errors
    /// `not_found` if no element has that key or id.
    pub async fn export(&self, key_or_id: &str) -> Result<Value> {
        self.export_as(key_or_id).await
    }

    /// Returns [`export`](Self::export) for a host language, which takes `T` as a text of JSON.
    #[doc(hidden)]
    pub async fn export_as<T: DeserializeOwned>(&self, key_or_id: &str) -> Result<T> {
        self.read(key_or_id, "/export").await
    }

    /// Removes an element of the organization (spec E 2.4).
    ///
    /// # Errors
    /// `conflict` while it has instances, `not_found` if the organization has no such element of its own.
    pub async fn remove(&self, key_or_id: &str) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("elements/{}", segment(key_or_id)))).await?;
        Ok(())
    }
}
