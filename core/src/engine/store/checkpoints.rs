//! Checkpoints of bulk jobs: partitions, segments and failed rows, committed together.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::connections::Columns;
use super::jobs::{JobFigures, now_ms, warnings_text};
use super::partitions::stored_key;
use super::{Store, failed};
use crate::element::PartitionKey;
use crate::error::Result;

/// Checkpoint of a partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartitionCheckpoint {
    pub key: PartitionKey,
    /// Position of its rows among those of the job.
    pub ordinal: i64,
    pub state: PartitionState,
    /// Number of the scan.
    pub scan: usize,
    /// Cursor of the next page; `None` for the first page.
    pub cursor: Option<String>,
    /// Whether the partition was read again from its beginning.
    pub restarted: bool,
    pub counts: Counts,
    /// Names of the members of `additional` that occurred, or of the fields that the job looks for.
    pub additional: BTreeSet<String>,
    /// Date from which the partition is read. `None` follows the statement; an empty string is its beginning.
    pub since: Option<String>,
    /// Oldest change among the failed rows; [`i64::MIN`] if the time of one of them is unknown.
    pub failed_from_s: Option<i64>,
    /// Reason why the partition was not read.
    pub problem: Option<Problem>,
}

/// Reason why a partition was not read.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Name of a [`crate::model::PendingReason`].
    pub reason: &'static str,
    /// The vendor's message.
    pub message: String,
}

/// State of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PartitionState {
    /// Read by an earlier job and not listed by this one yet.
    Expected,
    #[default]
    Pending,
    Done,
    /// Listed by the vendor, which refuses to return its rows.
    Skipped,
    /// Named by the statement but unknown to the vendor.
    Absent,
    /// A key below which the lists could not be enumerated; not a list itself.
    Unlisted,
    /// Like `Unlisted`, and to be tried again.
    Relisting,
}

/// Counts for one partition, or for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub read: u64,
    pub written: u64,
    pub ignored: u64,
    pub failed: u64,
    pub duplicates: u64,
    /// Size of the rows written, before sealing.
    pub bytes: u64,
}

/// Counts over all partitions of a job.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub counts: Counts,
    pub parents: u64,
    pub done: u64,
    pub skipped: u64,
}

/// A part of a partition's rows that is safe on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    /// Ordinal of the partition; negative if the rows belong to none, and [`UPLOADED`] for the file of an upload.
    pub ordinal: i64,
    pub sequence: i64,
    pub epoch: i64,
    pub frames: i64,
    /// Number of valid bytes; bytes beyond them are ignored.
    pub length: i64,
    /// Name of the partition in a file that an earlier release wrote.
    old_name: Option<Arc<str>>,
}

/// Ordinal of the segment with the file of an upload. Those of sorts are negative too.
pub(crate) const UPLOADED: i64 = -4;

impl SegmentRow {
    /// Returns a segment without frames.
    pub fn new(ordinal: i64, sequence: i64, epoch: i64) -> Self {
        Self { ordinal, sequence, epoch, frames: 0, length: 0, old_name: None }
    }

    /// Returns whether it is the file of an upload, and has no rows.
    pub fn is_uploaded(&self) -> bool {
        self.ordinal == UPLOADED
    }

    /// Returns the name of the partition in the path of the file and in its seals. Those of earlier releases are two
    /// numbers, so that they differ from all others.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.old_name {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("p{}", self.ordinal)),
        }
    }
}

/// One page to commit.
pub(crate) struct Checkpoint<'a> {
    pub job_id: i64,
    pub epoch: i64,
    pub partition: &'a PartitionCheckpoint,
    pub segment: Option<SegmentRow>,
    /// Sealed details of the rows that failed.
    pub errors: Vec<Vec<u8>>,
    pub figures: &'a JobFigures,
}

/// A partition some of whose rows are in the result already, from another list.
pub(crate) struct Repeats {
    /// Segment of the partition without these rows.
    pub segment: SegmentRow,
    /// Number of repeated rows.
    pub rows: u64,
    /// Size of the repeated rows, before sealing.
    pub bytes: u64,
}

impl PartitionState {
    const ALL: [Self; 7] =
        [Self::Expected, Self::Pending, Self::Done, Self::Skipped, Self::Absent, Self::Unlisted, Self::Relisting];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Absent => "absent",
            Self::Unlisted => "unlisted",
            Self::Relisting => "relisting",
        }
    }

    pub(super) fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or_default()
    }
}

impl Store {
    /// Returns the pending partitions after an ordinal, in order.
    pub async fn pending_partitions(&self, job_id: i64, after: i64, limit: i64) -> Result<Vec<PartitionCheckpoint>> {
        self.partitions_in(&[PartitionState::Pending], job_id, after, limit).await
    }

    /// Returns the partitions in one of these states after an ordinal, in order.
    pub async fn partitions_in(
        &self,
        states: &[PartitionState],
        job_id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<PartitionCheckpoint>> {
        let states: Vec<&str> = states.iter().map(|state| state.word()).collect();
        let query = sqlx::query(
            "SELECT * FROM partitions WHERE job_id = ? AND state IN (SELECT value FROM json_each(?))
             AND ordinal > ? ORDER BY ordinal LIMIT ?",
        );
        let query = query.bind(job_id).bind(serde_json::to_string(&states).unwrap_or_default());
        let rows = query.bind(after).bind(limit).fetch(self.readers());
        rows.map(|row| checkpoint_of(&row.map_err(failed)?)).try_collect().await
    }

    /// Commits a page and everything that belongs to it. Returns `false` and changes nothing if the lease was lost.
    pub async fn commit_page(&self, page: Checkpoint<'_>) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, page.job_id, page.epoch, page.figures).await? else {
            return Ok(false);
        };
        update_partition(&mut transaction, page.job_id, page.partition).await?;
        if let Some(segment) = &page.segment {
            put_segment(&mut transaction, page.job_id, segment).await?;
        }
        for detail in page.errors {
            sqlx::query("INSERT INTO row_errors (job_id, ordinal, detail) VALUES (?, ?, ?)")
                .bind(page.job_id)
                .bind(page.partition.ordinal)
                .bind(detail)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Deletes the rows read of a partition, so that it is read again. Returns `false` if the lease was lost.
    pub async fn restart_partition(
        &self,
        job_id: i64,
        epoch: i64,
        partition: &PartitionCheckpoint,
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job_id, epoch, figures).await? else { return Ok(false) };
        for sql in [
            "DELETE FROM segments WHERE job_id = ? AND ordinal = ?",
            "DELETE FROM row_errors WHERE job_id = ? AND ordinal = ?",
        ] {
            let query = sqlx::query(sql).bind(job_id).bind(partition.ordinal);
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        update_partition(&mut transaction, job_id, partition).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Replaces all segments of a job by sorted ones. Returns `false` if the lease was lost.
    pub async fn replace_segments(
        &self,
        job_id: i64,
        epoch: i64,
        segments: &[SegmentRow],
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job_id, epoch, figures).await? else { return Ok(false) };
        let delete = sqlx::query("DELETE FROM segments WHERE job_id = ?").bind(job_id);
        delete.execute(&mut *transaction).await.map_err(failed)?;
        for segment in segments {
            put_segment(&mut transaction, job_id, segment).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Returns the counts of a job over all its partitions.
    pub async fn totals(&self, job_id: i64) -> Result<Totals> {
        let row = sqlx::query(
            "SELECT coalesce(sum(rows_read), 0) AS rows_read,
             min(coalesce(sum(rows_written), 0), (SELECT sorted_limit FROM jobs WHERE id = ?1)) AS rows_written,
             coalesce(sum(rows_ignored), 0) AS rows_ignored, coalesce(sum(rows_failed), 0) AS rows_failed,
             coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(bytes), 0) AS bytes,
             coalesce(sum(state NOT IN ('expected', 'unlisted', 'relisting')), 0) AS parents,
             coalesce(sum(state IN ('done', 'skipped', 'absent')), 0) AS done,
             coalesce(sum(state = 'skipped'), 0) AS skipped FROM partitions WHERE job_id = ?1",
        )
        .bind(job_id)
        .fetch_one(self.readers())
        .await
        .map_err(failed)?;
        let (parents, done, skipped) = (number(&row, "parents")?, number(&row, "done")?, number(&row, "skipped")?);
        Ok(Totals { counts: counts_of(&row)?, parents, done, skipped })
    }

    /// Returns the names of all members of `additional` that occurred, or of the fields that the job looks for.
    pub async fn additional_names(&self, job_id: i64) -> Result<BTreeSet<String>> {
        let query = sqlx::query_scalar("SELECT DISTINCT additional FROM partitions WHERE job_id = ?").bind(job_id);
        let lists: Vec<String> = query.fetch_all(self.readers()).await.map_err(failed)?;
        Ok(lists.iter().flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap_or_default()).collect())
    }

    /// Returns the segments of a job, or of its partition with an ordinal, in row order.
    pub async fn segments(&self, job_id: i64, ordinal: Option<i64>) -> Result<Vec<SegmentRow>> {
        // Two statements, since SQLite uses no index for a condition that may be absent.
        let query = match ordinal {
            None => sqlx::query("SELECT * FROM segments WHERE job_id = ? ORDER BY ordinal, sequence").bind(job_id),
            Some(ordinal) => {
                let query = sqlx::query("SELECT * FROM segments WHERE job_id = ? AND ordinal = ? ORDER BY sequence");
                query.bind(job_id).bind(ordinal)
            }
        };
        query.fetch(self.readers()).map(|row| segment_of(&row.map_err(failed)?)).try_collect().await
    }

    /// Returns id and sealed detail of the failed rows after an id.
    pub async fn row_errors(&self, job_id: i64, behind: i64, limit: i64) -> Result<Vec<(i64, Vec<u8>)>> {
        let query = sqlx::query_as("SELECT id, detail FROM row_errors WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?");
        query.bind(job_id).bind(behind).bind(limit).fetch_all(self.readers()).await.map_err(failed)
    }

    /// Removes the rows of a job and keeps its counts. The job then counts as expired whatever the clock shows, so
    /// that a clock that is set back does not make the missing rows look like damage.
    pub async fn forget_rows(&self, job_id: i64) -> Result<()> {
        let expire = sqlx::query("UPDATE jobs SET expires_ms = 0 WHERE id = ?").bind(job_id);
        expire.execute(self.writer()).await.map_err(failed)?;
        for sql in ["DELETE FROM segments WHERE job_id = ?", "DELETE FROM row_errors WHERE job_id = ?"] {
            sqlx::query(sql).bind(job_id).execute(self.writer()).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// Starts a transaction on a job and stores its counts. Returns `None` if the lease was lost.
pub(super) async fn begin_owned(
    store: &Store,
    id: i64,
    epoch: i64,
    figures: &JobFigures,
) -> Result<Option<Transaction<'static, Sqlite>>> {
    let mut transaction = store.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let updated = sqlx::query(
        "UPDATE jobs SET updated_ms = ?, watermark_s = ?, vendor_calls = ?, warnings = ?
         WHERE id = ? AND epoch = ? AND completed_ms IS NULL",
    )
    .bind(now_ms())
    .bind(figures.watermark_s)
    .bind(i64::try_from(figures.vendor_calls).unwrap_or(i64::MAX))
    .bind(warnings_text(figures))
    .bind(id)
    .bind(epoch)
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    Ok((updated.rows_affected() > 0).then_some(transaction))
}

async fn update_partition(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    partition: &PartitionCheckpoint,
) -> Result<()> {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let counts = &partition.counts;
    sqlx::query(
        "UPDATE partitions SET state = ?, scan = ?, cursor = ?, restarted = ?, rows_read = ?, rows_written = ?,
         rows_ignored = ?, rows_failed = ?, duplicates = ?, bytes = ?, additional = ?, failed_from_s = ?,
         problem = ?, message = ? WHERE job_id = ? AND key = ?",
    )
    .bind(partition.state.word())
    .bind(i64::try_from(partition.scan).unwrap_or(i64::MAX))
    .bind(&partition.cursor)
    .bind(partition.restarted)
    .bind(signed(counts.read))
    .bind(signed(counts.written))
    .bind(signed(counts.ignored))
    .bind(signed(counts.failed))
    .bind(signed(counts.duplicates))
    .bind(signed(counts.bytes))
    .bind(serde_json::to_string(&partition.additional).unwrap_or_default())
    .bind(partition.failed_from_s)
    .bind(partition.problem.as_ref().map(|problem| problem.reason))
    .bind(partition.problem.as_ref().map(|problem| problem.message.as_str()))
    .bind(job_id)
    .bind(partition.key.as_str())
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn put_segment(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    segment: &SegmentRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO segments (job_id, ordinal, sequence, epoch, frames, length, name) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET frames = excluded.frames, length = excluded.length",
    )
    .bind(job_id)
    .bind(segment.ordinal)
    .bind(segment.sequence)
    .bind(segment.epoch)
    .bind(segment.frames)
    .bind(segment.length)
    .bind(segment.old_name.as_deref())
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

fn number(row: &SqliteRow, column: &str) -> Result<u64> {
    Ok(u64::try_from(row.column::<i64>(column)?).unwrap_or_default())
}

fn counts_of(row: &SqliteRow) -> Result<Counts> {
    Ok(Counts {
        read: number(row, "rows_read")?,
        written: number(row, "rows_written")?,
        ignored: number(row, "rows_ignored")?,
        failed: number(row, "rows_failed")?,
        duplicates: number(row, "duplicates")?,
        bytes: number(row, "bytes")?,
    })
}

fn checkpoint_of(row: &SqliteRow) -> Result<PartitionCheckpoint> {
    Ok(PartitionCheckpoint {
        key: stored_key(row.column("key")?)?,
        ordinal: row.column("ordinal")?,
        state: PartitionState::of(row.column("state")?),
        scan: usize::try_from(row.column::<i64>("scan")?).unwrap_or_default(),
        cursor: row.column("cursor")?,
        restarted: row.column("restarted")?,
        counts: counts_of(row)?,
        additional: serde_json::from_str(row.column("additional")?).unwrap_or_default(),
        since: row.column("since")?,
        failed_from_s: row.column("failed_from_s")?,
        problem: None,
    })
}

fn segment_of(row: &SqliteRow) -> Result<SegmentRow> {
    Ok(SegmentRow {
        ordinal: row.column("ordinal")?,
        sequence: row.column("sequence")?,
        epoch: row.column("epoch")?,
        frames: row.column("frames")?,
        length: row.column("length")?,
        old_name: row.column::<Option<&str>>("name")?.map(Arc::from),
    })
}
