use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Method};
use serde::Serialize;

use super::answer::Answer;
use super::connection::{Connection, Outgoing};
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};

/// A call of one's own making: any path, any element of a platform.
#[must_use = "nothing is sent before send()"]
pub struct Request {
    connection: Arc<Connection>,
    call: Result<Outgoing>,
}

impl Request {
    pub(super) fn new(connection: Arc<Connection>, method: Method, path: String) -> Self {
        Self { connection, call: Ok(Outgoing::new(method, path)) }
    }

    /// Adds a query parameter; it is encoded here.
    pub fn query(self, name: &str, value: impl Into<String>) -> Self {
        self.map(|call| Ok(call.query(name, value)))
    }

    /// Sets a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.map(|call| {
            let wrong = |_| Error::new(ErrorKind::Config, format!("{name:?} is no header name"));
            call.header(name.parse::<HeaderName>().map_err(wrong)?, value)
        })
    }

    /// Sets a JSON body.
    pub fn json(self, document: &impl Serialize) -> Self {
        self.map(|call| call.json(document))
    }

    /// Calls as this instance, by its Element token.
    pub fn element(self, token: impl Into<Secret>) -> Self {
        self.map(|mut call| {
            call.element = Some(token.into());
            Ok(call)
        })
    }

    /// How long the call may take until its answer begins.
    pub fn timeout(self, limit: Duration) -> Self {
        self.map(|mut call| {
            call.timeout = Some(limit);
            Ok(call)
        })
    }

    /// Sends it.
    ///
    /// # Errors
    /// `config` when a part of it cannot be sent; otherwise what the platform answered.
    pub async fn send(self) -> Result<Answer> {
        self.connection.send(self.call?).await
    }

    fn map(mut self, change: impl FnOnce(Outgoing) -> Result<Outgoing>) -> Self {
        self.call = self.call.and_then(change);
        self
    }
}
