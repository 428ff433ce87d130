//! Partitions that a job lists, and the order of their rows.
//!
//! Rows are in the order of the ordinals of their partitions. Ordinals are given as partitions are listed, with room
//! between them: lists below a partition that could not be listed at first come between it and the next one.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt};
use sqlx::{Sqlite, Transaction};

use super::checkpoints::{PartitionState, Problem, SegmentRow, begin_owned, put_segment};
use super::jobs::{JobFigures, JobRow};
use super::partitions::{Start, stored_key};
use super::{Store, failed};
use crate::element::PartitionKey;
use crate::error::{Error, ErrorKind, Result};

/// Distance between the ordinals of partitions that are listed one after the other.
const ROOM: i64 = 1 << 32;

/// The partitions that a job has enumerated.
#[derive(Default)]
pub(crate) struct Listing {
    /// Partitions in the order of their rows.
    pub partitions: Vec<ListedPartition>,
    /// Keys below which everything is listed; these are no partitions themselves.
    pub listed: Vec<PartitionKey>,
    /// Segments that are known before the partitions are read.
    pub segments: Vec<SegmentRow>,
}

/// A partition before it is read.
#[derive(Debug, Default)]
pub(crate) struct ListedPartition {
    pub key: PartitionKey,
    /// Ordinal in the job that this one continues. `None` if it is to be given one.
    pub ordinal: Option<i64>,
    pub state: PartitionState,
    /// Number of the scan.
    pub scan: usize,
    /// Cursor of the next page; `None` for the first page.
    pub cursor: Option<String>,
    /// Date from which it is read. `None` follows the statement; an empty string is its beginning.
    pub since: Option<String>,
    /// Reason why it is not read.
    pub problem: Option<Problem>,
}

impl ListedPartition {
    /// Returns a partition to be read from its beginning.
    pub fn new(key: PartitionKey) -> Self {
        Self { key, ..Self::default() }
    }
}

impl Store {
    /// Records the partitions of a job with their start dates. Returns `false` if the lease was lost.
    pub async fn set_partitions(
        &self,
        job: &JobRow,
        epoch: i64,
        Listing { partitions, listed, segments }: &Listing,
        figures: &JobFigures,
    ) -> Result<bool> {
        let Some(mut transaction) = begin_owned(self, job.id, epoch, figures).await? else { return Ok(false) };
        sqlx::query("UPDATE jobs SET enumerated = 1, phase = 'reading' WHERE id = ?")
            .bind(job.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let gaps = gaps(&mut transaction, job.id, listed).await?;
        let ordinals = ordinals(&mut transaction, job.id, &gaps, partitions).await?;
        for (partition, ordinal) in partitions.iter().zip(ordinals) {
            put_partition(&mut transaction, job.id, ordinal, partition).await?;
        }
        for segment in segments {
            put_segment(&mut transaction, job.id, segment).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Returns the keys of the partitions that a job has listed, in no particular order.
    pub async fn listed_keys(&self, job_id: i64) -> Result<Vec<PartitionKey>> {
        let query = sqlx::query_scalar("SELECT key FROM partitions WHERE job_id = ? AND state <> 'expected'");
        let keys = query.bind(job_id).fetch(self.readers());
        keys.map(|key: sqlx::Result<String>| stored_key(&key.map_err(failed)?)).try_collect().await
    }
}

/// Ordinals between those of two partitions, both exclusive.
#[derive(Clone, Copy, Debug)]
struct Gap {
    after: i64,
    before: i64,
}

/// Removes the keys below which everything is listed now. Returns the gaps of those that could not be listed before.
async fn gaps(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    listed: &[PartitionKey],
) -> Result<HashMap<PartitionKey, Gap>> {
    let mut removed: Vec<(i64, &PartitionKey)> = Vec::new();
    for key in listed {
        let delete = "DELETE FROM partitions WHERE job_id = ? AND key = ? RETURNING ordinal";
        let delete = sqlx::query_scalar(delete).bind(job_id).bind(key.as_str());
        let ordinals: Vec<Option<i64>> = delete.fetch_all(&mut **transaction).await.map_err(failed)?;
        removed.extend(ordinals.into_iter().flatten().map(|ordinal| (ordinal, key)));
    }
    removed.sort_unstable();
    let mut gaps = HashMap::new();
    let mut before = i64::MAX;
    for (after, key) in removed.into_iter().rev() {
        let next = "SELECT min(ordinal) FROM (
            SELECT min(ordinal) AS ordinal FROM partitions WHERE job_id = ?1 AND ordinal > ?2
            UNION ALL SELECT min(ordinal) FROM segments WHERE job_id = ?1 AND ordinal > ?2)";
        let next = sqlx::query_scalar(next).bind(job_id).bind(after).fetch_one(&mut **transaction).await;
        let next: Option<i64> = next.map_err(failed)?;
        let end = before.min(next.unwrap_or(i64::MAX)).min(after.saturating_add(ROOM));
        gaps.insert(key.clone(), Gap { after, before: end });
        before = after;
    }
    Ok(gaps)
}

/// Returns an ordinal for each partition: its own, or one in the gap of the nearest key above it that has one, or one
/// after all others.
async fn ordinals(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    gaps: &HashMap<PartitionKey, Gap>,
    partitions: &[ListedPartition],
) -> Result<Vec<i64>> {
    let last = "SELECT max(coalesce((SELECT max(ordinal) FROM partitions WHERE job_id = ?1), 0),
        coalesce((SELECT max(ordinal) FROM segments WHERE job_id = ?1), 0))";
    let last: i64 = sqlx::query_scalar(last).bind(job_id).fetch_one(&mut **transaction).await.map_err(failed)?;
    let ends = gaps.values().map(|gap| gap.after);
    let last = partitions.iter().filter_map(|partition| partition.ordinal).chain(ends).fold(last, i64::max);
    let mut places = Places { last, gaps: HashMap::new() };
    let gap_of = |partition: &ListedPartition| nearest(gaps, &partition.key).filter(|_| partition.ordinal.is_none());
    for gap in partitions.iter().filter_map(gap_of) {
        places.gaps.entry(gap.after).or_insert(Room { gap, wanted: 0, taken: 0 }).wanted += 1;
    }
    let of = |partition: &ListedPartition| match partition.ordinal {
        Some(ordinal) => Some(ordinal),
        None => places.next(gap_of(partition)),
    };
    let ordinals: Option<Vec<i64>> = partitions.iter().map(of).collect();
    ordinals.ok_or_else(|| Error::new(ErrorKind::Internal, "the job lists more partitions than it can hold"))
}

/// Returns the gap of the nearest key above another one.
fn nearest(gaps: &HashMap<PartitionKey, Gap>, key: &PartitionKey) -> Option<Gap> {
    let mut above = if gaps.is_empty() { None } else { key.parent() };
    while let Some(key) = above {
        if let Some(gap) = gaps.get(&key) {
            return Some(*gap);
        }
        above = key.parent();
    }
    None
}

/// Ordinals that are still free.
struct Places {
    last: i64,
    /// Keyed by the ordinal before the gap.
    gaps: HashMap<i64, Room>,
}

/// A gap, with the number of partitions for it and of those that are in it.
struct Room {
    gap: Gap,
    wanted: i64,
    taken: i64,
}

impl Places {
    /// Returns the next ordinal in a gap, or after all others.
    fn next(&mut self, gap: Option<Gap>) -> Option<i64> {
        let Some(gap) = gap else {
            self.last = self.last.checked_add(ROOM)?;
            return Some(self.last);
        };
        let Room { gap, wanted, taken } = self.gaps.get_mut(&gap.after)?;
        *taken += 1;
        let step = (gap.before - gap.after) / (*wanted + 1);
        (step > 0).then(|| gap.after + step * *taken)
    }
}

/// Records the start dates of partitions that a new job has not listed yet.
pub(super) async fn expect(transaction: &mut Transaction<'_, Sqlite>, job_id: i64, starts: &[Start]) -> Result<()> {
    for (key, since) in starts {
        sqlx::query("INSERT INTO partitions (job_id, key, state, since) VALUES (?, ?, 'expected', ?)")
            .bind(job_id)
            .bind(key.as_str())
            .bind(since.as_deref().unwrap_or_default())
            .execute(&mut **transaction)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Records a partition that a job has listed. One that was expected keeps its start date, and one that was listed
/// before its ordinal.
async fn put_partition(
    transaction: &mut Transaction<'_, Sqlite>,
    job_id: i64,
    ordinal: i64,
    partition: &ListedPartition,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO partitions (job_id, key, ordinal, state, scan, cursor, since, problem, message)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (job_id, key) DO UPDATE SET ordinal = coalesce(partitions.ordinal, excluded.ordinal),
         state = excluded.state, scan = excluded.scan, cursor = excluded.cursor, problem = excluded.problem, message = excluded.message",
    )
    .bind(job_id)
    .bind(partition.key.as_str())
    .bind(ordinal)
    .bind(partition.state.word())
    .bind(i64::try_from(partition.scan).unwrap_or(i64::MAX))
    .bind(&partition.cursor)
    .bind(&partition.since)
    .bind(partition.problem.as_ref().map(|problem| problem.reason))
    .bind(partition.problem.as_ref().map(|problem| problem.message.as_str()))
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::options::EngineOptions;
    use crate::engine::store::{InstanceRow, NewInstance, NewJob};

    async fn instance(folder: &std::path::Path) -> Result<(Store, InstanceRow)> {
        let store = Store::open(&EngineOptions::new(folder.join("test.db"))).await?;
        let new = NewInstance {
            account_id: 1,
            user_id: 1,
            element_id: 184,
            defined: false,
            name: "x".to_owned(),
            tags: Vec::new(),
            configuration: std::collections::BTreeMap::new(),
            acquired: std::collections::BTreeMap::new(),
        };
        let made = store.create_instance(new).await?;
        Ok((store, made))
    }

    async fn leased(store: &Store, instance: &InstanceRow, starts: &[Start]) -> Result<(JobRow, i64)> {
        let new =
            NewJob { object: "x", spec: b"", sorted_limit: None, notify: false, request_id: "", starts, upload: None };
        let job = store.create_job(instance, &new).await?;
        let epoch = store.lease_job(job.id, "me", 600_000).await?;
        Ok((job, epoch.unwrap_or_else(|| panic!("no lease"))))
    }

    fn key(text: &str) -> PartitionKey {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn listing(partitions: &[(&str, PartitionState)], listed: &[&str]) -> Listing {
        let partition =
            |(text, state): &(&str, _)| ListedPartition { state: *state, ..ListedPartition::new(key(text)) };
        Listing {
            partitions: partitions.iter().map(partition).collect(),
            listed: listed.iter().map(|text| key(text)).collect(),
            segments: Vec::new(),
        }
    }

    /// Returns the partitions in the order of their rows.
    async fn in_order(store: &Store, job: &JobRow) -> Result<Vec<String>> {
        use PartitionState::{Pending, Relisting, Unlisted};
        let rows = store.partitions_in(&[Pending, Unlisted, Relisting], job.id, 0, 1000).await?;
        assert!(rows.is_sorted_by(|left, right| left.ordinal < right.ordinal));
        Ok(rows.iter().map(|row| row.key.to_string()).collect())
    }

    fn temporary() -> Result<tempfile::TempDir> {
        tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))
    }

    #[tokio::test]
    async fn lists_found_later_come_between_their_neighbours() -> Result<()> {
        use PartitionState::{Pending, Unlisted};
        let folder = temporary()?;
        let (store, instance) = instance(folder.path()).await?;
        let starts = [(key("2/2"), Some("2030-01-01".to_owned())), (key("5"), None)];
        let (job, epoch) = leased(&store, &instance, &starts).await?;
        let figures = JobFigures::default();
        let first =
            [("1/1", Pending), ("1/2", Pending), ("2", Unlisted), ("3/1", Pending), ("4", Unlisted), ("5", Unlisted)];
        assert!(store.set_partitions(&job, epoch, &listing(&first, &["1", "3"]), &figures).await?);
        assert_eq!(in_order(&store, &job).await?, ["1/1", "1/2", "2", "3/1", "4", "5"]);

        // A segment of a list that is not a partition of this job keeps its place.
        let after_4 = store.partitions_in(&[Unlisted], job.id, 0, 9).await?[1].ordinal + ROOM / 2;
        let delivered = Listing { segments: vec![SegmentRow::new(after_4, 1, epoch)], ..Listing::default() };
        assert!(store.set_partitions(&job, epoch, &delivered, &figures).await?);

        let second = [("2/1", Pending), ("2/2", Pending), ("2/10", Pending), ("4", Unlisted), ("5/1", Pending)];
        assert!(store.set_partitions(&job, epoch, &listing(&second, &["2", "5"]), &figures).await?);
        assert_eq!(in_order(&store, &job).await?, ["1/1", "1/2", "2/1", "2/2", "2/10", "3/1", "4", "5/1"]);
        let third = [("4/1", Pending), ("4/3", Unlisted), ("4/7", Pending)];
        assert!(store.set_partitions(&job, epoch, &listing(&third, &["4"]), &figures).await?);
        let last = [("4/3/1", Pending), ("6", Pending)];
        assert!(store.set_partitions(&job, epoch, &listing(&last, &["4/3"]), &figures).await?);
        let all = ["1/1", "1/2", "2/1", "2/2", "2/10", "3/1", "4/1", "4/3/1", "4/7", "5/1", "6"];
        assert_eq!(in_order(&store, &job).await?, all);
        let below_4 = store.partitions_in(&[Pending], job.id, 0, 99).await?;
        assert!(below_4.iter().filter(|row| row.key.as_str().starts_with("4/")).all(|row| row.ordinal < after_4));

        let since =
            store.partitions(job.id).await?.into_iter().filter_map(|row| Some((row.key.to_string(), row.since?)));
        assert_eq!(since.collect::<Vec<_>>(), [("2/2".to_owned(), "2030-01-01".to_owned())]);
        assert_eq!(store.listed_keys(job.id).await?.into_iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(!store.set_partitions(&job, epoch - 1, &listing(&last, &[]), &figures).await?, "an old lease");
        store.close().await;
        Ok(())
    }

    #[tokio::test]
    async fn rows_are_in_the_order_of_keys_however_lists_are_found() -> Result<()> {
        let folder = temporary()?;
        let (store, instance) = instance(folder.path()).await?;
        let figures = JobFigures::default();
        for seed in 1..40_u64 {
            let mut state = seed;
            let mut one_of = |many: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % many
            };
            let tree: Vec<(u64, u64)> = (1..=12).map(|top| (top * 3, one_of(9))).collect();
            let (job, epoch) = leased(&store, &instance, &[]).await?;
            let mut left = tree.clone();
            while !left.is_empty() {
                let mut found = Listing::default();
                left.retain(|(top, below)| {
                    let top = PartitionKey::root().child(&top.to_string());
                    if one_of(3) > 0 {
                        let unlisted = ListedPartition::new(top);
                        found.partitions.push(ListedPartition { state: PartitionState::Unlisted, ..unlisted });
                        return true;
                    }
                    found.partitions.extend((0..*below).map(|id| ListedPartition::new(top.child(&id.to_string()))));
                    found.listed.push(top);
                    false
                });
                assert!(store.set_partitions(&job, epoch, &found, &figures).await?);
            }
            let expected = tree.iter().flat_map(|(top, below)| (0..*below).map(move |id| format!("{top}/{id}")));
            assert_eq!(in_order(&store, &job).await?, expected.collect::<Vec<_>>(), "seed {seed}");
        }
        store.close().await;
        Ok(())
    }
}
