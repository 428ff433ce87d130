//! Several organizations in one database, created by the owner of the file (spec P 11).

use super::{Bootstrap, Engine};
use crate::auth::Secret;
use crate::error::Result;

/// A customer, whose data is isolated from other organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Id of the organization.
    pub id: i64,
    /// Name of the organization.
    pub name: String,
}

/// A new organization with the credentials of its first user.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Id of the organization.
    pub id: i64,
    /// Name of the organization.
    pub name: String,
    /// Secret of its first user.
    pub user_secret: Secret,
    /// Secret of the organization.
    pub organization_secret: Secret,
}

impl Engine {
    /// Creates an organization with a default account and a first user; values missing in `first` are generated.
    /// Requires no credentials, since the caller has the file and its key.
    ///
    /// # Errors
    /// Returns an `invalid_request` error if the name is blank or longer than 255 characters, and `storage` if the
    /// file cannot be written or a given secret is in use.
    pub async fn create_organization(&self, name: &str, first: &Bootstrap) -> Result<NewOrganization> {
        self.handle.shared.store.create_organization(name, first).await
    }

    /// Returns all organizations of the file by ascending id.
    ///
    /// # Errors
    /// Returns a `storage` error if the file cannot be read.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        self.handle.shared.store.organizations().await
    }
}
