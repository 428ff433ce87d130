//! Organizations in one database (spec P 11).

use super::{Store, failed};
use crate::engine::login::hash;
use crate::engine::options::Bootstrap;
use crate::engine::organization::{NewOrganization, Organization};
use crate::error::{Error, ErrorKind, Result};

const MAX_NAME: usize = 255;

impl Store {
    /// Creates an organization with a default account and a first user.
    pub async fn create_organization(&self, name: &str, first: &Bootstrap) -> Result<NewOrganization> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            let message = format!("the name of an organization has 1 to {MAX_NAME} characters");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let password = match &first.password {
            Some(password) => Some(hash(password).await?),
            None => None,
        };
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let made = self.insert_organization(&mut transaction, name, first, password).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(made)
    }

    /// Returns all organizations by ascending id.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, name FROM organizations ORDER BY id")
            .fetch_all(self.readers())
            .await
            .map_err(failed)?;
        Ok(rows.into_iter().map(|(id, name)| Organization { id, name }).collect())
    }
}
