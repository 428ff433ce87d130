//! The pages of one list, with protection against loops (spec BT 1.6).

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::Instrument;

use crate::element::{Connector, Page, PageRequest, PartitionKey, ReadPlan};
use crate::log;
use crate::trail::{Trail, hash};
use crate::vendor::{Context, VendorError, VendorErrorKind};

/// Maximum number of consecutive pages without new records.
const BARREN_PAGES: usize = 10;
/// Maximum length of a cursor, which page tokens and checkpoints contain.
const CURSOR_LIMIT: usize = 4 << 10;

/// A connection to the vendor, and the limits of the calls that use it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    pub connector: Arc<dyn Connector>,
    pub context: Context,
}

/// One scan of a list, read page by page.
pub(crate) struct Scan {
    reader: Reader,
    list: VendorList,
    page_size: Option<u32>,
    position: Position,
    used: HashSet<u64>,
    trail: Trail,
    barren: usize,
    /// Value of `barren` before the last page.
    barren_before: usize,
    /// Whether the next page is fetched while the last one is processed.
    ahead: bool,
    /// Fetch of the next page; aborted when the scan is dropped.
    fetching: JoinSet<Result<Page, VendorError>>,
}

/// One scan of one list of a plan.
#[derive(Clone, Debug)]
pub(crate) struct VendorList {
    pub plan: Arc<ReadPlan>,
    pub partition: PartitionKey,
    /// Number of the scan.
    pub scan: usize,
}

/// Position of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Before the first page.
    Start,
    /// Before the page of this cursor.
    At(String),
    /// After the last page.
    End,
}

impl Reader {
    /// Reads one page of a list.
    pub async fn page(&self, list: &VendorList, cursor: Option<&str>, size: Option<u32>) -> Result<Page, VendorError> {
        let VendorList { plan, partition, scan } = list;
        let request = PageRequest { plan, partition, scan: *scan, cursor, size };
        self.connector.page(&self.context, request).await
    }
}

impl VendorList {
    /// Returns the first scan of a list.
    pub fn first(plan: &Arc<ReadPlan>, partition: &PartitionKey) -> Self {
        Self { plan: Arc::clone(plan), partition: partition.clone(), scan: 0 }
    }
}

impl Scan {
    /// Creates a scan of a list from a position.
    pub fn new(reader: Reader, list: VendorList, page_size: Option<u32>, position: Position) -> Self {
        let used = match &position {
            Position::At(cursor) => HashSet::from([hash(cursor)]),
            Position::Start | Position::End => HashSet::new(),
        };
        Self {
            reader,
            list,
            page_size,
            position,
            used,
            trail: Trail::default(),
            barren: 0,
            barren_before: 0,
            ahead: false,
            fetching: JoinSet::new(),
        }
    }

    /// Prefetches the next page with every page, for readers of the whole list.
    #[must_use]
    pub fn ahead(self) -> Self {
        Self { ahead: true, ..self }
    }

    /// Continues the loop detection of an earlier scan.
    #[must_use]
    pub fn with_trail(mut self, trail: Trail) -> Self {
        self.trail = trail;
        self
    }

    /// Returns the next page, or `None` after the last one.
    pub async fn next_page(&mut self) -> Result<Option<Page>, VendorError> {
        let cursor = match &self.position {
            Position::Start => None,
            Position::At(cursor) => Some(cursor.as_str()),
            Position::End => return Ok(None),
        };
        let page = match self.fetching.join_next().await {
            Some(Ok(outcome)) => outcome?,
            // No page was prefetched, or the prefetch was aborted.
            None | Some(Err(_)) => self.reader.page(&self.list, cursor, self.page_size).await?,
        };
        if let Some(next) = &page.next {
            if next.len() > CURSOR_LIMIT {
                let why = format!("the cursor of the next page is longer than {CURSOR_LIMIT} bytes");
                return Err(VendorError::new(VendorErrorKind::MalformedResponse, why));
            }
            let next = hash(next);
            if !self.used.insert(next) || self.trail.step(next) {
                return Err(VendorError::new(VendorErrorKind::PagingLoop, "the vendor's pages lead in a circle"));
            }
        }
        self.position = page.next.clone().map_or(Position::End, Position::At);
        self.count(page.received == 0)?;
        self.fetch_ahead();
        Ok(Some(page))
    }

    fn fetch_ahead(&mut self) {
        if let (true, Position::At(cursor)) = (self.ahead, &self.position) {
            let (reader, list, cursor, size) = (self.reader.clone(), self.list.clone(), cursor.clone(), self.page_size);
            let fetch = async move { reader.page(&list, Some(&cursor), size).await };
            self.fetching.spawn(log::inherited(fetch.in_current_span()));
        }
    }

    /// Records that all records of the last page were returned by this scan before.
    pub fn nothing_new(&mut self) -> Result<(), VendorError> {
        self.barren = self.barren_before;
        self.count(true)
    }

    /// Counts consecutive pages without new records and fails at the limit.
    fn count(&mut self, barren: bool) -> Result<(), VendorError> {
        self.barren_before = self.barren;
        self.barren = if barren { self.barren + 1 } else { 0 };
        if self.barren < BARREN_PAGES {
            return Ok(());
        }
        Err(VendorError::new(VendorErrorKind::PagingLoop, format!("{BARREN_PAGES} pages in a row brought nothing new")))
    }

    /// Returns the state with which a later scan can continue the loop detection.
    pub fn trail(&self) -> Trail {
        self.trail
    }

    /// Returns the position of the scan.
    pub fn position(&self) -> &Position {
        &self.position
    }
}
