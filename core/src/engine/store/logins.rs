//! Acquired values of instances, and the lease of the login that acquires them (spec E 4.44, E 4.45).

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::connections::Columns;
use super::instances::{InstanceRow, Places};
use super::{Store, failed, now_s};
use crate::auth::Secret;
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;
use crate::vendor::Changes;

/// Number of rejected logins in a row after which an instance is disabled (spec E 4.45).
const MAX_REFUSALS: i64 = 5;

/// Lifetime of a PKCE verifier (spec E 4.29).
const VERIFIER_S: i64 = 600;

const STATE_HASH: &str = "pending_logins.state";
const VERIFIER: &str = "pending_logins.verifier";

/// Attempt to take the login lease of an instance.
pub(crate) struct LoginAttempt<'a> {
    pub instance_id: i64,
    /// Number of the login whose values are to be replaced.
    pub generation: i64,
    /// Identifies the attempt.
    pub owner: &'a str,
    pub now_ms: i64,
    /// End of the lease.
    pub until_ms: i64,
}

/// Outcome of an attempt to take the login lease.
pub(crate) enum LoginTurn {
    /// The lease is taken; these are the newest values.
    Taken(Box<InstanceRow>),
    /// Another login has stored newer values.
    Newer(Box<InstanceRow>),
    /// Another login is running.
    Busy,
    /// The instance was deleted.
    Gone,
}

impl Store {
    /// Takes the login lease, unless another login holds it or has stored newer values.
    pub async fn begin_login(&self, attempt: &LoginAttempt<'_>) -> Result<LoginTurn> {
        // Those who wait look again and again, and must not disturb writers.
        let Some(row) = self.any_instance(attempt.instance_id).await? else { return Ok(LoginTurn::Gone) };
        if row.login_generation != attempt.generation {
            return Ok(LoginTurn::Newer(Box::new(row)));
        }
        if self.is_logging_in(attempt).await? {
            return Ok(LoginTurn::Busy);
        }
        let taken = sqlx::query(
            "UPDATE instances SET login_owner = ?1, login_until_ms = ?2 WHERE id = ?3 AND login_generation = ?4
             AND (login_owner IS NULL OR login_owner = ?1 OR login_until_ms <= ?5)",
        )
        .bind(attempt.owner)
        .bind(attempt.until_ms)
        .bind(attempt.instance_id)
        .bind(attempt.generation)
        .bind(attempt.now_ms)
        .execute(self.writer())
        .await
        .map_err(failed)?;
        // Read again, because acquired values may have been written before the lease was taken.
        match self.any_instance(attempt.instance_id).await? {
            None => Ok(LoginTurn::Gone),
            Some(row) if taken.rows_affected() > 0 => Ok(LoginTurn::Taken(Box::new(row))),
            Some(row) if row.login_generation != attempt.generation => Ok(LoginTurn::Newer(Box::new(row))),
            Some(_) => Ok(LoginTurn::Busy),
        }
    }

    async fn is_logging_in(&self, attempt: &LoginAttempt<'_>) -> Result<bool> {
        let found: Option<bool> = sqlx::query_scalar(
            "SELECT login_owner IS NOT NULL AND login_owner <> ? AND login_until_ms > ? FROM instances WHERE id = ?",
        )
        .bind(attempt.owner)
        .bind(attempt.now_ms)
        .bind(attempt.instance_id)
        .fetch_optional(self.readers())
        .await
        .map_err(failed)?;
        Ok(found.unwrap_or_default())
    }

    /// Extends the lease of a running login.
    pub async fn extend_login(&self, instance_id: i64, owner: &str, until_ms: i64) -> Result<()> {
        let query = sqlx::query("UPDATE instances SET login_until_ms = ? WHERE id = ? AND login_owner = ?");
        query.bind(until_ms).bind(instance_id).bind(owner).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Stores the outcome of a login and ends its lease. Changes nothing if newer values were stored meanwhile, for
    /// instance because the user granted access again. Returns the instance, or `None` if it was deleted.
    ///
    /// An expired lease does not matter: the values are the newest ones that the vendor issued.
    pub async fn finish_login(&self, seen: &InstanceRow, changes: &Changes) -> Result<Option<InstanceRow>> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let query = sqlx::query("SELECT acquired, login_generation FROM instances WHERE id = ?").bind(seen.id);
        let Some(row) = query.fetch_optional(&mut *transaction).await.map_err(failed)? else { return Ok(None) };
        let generation: i64 = row.column("login_generation")?;
        if generation == seen.login_generation {
            let mut acquired = open_acquired(&seen.key, seen.id, row.column("acquired")?)?;
            changes.apply_over(&mut acquired, &seen.configuration);
            let sealed = seal_acquired(&seen.key, seen.id, &acquired)?;
            store_login(&mut transaction, seen.id, sealed).await?;
        }
        transaction.commit().await.map_err(failed)?;
        self.any_instance(seen.id).await
    }

    /// Ends the lease of a login that acquired nothing.
    pub async fn release_login(&self, instance_id: i64, owner: &str) -> Result<()> {
        let query = "UPDATE instances SET login_owner = NULL, login_until_ms = 0 WHERE id = ? AND login_owner = ?";
        sqlx::query(query).bind(instance_id).bind(owner).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Counts a rejected login and ends its lease. Returns whether the instance was disabled by that.
    pub async fn refuse_login(&self, instance_id: i64, owner: &str) -> Result<bool> {
        // A statement that returns rows may be committed after its first row was read.
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let refusals: Option<i64> = sqlx::query_scalar(
            "UPDATE instances SET login_owner = NULL, login_until_ms = 0, login_refusals = login_refusals + 1,
             disabled = (disabled OR login_refusals + 1 >= ?) WHERE id = ? AND login_owner = ? RETURNING login_refusals",
        )
        .bind(MAX_REFUSALS)
        .bind(instance_id)
        .bind(owner)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(refusals.is_some_and(|refusals| refusals == MAX_REFUSALS))
    }

    /// Stores acquired values without a login. Returns the instance, or `None` if it was deleted.
    pub async fn write_acquired(&self, seen: &InstanceRow, changes: &Changes) -> Result<Option<InstanceRow>> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let query = sqlx::query("SELECT acquired FROM instances WHERE id = ?").bind(seen.id);
        let Some(row) = query.fetch_optional(&mut *transaction).await.map_err(failed)? else { return Ok(None) };
        let mut acquired = open_acquired(&seen.key, seen.id, row.column("acquired")?)?;
        changes.apply_over(&mut acquired, &seen.configuration);
        sqlx::query("UPDATE instances SET acquired = ?, acquired_version = acquired_version + 1 WHERE id = ?")
            .bind(seal_acquired(&seen.key, seen.id, &acquired)?)
            .bind(seen.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.any_instance(seen.id).await
    }

    /// Keeps the PKCE verifier of a user who is sent to the vendor.
    pub async fn keep_verifier(
        &self,
        organization_id: i64,
        element_id: i64,
        state: &str,
        verifier: &Secret,
    ) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query("DELETE FROM pending_logins WHERE expires_s <= ?")
            .bind(now_s())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("INSERT OR REPLACE INTO pending_logins VALUES (?, ?, ?, ?, ?)")
            .bind(organization_id)
            .bind(element_id)
            .bind(self.lookup().hash(STATE_HASH, state))
            .bind(self.lookup().seal(VERIFIER, verifier.expose().as_bytes())?)
            .bind(now_s() + VERIFIER_S)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Removes and returns the verifier of a state: it serves once (spec E 4.59).
    pub async fn take_verifier(&self, organization_id: i64, element_id: i64, state: &str) -> Result<Option<Secret>> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let sealed: Option<Vec<u8>> = sqlx::query_scalar(
            "DELETE FROM pending_logins WHERE organization_id = ? AND element_id = ? AND state_hash = ?
             AND expires_s > ? RETURNING verifier",
        )
        .bind(organization_id)
        .bind(element_id)
        .bind(self.lookup().hash(STATE_HASH, state))
        .bind(now_s())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = self.lookup().open(VERIFIER, &sealed).ok_or_else(|| open_failed(VERIFIER))?;
        Ok(Some(Secret::new(String::from_utf8_lossy(&opened))))
    }
}

/// Stores the values of a login, which starts a new generation.
async fn store_login(transaction: &mut SqliteConnection, instance_id: i64, sealed: Option<Vec<u8>>) -> Result<()> {
    sqlx::query(
        "UPDATE instances SET acquired = ?, acquired_version = acquired_version + 1,
         login_generation = login_generation + 1, login_owner = NULL, login_until_ms = 0, login_refusals = 0, valid = 1
         WHERE id = ?",
    )
    .bind(sealed)
    .bind(instance_id)
    .execute(transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Seals acquired values. Returns `None` if there are none.
pub(super) fn seal_acquired(key: &Key, id: i64, acquired: &BTreeMap<String, String>) -> Result<Option<Vec<u8>>> {
    if acquired.is_empty() {
        return Ok(None);
    }
    let text = zeroize::Zeroizing::new(serde_json::to_vec(acquired).unwrap_or_default());
    key.seal(&Places::of(id).acquired, &text).map(Some)
}

/// Opens acquired values.
pub(super) fn open_acquired(key: &Key, id: i64, sealed: Option<&[u8]>) -> Result<BTreeMap<String, String>> {
    let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
    let place = Places::of(id).acquired;
    let text = key.open(&place, sealed).ok_or_else(|| open_failed(&place))?;
    serde_json::from_slice(&text).map_err(|_| open_failed(&place))
}
