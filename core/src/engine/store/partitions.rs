//! Start dates and progress of the partitions of a job.

use futures::{StreamExt, TryStreamExt};
use sqlx::sqlite::SqliteRow;

use super::checkpoints::{PartitionState, Repeats, begin_owned, put_segment};
use super::connections::Columns;
use super::jobs::JobFigures;
use super::{Store, failed};
use crate::element::PartitionKey;
use crate::error::Result;

/// Start date of a partition; `None` for its beginning.
pub(crate) type Start = (PartitionKey, Option<String>);

/// Progress of a partition.
#[derive(Clone, Debug)]
pub(crate) struct PartitionRow {
    pub key: PartitionKey,
    pub state: PartitionState,
    /// Start date. `None` follows the statement; an empty string is the beginning of the partition.
    pub since: Option<String>,
    pub failed_rows: u64,
    pub failed_from_s: Option<i64>,
    pub problem: Option<String>,
    pub message: Option<String>,
}

/// Partition with rows in the result.
#[derive(Clone, Debug)]
pub(crate) struct WrittenPartition {
    pub key: PartitionKey,
    /// Position of its rows among those of the job.
    pub ordinal: i64,
    pub rows: u64,
}

impl Store {
    /// Returns the partitions of a job that have rows, in the order of the rows.
    pub async fn written_partitions(&self, job_id: i64) -> Result<Vec<WrittenPartition>> {
        let query = sqlx::query(
            "SELECT key, ordinal, rows_written FROM partitions WHERE job_id = ? AND rows_written > 0 ORDER BY ordinal",
        );
        let rows = query.bind(job_id).fetch(self.readers());
        rows.map(|row| written_partition_of(&row.map_err(failed)?)).try_collect().await
    }

    /// Returns all partitions of a job in the order of their keys.
    pub async fn partitions(&self, job_id: i64) -> Result<Vec<PartitionRow>> {
        let query = sqlx::query(
            "SELECT key, state, since, rows_failed, failed_from_s, problem, message FROM partitions
             WHERE job_id = ? ORDER BY ordinal",
        );
        let rows = query.bind(job_id).fetch(self.readers());
        let rows = rows.map(|row| partition_of(&row.map_err(failed)?));
        let mut rows: Vec<PartitionRow> = rows.try_collect().await?;
        // Those that are not listed have no ordinal.
        rows.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(rows)
    }

    /// Replaces the segments of partitions by segments without repeated rows. Returns `false` if the lease was lost.
    pub async fn drop_repeats(
        &self,
        job_id: i64,
        epoch: i64,
        repeats: &[Repeats],
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job_id, epoch, figures).await? else { return Ok(false) };
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for Repeats { segment, rows, bytes } in repeats {
            let delete = sqlx::query("DELETE FROM segments WHERE job_id = ? AND ordinal = ?");
            let delete = delete.bind(job_id).bind(segment.ordinal);
            delete.execute(&mut *transaction).await.map_err(failed)?;
            put_segment(&mut transaction, job_id, segment).await?;
            sqlx::query(
                "UPDATE partitions SET rows_written = rows_written - ?, duplicates = duplicates + ?, bytes = bytes - ?
                 WHERE job_id = ? AND ordinal = ?",
            )
            .bind(signed(*rows))
            .bind(signed(*rows))
            .bind(signed(*bytes))
            .bind(job_id)
            .bind(segment.ordinal)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }
}

/// Parses the text of a key in the database.
pub(super) fn stored_key(text: &str) -> Result<PartitionKey> {
    text.parse().map_err(|error| failed(sqlx::Error::Decode(Box::new(error))))
}

fn written_partition_of(row: &SqliteRow) -> Result<WrittenPartition> {
    Ok(WrittenPartition {
        key: stored_key(row.column("key")?)?,
        ordinal: row.column("ordinal")?,
        rows: u64::try_from(row.column::<i64>("rows_written")?).unwrap_or_default(),
    })
}

fn partition_of(row: &SqliteRow) -> Result<PartitionRow> {
    Ok(PartitionRow {
        key: stored_key(row.column("key")?)?,
        state: PartitionState::of(row.column("state")?),
        since: row.column("since")?,
        failed_rows: u64::try_from(row.column::<i64>("rows_failed")?).unwrap_or_default(),
        failed_from_s: row.column("failed_from_s")?,
        problem: row.column("problem")?,
        message: row.column("message")?,
    })
}
