//! What a bulk job has read: its parents, segments and failed rows, committed together.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::connections::Columns;
use super::jobs::{JobFigures, JobRow, now_ms, warnings_text};
use super::partitions::put_partition;
use super::{Store, failed};
use crate::error::Result;

/// A vendor list a job reads: channel, then webcast or survey; 0 stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PartitionKey {
    pub channel: i64,
    pub child: i64,
}

/// How far a parent has been read.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartitionCheckpoint {
    pub key: PartitionKey,
    pub state: PartitionState,
    /// The number of the scan.
    pub scan: usize,
    /// The page to read next; none for the first.
    pub cursor: Option<String>,
    /// Whether it was read again from its beginning.
    pub restarted: bool,
    pub counts: Counts,
    /// Names of the members of `additional` that occurred.
    pub additional: BTreeSet<String>,
    /// The date it is read from. None: as the statement says; empty: from its beginning.
    pub since: Option<String>,
    /// The oldest change among rows that failed; [`i64::MIN`] when one is of unknown time.
    pub failed_from_s: Option<i64>,
    /// Why it was not read.
    pub problem: Option<Problem>,
}

/// Why a parent was not read.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// A word of [`crate::model::PendingReason`].
    pub reason: &'static str,
    /// What the vendor said.
    pub message: String,
}

/// Where a parent stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PartitionState {
    /// An earlier job read it; this one has not listed it.
    Expected,
    #[default]
    Pending,
    Done,
    /// The vendor listed it and refuses to let it be read.
    Skipped,
    /// The statement names it, and the vendor does not have it.
    Absent,
    /// No list: a channel whose lists could not be found out.
    Unlisted,
    /// As before, to be tried again.
    Relisting,
}

/// Figures of a parent, or of all of them.
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

/// Figures over all parents of a job.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub counts: Counts,
    pub parents: u64,
    pub done: u64,
    pub skipped: u64,
}

/// A part of a parent's rows that is safe on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub parent: PartitionKey,
    pub sequence: i64,
    pub epoch: i64,
    pub frames: i64,
    /// Bytes that count; what lies behind them does not exist.
    pub length: i64,
}

/// What a job has listed.
#[derive(Default)]
pub(crate) struct Listing {
    pub parents: Vec<PartitionCheckpoint>,
    /// Channels whose lists are among the parents.
    pub listed: Vec<i64>,
    /// What is known of the parents before they are read.
    pub segments: Vec<SegmentRow>,
}

/// One page, to be committed.
pub(crate) struct Checkpoint<'a> {
    pub job_id: i64,
    pub epoch: i64,
    pub parent: &'a PartitionCheckpoint,
    pub segment: Option<SegmentRow>,
    /// Details of rows that failed, sealed.
    pub errors: Vec<Vec<u8>>,
    pub figures: &'a JobFigures,
}

/// A parent of which some rows are in the result already, from another list.
pub(crate) struct Repeats {
    /// What was read of it, without these rows.
    pub segment: SegmentRow,
    /// How many rows these are.
    pub rows: u64,
    /// Their size, before sealing.
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
    /// Records what a job reads and where it begins, and that what lies below these channels is listed; false when the
    /// lease is lost.
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

    /// Parents that are still to be read, behind a key, in order.
    pub async fn pending_parents(
        &self,
        job_id: i64,
        behind: PartitionKey,
        limit: i64,
    ) -> Result<Vec<PartitionCheckpoint>> {
        self.parents_in(&[PartitionState::Pending], job_id, behind, limit).await
    }

    /// Parents in one of these states, behind a key, in order.
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

    /// Commits a page with all that belongs to it; false when the lease is lost, and then nothing was changed.
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

    /// Drops what was read of a parent, so that it is read again; false when the lease is lost.
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

    /// Puts sorted rows in the place of all that was read; false when the lease is lost.
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

    /// The figures of a job over all its parents.
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

    /// The names of all members of `additional` that occurred.
    pub async fn additional_names(&self, job_id: i64) -> Result<BTreeSet<String>> {
        let query = sqlx::query_scalar("SELECT DISTINCT additional FROM parents WHERE job_id = ?").bind(job_id);
        let lists: Vec<String> = query.fetch_all(self.readers()).await.map_err(failed)?;
        Ok(lists.iter().flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap_or_default()).collect())
    }

    /// The segments of a job, or of one parent of it, in the order of the rows.
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

    /// Failed rows behind an id: id and sealed detail.
    pub async fn row_errors(&self, job_id: i64, behind: i64, limit: i64) -> Result<Vec<(i64, Vec<u8>)>> {
        let query = sqlx::query_as("SELECT id, detail FROM row_errors WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?");
        query.bind(job_id).bind(behind).bind(limit).fetch_all(self.readers()).await.map_err(failed)
    }

    /// Removes what a job has read; its figures stay. From then on it is expired whatever the clock says, so that one that
    /// goes back does not make damage of it.
    pub async fn forget_rows(&self, job_id: i64) -> Result<()> {
        let expire = sqlx::query("UPDATE jobs SET expires_ms = 0 WHERE id = ?").bind(job_id);
        expire.execute(self.writer()).await.map_err(failed)?;
        for sql in ["DELETE FROM segments WHERE job_id = ?", "DELETE FROM row_errors WHERE job_id = ?"] {
            sqlx::query(sql).bind(job_id).execute(self.writer()).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// A transaction on a job, whose figures it has stored; none when the lease is lost.
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
