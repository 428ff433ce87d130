//! Object definitions in the database.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::connections::Columns;
use super::definition_tx::now_us;
use super::{DefinitionTx, Owner, Scope, failed};
use crate::engine::transform::DefinitionField;
use crate::engine::vault::open_failed;
use crate::error::Result;

/// The fields that one level defines for an object.
#[derive(Clone, Debug)]
pub(crate) struct DefinitionRow {
    pub owner: Owner,
    pub name: String,
    pub fields: Vec<DefinitionField>,
    pub created_us: i64,
}

const COLUMNS: &str = "SELECT organization_id, account_id, instance_id, name, fields, created_us FROM definitions";

impl DefinitionTx {
    /// Returns the definitions of one level by name.
    pub async fn definitions(&mut self, owner: Owner) -> Result<Vec<DefinitionRow>> {
        let sql = format!("{COLUMNS} WHERE {} = ? ORDER BY name", owner.column());
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).fetch_all(&mut *self.transaction).await;
        rows.map_err(failed)?.iter().map(row_of).collect()
    }

    /// Returns one definition of one level.
    pub async fn definition(&mut self, owner: Owner, name: &str) -> Result<Option<DefinitionRow>> {
        let sql = format!("{COLUMNS} WHERE {} = ? AND name = ?", owner.column());
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        query.fetch_optional(&mut *self.transaction).await.map_err(failed)?.as_ref().map(row_of).transpose()
    }

    /// Returns all definitions in a scope, or those of one name, by name and then from the highest level down.
    pub async fn visible_definitions(&mut self, scope: Scope, name: Option<&str>) -> Result<Vec<DefinitionRow>> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(COLUMNS);
        scope.push(&mut query);
        if let Some(name) = name {
            query.push(" AND name = ").push_bind(name.to_owned());
        }
        query.push(" ORDER BY name, organization_id IS NULL, account_id IS NULL, instance_id");
        let rows = query.build().fetch_all(&mut *self.transaction).await.map_err(failed)?;
        rows.iter().map(row_of).collect()
    }

    /// Sets the fields of a definition and creates it if it does not exist.
    pub async fn put_definition(&mut self, owner: Owner, name: &str, fields: &[DefinitionField]) -> Result<()> {
        let column = owner.column();
        let sql = format!(
            "INSERT INTO definitions ({column}, name, fields, created_us) VALUES (?, ?, ?, ?)
             ON CONFLICT ({column}, name) DO UPDATE SET fields = excluded.fields"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        let fields = serde_json::to_string(fields).unwrap_or_default();
        query.bind(&fields).bind(now_us()).execute(&mut *self.transaction).await.map_err(failed)?;
        self.number_vdr(owner, name).await?;
        self.number_fields(owner, name, &fields).await
    }

    /// Renames a definition and the transformations of its level.
    pub async fn rename(&mut self, owner: Owner, name: &str, new: &str) -> Result<()> {
        for table in ["definitions", "transformations"] {
            let sql = format!("UPDATE {table} SET name = ? WHERE {} = ? AND name = ?", owner.column());
            let query = sqlx::query(AssertSqlSafe(sql)).bind(new).bind(owner.id()).bind(name);
            query.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        self.number_vdr(owner, new).await?;
        self.forget_vdrs(owner, Some(name)).await
    }

    /// Deletes one definition of a level, or all of them. Returns the number of deleted definitions.
    pub async fn delete_definitions(&mut self, owner: Owner, name: Option<&str>) -> Result<u64> {
        let sql = format!("DELETE FROM definitions WHERE {} = ? AND (?2 IS NULL OR name = ?2)", owner.column());
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        let deleted = query.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected();
        self.forget_vdrs(owner, name).await?;
        Ok(deleted)
    }
}

fn row_of(row: &SqliteRow) -> Result<DefinitionRow> {
    Ok(DefinitionRow {
        owner: Owner::of(row)?,
        name: row.column("name")?,
        fields: serde_json::from_str(row.column("fields")?).map_err(|_| open_failed("a definition"))?,
        created_us: row.column("created_us")?,
    })
}
