//! Elements that are documents (spec E 2), each with its documents sealed by its own key.

use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, Transaction};
use zeroize::Zeroizing;

use super::connections::Columns;
use super::{Store, failed, now_ms};
use crate::engine::vault::{Key, open_failed};
use crate::error::{Error, ErrorKind, Result};

/// An element without its document.
#[derive(Clone, Debug)]
pub(crate) struct ElementHead {
    pub id: i64,
    pub organization_id: i64,
    pub key: String,
    /// Number of the newest document, from 1.
    pub revision: i64,
    /// Whether new instances may be made.
    pub active: bool,
    /// Accounts that may use the element; empty for all.
    pub accounts: Vec<i64>,
    /// Seals the documents.
    data_key: Key,
}

const COLUMNS: &str = "SELECT id, organization_id, key, revision, active, accounts, data_key FROM elements";

/// Time that an earlier document is kept for calls that have begun with it.
const KEPT_MS: i64 = 60 * 60 * 1000;

/// Returns the context of a sealed data key.
pub(super) fn key_place(id: impl std::fmt::Display) -> String {
    format!("elements.{id}.data_key")
}

fn document_place(id: i64, revision: i64) -> String {
    format!("elements.{id}.document.{revision}")
}

/// Fails if an element does not exist any more.
pub(super) async fn require(transaction: &mut SqliteConnection, id: i64) -> Result<()> {
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM elements WHERE id = ?)").bind(id);
    let exists: bool = query.fetch_one(transaction).await.map_err(failed)?;
    if exists { Ok(()) } else { Err(Error::new(ErrorKind::NotFound, "No element found")) }
}

impl Store {
    /// Returns the elements of an organization by ascending id.
    pub async fn element_heads(&self, organization: i64) -> Result<Vec<ElementHead>> {
        let ask = async || {
            let sql = format!("{COLUMNS} WHERE organization_id = ? ORDER BY id");
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(organization).fetch_all(self.readers()).await;
            rows.map_err(failed)?.iter().map(|row| self.head_of(row)).collect::<Result<Vec<_>>>().map(Some)
        };
        let key = ("elements.organization_id", organization.to_string().into_bytes());
        Ok(self.cache().get_or_load(key, ask).await?.unwrap_or_default())
    }

    /// Returns whether any organization has an element.
    pub async fn has_elements(&self) -> Result<bool> {
        let ask = async || {
            let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM elements)");
            query.fetch_one(self.readers()).await.map(Some).map_err(failed)
        };
        Ok(self.cache().get_or_load(("elements", Vec::new()), ask).await?.unwrap_or_default())
    }

    /// Returns an element of any organization.
    pub async fn element_head(&self, id: i64) -> Result<Option<ElementHead>> {
        let ask = async || {
            let sql = format!("{COLUMNS} WHERE id = ?");
            let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(self.readers()).await.map_err(failed)?;
            row.map(|row| self.head_of(&row)).transpose()
        };
        self.cache().get_or_load(("elements.id", id.to_string().into_bytes()), ask).await
    }

    /// Returns a document of an element with its size. `None` if that revision does not exist any more.
    pub async fn element_document(&self, head: &ElementHead, revision: i64) -> Result<Option<(Value, usize)>> {
        let query = sqlx::query_scalar("SELECT document FROM element_revisions WHERE element_id = ? AND revision = ?");
        let sealed: Option<Vec<u8>> =
            query.bind(head.id).bind(revision).fetch_optional(self.readers()).await.map_err(failed)?;
        let opened = sealed.map(|sealed| Ok((open_document(head, revision, &sealed)?, sealed.len())));
        opened.transpose()
    }

    /// Returns the number of instances of an element in all accounts of an organization.
    pub async fn instances_of_element(&self, organization: i64, element: i64) -> Result<i64> {
        let query = sqlx::query_scalar(
            "SELECT count(*) FROM instances JOIN accounts ON accounts.id = account_id
             WHERE element_id = ? AND organization_id = ?",
        );
        query.bind(element).bind(organization).fetch_one(self.readers()).await.map_err(failed)
    }

    /// Starts a transaction that changes elements and excludes all other writers.
    pub async fn change_elements(&self) -> Result<ElementTx<'_>> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        self.is_current(&mut transaction).await?;
        Ok(ElementTx { store: self, transaction })
    }

    fn head_of(&self, row: &SqliteRow) -> Result<ElementHead> {
        let id: i64 = row.column("id")?;
        Ok(ElementHead {
            id,
            organization_id: row.column("organization_id")?,
            key: row.column("key")?,
            revision: row.column("revision")?,
            active: row.column("active")?,
            accounts: serde_json::from_str(row.column("accounts")?).unwrap_or_default(),
            data_key: self.master().unwrap_key(&key_place(id), row.column("data_key")?)?,
        })
    }
}

/// A transaction that changes elements. Dropping it without [`commit`](ElementTx::commit) rolls back.
pub(crate) struct ElementTx<'s> {
    store: &'s Store,
    transaction: Transaction<'static, Sqlite>,
}

impl ElementTx<'_> {
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await.map_err(failed)
    }

    /// Returns an element of an organization by its key.
    pub async fn named(&mut self, organization: i64, key: &str) -> Result<Option<ElementHead>> {
        let sql = format!("{COLUMNS} WHERE organization_id = ? AND key = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(organization).bind(key);
        let row = query.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        row.map(|row| self.store.head_of(&row)).transpose()
    }

    /// Returns an element of an organization by its id.
    pub async fn head(&mut self, organization: i64, id: i64) -> Result<Option<ElementHead>> {
        let sql = format!("{COLUMNS} WHERE organization_id = ? AND id = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(organization).bind(id);
        let row = query.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        row.map(|row| self.store.head_of(&row)).transpose()
    }

    /// Returns the newest document of an element.
    pub async fn document(&mut self, head: &ElementHead) -> Result<Value> {
        let query = sqlx::query_scalar("SELECT document FROM element_revisions WHERE element_id = ? AND revision = ?");
        let query = query.bind(head.id).bind(head.revision);
        let sealed: Option<Vec<u8>> = query.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        let sealed = sealed.ok_or_else(|| open_failed(&document_place(head.id, head.revision)))?;
        open_document(head, head.revision, &sealed)
    }

    /// Reserves this number of ids for parts. Returns the first one.
    pub async fn take_part_ids(&mut self, number: usize) -> Result<i64> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let query = "UPDATE element_part_ids SET last = last + ?";
        sqlx::query(query).bind(number).execute(&mut *self.transaction).await.map_err(failed)?;
        let query = sqlx::query_scalar("SELECT last FROM element_part_ids");
        let last: i64 = query.fetch_one(&mut *self.transaction).await.map_err(failed)?;
        Ok(last - number + 1)
    }

    /// Stores a new element. Its document is stored by [`revise`](Self::revise).
    pub async fn insert(&mut self, organization: i64, key: &str) -> Result<ElementHead> {
        let data_key = Key::random()?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO elements (organization_id, key, revision, active, accounts, data_key)
             VALUES (?, ?, 0, 1, '[]', '') RETURNING id",
        )
        .bind(organization)
        .bind(key)
        .fetch_one(&mut *self.transaction)
        .await
        .map_err(failed)?;
        // The seal is bound to the id, which is known only now.
        sqlx::query("UPDATE elements SET data_key = ? WHERE id = ?")
            .bind(self.store.master().wrap(&key_place(id), &data_key)?)
            .bind(id)
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        Ok(ElementHead {
            id,
            organization_id: organization,
            key: key.to_owned(),
            revision: 0,
            active: true,
            accounts: Vec::new(),
            data_key,
        })
    }

    /// Stores the next revision of an element with this document, and removes those that no call or job can need.
    pub async fn revise(&mut self, head: &mut ElementHead, document: &Value) -> Result<()> {
        let now = now_ms();
        sqlx::query("UPDATE element_revisions SET superseded_ms = ? WHERE element_id = ? AND superseded_ms IS NULL")
            .bind(now)
            .bind(head.id)
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        head.revision += 1;
        let text = Zeroizing::new(serde_json::to_vec(document).unwrap_or_default());
        sqlx::query("INSERT INTO element_revisions (element_id, revision, document) VALUES (?, ?, ?)")
            .bind(head.id)
            .bind(head.revision)
            .bind(head.data_key.seal(&document_place(head.id, head.revision), &text)?)
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        sqlx::query("UPDATE elements SET revision = ?, active = ?, accounts = ? WHERE id = ?")
            .bind(head.revision)
            .bind(head.active)
            .bind(serde_json::to_string(&head.accounts).unwrap_or_default())
            .bind(head.id)
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        self.remove_unused(head.id, now).await
    }

    /// Removes earlier documents. A job has the newest document of the time when it was created, and may be read until
    /// its results expire.
    async fn remove_unused(&mut self, id: i64, now: i64) -> Result<()> {
        sqlx::query(
            "DELETE FROM element_revisions WHERE element_id = ?1 AND superseded_ms < ?2 - ?3 AND NOT EXISTS (
                SELECT 1 FROM jobs JOIN instances ON instances.id = instance_id
                WHERE element_id = ?1 AND jobs.created_ms <= superseded_ms + ?3
             )",
        )
        .bind(id)
        .bind(now)
        .bind(KEPT_MS)
        .execute(&mut *self.transaction)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// Returns the number of instances of an element in all accounts.
    pub async fn instances(&mut self, element: i64) -> Result<i64> {
        let query = sqlx::query_scalar("SELECT count(*) FROM instances WHERE element_id = ?").bind(element);
        query.fetch_one(&mut *self.transaction).await.map_err(failed)
    }

    /// Deletes an element with its documents and the transformations for it.
    pub async fn delete(&mut self, element: i64) -> Result<()> {
        for sql in ["DELETE FROM transformations WHERE element_id = ?", "DELETE FROM elements WHERE id = ?"] {
            sqlx::query(sql).bind(element).execute(&mut *self.transaction).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn open_document(head: &ElementHead, revision: i64, sealed: &[u8]) -> Result<Value> {
    let place = document_place(head.id, revision);
    let text = head.data_key.open(&place, sealed).ok_or_else(|| open_failed(&place))?;
    serde_json::from_slice(&text).map_err(|_| open_failed(&place))
}
