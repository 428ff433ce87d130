//! Changes of instances: configuration, switches, tokens and ids of configuration values.

use std::collections::BTreeMap;

use super::connections::Columns;
use super::instances::{InstanceRow, Places, TOKEN_HASH, seal_configuration, tags_text};
use super::logins::seal_acquired;
use super::{Store, failed};
use crate::auth::Secret;
use crate::error::Result;

impl Store {
    /// Stores name, tags, element and configuration of an instance. Returns `false` and changes nothing if the
    /// instance was changed or deleted since `row` was read. `verified` means that the vendor accepted the
    /// credentials. `acquired` are the values of a new login, which supersedes all others, even one that is running.
    pub async fn update_instance(
        &self,
        row: &InstanceRow,
        verified: bool,
        acquired: Option<&BTreeMap<String, String>>,
    ) -> Result<bool> {
        let updated = sqlx::query(
            // The unique index covers only names from creation; a later name may occur several times.
            "UPDATE instances SET name = ?1, tags = ?2, element_id = ?3, configuration = ?4, valid = (valid OR ?5),
             connected = (connected AND name = ?1), version = version + 1, acquired = iif(?8, ?9, acquired),
             acquired_version = acquired_version + ?8, login_generation = login_generation + ?8,
             login_owner = iif(?8, NULL, login_owner), login_refusals = iif(?8, 0, login_refusals)
             WHERE id = ?6 AND version = ?7",
        )
        .bind(&row.name)
        .bind(tags_text(&row.tags))
        .bind(row.element_id)
        .bind(seal_configuration(&row.key, &Places::of(row.id), &row.configuration)?)
        .bind(verified)
        .bind(row.id)
        .bind(row.version)
        .bind(acquired.is_some())
        .bind(acquired.map_or(Ok(None), |acquired| seal_acquired(&row.key, row.id, acquired))?)
        .execute(self.writer())
        .await
        .map_err(failed)?;
        Ok(updated.rows_affected() > 0)
    }

    /// Enables or disables an instance. Enabling forgets rejected logins (spec E 4.45). Returns `false` if it does not
    /// exist.
    pub async fn set_disabled(&self, id: i64, disabled: bool) -> Result<bool> {
        let sql = "UPDATE instances SET disabled = ?1, login_refusals = iif(?1, login_refusals, 0) WHERE id = ?2";
        let query = sqlx::query(sql).bind(disabled).bind(id);
        Ok(query.execute(self.writer()).await.map_err(failed)?.rows_affected() > 0)
    }

    /// Traces the calls of an instance until `until_s`. Returns `false` if it does not exist.
    pub async fn set_trace(&self, id: i64, until_s: i64) -> Result<bool> {
        let query = sqlx::query("UPDATE instances SET trace_until_s = ? WHERE id = ?").bind(until_s).bind(id);
        Ok(query.execute(self.writer()).await.map_err(failed)?.rows_affected() > 0)
    }

    /// Replaces the token of an instance, which invalidates the old one. Returns `false` if the instance does not
    /// exist.
    pub async fn rotate_token(&self, row: &InstanceRow) -> Result<bool> {
        let token = Secret::mint_token()?;
        let updated = sqlx::query("UPDATE instances SET token_hash = ?, token = ? WHERE id = ?")
            .bind(self.lookup().hash(TOKEN_HASH, token.expose()))
            .bind(row.key.seal(&Places::of(row.id).token, token.expose().as_bytes())?)
            .bind(row.id)
            .execute(self.writer())
            .await
            .map_err(failed)?;
        Ok(updated.rows_affected() > 0)
    }

    /// Returns the ids of these configuration keys of an instance; creates missing ids.
    pub async fn configuration_ids(&self, instance_id: i64, keys: &[&str]) -> Result<BTreeMap<String, i64>> {
        let known = self.known_configuration_ids(instance_id).await?;
        if keys.iter().all(|key| known.contains_key(*key)) {
            return Ok(known);
        }
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for key in keys {
            // The instance may have been deleted meanwhile.
            sqlx::query(
                "INSERT INTO configuration_ids (instance_id, key) SELECT id, ? FROM instances WHERE id = ?
                 ON CONFLICT DO NOTHING",
            )
            .bind(key)
            .bind(instance_id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        self.known_configuration_ids(instance_id).await
    }

    async fn known_configuration_ids(&self, instance_id: i64) -> Result<BTreeMap<String, i64>> {
        let query = sqlx::query("SELECT key, id FROM configuration_ids WHERE instance_id = ?").bind(instance_id);
        let rows = query.fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(|row| Ok((row.column("key")?, row.column("id")?))).collect()
    }
}
