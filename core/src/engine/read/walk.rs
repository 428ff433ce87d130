//! Walk over the lists of a plan, one vendor page after another, from any position.

use std::sync::Arc;

use super::partitions::{Beginning, Enumeration, Found, retain};
use super::scan::{Position, Reader, Scan, VendorList};
use super::unseen::Unseen;
use crate::element::{Answer, Head, Page, PartitionKey, Partitions, ReadPlan, Text};
use crate::query::Filter;
use crate::record::Batch;
use crate::trail::Trail;
use crate::vendor::VendorError;

/// Position in a walk, before a page of a scan of a partition. Positions are ordered as the rows are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadPosition {
    pub partition: PartitionKey,
    /// Number of the scan.
    pub scan: usize,
    /// Cursor of the page, or `None` for the first.
    pub cursor: Option<String>,
    /// Trail of pages, which detects paging loops.
    pub trail: Trail,
}

/// Walk over all lists of a plan.
pub(crate) struct Walk {
    reader: Reader,
    plan: Arc<ReadPlan>,
    filter: Option<Filter>,
    page_size: u32,
    partitions: Enumeration,
    /// Position of the first partition, until the walk has entered it.
    start: Option<ReadPosition>,
    current: Option<Current>,
    found: Found,
    /// Fields that no record has so far.
    pub unseen: Unseen,
    /// Number of rows read from the vendor so far.
    pub rows_read: usize,
    /// Number of pages read so far.
    pub pages_read: usize,
}

struct Current {
    list: VendorList,
    scan: Scan,
}

/// A vendor page, filtered by the remaining conditions, and its position.
pub(crate) struct WalkPage {
    pub batch: Batch,
    /// Position before this page.
    pub place: ReadPosition,
    /// Number of records that the vendor sent.
    pub received: usize,
    /// Answer that is no list.
    pub whole: Option<Answer>,
    /// Whether the rows are those of the whole list.
    pub is_whole_list: bool,
    /// Codes of anomalies.
    pub warnings: Vec<Text>,
    /// Head of the answer.
    pub head: Head,
}

impl ReadPosition {
    /// Returns the position of a page with this cursor in the first list of a plan.
    pub fn at(plan: &ReadPlan, cursor: String) -> Self {
        let partition = match &plan.partitions {
            Partitions::Known(keys) => keys.first().cloned().unwrap_or_default(),
            Partitions::Each { .. } => PartitionKey::root(),
        };
        Self { partition, cursor: Some(cursor), ..Self::default() }
    }
}

impl Walk {
    /// Creates a walk from a position, or from the beginning if `start` is `None`.
    pub fn new(reader: Reader, plan: Arc<ReadPlan>, page_size: Option<u32>, start: Option<ReadPosition>) -> Self {
        let filter = plan.residual.as_ref().map(|condition| Filter::compile(condition, &plan.schema));
        // In the middle of a list its partition is known, so the others need not be listed before it ends.
        let resumes = start.as_ref().is_some_and(|place| place.cursor.is_some());
        let beginning = match &start {
            None => Beginning::First,
            Some(place) if resumes => Beginning::After(place.partition.clone()),
            Some(place) => Beginning::At(place.partition.clone()),
        };
        let mut walk = Self {
            page_size: page_size.unwrap_or(plan.page_size),
            partitions: Enumeration::new(&plan, beginning),
            // With a start position, earlier lists were found already.
            found: Found::new(start.is_some()),
            start,
            current: None,
            unseen: Unseen::default(),
            filter,
            reader,
            plan,
            rows_read: 0,
            pages_read: 0,
        };
        if resumes && let Some(place) = walk.start.take() {
            walk.begin_scan(place);
        }
        walk
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
                    self.found.note();
                    self.rows_read += page.received;
                    self.pages_read += 1;
                    let Page { mut batch, received, whole, is_whole_list, warnings, head, .. } = page;
                    self.unseen.look(&batch);
                    retain(&mut batch, self.filter.as_ref());
                    return Ok(Some(WalkPage { batch, place, received, whole, is_whole_list, warnings, head }));
                }
                Ok(None) => self.leave(),
                Err(error) => {
                    self.found.pass_over(&self.reader, &self.plan, error).await?;
                    self.current = None;
                }
            }
        }
        self.found.taken().map(|()| None)
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
        if self.current.is_some() {
            return Ok(true);
        }
        let Some(partition) = self.partitions.next(&self.reader, &mut self.found).await? else { return Ok(false) };
        let start = self.start.take().filter(|place| place.partition == partition).unwrap_or_default();
        self.begin_scan(ReadPosition { partition, ..start });
        Ok(true)
    }

    fn begin_scan(&mut self, ReadPosition { partition, scan, cursor, trail }: ReadPosition) {
        let list = VendorList { plan: Arc::clone(&self.plan), partition, scan };
        let position = cursor.map_or(Position::Start, Position::At);
        let scan = Scan::new(self.reader.clone(), list.clone(), Some(self.page_size), position).with_trail(trail);
        self.current = Some(Current { list, scan });
    }

    /// Moves from a finished scan to the next scan of the same partition, or to the next partition.
    fn leave(&mut self) {
        if let Some(Current { list: VendorList { partition, scan, .. }, .. }) = self.current.take()
            && scan + 1 < self.plan.scans
        {
            self.begin_scan(ReadPosition { partition, scan: scan + 1, ..ReadPosition::default() });
        }
    }
}

impl Current {
    fn place(&self) -> ReadPosition {
        let cursor = match self.scan.position() {
            Position::At(cursor) => Some(cursor.clone()),
            Position::Start | Position::End => None,
        };
        let VendorList { partition, scan, .. } = &self.list;
        ReadPosition { partition: partition.clone(), scan: *scan, cursor, trail: self.scan.trail() }
    }
}
