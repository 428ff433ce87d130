//! Checkpoints of bulk jobs: partitions, segments and failed rows, committed together.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::connections::Columns;
use super::jobs::{JobFigures, JobRow, now_ms, warnings_text};
use super::partitions::put_partition;
use super::{Store, failed};
use crate::error::Result;

/// A vendor list that a job reads: the channel, then the webcast or survey; 0 if absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PartitionKey {
    pub channel: i64,
    pub child: i64,
}

/// Checkpoint of a partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartitionCheckpoint {
    pub key: PartitionKey,
    pub state: PartitionState,
    /// Number of the scan.
    pub scan: usize,
    /// Cursor of the next page; `None` for the first page.
    pub cursor: Option<String>,
    /// Whether the partition was read again from its beginning.
    pub restarted: bool,
    pub counts: Counts,
    /// Names of the members of `additional` that occurred.
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
    /// A channel whose lists could not be enumerated; not a list itself.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub parent: PartitionKey,
    pub sequence: i64,
    pub epoch: i64,
    pub frames: i64,
    /// Number of valid bytes; bytes beyond them are ignored.
    pub length: i64,
}

/// The partitions that a job has enumerated.
#[derive(Default)]
pub(crate) struct Listing {
    pub parents: Vec<PartitionCheckpoint>,
    /// Channels whose lists are among the partitions.
    pub listed: Vec<i64>,
    /// Segments that are known before the partitions are read.
    pub segments: Vec<SegmentRow>,
}

/// One page to commit.
pub(crate) struct Checkpoint<'a> {
    pub job_id: i64,
    pub epoch: i64,
    pub parent: &'a PartitionCheckpoint,
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
    /// Records the partitions of a job with their start dates, and that these channels have been enumerated. Returns
    /// `false` if the lease was lost.
    pub async fn set_parents(
        &self,
        job: &JobRow,
        epoch: i64,
        Listing { parents, listed, segments }: &Listing,
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job.id, epoch, figures).await? else { return Ok(false) };
        sqlx::query("UPDATE jobs SET enumerated = 1, phase = 'reading' WHERE id = ?")
            .bind(job.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        for channel in listed {
            let delete = "DELETE FROM parents WHERE job_id = ? AND channel_id = ? AND child_id = 0";
            let delete = sqlx::query(delete).bind(job.id).bind(channel);
            delete.execute(&mut *transaction).await.map_err(failed)?;
        }
        for parent in parents {
            put_partition(&mut transaction, job.id, parent).await?;
        }
        for segment in segments {
            put_segment(&mut transaction, job.id, *segment).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Returns the pending partitions after a key, in order.
    pub async fn pending_parents(
        &self,
        job_id: i64,
        behind: PartitionKey,
        limit: i64,
    ) -> Result<Vec<PartitionCheckpoint>> {
        self.parents_in(&[PartitionState::Pending], job_id, behind, limit).await
    }

    /// Returns the partitions in one of these states after a key, in order.
    pub async fn parents_in(
        &self,
        states: &[PartitionState],
        job_id: i64,
        behind: PartitionKey,
        limit: i64,
    ) -> Result<Vec<PartitionCheckpoint>> {
        let states: Vec<&str> = states.iter().map(|state| state.word()).collect();
        let query = sqlx::query(
            "SELECT * FROM parents WHERE job_id = ? AND state IN (SELECT value FROM json_each(?))
             AND (channel_id, child_id) > (?, ?) ORDER BY channel_id, child_id LIMIT ?",
        );
        let query = query.bind(job_id).bind(serde_json::to_string(&states).unwrap_or_default());
        let query = query.bind(behind.channel).bind(behind.child).bind(limit);
        let rows = query.fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(parent_of).collect()
    }

    /// Commits a page and everything that belongs to it. Returns `false` and changes nothing if the lease was lost.
    pub async fn commit_page(&self, page: Checkpoint<'_>) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, page.job_id, page.epoch, page.figures).await? else {
            return Ok(false);
        };
        update_parent(&mut transaction, page.job_id, page.parent).await?;
        if let Some(segment) = page.segment {
            put_segment(&mut transaction, page.job_id, segment).await?;
        }
        for detail in page.errors {
            sqlx::query("INSERT INTO row_errors (job_id, channel_id, child_id, detail) VALUES (?, ?, ?, ?)")
                .bind(page.job_id)
                .bind(page.parent.key.channel)
                .bind(page.parent.key.child)
                .bind(detail)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Deletes the rows read of a partition, so that it is read again. Returns `false` if the lease was lost.
    pub async fn restart_parent(
        &self,
        job_id: i64,
        epoch: i64,
        parent: &PartitionCheckpoint,
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job_id, epoch, figures).await? else { return Ok(false) };
        for sql in [
            "DELETE FROM segments WHERE job_id = ? AND channel_id = ? AND child_id = ?",
            "DELETE FROM row_errors WHERE job_id = ? AND channel_id = ? AND child_id = ?",
        ] {
            let query = sqlx::query(sql).bind(job_id).bind(parent.key.channel).bind(parent.key.child);
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        update_parent(&mut transaction, job_id, parent).await?;
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
            put_segment(&mut transaction, job_id, *segment).await?;
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
             coalesce(sum(state = 'skipped'), 0) AS skipped FROM parents WHERE job_id = ?1",
        )
        .bind(job_id)
        .fetch_one(self.readers())
        .await
        .map_err(failed)?;
        let (parents, done, skipped) = (number(&row, "parents")?, number(&row, "done")?, number(&row, "skipped")?);
        Ok(Totals { counts: counts_of(&row)?, parents, done, skipped })
    }

    /// Returns the names of all members of `additional` that occurred.
    pub async fn additional_names(&self, job_id: i64) -> Result<BTreeSet<String>> {
        let query = sqlx::query_scalar("SELECT DISTINCT additional FROM parents WHERE job_id = ?").bind(job_id);
        let lists: Vec<String> = query.fetch_all(self.readers()).await.map_err(failed)?;
        Ok(lists.iter().flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap_or_default()).collect())
    }

    /// Returns the segments of a job, or of one of its partitions, in row order.
    pub async fn segments(&self, job_id: i64, parent: Option<PartitionKey>) -> Result<Vec<SegmentRow>> {
        let query = sqlx::query(
            "SELECT channel_id, child_id, sequence, epoch, frames, length FROM segments
             WHERE job_id = ?1 AND (?2 IS NULL OR (channel_id = ?2 AND child_id = ?3))
             ORDER BY channel_id, child_id, sequence",
        );
        let query = query.bind(job_id).bind(parent.map(|key| key.channel)).bind(parent.map(|key| key.child));
        let rows = query.fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(segment_of).collect()
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

async fn update_parent(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    parent: &PartitionCheckpoint,
) -> Result<()> {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let counts = &parent.counts;
    sqlx::query(
        "UPDATE parents SET state = ?, scan = ?, cursor = ?, restarted = ?, rows_read = ?, rows_written = ?,
         rows_ignored = ?, rows_failed = ?, duplicates = ?, bytes = ?, additional = ?, failed_from_s = ?,
         problem = ?, message = ? WHERE job_id = ? AND channel_id = ? AND child_id = ?",
    )
    .bind(parent.state.word())
    .bind(i64::try_from(parent.scan).unwrap_or(i64::MAX))
    .bind(&parent.cursor)
    .bind(parent.restarted)
    .bind(signed(counts.read))
    .bind(signed(counts.written))
    .bind(signed(counts.ignored))
    .bind(signed(counts.failed))
    .bind(signed(counts.duplicates))
    .bind(signed(counts.bytes))
    .bind(serde_json::to_string(&parent.additional).unwrap_or_default())
    .bind(parent.failed_from_s)
    .bind(parent.problem.as_ref().map(|problem| problem.reason))
    .bind(parent.problem.as_ref().map(|problem| problem.message.as_str()))
    .bind(job_id)
    .bind(parent.key.channel)
    .bind(parent.key.child)
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn put_segment(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    segment: SegmentRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO segments (job_id, channel_id, child_id, sequence, epoch, frames, length)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET frames = excluded.frames, length = excluded.length",
    )
    .bind(job_id)
    .bind(segment.parent.channel)
    .bind(segment.parent.child)
    .bind(segment.sequence)
    .bind(segment.epoch)
    .bind(segment.frames)
    .bind(segment.length)
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

fn number(row: &SqliteRow, column: &str) -> Result<u64> {
    Ok(u64::try_from(row.column::<i64>(column)?).unwrap_or_default())
}

pub(super) fn key_of(row: &SqliteRow) -> Result<PartitionKey> {
    Ok(PartitionKey { channel: row.column("channel_id")?, child: row.column("child_id")? })
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

fn parent_of(row: &SqliteRow) -> Result<PartitionCheckpoint> {
    Ok(PartitionCheckpoint {
        key: key_of(row)?,
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
        parent: key_of(row)?,
        sequence: row.column("sequence")?,
        epoch: row.column("epoch")?,
        frames: row.column("frames")?,
        length: row.column("length")?,
    })
}
