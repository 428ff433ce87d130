//! Traced calls (spec P 6.10).

use super::identities::open_text;
use super::{Store, failed, now_s};
use crate::error::Result;

const KEPT_S: i64 = 7 * 24 * 3600;

/// A traced call.
pub(crate) struct NewTrace<'a> {
    pub id: &'a str,
    pub account_id: i64,
    pub element_id: i64,
    /// The instance of the call; the trace is deleted with it.
    pub instance_id: Option<i64>,
    /// Details as JSON.
    pub detail: &'a str,
}

impl Store {
    /// Stores a traced call and deletes expired ones.
    pub async fn insert_trace(&self, trace: NewTrace<'_>) -> Result<()> {
        let now = now_s();
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        self.is_current(&mut transaction).await?;
        let sealed = self.master().seal(&place(trace.id), trace.detail.as_bytes())?;
        sqlx::query(
            "INSERT INTO traces (id, account_id, element_id, instance_id, created_s, detail) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(trace.id)
        .bind(trace.account_id)
        .bind(trace.element_id)
        .bind(trace.instance_id)
        .bind(now)
        .bind(sealed)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        let drop = sqlx::query("DELETE FROM traces WHERE created_s < ?").bind(now - KEPT_S);
        drop.execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Returns a traced call of an account as JSON.
    pub async fn trace(&self, account_id: i64, element_id: i64, id: &str) -> Result<Option<String>> {
        let sql = "SELECT detail FROM traces WHERE id = ? AND account_id = ? AND element_id = ? AND created_s >= ?";
        let query = sqlx::query_scalar(sql).bind(id).bind(account_id).bind(element_id).bind(now_s() - KEPT_S);
        let sealed: Option<Vec<u8>> = query.fetch_optional(self.readers()).await.map_err(failed)?;
        sealed.map(|sealed| open_text(self.master(), &place(id), &sealed)).transpose()
    }
}

pub(super) fn place(id: &str) -> String {
    format!("traces.{id}")
}
