//! Which lists a job reads, found out once at its start (spec BT 2.6).

use std::collections::HashSet;

use super::patience::{Failed, next_page};
use super::stop::Stop;
use super::worker::Work;
use crate::elements::brighttalk::call::{Call, Endpoint, Filters, Ids};
use crate::elements::brighttalk::error::VendorErrorKind;
use crate::elements::brighttalk::plan::{Child, Parents};
use crate::elements::brighttalk::scan::{Position, Scan};
use crate::elements::brighttalk::vendor::PAGE_SIZE;
use crate::engine::hub::ids_on;
use crate::engine::store::{ParentKey, ParentRow};
use crate::error::ErrorKind;

/// Lists the parents and stores them.
pub(super) async fn enumerate(work: &Work<'_>) -> Result<(), Stop> {
    let parents = match &work.reading.plan.parents {
        Parents::Direct(ids) => vec![key(ids.channel.unwrap_or(0), ids.webcast.or(ids.survey).unwrap_or(0))],
        Parents::Channels { only, child } => {
            let channels = match only {
                Some(only) => only.clone(),
                None => ids_of(work, Endpoint::MyChannels, Ids::default()).await.map_err(stop)?,
            };
            match child {
                None => channels.into_iter().map(|channel| key(channel, 0)).collect(),
                Some(child) => children(work, &channels, *child, only.is_some()).await?,
            }
        }
    };
    let parents: Vec<ParentRow> = parents.into_iter().map(|key| ParentRow { key, ..ParentRow::default() }).collect();
    let stored = work.store().set_parents(&work.job, work.epoch, &parents, &[], &work.figures()).await?;
    if stored { Ok(()) } else { Err(work.lost()) }
}

/// Webcasts or surveys of channels. A survey that several channels have belongs to the first.
async fn children(work: &Work<'_>, channels: &[u64], child: Child, named: bool) -> Result<Vec<ParentKey>, Stop> {
    let (endpoint, only) = match child {
        Child::Webcasts => (Endpoint::ChannelWebcasts, None),
        Child::Surveys(only) => (Endpoint::ChannelSurveys, only),
    };
    let (mut found, mut surveys, mut missing) = (Vec::new(), HashSet::new(), 0);
    for &channel in channels {
        let above = Ids { channel: Some(channel), ..Ids::default() };
        let ids = match ids_of(work, endpoint, above).await {
            Ok(ids) => ids,
            Err(Failed::Vendor(error)) if !named && Work::is_missing(&error) => {
                work.warn("skipped-channel");
                missing += 1;
                continue;
            }
            Err(failed) => return Err(stop(failed)),
        };
        let once = |id: &u64| child == Child::Webcasts || surveys.insert(*id);
        let wanted = ids.into_iter().filter(|id| only.is_none_or(|only| only == *id)).filter(once);
        found.extend(wanted.map(|id| key(channel, id)));
    }
    if missing > 0 && missing == channels.len() {
        return Err(Stop::failed(ErrorKind::NotFound, "every channel that was to be read is missing or not allowed"));
    }
    Ok(found)
}

/// The ids of a whole list, ascending; a cursor that is refused starts it again once (spec BT 2.7).
async fn ids_of(work: &Work<'_>, endpoint: Endpoint, ids: Ids) -> Result<Vec<u64>, Failed> {
    let call = Call { endpoint, ids, filters: Filters::default() };
    match read_ids(work, call).await {
        Err(Failed::Vendor(error)) if error.kind == VendorErrorKind::CursorRejected => read_ids(work, call).await,
        outcome => outcome,
    }
}

async fn read_ids(work: &Work<'_>, call: Call) -> Result<Vec<u64>, Failed> {
    let mut scan = Scan::new(work.vendor.clone(), call, Some(PAGE_SIZE), Position::Start);
    let mut found = Vec::new();
    while let Some(page) = next_page(work, &mut scan, "enumerating").await? {
        found.extend(ids_on(&page.batch));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn stop(failed: Failed) -> Stop {
    match failed {
        Failed::Stop(stop) => stop,
        Failed::Vendor(error) => Stop::from(&error),
    }
}

fn key(channel: u64, child: u64) -> ParentKey {
    ParentKey { channel: channel.cast_signed(), child: child.cast_signed() }
}
