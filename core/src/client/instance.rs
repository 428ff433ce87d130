use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::address::Address;
use super::answer::Answer;
use super::bulk::Bulk;
use super::caller::Caller;
use super::capabilities::{Capabilities, Extension};
use super::connection::Connection;
use super::definitions::Definitions;
use super::instances::changing;
use super::outgoing::{Outgoing, segment};
use super::records::{Record, Records};
use super::request::Request;
use super::sent::Sent;
use super::sync::{SyncJob, SyncOptions, SyncState};
use super::transformations::Transformations;
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ConfigurationItem, Element, Instance, InstanceChange};
use crate::warning::Warnings;

/// An instance: its Element token, and what the platform returned about it.
#[derive(Clone)]
pub struct InstanceHandle {
    connection: Arc<Connection>,
    /// Shared by all clones, since the token may be renewed and the rest be fetched later (spec P 2.4).
    shared: Arc<InstanceInner>,
}

struct InstanceInner {
    token: RwLock<Secret>,
    known: OnceLock<Sent<Instance>>,
    /// The id from response headers, if nothing else gave it.
    id: OnceLock<i64>,
    /// Key of the element's hub, once it is known.
    hub: OnceLock<String>,
    /// Whether resources are addressed in the hub. It does not change later, since page tokens belong to a path.
    prefers_hub: bool,
}

impl InstanceHandle {
    pub(super) fn new(connection: Arc<Connection>, known: Option<Sent<Instance>>, token: Secret) -> Self {
        let hub = known.as_ref().and_then(|known| known.value.element.hub_key()).map(str::to_owned);
        let inner = InstanceInner {
            token: RwLock::new(token),
            id: OnceLock::new(),
            prefers_hub: hub.is_some(),
            hub: hub.map_or_else(OnceLock::new, OnceLock::from),
            known: known.map_or_else(OnceLock::new, OnceLock::from),
        };
        Self { connection, shared: Arc::new(inner) }
    }

    pub(super) fn of(connection: Arc<Connection>, instance: Sent<Instance>) -> Result<Self> {
        let token = token_of(&instance.value)?;
        Ok(Self::new(connection, Some(instance), token))
    }

    /// Returns the instance as the platform described it when it was created or fetched; `None` if it was made from a
    /// token and not yet [described](Self::describe).
    pub fn details(&self) -> Option<&Instance> {
        self.shared.known.get().map(|known| &known.value)
    }

    /// Returns the JSON of the [`details`](Self::details) as the platform sent it.
    pub fn details_json(&self) -> Option<&str> {
        self.shared.known.get().map(Sent::json)
    }

    /// Returns the id if it is known.
    pub fn id(&self) -> Option<i64> {
        self.details().map(|instance| instance.id).or_else(|| self.shared.id.get().copied())
    }

    /// Returns the id, requesting it if it is not known.
    pub(super) async fn find_id(&self) -> Result<i64> {
        if self.id().is_none() {
            // Any call of the instance returns its id in a header; this one costs nothing.
            self.send_as_is(Outgoing::get("instances/configuration")).await?;
        }
        self.id().ok_or_else(|| Error::new(ErrorKind::Decode, "the platform does not return the id of the instance"))
    }

    /// Returns the platform's description of the instance, fetched at most once.
    pub async fn describe(&self) -> Result<&Instance> {
        if let Some(known) = self.details() {
            return Ok(known);
        }
        let id = self.find_id().await?;
        let found = self.connection.send(Outgoing::get(format!("instances/{id}"))).await?.json().await?;
        Ok(&self.shared.known.get_or_init(|| found).value)
    }

    /// Returns whether resources are addressed in the hub first.
    pub(super) fn prefers_hub(&self) -> bool {
        self.shared.prefers_hub
    }

    /// Returns the key of the element's hub, requested at most once; `None` if the platform does not tell it.
    pub(super) async fn find_hub(&self) -> Option<&str> {
        if self.shared.hub.get().is_none() {
            let found = self.request_hub().await;
            let hub = found.inspect_err(|error| tracing::debug!(%error, "the hub of an instance is not known")).ok()?;
            let _ = self.shared.hub.set(hub);
        }
        self.shared.hub.get().map(String::as_str)
    }

    async fn request_hub(&self) -> Result<String> {
        let summary = &self.describe().await?.element;
        if let Some(hub) = summary.hub_key() {
            return Ok(hub.to_owned());
        }
        let call = Outgoing::get(format!("elements/{}", segment(&summary.key_or_id())));
        let element: Element = self.connection.send(call).await?.json().await?;
        let hub = element.hub.filter(|hub| !hub.is_empty());
        hub.ok_or_else(|| Error::new(ErrorKind::Decode, "the platform does not tell the hub of the element"))
    }

    /// Returns the Element token. It is a secret: store it safely and never log it.
    pub fn token(&self) -> Secret {
        self.shared.token.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |token| token.clone())
    }

    /// Returns the same instance with another time limit for each call, in place of the platform's.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        Self { connection: self.connection.with_timeout(limit), shared: Arc::clone(&self.shared) }
    }

    /// Returns the same instance with another policy for warnings, in place of the platform's.
    #[must_use]
    pub fn with_warnings(&self, policy: Warnings) -> Self {
        Self { connection: self.connection.with_warnings(policy), shared: Arc::clone(&self.shared) }
    }

    /// Returns the records of a resource, for instance `channels` or `channels/4711/contacts` (spec P 7.2).
    ///
    /// Nothing is sent until the records are read.
    pub fn records(&self, resource: impl Into<String>) -> Records {
        Records::new(self.clone(), resource.into())
    }

    /// Makes any other call that the element of this instance offers, by its Element token.
    ///
    /// The path is that of a resource, without a hub. Anything but `GET` is sent once: it is repeated only if no
    /// connection could be made.
    ///
    /// # Errors
    /// [`send`](Request::send) returns `not_found` if the element does not offer the call, and the errors of
    /// [`Records::create`].
    ///
    /// ```no_run
    /// # async fn example(instance: elementkit::InstanceHandle) -> elementkit::Result<()> {
    /// use http::Method;
    ///
    /// let merge = instance.call(Method::POST, "accounts/7/merge").json(&serde_json::json!({"from": "8"}));
    /// let outcome: serde_json::Value = merge.send().await?.json().await?;
    /// let logo = instance.call(Method::PUT, "accounts/7/logo").body("image/png", vec![0x89, 0x50]);
    /// logo.send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(&self, method: Method, path: impl Into<String>) -> Request {
        Request::of_instance(self.clone(), method, path.into())
    }

    /// Returns the bulk jobs of this instance (spec P 10).
    pub fn bulk(&self) -> Bulk {
        Bulk::new(self.clone())
    }

    /// Pulls what changed in an object, or in a [selection](SyncOptions) of it, since the pull that returned `state`.
    /// Pulls all of it without a state (spec BT 2.7).
    ///
    /// This starts a bulk job. Read its rows, then get the state for the next pull from it.
    ///
    /// # Errors
    /// `config` for a state of another object, instance or selection; otherwise as [`Bulk::query`].
    pub async fn sync(&self, what: impl Into<SyncOptions>, state: Option<&SyncState>) -> Result<SyncJob> {
        SyncJob::start(self, what.into(), state).await
    }

    /// Returns the object definitions of this instance alone (spec P 9.3).
    pub fn definitions(&self) -> Definitions {
        Definitions::own(Caller::Instance(self.clone()))
    }

    /// Returns the transformations of this instance alone (spec P 9.5).
    pub fn transformations(&self) -> Transformations {
        Transformations::own(Caller::Instance(self.clone()))
    }

    /// Checks that the vendor responds (spec P 7.10).
    pub async fn ping(&self) -> Result<()> {
        self.send(Outgoing::get("ping").at(Address::Instance)).await?;
        Ok(())
    }

    /// Returns the names of the instance's objects, common resources included (spec P 7.6). Statements of bulk queries
    /// accept each of them, and on an ElementKit engine so does [`records`](Self::records).
    pub async fn objects(&self) -> Result<Vec<String>> {
        self.send(Outgoing::get("objects").at(Address::Instance)).await?.json().await
    }

    /// Returns the description of an object: its `fields` with `vendorPath` and `type`, and what else the platform sends
    /// (spec P 7.7).
    ///
    /// # Errors
    /// `not_found` if the instance has no such object.
    pub async fn metadata(&self, object: &str) -> Result<Record> {
        self.metadata_as(object).await
    }

    pub(super) async fn metadata_as<T: DeserializeOwned>(&self, object: &str) -> Result<T> {
        let call = Outgoing::get(format!("objects/{}/metadata", segment(object)));
        self.send(call.at(Address::Instance)).await?.json().await
    }

    /// Returns the extensions of the common contract for the element of this instance; requested once.
    pub async fn capabilities(&self) -> Result<Arc<Capabilities>> {
        let name = self.describe().await?.element.key_or_id();
        self.connection.capabilities_of(&name).await
    }

    /// Updates as [`Instances::update`](super::Instances::update) does, by the Element token.
    pub async fn update(&self, change: &InstanceChange) -> Result<Instance> {
        self.change_as(Method::PUT, change).await
    }

    /// Patches as [`Instances::patch`](super::Instances::patch) does, by the Element token.
    pub async fn patch(&self, change: &InstanceChange) -> Result<Instance> {
        self.change_as(Method::PATCH, change).await
    }

    /// Updates or patches for a host language, which takes `T` as [`Sent`].
    #[doc(hidden)]
    pub async fn change_as<T: DeserializeOwned>(&self, method: Method, change: &InstanceChange) -> Result<T> {
        self.send(changing(method, "instances", change)?).await?.json().await
    }

    /// Deletes the instance with its jobs and their files (spec P 6.8).
    pub async fn delete(&self) -> Result<()> {
        self.send(Outgoing::new(Method::DELETE, "instances")).await?;
        Ok(())
    }

    /// Enables the instance (spec P 6.9).
    pub async fn enable(&self) -> Result<()> {
        self.send(Outgoing::new(Method::PUT, "instances/enabled")).await?;
        Ok(())
    }

    /// Disables the instance (spec P 6.9).
    pub async fn disable(&self) -> Result<()> {
        self.send(Outgoing::new(Method::DELETE, "instances/enabled")).await?;
        Ok(())
    }

    /// Returns the configuration, including unset items (spec P 6.11).
    pub async fn configuration(&self) -> Result<Vec<ConfigurationItem>> {
        self.configuration_as().await
    }

    /// Returns the [`configuration`](Self::configuration) for a host language, which takes `T` as [`Sent`].
    #[doc(hidden)]
    pub async fn configuration_as<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        self.send(Outgoing::get("instances/configuration")).await?.json().await
    }

    /// Sets one value of the configuration, by the id of the item (spec P 6.11).
    pub async fn configure(&self, item: i64, value: Option<&str>) -> Result<ConfigurationItem> {
        self.configure_as(item, value).await
    }

    /// Makes the call of [`configure`](Self::configure) for a host language, which takes `T` as [`Sent`].
    #[doc(hidden)]
    pub async fn configure_as<T: DeserializeOwned>(&self, item: i64, value: Option<&str>) -> Result<T> {
        let call = Outgoing::new(Method::PATCH, format!("instances/configuration/{item}"));
        self.send(call.json(&json!({"propertyValue": value}))?).await?.json().await
    }

    /// Gives the instance a new Element token, which this handle and its clones then use; the old one is invalid at
    /// once (spec P 16.4).
    ///
    /// # Errors
    /// `unsupported` if the platform has no `token-rotation`.
    pub async fn rotate_token(&self) -> Result<Secret> {
        self.capabilities().await?.require(Extension::TokenRotation, "new Element tokens")?;
        let id = self.describe().await?.id;
        let call = Outgoing::new(Method::POST, format!("instances/{id}/token"));
        let fresh = token_of(&self.connection.send(call).await?.json().await?)?;
        self.use_token(fresh.clone());
        Ok(fresh)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends a call with the Element token, with its path as it is. After a 401 that is not the vendor's, fetches the
    /// token again, and repeats the call once if the token has changed (spec P 2.4).
    pub(super) async fn send_as_is(&self, call: Outgoing) -> Result<Answer> {
        let token = self.token();
        let with = |token: &Secret| Outgoing { element: Some(token.clone()), ..call.clone() };
        let refused = match self.connection.send(with(&token)).await {
            Err(error) if is_stale_token(&error) && call.is_repeatable() => error,
            outcome => return outcome.inspect(|answer| self.learn(answer)),
        };
        match self.renewed(&token).await {
            Some(renewed) => self.connection.send(with(&renewed)).await,
            None => Err(refused),
        }
    }

    fn learn(&self, answer: &Answer) {
        if let Some(id) = answer.instance_id() {
            let _ = self.shared.id.set(id);
        }
    }

    async fn renewed(&self, old: &Secret) -> Option<Secret> {
        let current = self.token();
        if current != *old {
            // Another call fetched the token first.
            return Some(current);
        }
        let id = self.id()?;
        self.connection.organization.as_ref()?;
        let answer = self.connection.send(Outgoing::get(format!("instances/{id}"))).await.ok()?;
        let fresh = token_of(&answer.json().await.ok()?).ok()?;
        if fresh == *old {
            return None;
        }
        self.use_token(fresh.clone());
        Some(fresh)
    }

    fn use_token(&self, fresh: Secret) {
        match self.shared.token.write() {
            Ok(mut token) => *token = fresh,
            Err(poisoned) => *poisoned.into_inner() = fresh,
        }
    }
}

impl std::fmt::Debug for InstanceHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}

fn token_of(instance: &Instance) -> Result<Secret> {
    let missing = || Error::new(ErrorKind::Decode, "the platform returned no Element token");
    instance.token.clone().map(Secret::new).ok_or_else(missing)
}

fn is_stale_token(error: &Error) -> bool {
    error.kind() == ErrorKind::Authentication && error.info().provider_message.is_none()
}
