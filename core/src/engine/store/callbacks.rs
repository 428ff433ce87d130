//! The outbox of callbacks that are still to be delivered (spec P 10.11).

use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::connections::Columns;
use super::jobs::{failure_of, now_ms};
use super::{Store, failed};
use crate::error::Result;
use crate::model::{JobFailure, JobStatus};

/// A callback with the final status of its job.
#[derive(Clone, Debug)]
pub(crate) struct CallbackRow {
    pub id: i64,
    pub job_id: i64,
    pub instance_id: i64,
    pub webhook_id: String,
    pub status: JobStatus,
    pub error: Option<String>,
    pub failure: Option<JobFailure>,
    pub completed_ms: i64,
    pub rows_written: i64,
    pub rows_failed: i64,
    /// Number of delivery attempts before this one.
    pub attempts: i64,
}

impl Store {
    /// Takes a callback that is due and holds it for `hold_ms`, during which no other worker gets it.
    pub async fn take_callback(&self, hold_ms: i64) -> Result<Option<CallbackRow>> {
        let now = now_ms();
        // All rows are fetched, though there is at most one: a statement that returns rows ends, and is committed, only
        // after the last one was read.
        let rows = sqlx::query(
            "UPDATE callbacks SET due_ms = ?1 + ?2, attempts = attempts + 1
             WHERE id = (SELECT id FROM callbacks WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT 1)
             RETURNING *, (SELECT instance_id FROM jobs WHERE id = job_id) AS instance_id",
        )
        .bind(now)
        .bind(hold_ms)
        .fetch_all(self.writer())
        .await
        .map_err(failed)?;
        rows.first().map(callback).transpose()
    }

    /// Returns the milliseconds until the next callback is due. Returns `None` if the outbox is empty.
    pub async fn callback_wait_ms(&self) -> Result<Option<i64>> {
        let due: Option<i64> =
            sqlx::query_scalar("SELECT min(due_ms) FROM callbacks").fetch_one(self.readers()).await.map_err(failed)?;
        Ok(due.map(|due| due.saturating_sub(now_ms()).max(0)))
    }

    /// Postpones a callback after a failed delivery.
    pub async fn put_off_callback(&self, id: i64, wait_ms: i64) -> Result<()> {
        let query =
            sqlx::query("UPDATE callbacks SET due_ms = ? WHERE id = ?").bind(now_ms().saturating_add(wait_ms)).bind(id);
        query.execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Removes a callback that was delivered or given up.
    pub async fn drop_callback(&self, id: i64) -> Result<()> {
        sqlx::query("DELETE FROM callbacks WHERE id = ?").bind(id).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }
}

/// Adds the callback of a job that has just ended to the outbox, in the transaction that ends the job.
pub(super) async fn enqueue(transaction: &mut Transaction<'_, Sqlite>, job_id: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO callbacks (job_id, webhook_id, status, error, failure, completed_ms, rows_written, rows_failed,
             due_ms)
         SELECT id, lower(hex(randomblob(16))), status, error, failure, completed_ms,
             (SELECT min(coalesce(sum(rows_written), 0), jobs.sorted_limit) FROM partitions WHERE job_id = jobs.id),
             (SELECT coalesce(sum(rows_failed), 0) FROM partitions WHERE job_id = jobs.id), completed_ms
         FROM jobs WHERE id = ? AND notify AND completed_ms IS NOT NULL",
    )
    .bind(job_id)
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

fn callback(row: &SqliteRow) -> Result<CallbackRow> {
    Ok(CallbackRow {
        id: row.column("id")?,
        job_id: row.column("job_id")?,
        instance_id: row.column("instance_id")?,
        webhook_id: row.column("webhook_id")?,
        status: JobStatus::from(row.column::<&str>("status")?),
        error: row.column("error")?,
        failure: failure_of(row.column("failure")?),
        completed_ms: row.column("completed_ms")?,
        rows_written: row.column("rows_written")?,
        rows_failed: row.column("rows_failed")?,
        attempts: row.column::<i64>("attempts")? - 1,
    })
}
