//! Records of calls (spec P 12.1).

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::connections::Columns;
use super::{Store, failed};
use crate::error::Result;

/// Record of one call.
#[derive(Clone, Debug)]
pub(crate) struct UsageRow {
    /// Id assigned by the store; 0 before.
    pub id: i64,
    pub request_id: String,
    pub at_ms: i64,
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Template of the path.
    pub route: String,
    pub address: Option<String>,
    pub status: u16,
    pub elapsed_ms: i64,
    pub user_id: i64,
    pub account_id: i64,
    pub instance_id: Option<i64>,
    pub element_id: Option<i64>,
}

/// Filter of records, which are listed newest first.
#[derive(Debug, Default)]
pub(crate) struct UsageFilter {
    /// Accounts of the records.
    pub account_ids: Vec<i64>,
    /// Elements of the calls; `None` for all calls.
    pub element_ids: Option<Vec<i64>>,
    /// Tags, all of which the instance of the call has now.
    pub tags: Vec<String>,
    /// Only successful or only failed calls.
    pub succeeded: Option<bool>,
    pub from_ms: i64,
    pub to_ms: i64,
    /// Substring of the path or of the request id, case-insensitive.
    pub search: Option<String>,
    /// Exclusive upper limit of the id.
    pub below_id: Option<i64>,
    pub skip: i64,
    pub limit: i64,
}

const COLUMNS: &str = "SELECT id, request_id, at_ms, method, path, route, address, status, elapsed_ms, user_id,
    account_id, instance_id, element_id FROM usage";

impl Store {
    /// Stores records and removes those older than `purge_before_ms`.
    pub async fn add_usage(&self, rows: &[UsageRow], purge_before_ms: Option<i64>) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for row in rows {
            // Users may be deleted while their records are queued.
            sqlx::query(
                "INSERT INTO usage (request_id, at_ms, method, path, route, address, status, elapsed_ms, user_id,
                 account_id, instance_id, element_id)
                 SELECT ?, ?, ?, ?, ?, ?, ?, ?, id, account_id, ?, ? FROM users WHERE id = ?
                 ON CONFLICT DO NOTHING",
            )
            .bind(&row.request_id)
            .bind(row.at_ms)
            .bind(&row.method)
            .bind(&row.path)
            .bind(&row.route)
            .bind(&row.address)
            .bind(row.status)
            .bind(row.elapsed_ms)
            .bind(row.instance_id)
            .bind(row.element_id)
            .bind(row.user_id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        if let Some(before) = purge_before_ms {
            sqlx::query("DELETE FROM usage WHERE at_ms < ?")
                .bind(before)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Returns the record of an account with this request id or traffic id.
    pub async fn usage_record(&self, account_id: i64, id: &str, since_ms: i64) -> Result<Option<UsageRow>> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE account_id = ").push_bind(account_id);
        query.push(" AND at_ms >= ").push_bind(since_ms);
        query.push(" AND (request_id = ").push_bind(id.to_owned());
        query.push(" OR id = ").push_bind(id.parse::<i64>().ok()).push(")");
        let row = query.build().fetch_optional(self.readers()).await.map_err(failed)?;
        row.map(|row| usage(&row)).transpose()
    }

    /// Returns the records that match a filter.
    pub async fn usage_records(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE at_ms >= ").push_bind(filter.from_ms);
        query.push(" AND at_ms <= ").push_bind(filter.to_ms);
        one_of(&mut query, "account_id", &filter.account_ids);
        if let Some(element_ids) = &filter.element_ids {
            one_of(&mut query, "element_id", element_ids);
        }
        for tag in &filter.tags {
            query.push(
                " AND EXISTS (SELECT 1 FROM instances, json_each(instances.tags) AS tag
                  WHERE instances.id = usage.instance_id AND instances.account_id = usage.account_id
                  AND tag.value = ",
            );
            query.push_bind(tag.clone()).push(")");
        }
        if let Some(succeeded) = filter.succeeded {
            query.push(if succeeded { " AND status < 400" } else { " AND status >= 400" });
        }
        if let Some(text) = &filter.search {
            query.push(" AND (instr(lower(path), lower(").push_bind(text.clone());
            query.push(")) > 0 OR instr(request_id, lower(").push_bind(text.clone()).push(")) > 0)");
        }
        if let Some(below) = filter.below_id {
            query.push(" AND id < ").push_bind(below);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        query.push(" OFFSET ").push_bind(filter.skip);
        let rows = query.build().fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(usage).collect()
    }
}

fn one_of(query: &mut QueryBuilder<Sqlite>, column: &str, values: &[i64]) {
    query.push(" AND ").push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(*value);
    }
    query.push(")");
}

fn usage(row: &SqliteRow) -> Result<UsageRow> {
    Ok(UsageRow {
        id: row.column("id")?,
        request_id: row.column("request_id")?,
        at_ms: row.column("at_ms")?,
        method: row.column("method")?,
        path: row.column("path")?,
        route: row.column("route")?,
        address: row.column("address")?,
        status: row.column("status")?,
        elapsed_ms: row.column("elapsed_ms")?,
        user_id: row.column("user_id")?,
        account_id: row.column("account_id")?,
        instance_id: row.column("instance_id")?,
        element_id: row.column("element_id")?,
    })
}
