use std::sync::Arc;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::capabilities::Extension;
use super::connection::Connection;
use super::instance::InstanceHandle;
use super::outgoing::{Outgoing, segment};
use super::pages;
use super::sent::Sent;
use crate::auth::Secret;
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::markup::without_markup;
use crate::model::{ConfigurationItem, Instance, InstanceChange, InstanceCounts, NewInstance};

/// The instances of the calling user (spec P 6).
#[derive(Clone, Debug)]
pub struct Instances {
    connection: Arc<Connection>,
    /// Path for listing and creating: of all instances, or of those of one element.
    base: String,
}

/// Filter of a list of instances; matches all of them by default (spec P 6.6).
#[derive(Clone, Debug, Default)]
pub struct InstanceFilter {
    search: Option<String>,
    tags: Vec<String>,
    hydrate: bool,
}

impl InstanceFilter {
    /// Returns a filter that matches all instances.
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches only instances whose name, or whose element's key, contains a string, in any letter case.
    #[must_use]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Matches only instances that have this tag, in addition to tags given before.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Sets whether the instances are listed with their configuration.
    #[must_use]
    pub fn hydrate(mut self, hydrate: bool) -> Self {
        self.hydrate = hydrate;
        self
    }

    fn apply(&self, mut call: Outgoing) -> Outgoing {
        if let Some(text) = &self.search {
            call = call.query("searchText", text);
        }
        for tag in &self.tags {
            call = call.query("tags[]", tag);
        }
        if self.hydrate { call.query("hydrate", "true") } else { call }
    }
}

impl Instances {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection, base: "instances".to_owned() }
    }

    /// Limits the list to the instances of one element, by its key or id.
    #[must_use]
    pub fn of(&self, element: &str) -> Self {
        Self { connection: Arc::clone(&self.connection), base: format!("elements/{}/instances", segment(element)) }
    }

    /// Creates an instance; the platform verifies the credentials with the vendor first (spec P 6.2).
    ///
    /// # Errors
    /// `authentication` or `permission_denied` with the vendor's text if the vendor rejects the credentials,
    /// `invalid_request` if something required is missing, `vendor` or `timeout` if the vendor cannot be reached.
    pub async fn create(&self, new: &NewInstance) -> Result<InstanceHandle> {
        let call = Outgoing::new(Method::POST, self.base.as_str()).json(&body_of(new))?;
        self.handle(self.connection.send(call).await?.json().await?)
    }

    /// Returns the instance of this element and name. Creates it if it is missing; otherwise gives it this
    /// configuration, and these tags if there are any. So a program may connect each time it runs. If several instances
    /// have the name, the oldest is used. The platform verifies the credentials with the vendor in every case.
    ///
    /// On ElementKit's own engine this is one call and one transaction: concurrent callers in any process get the same
    /// instance. Other platforms have no such call. There the instance is looked up, created, and looked up again; if
    /// another caller was first, the instance created here is deleted.
    ///
    /// # Errors
    /// As [`create`](Self::create); an existing instance is then unchanged.
    pub async fn connect(&self, new: &NewInstance) -> Result<InstanceHandle> {
        let extensions = match self.connection.capabilities_of(&new.element).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Arc::default(),
            outcome => outcome?,
        };
        if !extensions.has(Extension::InstanceConnect) {
            return self.connect_in_steps(new).await;
        }
        let call = Outgoing::new(Method::PUT, format!("elements/{}/instances", segment(&new.element)));
        self.handle(self.send(call.json(&body_of(new))?).await?)
    }

    /// Connects as [`connect`](Self::connect) does; configuration that is not given comes from the environment
    /// variables of the element, for instance `ACME_API_KEY` and `ACME_API_SECRET`.
    ///
    /// # Errors
    /// `config` if required configuration is neither given nor in a variable; otherwise as [`connect`](Self::connect).
    pub async fn connect_from_env(&self, new: NewInstance) -> Result<InstanceHandle> {
        let new = new.with_env();
        new.check()?;
        self.connect(&new).await
    }

    async fn connect_in_steps(&self, new: &NewInstance) -> Result<InstanceHandle> {
        if let Some(found) = self.named(&new.element, &new.name).await? {
            return self.reconnect(found.id, new).await;
        }
        let created = self.create(new).await?;
        let id = created.find_id().await?;
        match self.named(&new.element, &new.name).await? {
            Some(first) if first.id < id => {
                self.delete(id).await?;
                self.reconnect(first.id, new).await
            }
            _ => Ok(created),
        }
    }

    /// Changes an instance and has its credentials verified: a platform verifies only those that change.
    async fn reconnect(&self, id: i64, new: &NewInstance) -> Result<InstanceHandle> {
        let configuration = new.configuration.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let change = InstanceChange {
            tags: new.tags.clone(),
            configuration: Some(configuration),
            provider_data: new.provider_data.clone(),
            ..InstanceChange::default()
        };
        let call = changing(Method::PATCH, format!("instances/{id}"), &change)?;
        let instance = self.handle(self.send(call).await?)?;
        instance.ping().await?;
        Ok(instance)
    }

    async fn named(&self, element: &str, name: &str) -> Result<Option<Instance>> {
        // As platforms store it.
        let name = without_markup(name);
        let alike = self.search(&InstanceFilter::new().search(&name)).await?;
        Ok(alike.into_iter().find(|instance| instance.element.key == element && instance.name == name))
    }

    /// Returns every instance, by ascending id, without their configuration (spec P 6.6).
    pub async fn list(&self) -> Result<Vec<Instance>> {
        self.search(&InstanceFilter::default()).await
    }

    /// Returns the instances that match a filter, by ascending id; empty if there are none.
    pub async fn search(&self, filter: &InstanceFilter) -> Result<Vec<Instance>> {
        self.search_as(filter).await
    }

    /// Returns [`search`](Self::search) for a host language, which takes `T` as [`Sent`].
    #[doc(hidden)]
    pub async fn search_as<T: DeserializeOwned + Send>(&self, filter: &InstanceFilter) -> Result<Vec<T>> {
        let page = |token: Option<String>| {
            self.connection.send(filter.apply(Outgoing::get(self.base.as_str())).page(token.as_deref()))
        };
        pages::all(page).await
    }

    /// Returns the number of instances of all elements.
    pub async fn count(&self) -> Result<InstanceCounts> {
        self.send(Outgoing::get("instances/count")).await
    }

    /// Returns an instance by its id (spec P 6.6).
    ///
    /// # Errors
    /// `not_found` if the caller has no such instance.
    pub async fn get(&self, id: i64) -> Result<InstanceHandle> {
        self.handle(self.send(Outgoing::get(format!("{}/{id}", self.base))).await?)
    }

    /// Changes an instance, and resets optional configuration that is not given to its default. Without any
    /// configuration, all of it is kept (PUT, spec P 6.7).
    ///
    /// # Errors
    /// As [`create`](Self::create), if credentials are changed; the instance is then unchanged.
    pub async fn update(&self, id: i64, change: &InstanceChange) -> Result<Instance> {
        self.send(changing(Method::PUT, format!("instances/{id}"), change)?).await
    }

    /// Changes only what is given (PATCH, spec P 6.7).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn patch(&self, id: i64, change: &InstanceChange) -> Result<Instance> {
        self.send(changing(Method::PATCH, format!("instances/{id}"), change)?).await
    }

    /// Deletes an instance with its jobs and their files (spec P 6.8).
    ///
    /// # Errors
    /// `not_found` if the caller has no such instance.
    pub async fn delete(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("{}/{id}", self.base))).await?;
        Ok(())
    }

    /// Enables an instance (spec P 6.9).
    pub async fn enable(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::PUT, format!("instances/{id}/enabled"))).await?;
        Ok(())
    }

    /// Disables an instance: the platform rejects its resources and new bulk jobs (spec P 6.9).
    pub async fn disable(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("instances/{id}/enabled"))).await?;
        Ok(())
    }

    /// Gives an instance a new Element token; the old one is invalid at once (spec P 16.4).
    ///
    /// # Errors
    /// `unsupported` if the platform has no `token-rotation`.
    pub async fn rotate_token(&self, id: i64) -> Result<InstanceHandle> {
        let instance = self.get(id).await?;
        instance.rotate_token().await?;
        Ok(instance)
    }

    /// Returns the configuration of an instance, including unset items (spec P 6.11).
    pub async fn configuration(&self, id: i64) -> Result<Vec<ConfigurationItem>> {
        self.send(Outgoing::get(format!("instances/{id}/configuration"))).await
    }

    /// Sets one value of the configuration of an instance, by the id of the item (spec P 6.11).
    pub async fn configure(&self, id: i64, item: i64, value: Option<&str>) -> Result<ConfigurationItem> {
        let call = Outgoing::new(Method::PATCH, format!("instances/{id}/configuration/{item}"));
        self.send(call.json(&json!({"propertyValue": value}))?).await
    }

    /// Returns the instance that `ELEMENTKIT_INSTANCE` names, or else the only one there is.
    ///
    /// # Errors
    /// `not_found` if there is no instance, `config` if there are several.
    pub async fn only(&self) -> Result<InstanceHandle> {
        if let Some(text) = environment::read(environment::INSTANCE) {
            let wrong = |_| Error::new(ErrorKind::Config, format!("{} is not an id", environment::INSTANCE));
            return self.get(text.trim().parse().map_err(wrong)?).await;
        }
        match self.list().await?.as_slice() {
            [] => Err(Error::new(ErrorKind::NotFound, "there is no instance").with_hint("Connect an element first.")),
            [only] => self.get(only.id).await,
            several => {
                let names: Vec<String> = several.iter().map(|each| format!("{} ({})", each.id, each.name)).collect();
                let message = format!("there are several instances: {}", names.join(", "));
                let hint = format!("Name one by its id, or set {}.", environment::INSTANCE);
                Err(Error::new(ErrorKind::Config, message).with_hint(hint))
            }
        }
    }

    /// Returns an instance of which only the Element token is known; nothing is looked up.
    pub fn with_token(&self, token: impl Into<Secret>) -> InstanceHandle {
        InstanceHandle::new(Arc::clone(&self.connection), None, token.into())
    }

    async fn send<T: DeserializeOwned>(&self, call: Outgoing) -> Result<T> {
        self.connection.send(call).await?.json().await
    }

    fn handle(&self, instance: Sent<Instance>) -> Result<InstanceHandle> {
        InstanceHandle::of(Arc::clone(&self.connection), instance)
    }
}

/// Returns the body of the call that creates an instance.
fn body_of(new: &NewInstance) -> Value {
    let mut body = json!({"element": {"key": new.element}, "name": new.name, "configuration": new.configuration});
    if let Some(tags) = &new.tags {
        body["tags"] = json!(tags);
    }
    if !new.provider_data.is_empty() {
        body["providerData"] = json!(new.provider_data);
    }
    body
}

/// Returns the call that makes a change.
pub(super) fn changing(method: Method, path: impl Into<String>, change: &InstanceChange) -> Result<Outgoing> {
    let call = Outgoing::new(method, path).json(change)?;
    Ok(if change.skip_verification { call.query("reAuthenticate", "false") } else { call })
}
