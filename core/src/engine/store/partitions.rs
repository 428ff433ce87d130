//! Start dates and progress of the partitions of a job.

use std::fmt;
use std::str::FromStr;

use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::checkpoints::{
    PartitionCheckpoint, PartitionKey, PartitionState, Repeats, begin_owned, key_of, put_segment,
};
use super::connections::Columns;
use super::jobs::JobFigures;
use super::{Store, failed};
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

/// Error for a string that is not a partition key.
#[derive(Debug)]
pub(crate) struct NoPartition;

/// Formats as `7` or `7/300`; empty for the only list of an object.
impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { channel: 0, child: 0 } => Ok(()),
            Self { channel, child: 0 } => write!(f, "{channel}"),
            Self { channel, child } => write!(f, "{channel}/{child}"),
        }
    }
}

impl FromStr for PartitionKey {
    type Err = NoPartition;

    fn from_str(text: &str) -> std::result::Result<Self, NoPartition> {
        let id = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse().map_err(|_| NoPartition),
            false => Err(NoPartition),
        };
        match text.split_once('/') {
            _ if text.is_empty() => Ok(Self::default()),
            None => Ok(Self { channel: id(text)?, child: 0 }),
            Some((channel, child)) => Ok(Self { channel: id(channel)?, child: id(child)? }),
        }
    }
}

impl Store {
    /// Returns all partitions of a job in order.
    pub async fn partitions(&self, job_id: i64) -> Result<Vec<PartitionRow>> {
        let query = sqlx::query(
            "SELECT channel_id, child_id, state, since, rows_failed, failed_from_s, problem, message FROM parents
             WHERE job_id = ? ORDER BY channel_id, child_id",
        );
        let rows = query.bind(job_id).fetch_all(self.readers()).await.map_err(failed)?;
        rows.iter().map(partition_of).collect()
    }

    /// Returns the ids below channels that a job has listed.
    pub async fn listed_children(&self, job_id: i64) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar(
            "SELECT DISTINCT child_id FROM parents WHERE job_id = ? AND child_id <> 0 AND state <> 'expected'",
        );
        query.bind(job_id).fetch_all(self.readers()).await.map_err(failed)
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
            let (channel, child) = (segment.parent.channel, segment.parent.child);
            let delete = "DELETE FROM segments WHERE job_id = ? AND channel_id = ? AND child_id = ?";
            let delete = sqlx::query(delete).bind(job_id).bind(channel).bind(child);
            delete.execute(&mut *transaction).await.map_err(failed)?;
            put_segment(&mut transaction, job_id, *segment).await?;
            sqlx::query(
                "UPDATE parents SET rows_written = rows_written - ?, duplicates = duplicates + ?, bytes = bytes - ?
                 WHERE job_id = ? AND channel_id = ? AND child_id = ?",
            )
            .bind(signed(*rows))
            .bind(signed(*rows))
            .bind(signed(*bytes))
            .bind(job_id)
            .bind(channel)
            .bind(child)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }
}

/// Records the start dates of partitions that a new job has not listed yet.
pub(super) async fn expect(transaction: &mut Transaction<'_, Sqlite>, job_id: i64, starts: &[Start]) -> Result<()> {
    for (key, since) in starts {
        let insert = "INSERT INTO parents (job_id, channel_id, child_id, state, since) VALUES (?, ?, ?, 'expected', ?)";
        sqlx::query(insert)
            .bind(job_id)
            .bind(key.channel)
            .bind(key.child)
            .bind(since.as_deref().unwrap_or_default())
            .execute(&mut **transaction)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Records a partition that a job has listed. A partition that was expected keeps its start date.
pub(super) async fn put_partition(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    parent: &PartitionCheckpoint,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO parents (job_id, channel_id, child_id, state, scan, cursor, since, problem, message)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET state = excluded.state, scan = excluded.scan, cursor = excluded.cursor,
         problem = excluded.problem, message = excluded.message",
    )
    .bind(job_id)
    .bind(parent.key.channel)
    .bind(parent.key.child)
    .bind(parent.state.word())
    .bind(i64::try_from(parent.scan).unwrap_or(i64::MAX))
    .bind(&parent.cursor)
    .bind(&parent.since)
    .bind(parent.problem.as_ref().map(|problem| problem.reason))
    .bind(parent.problem.as_ref().map(|problem| problem.message.as_str()))
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

fn partition_of(row: &SqliteRow) -> Result<PartitionRow> {
    Ok(PartitionRow {
        key: key_of(row)?,
        state: PartitionState::of(row.column("state")?),
        since: row.column("since")?,
        failed_rows: u64::try_from(row.column::<i64>("rows_failed")?).unwrap_or_default(),
        failed_from_s: row.column("failed_from_s")?,
        problem: row.column("problem")?,
        message: row.column("message")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_by_the_ids_above_it() {
        for (text, channel, child) in [("", 0, 0), ("7", 7, 0), ("7/300", 7, 300), ("0/61", 0, 61)] {
            let key = PartitionKey { channel, child };
            assert_eq!((key.to_string().as_str(), text.parse::<PartitionKey>().ok()), (text, Some(key)));
        }
        for wrong in ["x", "7/", "/7", "-7", "7/300/1", " 7", "99999999999999999999"] {
            assert!(wrong.parse::<PartitionKey>().is_err(), "{wrong}");
        }
    }
}
