//! New secrets of users and organizations (spec P 16.18).

use sqlx::AssertSqlSafe;

use super::identities::{ORGANIZATION_SECRET, USER_SECRET};
use super::instances::now_s;
use super::{Store, failed};
use crate::auth::Secret;
use crate::error::Result;

/// Owner of a secret, with its id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SecretOwner {
    User(i64),
    Organization(i64),
}

/// A secret that has taken the place of another one.
#[derive(Debug)]
pub(crate) struct RotatedSecret {
    pub secret: Secret,
    /// Time until which the one before is accepted, in seconds since 1970.
    pub former_until_s: Option<i64>,
}

impl Store {
    /// Replaces a secret in one transaction. The one before is accepted for `grace_s` seconds more; an earlier one, whose
    /// grace has not ended, no longer is. Returns `None` if there is no such owner.
    pub async fn rotate_secret(&self, owner: SecretOwner, grace_s: i64) -> Result<Option<RotatedSecret>> {
        let (table, place, id, secret) = match owner {
            SecretOwner::User(id) => ("users", USER_SECRET, id, Secret::mint_token()?),
            SecretOwner::Organization(id) => ("organizations", ORGANIZATION_SECRET, id, Secret::mint_hex()?),
        };
        let former_until_s = (grace_s > 0).then(|| now_s().saturating_add(grace_s));
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        self.is_current(&mut transaction).await?;
        let sql = format!(
            "UPDATE {table} SET former_hash = iif(?1 IS NULL, NULL, secret_hash), former_until_s = ?1,
             secret_hash = ?2, secret = ?3 WHERE id = ?4"
        );
        let updated = sqlx::query(AssertSqlSafe(sql))
            .bind(former_until_s)
            .bind(self.lookup().hash(place, secret.expose()))
            .bind(self.master().seal(place, secret.expose().as_bytes())?)
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok((updated.rows_affected() > 0).then_some(RotatedSecret { secret, former_until_s }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::options::EngineOptions;
    use crate::error::{Error, ErrorKind};

    #[tokio::test]
    async fn a_grace_ends_by_the_clock_alone() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
        let store = Store::open(&EngineOptions::new(folder.path().join("test.db"))).await?;
        let Some((old, organization)) = store.first_credentials().await? else { panic!("no user") };
        let Some(user) = store.user_by_secret(&old).await? else { panic!("no user") };
        let rotated = store.rotate_secret(SecretOwner::User(user.id), 1).await?;
        let Some(RotatedSecret { secret, former_until_s: Some(until) }) = rotated else { panic!("{rotated:?}") };
        // Both are the same user; what was cached of the old one is gone.
        assert_eq!(store.user_by_secret(&secret).await?.map(|user| user.id), Some(user.id));
        assert_eq!(store.user_by_secret(&old).await?.map(|user| user.id), Some(user.id));
        while now_s() < until {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(store.user_by_secret(&old).await?.is_none() && store.user_by_secret(&secret).await?.is_some());
        assert_eq!(store.first_credentials().await?.map(|(user, _)| user), Some(secret));
        // That of the organization is another one.
        assert!(store.organization_by_secret(&organization).await?.is_some());
        assert!(store.rotate_secret(SecretOwner::Organization(99), 0).await?.is_none());
        store.close().await;
        Ok(())
    }
}
