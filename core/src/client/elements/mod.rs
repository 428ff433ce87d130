//! The catalogue of elements (spec P 5), and what the client has for single ones.

mod brighttalk;
mod definitions;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use serde::de::DeserializeOwned;

use super::connection::Connection;
use super::outgoing::{Outgoing, segment};
use super::pages;
use crate::error::Result;
use crate::model::{
    ConfigurationDefinition, Element, ElementMetadata, OauthOptions, OauthToken, OauthUrl, Transformation,
};

/// The elements of the platform. An element is named by its key or its id.
#[derive(Clone, Debug)]
pub struct Elements {
    pub(super) connection: Arc<Connection>,
}

impl Elements {
    /// Returns all elements.
    pub async fn list(&self) -> Result<Vec<Element>> {
        self.list_as().await
    }

    /// Returns [`list`](Self::list) for a host language, which takes `T` as [`Sent`](super::Sent).
    #[doc(hidden)]
    pub async fn list_as<T: DeserializeOwned + Send>(&self) -> Result<Vec<T>> {
        pages::all(|token| self.connection.send(Outgoing::get("elements").page(token.as_deref()))).await
    }

    /// Returns one element.
    ///
    /// # Errors
    /// `not_found` if no element has that key or id.
    pub async fn get(&self, key_or_id: &str) -> Result<Element> {
        self.read(key_or_id, "").await
    }

    /// Returns the capabilities of an element.
    pub async fn metadata(&self, key_or_id: &str) -> Result<ElementMetadata> {
        self.read(key_or_id, "/metadata").await
    }

    /// Returns the configuration that instances of an element accept.
    pub async fn configuration(&self, key_or_id: &str) -> Result<Vec<ConfigurationDefinition>> {
        self.read(key_or_id, "/configuration").await
    }

    /// Returns the element's own transformations by name; most elements have none.
    pub async fn transformations(&self, key_or_id: &str) -> Result<BTreeMap<String, Transformation>> {
        self.read(key_or_id, "/transformations").await
    }

    /// Returns the address at which a user grants access to an element with OAuth. The vendor sends the user to the
    /// callback with a code and the state; pass both to [`NewInstance::granted`](crate::model::NewInstance::granted).
    /// A [`LoopbackCallback`](super::LoopbackCallback) receives them, or [`OauthUrl::code`] reads them. With OAuth 1, the
    /// state is the request token and the code its verifier; the platform asks for the token with the client secret of
    /// the options, and keeps its secret.
    ///
    /// # Errors
    /// `invalid_request` if the element does not use OAuth, or a value is missing that has no default.
    pub async fn oauth_url(&self, key_or_id: &str, options: &OauthOptions) -> Result<OauthUrl> {
        let call = Outgoing::new(Method::POST, format!("elements/{}/oauth/url", segment(key_or_id)));
        let url: OauthUrl = self.connection.send(call.json(options)?).await?.json().await?;
        // Platforms do not have to repeat the state.
        Ok(OauthUrl { state: url.state.or_else(|| options.state.clone()), ..url })
    }

    /// Asks the vendor of an element with OAuth 1 for a request token, for an application that keeps its secret itself. Pass
    /// the token to [`oauth_url`](Self::oauth_url), and both with the verifier of the callback to
    /// [`NewInstance::verified`](crate::model::NewInstance::verified).
    ///
    /// # Errors
    /// `invalid_request` if the element does not use OAuth 1, or a value is missing that has no default;
    /// `authentication` if the vendor rejects the client.
    pub async fn oauth_token(&self, key_or_id: &str, options: &OauthOptions) -> Result<OauthToken> {
        let call = Outgoing::new(Method::POST, format!("elements/{}/oauth/token", segment(key_or_id)));
        self.connection.send(call.json(options)?).await?.json().await
    }

    async fn read<T: DeserializeOwned>(&self, key_or_id: &str, what: &str) -> Result<T> {
        let call = Outgoing::get(format!("elements/{}{what}", segment(key_or_id)));
        self.connection.send(call).await?.json().await
    }
}
