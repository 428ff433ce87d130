//! Transformations in the database.

use std::sync::Arc;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::connections::Columns;
use super::definition_tx::now_us;
use super::{DefinitionTx, Owner, Scope, Store, failed};
use crate::engine::transform::Transformation;
use crate::engine::vault::open_failed;
use crate::error::Result;

/// The mapping of an object to an element by one level.
#[derive(Clone, Debug)]
pub(crate) struct TransformationRow {
    pub owner: Owner,
    pub element_id: i64,
    pub name: String,
    pub body: Transformation,
    pub created_us: i64,
}

const COLUMNS: &str =
    "SELECT organization_id, account_id, instance_id, element_id, name, body, created_us FROM transformations";

impl Store {
    /// Returns whether a transformation in a scope maps one of these objects for an element. Every call checks this,
    /// and the result is mostly `false`.
    pub async fn has_visible_transformations(&self, scope: Scope, element_id: i64, names: &[&str]) -> Result<bool> {
        let asked = format!("{scope:?} {element_id} {names:?}").into_bytes();
        let ask = async || self.find_visible_transformations(scope, element_id, names).await.map(Some);
        Ok(self.cache().get_or_load(("transformations", asked), ask).await?.unwrap_or_default())
    }

    /// Returns the transformations in a scope, by name and then from the highest level down.
    pub async fn transformations_in(&self, scope: Scope) -> Result<Arc<Vec<TransformationRow>>> {
        let ask =
            async || Ok(Some(Arc::new(self.definition_tx().await?.visible_transformations(scope, None, None).await?)));
        let asked = ("transformations in", format!("{scope:?}").into_bytes());
        Ok(self.cache().get_or_load(asked, ask).await?.unwrap_or_default())
    }

    async fn find_visible_transformations(&self, scope: Scope, element_id: i64, names: &[&str]) -> Result<bool> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("SELECT EXISTS (SELECT 1 FROM transformations");
        scope.push(&mut query);
        query.push(" AND element_id = ").push_bind(element_id).push(" AND name IN (");
        let mut list = query.separated(", ");
        names.iter().for_each(|name| {
            list.push_bind((*name).to_owned());
        });
        query.push("))");
        query.build_query_scalar().fetch_one(self.readers()).await.map_err(failed)
    }
}

impl DefinitionTx {
    /// Returns the transformations of one level and element by name.
    pub async fn transformations(&mut self, owner: Owner, element_id: i64) -> Result<Vec<TransformationRow>> {
        let sql = format!("{COLUMNS} WHERE {} = ? AND element_id = ? ORDER BY name", owner.column());
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(element_id);
        let rows = query.fetch_all(&mut *self.transaction).await.map_err(failed)?;
        rows.iter().map(row_of).collect()
    }

    /// Returns the transformations in a scope, optionally of one element and one name, by name and then from the
    /// highest level down.
    pub async fn visible_transformations(
        &mut self,
        scope: Scope,
        element_id: Option<i64>,
        name: Option<&str>,
    ) -> Result<Vec<TransformationRow>> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(COLUMNS);
        scope.push(&mut query);
        if let Some(element_id) = element_id {
            query.push(" AND element_id = ").push_bind(element_id);
        }
        if let Some(name) = name {
            query.push(" AND name = ").push_bind(name.to_owned());
        }
        query.push(" ORDER BY name, organization_id IS NULL, account_id IS NULL, instance_id, element_id");
        let rows = query.build().fetch_all(&mut *self.transaction).await.map_err(failed)?;
        rows.iter().map(row_of).collect()
    }

    /// Returns one transformation of one level.
    pub async fn transformation(
        &mut self,
        owner: Owner,
        element_id: i64,
        name: &str,
    ) -> Result<Option<TransformationRow>> {
        let sql = format!("{COLUMNS} WHERE {} = ? AND element_id = ? AND name = ?", owner.column());
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(element_id).bind(name);
        query.fetch_optional(&mut *self.transaction).await.map_err(failed)?.as_ref().map(row_of).transpose()
    }

    /// Returns whether a level has transformations of a name for any element, or of any name if `name` is `None`.
    pub async fn has_transformations(&mut self, owner: Owner, name: Option<&str>) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM transformations WHERE {} = ? AND (?2 IS NULL OR name = ?2))",
            owner.column()
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        query.fetch_one(&mut *self.transaction).await.map_err(failed)
    }

    /// Stores a transformation and replaces an existing one.
    pub async fn put_transformation(
        &mut self,
        owner: Owner,
        element_id: i64,
        name: &str,
        body: &Transformation,
    ) -> Result<()> {
        let column = owner.column();
        let sql = format!(
            "INSERT INTO transformations ({column}, element_id, name, body, created_us) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT ({column}, element_id, name) DO UPDATE SET body = excluded.body"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(element_id).bind(name);
        let query = query.bind(serde_json::to_string(body).unwrap_or_default()).bind(now_us());
        query.execute(&mut *self.transaction).await.map_err(failed)?;
        Ok(())
    }

    /// Deletes transformations of a level, optionally of one element and one name. Returns the number of deleted
    /// transformations.
    pub async fn delete_transformations(
        &mut self,
        owner: Owner,
        element_id: Option<i64>,
        name: Option<&str>,
    ) -> Result<u64> {
        let sql = format!(
            "DELETE FROM transformations WHERE {} = ?1 AND (?2 IS NULL OR element_id = ?2)
             AND (?3 IS NULL OR name = ?3)",
            owner.column()
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(element_id).bind(name);
        Ok(query.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected())
    }
}

fn row_of(row: &SqliteRow) -> Result<TransformationRow> {
    Ok(TransformationRow {
        owner: Owner::of(row)?,
        element_id: row.column("element_id")?,
        name: row.column("name")?,
        body: serde_json::from_str(row.column("body")?).map_err(|_| open_failed("a transformation"))?,
        created_us: row.column("created_us")?,
    })
}
