//! Enumeration of the lists that a job reads, once at its start (spec BT 2.6).

use std::collections::HashSet;

use super::outage::{PageError, next_page};
use super::partition::problem;
use super::spec::plan_of;
use super::stop::Stop;
use super::worker::Work;
use crate::element::PartitionKey;
use crate::elements::brighttalk::call::{Call, Endpoint, Filters, Ids};
use crate::elements::brighttalk::plan::{Child, Missing, Parents};
use crate::elements::brighttalk::scan::{Position, Scan};
use crate::elements::brighttalk::vendor::PAGE_SIZE;
use crate::engine::read::ids_on;
use crate::engine::store::{ListedPartition, Listing, PartitionState};
use crate::error::ErrorKind;
use crate::vendor::VendorErrorKind;

/// Lists the parents and stores them.
pub(super) async fn enumerate(work: &Work<'_>) -> Result<(), Stop> {
    let listing = match &work.plan.plan.parents {
        Parents::Direct(ids) => {
            let key = key(ids.channel.unwrap_or(0), ids.webcast.or(ids.survey).unwrap_or(0));
            Listing { partitions: vec![ListedPartition::new(key)], ..Listing::default() }
        }
        Parents::Channels { only, child } => {
            let channels = match only {
                Some(only) => only.clone(),
                None => ids_of(work, Endpoint::MyChannels, Ids::default()).await.map_err(stop)?,
            };
            match child {
                None => {
                    let partitions =
                        channels.into_iter().map(|channel| ListedPartition::new(key(channel, 0))).collect();
                    Listing { partitions, ..Listing::default() }
                }
                Some(child) => children(work, &channels, *child, &mut HashSet::new()).await?,
            }
        }
    };
    store(work, &listing).await
}

/// Lists the children of channels again where that failed before, which happens in jobs that were resumed or that
/// continue another.
pub(super) async fn list_again(work: &Work<'_>) -> Result<(), Stop> {
    const AT_A_TIME: i64 = 1000;
    let Parents::Channels { child: Some(child), .. } = work.plan.plan.parents else { return Ok(()) };
    let (mut surveys, mut after) = (None, 0);
    loop {
        let again = [PartitionState::Relisting];
        let rows = work.store().partitions_in(&again, work.job.id, after, AT_A_TIME).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.ordinal;
        let known = match &mut surveys {
            Some(known) => known,
            empty => empty.insert(listed_before(work).await?),
        };
        let channels =
            rows.iter().map(|row| ids_in(&row.key).map(|(channel, _)| channel)).collect::<Result<Vec<_>, _>>()?;
        let listing = children(work, &channels, child, known).await?;
        store(work, &listing).await?;
    }
}

/// Returns the children of channels that this job and those it continues have listed so far.
async fn listed_before(work: &Work<'_>) -> Result<HashSet<u64>, Stop> {
    let mut found = HashSet::new();
    let mut job = Some(work.job.clone());
    while let Some(row) = job {
        for key in work.store().listed_keys(row.id).await? {
            let (_, child) = ids_in(&key)?;
            found.extend((child != 0).then_some(child));
        }
        job = match plan_of(&row).ok().and_then(|plan| plan.job_options.continue_from) {
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

/// Lists the webcasts or surveys of channels. A survey of several channels belongs to the first.
async fn children(
    work: &Work<'_>,
    channels: &[u64],
    child: Child,
    surveys: &mut HashSet<u64>,
) -> Result<Listing, Stop> {
    let (endpoint, only) = match child {
        Child::Webcasts => (Endpoint::ChannelWebcasts, None),
        Child::Surveys(only) => (Endpoint::ChannelSurveys, only),
    };
    let (mut listing, mut missing) = (Listing::default(), 0);
    for &channel in channels {
        let above = Ids { channel: Some(channel), ..Ids::default() };
        let error = match ids_of(work, endpoint, above).await {
            Ok(ids) => {
                let once = |id: &u64| child == Child::Webcasts || surveys.insert(*id);
                let wanted = ids.into_iter().filter(|id| only.is_none_or(|only| only == *id)).filter(once);
                listing.partitions.extend(wanted.map(|id| ListedPartition::new(key(channel, id))));
                listing.listed.push(key(channel, 0));
                continue;
            }
            Err(PageError::Vendor(error)) => error,
            Err(failed) => return Err(stop(failed)),
        };
        match (error.kind, work.plan.plan.if_missing(&above)) {
            (VendorErrorKind::NotFound | VendorErrorKind::Forbidden, Missing::PassedOver) => {
                work.warn("skipped-channel");
                missing += 1;
            }
            (VendorErrorKind::NotFound, Missing::Empty | Missing::EmptyBelow) => {}
            _ => return Err(Stop::from(&error)),
        }
        listing.partitions.push(ListedPartition {
            state: PartitionState::Unlisted,
            problem: Some(problem(&error)),
            ..ListedPartition::new(key(channel, 0))
        });
    }
    if missing > 0 && missing == channels.len() && !work.job.enumerated {
        return Err(Stop::failed(ErrorKind::NotFound, "every channel that was to be read is missing or not allowed"));
    }
    Ok(listing)
}

/// Returns the ids of a whole list, ascending. A rejected cursor restarts the list once (spec BT 2.7).
async fn ids_of(work: &Work<'_>, endpoint: Endpoint, ids: Ids) -> Result<Vec<u64>, PageError> {
    let call = Call { endpoint, ids, filters: Filters::default() };
    match read_ids(work, call).await {
        Err(PageError::Vendor(error)) if error.kind == VendorErrorKind::CursorRejected => read_ids(work, call).await,
        outcome => outcome,
    }
}

async fn read_ids(work: &Work<'_>, call: Call) -> Result<Vec<u64>, PageError> {
    let mut scan = Scan::new(work.vendor.clone(), work.cx.clone(), call, Some(PAGE_SIZE), Position::Start);
    let mut found = Vec::new();
    while let Some(page) = next_page(work, &mut scan, "enumerating").await? {
        found.extend(ids_on(&page.batch));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn stop(failed: PageError) -> Stop {
    match failed {
        PageError::Stop(stop) => stop,
        PageError::Vendor(error) => Stop::from(&error),
    }
}

/// Returns the key of a list: its channel, then its webcast or survey; 0 if absent.
pub(super) fn key(channel: u64, child: u64) -> PartitionKey {
    match (channel, child) {
        (0, 0) => PartitionKey::root(),
        (channel, 0) => PartitionKey::root().child(&channel.to_string()),
        (channel, child) => PartitionKey::root().child(&channel.to_string()).child(&child.to_string()),
    }
}

/// Returns the channel, and the webcast or survey, of a key that [`key`] made.
pub(super) fn ids_in(key: &PartitionKey) -> Result<(u64, u64), Stop> {
    let mut ids = key.parts().map(|id| id.parse::<u64>());
    match (ids.next().unwrap_or(Ok(0)), ids.next().unwrap_or(Ok(0)), ids.next()) {
        (Ok(channel), Ok(child), None) => Ok((channel, child)),
        _ => Err(Stop::failed(ErrorKind::Storage, format!("the partition {key} has no list"))),
    }
}
