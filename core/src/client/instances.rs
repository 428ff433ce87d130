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
    /// Where they are listed and created: all of them, or those of one element.
    base: String,
}

/// Which instances to list; all of them by default (spec P 6.6).
#[derive(Clone, Debug, Default)]
pub struct InstanceFilter {
    search: Option<String>,
    tags: Vec<String>,
    hydrate: bool,
}

impl InstanceFilter {
    /// All instances.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those whose name, or whose element's key, has this text in it, in any letter case.
    #[must_use]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Only those that have this tag, besides the tags asked for before.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// With their configuration.
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

    /// Those of one element alone, by its key or id.
    #[must_use]
    pub fn of(&self, element: &str) -> Self {
        Self { connection: Arc::clone(&self.connection), base: format!("elements/{}/instances", segment(element)) }
    }

    /// Creates an instance; the platform checks the credentials with the vendor first (spec P 6.2).
    ///
    /// # Errors
    /// `authentication` or `permission_denied` with the vendor's text when the vendor refuses the credentials,
    /// `invalid_request` when something required is missing, `vendor` or `timeout` when the vendor cannot be asked.
    pub async fn create(&self, new: &NewInstance) -> Result<InstanceHandle> {
        let call = Outgoing::new(Method::POST, self.base.as_str()).json(&body_of(new))?;
        self.handle(self.connection.send(call).await?.json().await?)
    }

    /// The instance of this element and name: created when there is none, else given this configuration, and these tags
    /// if any. So a program may connect each time it runs. The oldest, where several have the name. The platform verifies
    /// the credentials with the vendor in every case.
    ///
    /// On ElementKit's own engine this is one call and one transaction: several callers at once, in whatever process,
    /// get the same instance. Other platforms have no such call. There the instance is looked up, created, and looked
    /// up again; when another caller was first, the one that was created here is deleted.
    ///
    /// # Errors
    /// As [`create`](Self::create); an instance there was is then as before.
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

    /// As [`connect`](Self::connect); configuration that is not given comes from the environment variables of the element,
    /// for instance `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`.
    ///
    /// # Errors
    /// `config` when required configuration is neither given nor in a variable; otherwise as [`connect`](Self::connect).
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
        let change =
            InstanceChange { tags: new.tags.clone(), configuration: Some(configuration), ..InstanceChange::default() };
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

    /// Every instance, by ascending id; without their configuration (spec P 6.6).
    pub async fn list(&self) -> Result<Vec<Instance>> {
        self.search(&InstanceFilter::default()).await
    }

    /// The instances that a filter leaves, by ascending id; empty when there is none.
    pub async fn search(&self, filter: &InstanceFilter) -> Result<Vec<Instance>> {
        self.search_as(filter).await
    }

    /// [`search`](Self::search) for a host language, which takes `T` as [`Sent`].
    #[doc(hidden)]
    pub async fn search_as<T: DeserializeOwned + Send>(&self, filter: &InstanceFilter) -> Result<Vec<T>> {
        let page = |token: Option<String>| {
            self.connection.send(filter.apply(Outgoing::get(self.base.as_str())).page(token.as_deref()))
        };
        pages::all(page).await
    }

    /// How many there are, of all elements.
    pub async fn count(&self) -> Result<InstanceCounts> {
        self.send(Outgoing::get("instances/count")).await
    }

    /// One instance by its id (spec P 6.6).
    ///
    /// # Errors
    /// `not_found` when the caller has no such instance.
    pub async fn get(&self, id: i64) -> Result<InstanceHandle> {
        self.handle(self.send(Outgoing::get(format!("{}/{id}", self.base))).await?)
    }

    /// Changes an instance, and takes optional configuration that is not given back to its default; without any
    /// configuration given it stays as it is (PUT, spec P 6.7).
    ///
    /// # Errors
    /// As [`create`](Self::create), when credentials are changed; the instance is then as before.
    pub async fn update(&self, id: i64, change: &InstanceChange) -> Result<Instance> {
        self.send(changing(Method::PUT, format!("instances/{id}"), change)?).await
    }

    /// Changes of an instance what is given (PATCH, spec P 6.7).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn patch(&self, id: i64, change: &InstanceChange) -> Result<Instance> {
        self.send(changing(Method::PATCH, format!("instances/{id}"), change)?).await
    }

    /// Deletes an instance with its jobs and their files (spec P 6.8).
    ///
    /// # Errors
    /// `not_found` when the caller has no such instance.
    pub async fn delete(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("{}/{id}", self.base))).await?;
        Ok(())
    }

    /// Switches an instance on (spec P 6.9).
    pub async fn enable(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::PUT, format!("instances/{id}/enabled"))).await?;
        Ok(())
    }

    /// Switches an instance off: its resources and new bulk jobs are refused (spec P 6.9).
    pub async fn disable(&self, id: i64) -> Result<()> {
        self.connection.send(Outgoing::new(Method::DELETE, format!("instances/{id}/enabled"))).await?;
        Ok(())
    }

    /// Gives an instance a new Element token; the old one is invalid at once (spec P 16.4).
    ///
    /// # Errors
    /// `unsupported` where the platform has no `token-rotation`.
    pub async fn rotate_token(&self, id: i64) -> Result<InstanceHandle> {
        let instance = self.get(id).await?;
        instance.rotate_token().await?;
        Ok(instance)
    }

    /// The configuration of an instance, what is not set too (spec P 6.11).
    pub async fn configuration(&self, id: i64) -> Result<Vec<ConfigurationItem>> {
        self.send(Outgoing::get(format!("instances/{id}/configuration"))).await
    }

    /// Sets one value of the configuration of an instance, by the id of the item (spec P 6.11).
    pub async fn configure(&self, id: i64, item: i64, value: Option<&str>) -> Result<ConfigurationItem> {
        let call = Outgoing::new(Method::PATCH, format!("instances/{id}/configuration/{item}"));
        self.send(call.json(&json!({"propertyValue": value}))?).await
    }

    /// The instance that `ELEMENTKIT_INSTANCE` names, else the only one there is.
    ///
    /// # Errors
    /// `not_found` when there is none, `config` when there are several.
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

    /// An instance of which only the Element token is known; it is not looked up.
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

/// A new instance as the body of a call.
fn body_of(new: &NewInstance) -> Value {
    let mut body = json!({"element": {"key": new.element}, "name": new.name, "configuration": new.configuration});
    if let Some(tags) = &new.tags {
        body["tags"] = json!(tags);
    }
    body
}

/// A change as a call.
pub(super) fn changing(method: Method, path: impl Into<String>, change: &InstanceChange) -> Result<Outgoing> {
    let call = Outgoing::new(method, path).json(change)?;
    Ok(if change.skip_verification { call.query("reAuthenticate", "false") } else { call })
}
