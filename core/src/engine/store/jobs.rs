//! Bulk jobs: their rows and leases. Their progress is in `checkpoints`.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;
use zeroize::Zeroizing;

use super::callbacks::enqueue;
use super::checkpoints::{SegmentRow, put_segment};
use super::connections::Columns;
use super::listing::expect;
use super::partitions::Start;
use super::{InstanceRow, Store, UserRow, failed};
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;
use crate::model::{JobFailure, JobStatus};

/// A bulk job with its sealed values opened.
#[derive(Clone, Debug)]
pub(crate) struct JobRow {
    pub id: i64,
    pub instance_id: i64,
    /// Name of the object in the statement.
    pub object: String,
    /// Serialized plan of the job; see `bulk::JobSpec`.
    pub spec: Zeroizing<Vec<u8>>,
    /// Seals what the job reads.
    pub key: Key,
    pub status: JobStatus,
    pub phase: String,
    pub error: Option<String>,
    /// Reason of the failure; `None` for jobs that failed under an earlier version.
    pub failure: Option<JobFailure>,
    /// Id of the call that started the job or last resumed it.
    pub request_id: Option<String>,
    pub created_ms: i64,
    pub started_ms: Option<i64>,
    pub updated_ms: i64,
    pub completed_ms: Option<i64>,
    pub expires_ms: Option<i64>,
    /// Last owner of the lease.
    pub owner: Option<String>,
    /// End of the lease; in the past if no worker holds it.
    pub lease_until_ms: i64,
    pub enumerated: bool,
    pub figures: JobFigures,
}

/// Values stored when a job is created.
pub(crate) struct NewJob<'a> {
    pub object: &'a str,
    pub spec: &'a [u8],
    /// Limit of a job that sorts its rows before it truncates them.
    pub sorted_limit: Option<u64>,
    pub notify: bool,
    pub request_id: &'a str,
    /// Start dates of partitions that are not listed yet.
    pub starts: &'a [Start],
    /// File of an upload.
    pub upload: Option<NewUpload<'a>>,
}

/// File of an upload that was received before its job is created.
#[derive(Clone, Copy)]
pub(crate) struct NewUpload<'a> {
    /// Key that it is sealed with, which becomes that of the job.
    pub key: &'a Key,
    pub segment: &'a SegmentRow,
    /// Moves the file into the folder of the job with an id.
    pub place: &'a (dyn Fn(i64) -> Result<()> + Sync),
}

/// Counts of a whole job; those of its partitions are in [`super::Totals`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JobFigures {
    /// Start of the next incremental pull (spec BT 2.7).
    pub watermark_s: Option<i64>,
    pub vendor_calls: u64,
    /// Number of occurrences of each warning.
    pub warnings: BTreeMap<String, u64>,
}

/// Result of renewing a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lease {
    Held,
    /// The lease is held, and the job is to be cancelled.
    CancelAsked,
    /// Another worker holds the job, or the job is gone.
    Lost,
}

const COLUMNS: &str =
    "SELECT id, instance_id, object, spec, job_key, status, phase, error, failure, request_id, created_ms, started_ms,
    updated_ms, completed_ms, expires_ms, owner, lease_until_ms, enumerated, watermark_s, vendor_calls, warnings FROM jobs";

impl Store {
    /// Stores a new job.
    pub async fn create_job(&self, instance: &InstanceRow, new: &NewJob<'_>) -> Result<JobRow> {
        let key = new.upload.map_or_else(Key::random, |upload| Ok(upload.key.clone()))?;
        let now = now_ms();
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO jobs (instance_id, object, notify, sorted_limit, request_id, spec, job_key, status, phase,
             created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, '', '', 'CREATED', 'queued', ?, ?) RETURNING id",
        )
        .bind(instance.id)
        .bind(new.object)
        .bind(new.notify)
        .bind(new.sorted_limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX))
        .bind(new.request_id)
        .bind(now)
        .bind(now)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        // The seal is bound to the id, which is known only now.
        sqlx::query("UPDATE jobs SET spec = ?, job_key = ? WHERE id = ?")
            .bind(key.seal(&place(id, "spec"), new.spec)?)
            .bind(instance.key.wrap(&place(id, "key"), &key)?)
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        expect(&mut transaction, id, new.starts).await?;
        if let Some(upload) = &new.upload {
            put_segment(&mut transaction, id, upload.segment).await?;
            (upload.place)(id)?;
        }
        transaction.commit().await.map_err(failed)?;
        self.job(instance, id).await?.ok_or_else(|| open_failed("the new job"))
    }

    /// Returns a job of an instance.
    pub async fn job(&self, instance: &InstanceRow, id: i64) -> Result<Option<JobRow>> {
        let sql = format!("{COLUMNS} WHERE id = ? AND instance_id = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(instance.id);
        let row = query.fetch_optional(self.readers()).await.map_err(failed)?;
        row.map(|row| job_of(instance, &row)).transpose()
    }

    /// Returns jobs of an instance below an id, newest first.
    pub async fn jobs(&self, instance: &InstanceRow, below: i64, limit: i64) -> Result<Vec<JobRow>> {
        let sql = format!("{COLUMNS} WHERE instance_id = ? AND id < ? ORDER BY id DESC LIMIT ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(instance.id).bind(below).bind(limit);
        let rows = query.fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(|row| job_of(instance, row)).collect()
    }

    /// Returns jobs of all instances of a user below an id, newest first: all of them, or those that have not ended.
    pub async fn jobs_of_user(&self, user: &UserRow, is_active: bool, below: i64, limit: i64) -> Result<Vec<JobRow>> {
        let active = if is_active { " AND completed_ms IS NULL" } else { "" };
        let sql = format!(
            "SELECT id, instance_id FROM jobs WHERE id < ?{active}
             AND instance_id IN (SELECT id FROM instances WHERE user_id = ?) ORDER BY id DESC LIMIT ?"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(below).bind(user.id).bind(limit);
        let ids: Vec<(i64, i64)> = query.fetch_all(self.readers()).await.map_err(failed)?;
        let mut jobs = Vec::with_capacity(ids.len());
        for (id, instance_id) in ids {
            // Both may have been deleted since.
            if let Some(instance) = self.instance(user.account_id, instance_id).await? {
                jobs.extend(self.job(&instance, id).await?);
            }
        }
        Ok(jobs)
    }

    /// Returns job and instance id of every unfinished job without a lease, oldest first.
    pub async fn waiting_jobs(&self) -> Result<Vec<(i64, i64)>> {
        let query = sqlx::query_as(
            "SELECT id, instance_id FROM jobs WHERE completed_ms IS NULL AND lease_until_ms < ? ORDER BY id",
        );
        query.bind(now_ms()).fetch_all(self.readers()).await.map_err(failed)
    }

    /// Returns whether a job exists and has not ended.
    pub async fn is_unfinished(&self, id: i64) -> Result<bool> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE id = ? AND completed_ms IS NULL)");
        query.bind(id).fetch_one(self.readers()).await.map_err(failed)
    }

    /// Returns the owners of leases of unfinished jobs.
    pub async fn lease_owners(&self) -> Result<Vec<String>> {
        let query = sqlx::query_scalar(
            "SELECT DISTINCT owner FROM jobs WHERE completed_ms IS NULL AND lease_until_ms >= ? AND owner IS NOT NULL",
        );
        query.bind(now_ms()).fetch_all(self.readers()).await.map_err(failed)
    }

    /// Ends all leases of an owner.
    pub async fn end_leases(&self, owner: &str) -> Result<()> {
        let query = sqlx::query("UPDATE jobs SET lease_until_ms = 0 WHERE owner = ? AND completed_ms IS NULL");
        query.bind(owner).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Leases a job that has no lease or is leased by this owner. Returns the epoch of the new lease. Leases nothing
    /// if the master key was rotated by another process, because this process could not open the job.
    pub async fn lease_job(&self, id: i64, owner: &str, length_ms: i64) -> Result<Option<i64>> {
        let now = now_ms();
        // All rows are fetched, though there is at most one: SQLite reports a failed write only after the last row.
        let epochs: Vec<i64> = sqlx::query_scalar(
            "UPDATE jobs SET owner = ?, lease_until_ms = ?, epoch = epoch + 1, status = 'RUNNING', updated_ms = ?,
             phase = CASE enumerated WHEN 0 THEN 'enumerating' ELSE 'reading' END,
             started_ms = coalesce(started_ms, ?)
             WHERE id = ? AND completed_ms IS NULL AND (lease_until_ms < ? OR owner = ?)
             AND (SELECT generation FROM vault) = ?
             RETURNING epoch",
        )
        .bind(owner)
        .bind(now.saturating_add(length_ms))
        .bind(now)
        .bind(now)
        .bind(id)
        .bind(now)
        .bind(owner)
        .bind(self.generation())
        .fetch_all(self.writer())
        .await
        .map_err(failed)?;
        Ok(epochs.first().copied())
    }

    /// Extends the lease of a job.
    pub async fn renew_lease(&self, id: i64, epoch: i64, length_ms: i64) -> Result<Lease> {
        let query = sqlx::query_scalar(
            "UPDATE jobs SET lease_until_ms = ? WHERE id = ? AND epoch = ? AND completed_ms IS NULL RETURNING cancel",
        );
        let query = query.bind(now_ms().saturating_add(length_ms)).bind(id).bind(epoch);
        let cancel: Vec<bool> = query.fetch_all(self.writer()).await.map_err(failed)?;
        Ok(match cancel.first() {
            None => Lease::Lost,
            Some(true) => Lease::CancelAsked,
            Some(false) => Lease::Held,
        })
    }

    /// Records the phase of a job with its counts so far.
    pub async fn set_phase(&self, id: i64, epoch: i64, phase: &str, figures: &JobFigures) -> Result<()> {
        sqlx::query(
            "UPDATE jobs SET phase = ?, updated_ms = ?, watermark_s = ?, vendor_calls = ?, warnings = ?
             WHERE id = ? AND epoch = ?",
        )
        .bind(phase)
        .bind(now_ms())
        .bind(figures.watermark_s)
        .bind(i64::try_from(figures.vendor_calls).unwrap_or(i64::MAX))
        .bind(warnings_text(figures))
        .bind(id)
        .bind(epoch)
        .execute(self.writer())
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// Ends a job, releases its lease and queues its callback. Its rows are kept for `keep_ms`.
    pub async fn finish_job(
        &self,
        id: i64,
        epoch: i64,
        status: &JobStatus,
        failure: Option<&JobFailure>,
        keep_ms: i64,
    ) -> Result<()> {
        let now = now_ms();
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let ended = sqlx::query(
            "UPDATE jobs SET status = ?, error = ?, failure = ?, phase = 'finished', completed_ms = ?,
             updated_ms = ?, expires_ms = ?, lease_until_ms = 0 WHERE id = ? AND epoch = ? AND completed_ms IS NULL",
        )
        .bind(status.as_str())
        .bind(failure.map(ToString::to_string))
        .bind(failure.and_then(|failure| serde_json::to_string(failure).ok()))
        .bind(now)
        .bind(now)
        .bind(now.saturating_add(keep_ms))
        .bind(id)
        .bind(epoch)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if ended.rows_affected() > 0 {
            enqueue(&mut transaction, id).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Releases the lease of an unfinished job.
    pub async fn park_job(&self, id: i64, epoch: i64) -> Result<()> {
        let query = sqlx::query(
            "UPDATE jobs SET phase = 'parked', lease_until_ms = 0, updated_ms = ? WHERE id = ? AND epoch = ?
             AND completed_ms IS NULL",
        );
        query.bind(now_ms()).bind(id).bind(epoch).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Requests the cancellation of a job. A job without a lease ends at once.
    pub async fn cancel_job(&self, id: i64, keep_ms: i64) -> Result<()> {
        let now = now_ms();
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query(
            "UPDATE jobs SET cancel = 1, status = 'CANCELLATION_PENDING' WHERE id = ? AND completed_ms IS NULL",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        let ended = sqlx::query(
            "UPDATE jobs SET status = 'CANCELLED', phase = 'finished', completed_ms = ?, updated_ms = ?,
             expires_ms = ?, epoch = epoch + 1 WHERE id = ? AND completed_ms IS NULL AND lease_until_ms < ?",
        )
        .bind(now)
        .bind(now)
        .bind(now.saturating_add(keep_ms))
        .bind(id)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if ended.rows_affected() > 0 {
            enqueue(&mut transaction, id).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Reopens an aborted or cancelled job and retries skipped partitions. Returns `false` if it is neither.
    pub async fn reopen_job(&self, id: i64, request_id: &str) -> Result<bool> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let reopened = sqlx::query(
            "UPDATE jobs SET status = 'RUNNING', phase = 'queued', error = NULL, failure = NULL, completed_ms = NULL,
             expires_ms = NULL, cancel = 0, lease_until_ms = 0, request_id = ?, updated_ms = ?
             WHERE id = ? AND status IN ('ABORTED', 'CANCELLED')",
        )
        .bind(request_id)
        .bind(now_ms())
        .bind(id)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        sqlx::query(
            "UPDATE partitions SET state = CASE state WHEN 'skipped' THEN 'pending' WHEN 'absent' THEN 'pending'
             WHEN 'unlisted' THEN 'relisting' ELSE state END, restarted = 0 WHERE job_id = ?",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(reopened.rows_affected() > 0)
    }

    /// Returns the jobs whose files have expired and are still recorded.
    pub async fn expired_jobs(&self) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar(
            "SELECT id FROM jobs WHERE expires_ms < ? AND EXISTS (SELECT 1 FROM segments WHERE job_id = jobs.id)",
        );
        query.bind(now_ms()).fetch_all(self.readers()).await.map_err(failed)
    }

    /// Returns the number of jobs per status.
    #[cfg(feature = "server")]
    pub async fn job_numbers(&self) -> Result<Vec<(String, i64)>> {
        let query = sqlx::query_as("SELECT status, count(*) FROM jobs GROUP BY status");
        query.fetch_all(self.readers()).await.map_err(failed)
    }

    /// Returns the ids of all jobs, or of the jobs of one instance.
    pub async fn job_ids(&self, instance_id: Option<i64>) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar("SELECT id FROM jobs WHERE ?1 IS NULL OR instance_id = ?1");
        query.bind(instance_id).fetch_all(self.readers()).await.map_err(failed)
    }
}

fn place(id: i64, column: &str) -> String {
    format!("jobs.{id}.{column}")
}

fn job_of(instance: &InstanceRow, row: &SqliteRow) -> Result<JobRow> {
    let id: i64 = row.column("id")?;
    let key = instance.key.unwrap_key(&place(id, "key"), row.column("job_key")?)?;
    let spec = key.open(&place(id, "spec"), row.column("spec")?).ok_or_else(|| open_failed(&place(id, "spec")))?;
    Ok(JobRow {
        id,
        instance_id: row.column("instance_id")?,
        object: row.column("object")?,
        spec,
        key,
        status: JobStatus::from(row.column::<&str>("status")?),
        phase: row.column("phase")?,
        error: row.column("error")?,
        failure: failure_of(row.column("failure")?),
        request_id: row.column("request_id")?,
        created_ms: row.column("created_ms")?,
        started_ms: row.column("started_ms")?,
        updated_ms: row.column("updated_ms")?,
        completed_ms: row.column("completed_ms")?,
        expires_ms: row.column("expires_ms")?,
        owner: row.column("owner")?,
        lease_until_ms: row.column("lease_until_ms")?,
        enumerated: row.column("enumerated")?,
        figures: JobFigures {
            watermark_s: row.column("watermark_s")?,
            vendor_calls: u64::try_from(row.column::<i64>("vendor_calls")?).unwrap_or_default(),
            warnings: serde_json::from_str(row.column("warnings")?).unwrap_or_default(),
        },
    })
}

/// Parses a stored failure.
pub(super) fn failure_of(text: Option<&str>) -> Option<JobFailure> {
    serde_json::from_str(text?).ok()
}

pub(super) fn warnings_text(figures: &JobFigures) -> String {
    serde_json::to_string(&figures.warnings).unwrap_or_default()
}

/// Returns the current time in milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
