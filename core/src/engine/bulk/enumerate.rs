//! Enumeration of the lists that a job reads, once at its start (spec BT 2.6).

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::outage::{PageError, next_page};
use super::partition::problem;
use super::spec::plan_of;
use super::stop::Stop;
use super::worker::Work;
use crate::element::{Missing, PartitionKey, Partitions, ReadPlan};
use crate::engine::read::{KeysBelow, Position, Scan, VendorList};
use crate::engine::store::{ListedPartition, Listing, PartitionState};
use crate::error::ErrorKind;
use crate::vendor::VendorErrorKind;

/// Lists the partitions and stores them.
pub(super) async fn enumerate(work: &Work<'_>) -> Result<(), Stop> {
    let listing = match &work.plan.plan.partitions {
        Partitions::Known(keys) => {
            Listing { partitions: keys.iter().cloned().map(ListedPartition::new).collect(), ..Listing::default() }
        }
        Partitions::Each { of, key, shared } => {
            let level = Level { of, key, shared: *shared };
            level.below(work, &whole(work, of).await?, &mut HashSet::new()).await?
        }
    };
    store(work, &listing).await
}

/// Lists the partitions below others again where that failed before, which happens in jobs that were resumed or that
/// continue another.
pub(super) async fn list_again(work: &Work<'_>) -> Result<(), Stop> {
    const AT_A_TIME: i64 = 1000;
    let Partitions::Each { of, key, shared } = &work.plan.plan.partitions else { return Ok(()) };
    let level = Level { of, key, shared: *shared };
    let (mut known, mut after) = (None, 0);
    loop {
        let again = [PartitionState::Relisting];
        let rows = work.store().partitions_in(&again, work.job.id, after, AT_A_TIME).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.ordinal;
        let known = match &mut known {
            Some(known) => known,
            empty => empty.insert(listed_before(work).await?),
        };
        let above: Vec<PartitionKey> = rows.into_iter().map(|row| row.key).collect();
        let listing = level.below(work, &above, known).await?;
        store(work, &listing).await?;
    }
}

/// Returns the last parts of the keys that this job and those it continues have listed so far.
async fn listed_before(work: &Work<'_>) -> Result<HashSet<String>, Stop> {
    let mut found = HashSet::new();
    let mut job = Some(work.job.clone());
    while let Some(row) = job {
        let keys = work.store().listed_keys(row.id).await?;
        found.extend(keys.iter().filter_map(|key| Some(key.parts().last()?.into_owned())));
        let plan = plan_of(work.engine, work.instance.element_id, &row, work.configuration()).await;
        job = match plan.ok().and_then(|plan| plan.job_options.continue_from) {
            Some(earlier) => work.store().job(&work.instance, earlier).await?,
            None => None,
        };
    }
    Ok(found)
}

async fn store(work: &Work<'_>, listing: &Listing) -> Result<(), Stop> {
    let stored = work.store().set_partitions(&work.job, work.epoch, listing, &work.figures()).await?;
    if stored { Ok(()) } else { Err(work.lost()) }
}

/// Returns all partitions of a plan that others are listed below. Any failure ends the job.
fn whole<'a>(work: &'a Work<'_>, plan: &'a Arc<ReadPlan>) -> BoxFuture<'a, Result<Vec<PartitionKey>, Stop>> {
    Box::pin(async move {
        let (of, key) = match &plan.partitions {
            Partitions::Known(keys) => return Ok(keys.clone()),
            Partitions::Each { of, key, .. } => (of, key),
        };
        let mut all = Vec::new();
        for above in whole(work, of).await? {
            all.extend(keys_below(work, of, &above, key).await.map_err(stop)?);
        }
        Ok(all)
    })
}

/// The last level of partitions: one below each row of the lists of a plan.
struct Level<'a> {
    of: &'a Arc<ReadPlan>,
    key: &'a str,
    shared: bool,
}

impl Level<'_> {
    /// Lists the partitions below others. With `shared`, one that `known` contains is left out.
    async fn below(
        &self,
        work: &Work<'_>,
        above: &[PartitionKey],
        known: &mut HashSet<String>,
    ) -> Result<Listing, Stop> {
        let (mut listing, mut missing) = (Listing::default(), 0);
        for parent in above {
            let error = match keys_below(work, self.of, parent, self.key).await {
                Ok(keys) => {
                    let new = |key: &PartitionKey| {
                        !self.shared || key.parts().last().is_none_or(|last| known.insert(last.into_owned()))
                    };
                    listing.partitions.extend(keys.into_iter().filter(new).map(ListedPartition::new));
                    listing.listed.push(parent.clone());
                    continue;
                }
                Err(PageError::Vendor(error)) => error,
                Err(failed) => return Err(stop(failed)),
            };
            let skipped = self.of.missing.warning(error.kind, "skipped-channel");
            match (error.kind, &self.of.missing) {
                _ if skipped.is_some() => {
                    skipped.iter().for_each(|code| work.warn(code));
                    missing += 1;
                }
                (VendorErrorKind::NotFound, Missing::Empty | Missing::EmptyBelow(_)) => {}
                _ => return Err(Stop::from(&error)),
            }
            listing.partitions.push(ListedPartition {
                state: PartitionState::Unlisted,
                problem: Some(problem(&error)),
                ..ListedPartition::new(parent.clone())
            });
        }
        if missing > 0 && missing == above.len() && !work.job.enumerated {
            return Err(Stop::failed(
                ErrorKind::NotFound,
                "every channel that was to be read is missing or not allowed",
            ));
        }
        Ok(listing)
    }
}

/// Returns the partitions below one list, ascending. A rejected cursor restarts the list once (spec BT 2.7).
async fn keys_below(
    work: &Work<'_>,
    of: &Arc<ReadPlan>,
    parent: &PartitionKey,
    field: &str,
) -> Result<Vec<PartitionKey>, PageError> {
    match read_keys(work, of, parent, field).await {
        Err(PageError::Vendor(error)) if error.kind == VendorErrorKind::CursorRejected => {
            read_keys(work, of, parent, field).await
        }
        outcome => outcome,
    }
}

async fn read_keys(
    work: &Work<'_>,
    of: &Arc<ReadPlan>,
    parent: &PartitionKey,
    field: &str,
) -> Result<Vec<PartitionKey>, PageError> {
    let list = VendorList::first(of, parent);
    let mut scan = Scan::new(work.reader.clone(), list, Some(of.page_size), Position::Start);
    let mut keys = KeysBelow::new(of, parent, field);
    while let Some(page) = next_page(work, &mut scan, "enumerating").await? {
        keys.add(page);
    }
    Ok(keys.in_order())
}

fn stop(failed: PageError) -> Stop {
    match failed {
        PageError::Stop(stop) => stop,
        PageError::Vendor(error) => Stop::from(&error),
    }
}
