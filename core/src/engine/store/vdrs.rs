//! VDRs in the database (spec P 9.10): ids of objects and of their fields, descriptions, snippets, and the version that an
//! organization uses. Their parts are definitions and transformations.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use super::connections::Columns;
use super::definition_tx::now_us;
use super::{DefinitionTx, Owner, Store, failed};
use crate::error::Result;

/// An object apart from its definitions and transformations.
#[derive(Clone, Debug)]
pub(crate) struct VdrRow {
    pub id: i64,
    pub name: String,
    pub description: Option<String>,
}

/// A reusable piece of a script.
#[derive(Clone, Debug)]
pub(crate) struct SnippetRow {
    pub id: i64,
    pub name: String,
    pub body: String,
    pub description: Option<String>,
    pub kind: String,
    pub created_us: i64,
}

const VDR: &str = "SELECT id, name, description FROM vdrs WHERE organization_id = ?";
const SNIPPET: &str =
    "SELECT id, name, body, description, kind, created_us FROM snippets WHERE organization_id = ? AND id = ?";

/// Returns the organization of an owner, whose id is `?1`.
fn organization_of(owner: Owner) -> &'static str {
    match owner {
        Owner::Organization(_) => "?1",
        Owner::Account(_) => "(SELECT organization_id FROM accounts WHERE id = ?1)",
        Owner::Instance(_) => {
            "(SELECT organization_id FROM accounts WHERE id = (SELECT account_id FROM instances WHERE id = ?1))"
        }
    }
}

impl DefinitionTx {
    /// Returns the VDRs of an organization by name. Some may have no definition that the caller sees.
    pub async fn vdrs(&mut self, organization: i64) -> Result<Vec<VdrRow>> {
        let sql = format!("{VDR} ORDER BY name");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(organization);
        query.fetch_all(&mut *self.transaction).await.map_err(failed)?.iter().map(vdr).collect()
    }

    /// Returns a VDR by its id.
    pub async fn vdr(&mut self, organization: i64, id: i64) -> Result<Option<VdrRow>> {
        let query = sqlx::query(AssertSqlSafe(format!("{VDR} AND id = ?"))).bind(organization).bind(id);
        query.fetch_optional(&mut *self.transaction).await.map_err(failed)?.as_ref().map(vdr).transpose()
    }

    /// Returns a VDR by its name.
    pub async fn vdr_named(&mut self, organization: i64, name: &str) -> Result<Option<VdrRow>> {
        let query = sqlx::query(AssertSqlSafe(format!("{VDR} AND name = ?"))).bind(organization).bind(name);
        query.fetch_optional(&mut *self.transaction).await.map_err(failed)?.as_ref().map(vdr).transpose()
    }

    /// Sets the description of a VDR.
    pub async fn describe_vdr(&mut self, organization: i64, name: &str, description: Option<&str>) -> Result<()> {
        let query = sqlx::query("UPDATE vdrs SET description = ? WHERE organization_id = ? AND name = ?");
        let query = query.bind(description).bind(organization).bind(name);
        query.execute(&mut *self.transaction).await.map_err(failed)?;
        Ok(())
    }

    /// Gives the id and the description of an object to its new name, before its parts are renamed. Parts that keep the
    /// old name are another VDR from then on.
    pub async fn rename_vdr(&mut self, organization: i64, name: &str, new: &str) -> Result<()> {
        let known = "DELETE FROM vdrs WHERE organization_id = ? AND name = ?";
        sqlx::query(known).bind(organization).bind(new).execute(&mut *self.transaction).await.map_err(failed)?;
        let rename = sqlx::query("UPDATE vdrs SET name = ? WHERE organization_id = ? AND name = ?");
        rename.bind(new).bind(organization).bind(name).execute(&mut *self.transaction).await.map_err(failed)?;
        Ok(())
    }

    /// Gives an object a number, if it has none yet.
    pub(super) async fn number_vdr(&mut self, owner: Owner, name: &str) -> Result<()> {
        let sql = format!(
            "INSERT INTO vdrs (organization_id, name) VALUES ({}, ?2) ON CONFLICT DO NOTHING",
            organization_of(owner)
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        query.execute(&mut *self.transaction).await.map_err(failed)?;
        Ok(())
    }

    /// Forgets an object, or all of an organization, that has no definition at any level.
    pub(super) async fn forget_vdrs(&mut self, owner: Owner, name: Option<&str>) -> Result<()> {
        let organization = organization_of(owner);
        let sql = format!(
            "DELETE FROM vdrs WHERE organization_id = {organization} AND (?2 IS NULL OR name = ?2) AND name NOT IN (
                 SELECT definitions.name FROM definitions
                 LEFT JOIN instances ON instances.id = definitions.instance_id
                 LEFT JOIN accounts ON accounts.id = coalesce(definitions.account_id, instances.account_id)
                 WHERE coalesce(definitions.organization_id, accounts.organization_id) = {organization})"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        query.execute(&mut *self.transaction).await.map_err(failed)?;
        Ok(())
    }

    /// Gives fields of a definition ids, and takes those of fields that it has no more.
    pub(super) async fn number_fields(&mut self, owner: Owner, name: &str, fields: &str) -> Result<()> {
        let definition = format!("definitions WHERE {} = ?1 AND name = ?2", owner.column());
        let statements = [
            format!(
                "DELETE FROM definition_fields WHERE definition_id = (SELECT id FROM {definition})
                 AND path NOT IN (SELECT json_extract(value, '$.path') FROM json_each(?3))"
            ),
            format!(
                "INSERT INTO definition_fields (definition_id, path)
                 SELECT owner.id, json_extract(value, '$.path')
                 FROM (SELECT id FROM {definition}) AS owner, json_each(?3) WHERE true ON CONFLICT DO NOTHING"
            ),
        ];
        for sql in statements {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.id()).bind(name).bind(fields);
            query.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Returns the ids of the fields of a definition, by path.
    pub async fn field_ids(&mut self, owner: Owner, name: &str) -> Result<HashMap<String, i64>> {
        let sql = format!(
            "SELECT path, definition_fields.id FROM definition_fields
             JOIN definitions ON definitions.id = definition_id WHERE {} = ? AND name = ?",
            owner.column()
        );
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(owner.id()).bind(name);
        let rows: Vec<(String, i64)> = query.fetch_all(&mut *self.transaction).await.map_err(failed)?;
        Ok(rows.into_iter().collect())
    }

    /// Gives the ids of fields to their new paths, before the definition is stored with these.
    pub async fn move_field_ids(&mut self, owner: Owner, name: &str, moved: &[(i64, &str)]) -> Result<()> {
        for (id, _) in moved {
            // Paths may be exchanged, so all are taken before the first is given.
            let query = sqlx::query("UPDATE definition_fields SET path = char(0) || id WHERE id = ?").bind(id);
            query.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        for (id, path) in moved {
            let sql = format!(
                "UPDATE OR REPLACE definition_fields SET path = ? WHERE id = ? AND definition_id =
                 (SELECT id FROM definitions WHERE {} = ? AND name = ?)",
                owner.column()
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(path).bind(id).bind(owner.id()).bind(name);
            query.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        Ok(())
    }
}

impl Store {
    /// Returns the version of VDRs that an organization uses.
    pub async fn vdr_version(&self, organization: i64) -> Result<String> {
        let query = sqlx::query_scalar("SELECT vdr_version FROM organizations WHERE id = ?").bind(organization);
        query.fetch_one(self.readers()).await.map_err(failed)
    }

    /// Sets the version of VDRs that an organization uses.
    pub async fn set_vdr_version(&self, organization: i64, version: &str) -> Result<()> {
        let query = sqlx::query("UPDATE organizations SET vdr_version = ? WHERE id = ?").bind(version);
        query.bind(organization).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Stores a snippet and returns its id.
    pub async fn add_snippet(&self, organization: i64, new: &SnippetRow) -> Result<i64> {
        let query = sqlx::query_scalar(
            "INSERT INTO snippets (organization_id, name, body, description, kind, created_us)
             VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        );
        let query = query.bind(organization).bind(&new.name).bind(&new.body).bind(&new.description);
        // Only a statement that is read to its end is committed.
        let ids = query.bind(&new.kind).bind(now_us()).fetch_all(self.writer()).await.map_err(failed)?;
        ids.first().copied().ok_or_else(|| failed(sqlx::Error::RowNotFound))
    }

    /// Returns a snippet.
    pub async fn snippet(&self, organization: i64, id: i64) -> Result<Option<SnippetRow>> {
        let row = sqlx::query(SNIPPET).bind(organization).bind(id).fetch_optional(self.readers()).await;
        row.map_err(failed)?.as_ref().map(snippet).transpose()
    }

    /// Replaces a snippet. Returns whether it exists.
    pub async fn replace_snippet(&self, organization: i64, new: &SnippetRow) -> Result<bool> {
        let query = sqlx::query(
            "UPDATE snippets SET name = ?, body = ?, description = ?, kind = ? WHERE organization_id = ? AND id = ?",
        );
        let query = query.bind(&new.name).bind(&new.body).bind(&new.description).bind(&new.kind);
        let done = query.bind(organization).bind(new.id).execute(self.writer()).await.map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes a snippet. Returns whether it existed.
    pub async fn delete_snippet(&self, organization: i64, id: i64) -> Result<bool> {
        let query = sqlx::query("DELETE FROM snippets WHERE organization_id = ? AND id = ?").bind(organization);
        Ok(query.bind(id).execute(self.writer()).await.map_err(failed)?.rows_affected() > 0)
    }
}

fn vdr(row: &SqliteRow) -> Result<VdrRow> {
    Ok(VdrRow { id: row.column("id")?, name: row.column("name")?, description: row.column("description")? })
}

fn snippet(row: &SqliteRow) -> Result<SnippetRow> {
    Ok(SnippetRow {
        id: row.column("id")?,
        name: row.column("name")?,
        body: row.column("body")?,
        description: row.column("description")?,
        kind: row.column("kind")?,
        created_us: row.column("created_us")?,
    })
}
