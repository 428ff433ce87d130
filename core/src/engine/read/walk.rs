//! Walk over the lists of a plan, one vendor page after another, from any position.

use std::collections::VecDeque;

use crate::elements::brighttalk::call::{Call, Endpoint, Filters, Ids};
use crate::elements::brighttalk::plan::{Child, Missing, Parents, Plan};
use crate::elements::brighttalk::scan::{Position, Scan};
use crate::elements::brighttalk::vendor::{PAGE_SIZE, Page, Vendor};
use crate::query::Filter;
use crate::record::{Batch, Value};
use crate::trail::Trail;
use crate::vendor::{Context, VendorError, VendorErrorKind};

/// Position in a walk, before a page of a scan of a parent's list. Positions are ordered as the rows are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadPosition {
    /// Channel, or 0 for a list without one.
    pub channel: u64,
    /// Webcast or survey of the channel, or 0 for a list without one.
    pub child: u64,
    /// Number of the scan.
    pub scan: usize,
    /// Cursor of the page, or `None` for the first.
    pub cursor: Option<String>,
    /// Trail of pages, which detects paging loops.
    pub trail: Trail,
}

/// Walk over all lists of a plan. Parents are listed channel by channel, when the walk reaches them.
pub(crate) struct Walk {
    vendor: Vendor,
    cx: Context,
    plan: Plan,
    filter: Option<Filter>,
    page_size: u32,
    /// Remaining channels, ascending; `None` until they are listed.
    channels: Option<VecDeque<u64>>,
    /// Parents of the current channel, the next one last.
    parents: Vec<Ids>,
    start: Option<ReadPosition>,
    /// Parent that the walk resumed in; it and those before it are not entered again.
    behind: Option<(u64, u64)>,
    current: Option<Current>,
    /// `Ok` if a parent was found; otherwise the error of the last one that was skipped.
    found: Result<(), Option<VendorError>>,
    /// Number of rows read from the vendor so far.
    pub rows_read: usize,
    /// Number of pages read so far.
    pub pages_read: usize,
}

struct Current {
    ids: Ids,
    scan_number: usize,
    scan: Scan,
}

/// A vendor page, filtered by the remaining conditions, and its position.
pub(crate) struct WalkPage {
    pub batch: Batch,
    /// Position before this page.
    pub place: ReadPosition,
}

impl Walk {
    /// Creates a walk from a position, or from the beginning if `start` is `None`.
    pub fn new(vendor: Vendor, cx: Context, plan: Plan, page_size: Option<u32>, start: Option<ReadPosition>) -> Self {
        let schema = plan.schema();
        let filter = plan.residual.as_ref().map(|condition| Filter::compile(condition, &schema));
        let mut walk = Self {
            vendor,
            cx,
            plan,
            filter,
            page_size: page_size.unwrap_or(PAGE_SIZE),
            channels: None,
            parents: Vec::new(),
            // With a start position, earlier parents were found already.
            found: if start.is_some() { Ok(()) } else { Err(None) },
            start,
            behind: None,
            current: None,
            rows_read: 0,
            pages_read: 0,
        };
        walk.resume();
        walk
    }

    /// Resumes in the middle of a list. Its parent is known, so the others need not be listed before it ends.
    fn resume(&mut self) {
        let place = self.start.take_if(|place| place.cursor.is_some() && !self.plan.nothing);
        if let Some(ReadPosition { channel, child, scan, cursor: Some(cursor), trail }) = place {
            self.behind = Some((channel, child));
            self.begin_scan(self.plan.parents.ids(channel, child), scan, Position::At(cursor), trail);
        }
    }

    /// Returns the next page, or `None` after the last.
    pub async fn next(&mut self) -> Result<Option<WalkPage>, VendorError> {
        if self.plan.nothing {
            return Ok(None);
        }
        while self.enter().await? {
            let Some(current) = &mut self.current else { break };
            let place = current.place();
            match current.scan.next_page().await {
                Ok(Some(page)) => {
                    self.found = Ok(());
                    self.rows_read += page.batch.len();
                    self.pages_read += 1;
                    return Ok(Some(WalkPage { batch: self.kept(page, place.scan), place }));
                }
                Ok(None) => self.leave(),
                Err(error) => {
                    let ids = current.ids;
                    self.pass_over(error, ids).await?;
                    self.current = None;
                }
            }
        }
        match std::mem::replace(&mut self.found, Ok(())) {
            Err(Some(error)) => Err(error),
            _ => Ok(None),
        }
    }

    /// Returns the position of the next page, or `None` if it is certain that there is no other.
    pub async fn place(&mut self) -> Result<Option<ReadPosition>, VendorError> {
        loop {
            match &self.current {
                Some(current) if *current.scan.position() != Position::End => return Ok(Some(current.place())),
                Some(_) => self.leave(),
                None => {}
            }
            if self.plan.nothing || !self.enter().await? {
                return Ok(None);
            }
        }
    }

    /// Makes sure that there is a current scan. Returns `false` after the last one.
    async fn enter(&mut self) -> Result<bool, VendorError> {
        while self.current.is_none() {
            let Some(ids) = self.parents.pop() else {
                if !self.list_parents().await? {
                    return Ok(false);
                }
                continue;
            };
            let start = self.start.take();
            let begin = start.filter(|place| (place.channel, place.child) == key(&ids)).unwrap_or_default();
            let position = begin.cursor.map_or(Position::Start, Position::At);
            self.begin_scan(ids, begin.scan, position, begin.trail);
        }
        Ok(true)
    }

    fn begin_scan(&mut self, ids: Ids, scan_number: usize, position: Position, trail: Trail) {
        let filters = self.plan.scans.get(scan_number).map(|scan| scan.filters).unwrap_or_default();
        let call = Call { endpoint: self.plan.endpoint, ids, filters };
        let scan =
            Scan::new(self.vendor.clone(), self.cx.clone(), call, Some(self.page_size), position).with_trail(trail);
        self.current = Some(Current { ids, scan_number, scan });
    }

    /// Moves from a finished scan to the next scan of the same parent, or to the next parent.
    fn leave(&mut self) {
        if let Some(Current { ids, scan_number, .. }) = self.current.take()
            && scan_number + 1 < self.plan.scans.len()
        {
            self.begin_scan(ids, scan_number + 1, Position::Start, Trail::default());
        }
    }

    /// Skips a missing list, unless the path names it (spec BT 2.6).
    async fn pass_over(&mut self, error: VendorError, ids: Ids) -> Result<(), VendorError> {
        let missing = self.plan.if_missing(&ids);
        match (error.kind, missing) {
            (VendorErrorKind::NotFound, Missing::Empty) => self.found = Ok(()),
            (VendorErrorKind::NotFound, Missing::EmptyBelow) => {
                // The missing resource may be the channel.
                let channel = Ids { channel: ids.channel, ..Ids::default() };
                let call = Call { endpoint: Endpoint::ChannelWebcasts, ids: channel, filters: Filters::default() };
                self.vendor.page(&self.cx, &call, None, Some(1)).await?;
                self.found = Ok(());
            }
            (VendorErrorKind::NotFound | VendorErrorKind::Forbidden, Missing::PassedOver) => {
                if let Err(last) = &mut self.found {
                    *last = Some(error);
                }
            }
            _ => return Err(error),
        }
        Ok(())
    }

    /// Lists the parents of the next channel. Returns `false` if there is no other.
    async fn list_parents(&mut self) -> Result<bool, VendorError> {
        let (only, child) = match &self.plan.parents {
            Parents::Direct(ids) => {
                // A single parent is treated as the only channel.
                let first = self.channels.replace(VecDeque::new()).is_none() && self.behind.is_none();
                self.parents.extend(first.then_some(*ids));
                return Ok(first);
            }
            Parents::Channels { only, child } => (only.clone(), *child),
        };
        let channels = match &mut self.channels {
            Some(channels) => channels,
            None => {
                let start = self.start.as_ref().map(|place| place.channel);
                let from = start.or(self.behind.map(|(channel, _)| channel)).unwrap_or(0);
                let all = match only {
                    Some(only) => only,
                    None => ids_of(&self.vendor, &self.cx, Endpoint::MyChannels, Ids::default()).await?,
                };
                self.channels.insert(all.into_iter().filter(|channel| *channel >= from).collect())
            }
        };
        let Some(channel) = channels.pop_front() else { return Ok(false) };
        let mut parents = match child {
            None => vec![Ids { channel: Some(channel), ..Ids::default() }],
            Some(child) => match children_of(&self.vendor, &self.cx, channel, child).await {
                Ok(children) => {
                    self.found = Ok(());
                    children
                }
                Err(error) => {
                    self.pass_over(error, Ids { channel: Some(channel), ..Ids::default() }).await?;
                    Vec::new()
                }
            },
        };
        if let Some(start) = &self.start {
            parents.retain(|ids| key(ids) >= (start.channel, start.child));
        }
        parents.retain(|ids| self.behind.is_none_or(|behind| key(ids) > behind));
        parents.reverse();
        self.parents = parents;
        Ok(true)
    }

    /// Returns the rows of a page that meet the remaining conditions.
    fn kept(&self, page: Page, scan_number: usize) -> Batch {
        let mut batch = page.batch;
        let drop_after = self.plan.scans.get(scan_number).and_then(|scan| scan.drop_subscribed_after);
        if let Some(after) = drop_after {
            drop_subscribed_after(&mut batch, after);
        }
        let mut batch = self.plan.present(batch);
        if let Some(filter) = &self.filter {
            batch.retain(|row| filter.matches(row));
        }
        batch
    }
}

/// Drops the rows that the previous scan has returned already (spec BT 2.7).
pub(crate) fn drop_subscribed_after(batch: &mut Batch, after: i64) {
    batch.retain(|row| !matches!(row.field("lastSubscribed"), Value::Date(joined) if joined > after));
}

impl Current {
    fn place(&self) -> ReadPosition {
        let (channel, child) = key(&self.ids);
        let cursor = match self.scan.position() {
            Position::At(cursor) => Some(cursor.clone()),
            Position::Start | Position::End => None,
        };
        ReadPosition { channel, child, scan: self.scan_number, cursor, trail: self.scan.trail() }
    }
}

/// Returns the sort key of a parent: channel, then webcast or survey (spec BT 2.6).
fn key(ids: &Ids) -> (u64, u64) {
    (ids.channel.unwrap_or(0), ids.webcast.or(ids.survey).unwrap_or(0))
}

/// Returns the webcasts or surveys of a channel, ascending.
async fn children_of(vendor: &Vendor, cx: &Context, channel: u64, child: Child) -> Result<Vec<Ids>, VendorError> {
    let above = Ids { channel: Some(channel), ..Ids::default() };
    let (endpoint, only) = match child {
        Child::Webcasts => (Endpoint::ChannelWebcasts, None),
        Child::Surveys(only) => (Endpoint::ChannelSurveys, only),
    };
    let ids = ids_of(vendor, cx, endpoint, above).await?;
    let below = |id| match child {
        Child::Webcasts => Ids { webcast: Some(id), ..above },
        Child::Surveys(_) => Ids { survey: Some(id), ..above },
    };
    Ok(ids.into_iter().filter(|id| only.is_none_or(|only| only == *id)).map(below).collect())
}

/// Returns the ids of a whole list. A rejected cursor restarts the list once (spec BT 2.7).
async fn ids_of(vendor: &Vendor, cx: &Context, endpoint: Endpoint, ids: Ids) -> Result<Vec<u64>, VendorError> {
    let call = Call { endpoint, ids, filters: Filters::default() };
    match read_ids(vendor, cx, call).await {
        Err(error) if error.kind == VendorErrorKind::CursorRejected => read_ids(vendor, cx, call).await,
        outcome => outcome,
    }
}

async fn read_ids(vendor: &Vendor, cx: &Context, call: Call) -> Result<Vec<u64>, VendorError> {
    let mut scan = Scan::new(vendor.clone(), cx.clone(), call, Some(PAGE_SIZE), Position::Start);
    let mut found = Vec::new();
    while let Some(page) = scan.next_page().await? {
        found.extend(ids_on(&page.batch));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Returns the ids on a page.
pub(crate) fn ids_on(batch: &Batch) -> impl Iterator<Item = u64> {
    batch.rows().filter_map(|row| match row.field("id") {
        Value::Int(id) => u64::try_from(id).ok(),
        _ => None,
    })
}
