use std::sync::{Arc, RwLock};

use http::Method;

use super::answer::Answer;
use super::bulk::Bulk;
use super::connection::{Connection, Outgoing};
use super::records::Records;
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Instance;

/// An instance to read from: its token, and what the platform said of it.
#[derive(Clone)]
pub struct InstanceHandle {
    connection: Arc<Connection>,
    known: Option<Arc<Instance>>,
    /// Shared by all clones, since it may be renewed (spec P 2.4).
    token: Arc<RwLock<Secret>>,
}

impl InstanceHandle {
    pub(super) fn new(connection: Arc<Connection>, known: Option<Instance>, token: Secret) -> Self {
        Self { connection, known: known.map(Arc::new), token: Arc::new(RwLock::new(token)) }
    }

    /// The instance as the platform described it when it was created or fetched; none when made from a token.
    pub fn details(&self) -> Option<&Instance> {
        self.known.as_deref()
    }

    /// The id, when known.
    pub fn id(&self) -> Option<i64> {
        self.details().map(|instance| instance.id)
    }

    /// The Element token. A secret: keep it, never log it.
    pub fn token(&self) -> Secret {
        self.token.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |token| token.clone())
    }

    /// Records of a resource, for instance `channels` or `channels/4711/contacts` (spec P 7.2).
    ///
    /// Nothing is asked until the records are read.
    pub fn records(&self, resource: impl Into<String>) -> Records {
        Records::new(self.clone(), resource.into())
    }

    /// Bulk jobs of this instance (spec P 10).
    pub fn bulk(&self) -> Bulk {
        Bulk::new(self.clone())
    }

    /// Asks the vendor for a sign of life (spec P 7.10).
    pub async fn ping(&self) -> Result<()> {
        self.send(Outgoing::new(Method::GET, "ping")).await?;
        Ok(())
    }

    /// The names of the objects this instance has, common resources included (spec P 7.6).
    pub async fn objects(&self) -> Result<Vec<String>> {
        self.send(Outgoing::new(Method::GET, "objects")).await?.json().await
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends a call with the Element token. After a 401 that is not the vendor's, the token is fetched again, and
    /// the call repeated once if it really changed (spec P 2.4).
    pub(super) async fn send(&self, call: Outgoing) -> Result<Answer> {
        let token = self.token();
        let with = |token: &Secret| Outgoing { element: Some(token.clone()), ..call.clone() };
        let refused = match self.connection.send(with(&token)).await {
            Err(error) if is_stale_token(&error) => error,
            outcome => return outcome,
        };
        match self.renewed(&token).await {
            Some(renewed) => self.connection.send(with(&renewed)).await,
            None => Err(refused),
        }
    }

    async fn renewed(&self, old: &Secret) -> Option<Secret> {
        let id = self.id()?;
        self.connection.organization.as_ref()?;
        let answer = self.connection.send(Outgoing::new(Method::GET, format!("instances/{id}"))).await.ok()?;
        let fresh = Secret::new(answer.json::<Instance>().await.ok()?.token?);
        if fresh == *old {
            return None;
        }
        if let Ok(mut token) = self.token.write() {
            *token = fresh.clone();
        }
        Some(fresh)
    }
}

impl std::fmt::Debug for InstanceHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}

fn is_stale_token(error: &Error) -> bool {
    error.kind() == ErrorKind::Authentication && error.info().provider_message.is_none()
}
