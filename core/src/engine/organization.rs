//! Several organizations in one database: whoever holds the file may make them (spec P 11).

use super::{Bootstrap, Engine};
use crate::auth::Secret;
use crate::error::Result;

/// A customer; nothing of it can be seen or touched with the secrets of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The organization.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// An organization just made, with what its first user needs to call.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// The organization.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The secret of its first user.
    pub user_secret: Secret,
    /// The secret of the organization.
    pub organization_secret: Secret,
}

impl Engine {
    /// Makes one more organization, with a default account and a first user; `first` presets what it does not leave
    /// out. Needs no secrets: whoever calls this holds the file and its key.
    ///
    /// # Errors
    /// `invalid_request` when the name is blank or longer than 255 characters; `storage` when the file cannot be
    /// written, or a preset secret is in use.
    pub async fn create_organization(&self, name: &str, first: &Bootstrap) -> Result<NewOrganization> {
        self.handle.shared.store.create_organization(name, first).await
    }

    /// Every organization of the file, by ascending id.
    ///
    /// # Errors
    /// `storage` when the file cannot be read.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        self.handle.shared.store.organizations().await
    }
}
