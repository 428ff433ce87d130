//! New secrets for the calling user and its organization (spec P 16.18).

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::connection::Connection;
use super::outgoing::Outgoing;
use crate::auth::Secret;
use crate::error::Result;

/// The secrets with which programs call a platform. The platform that replaced one keeps the secrets that it was opened
/// with: open another one with the new secret.
#[derive(Clone, Debug)]
pub struct Secrets {
    connection: Arc<Connection>,
}

/// A secret that has taken the place of another one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSecret {
    /// The secret. No call shows it again; it is in the database, sealed.
    #[serde(deserialize_with = "secret")]
    pub secret: Secret,
    /// ISO-8601 time until which the one before is accepted; `None` if it no longer is.
    #[serde(default)]
    pub former_until: Option<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::from)
}

impl Secrets {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Gives the calling user a new secret. The one before is accepted for `grace` more, in whole seconds; zero ends it
    /// at once.
    ///
    /// # Errors
    /// `invalid_request` for a grace of more than a week; `not_found` if the platform has no `secret-rotation`.
    pub async fn rotate_user(&self, grace: Duration) -> Result<NewSecret> {
        self.rotate("users/me/secret", grace).await
    }

    /// Gives the organization a new secret, for all of its users, as [`rotate_user`](Self::rotate_user) does.
    ///
    /// # Errors
    /// As [`rotate_user`](Self::rotate_user); `permission_denied` unless the user administers the organization.
    pub async fn rotate_organization(&self, grace: Duration) -> Result<NewSecret> {
        self.rotate("organizations/me/secret", grace).await
    }

    async fn rotate(&self, path: &str, grace: Duration) -> Result<NewSecret> {
        let call = Outgoing::new(Method::POST, path).json(&json!({"graceSeconds": grace.as_secs()}))?;
        self.connection.send(call).await?.json().await
    }
}
