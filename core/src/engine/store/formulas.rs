//! Formulas of accounts (spec P 12.3), sealed with the master key.

use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::connections::Columns;
use super::{Store, failed, now_s};
use crate::engine::vault::open_failed;
use crate::error::Result;

/// A formula.
#[derive(Clone, Debug)]
pub(crate) struct FormulaRow {
    pub id: i64,
    pub account_id: i64,
    /// User who created it, while there is that user.
    pub user_id: Option<i64>,
    pub created_s: i64,
    /// The last id that was given to a part.
    pub last_part: i64,
    /// The members without those above.
    pub document: Map<String, Value>,
}

const COLUMNS: &str = "SELECT id, account_id, user_id, created_s, last_part, document FROM formulas";

/// Returns the context of a sealed document.
pub(super) fn place(id: impl std::fmt::Display) -> String {
    format!("formulas.{id}.document")
}

impl Store {
    /// Returns the formulas of an account by ascending id.
    pub async fn formulas(&self, account: i64) -> Result<Vec<FormulaRow>> {
        let sql = format!("{COLUMNS} WHERE account_id = ? ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account).fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(|row| self.formula_of(row)).collect()
    }

    /// Returns a formula of an account.
    pub async fn formula(&self, account: i64, id: i64) -> Result<Option<FormulaRow>> {
        let sql = format!("{COLUMNS} WHERE account_id = ? AND id = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account).bind(id);
        let row = query.fetch_optional(self.readers()).await.map_err(failed)?;
        row.map(|row| self.formula_of(&row)).transpose()
    }

    /// Starts a transaction that changes formulas and excludes all other writers.
    pub async fn change_formulas(&self) -> Result<FormulaTx<'_>> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        self.is_current(&mut transaction).await?;
        Ok(FormulaTx { store: self, transaction })
    }

    fn formula_of(&self, row: &SqliteRow) -> Result<FormulaRow> {
        let id: i64 = row.column("id")?;
        let place = place(id);
        let opened = self.master().open(&place, row.column("document")?).ok_or_else(|| open_failed(&place))?;
        Ok(FormulaRow {
            id,
            account_id: row.column("account_id")?,
            user_id: row.column("user_id")?,
            created_s: row.column("created_s")?,
            last_part: row.column("last_part")?,
            document: serde_json::from_slice(&opened).map_err(|_| open_failed(&place))?,
        })
    }
}

/// A transaction that changes formulas. Dropping it without [`commit`](FormulaTx::commit) rolls back.
pub(crate) struct FormulaTx<'s> {
    store: &'s Store,
    transaction: Transaction<'static, Sqlite>,
}

impl FormulaTx<'_> {
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await.map_err(failed)
    }

    /// Returns a formula of an account.
    pub async fn formula(&mut self, account: i64, id: i64) -> Result<Option<FormulaRow>> {
        let sql = format!("{COLUMNS} WHERE account_id = ? AND id = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account).bind(id);
        let row = query.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        row.map(|row| self.store.formula_of(&row)).transpose()
    }

    /// Creates a formula without members. They are stored by [`put`](Self::put).
    pub async fn insert(&mut self, account: i64, user: i64) -> Result<FormulaRow> {
        let created_s = now_s();
        let id = sqlx::query_scalar(
            "INSERT INTO formulas (account_id, user_id, last_part, document, created_s) VALUES (?, ?, 0, '', ?)
             RETURNING id",
        )
        .bind(account)
        .bind(user)
        .bind(created_s)
        .fetch_one(&mut *self.transaction)
        .await
        .map_err(failed)?;
        let document = Map::new();
        Ok(FormulaRow { id, account_id: account, user_id: Some(user), created_s, last_part: 0, document })
    }

    /// Stores the members of a formula.
    pub async fn put(&mut self, row: &FormulaRow) -> Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(&row.document).unwrap_or_default());
        sqlx::query("UPDATE formulas SET document = ?, last_part = ? WHERE id = ?")
            .bind(self.store.master().seal(&place(row.id), &text)?)
            .bind(row.last_part)
            .bind(row.id)
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Deletes a formula of an account. Returns whether there was one.
    pub async fn delete(&mut self, account: i64, id: i64) -> Result<bool> {
        let query = sqlx::query("DELETE FROM formulas WHERE account_id = ? AND id = ?").bind(account).bind(id);
        Ok(query.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected() > 0)
    }
}
