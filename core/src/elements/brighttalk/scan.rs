//! The pages of one list, with protection against pages that lead in circles (spec BT 1.6).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::call::Call;
use super::error::{VendorError, VendorErrorKind};
use super::vendor::{Page, Vendor};

/// Pages in a row that may bring nothing.
const BARREN_PAGES: usize = 10;

/// One list, read page by page.
pub struct Scan {
    vendor: Vendor,
    call: Call,
    page_size: Option<u32>,
    position: Position,
    used: HashSet<u64>,
    barren: usize,
}

/// Where a scan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before the first page.
    Start,
    /// Before the page this cursor leads to.
    At(String),
    /// Behind the last page.
    End,
}

impl Scan {
    /// A scan of a list from a position.
    pub fn new(vendor: Vendor, call: Call, page_size: Option<u32>, position: Position) -> Self {
        Self { vendor, call, page_size, position, used: HashSet::new(), barren: 0 }
    }

    /// The next page; `None` behind the last one.
    pub async fn next_page(&mut self) -> Result<Option<Page>, VendorError> {
        let cursor = match &self.position {
            Position::Start => None,
            Position::At(cursor) => Some(cursor.as_str()),
            Position::End => return Ok(None),
        };
        let page = self.vendor.page(&self.call, cursor, self.page_size).await?;
        if let Some(next) = &page.next {
            let mut hasher = DefaultHasher::new();
            next.hash(&mut hasher);
            if !self.used.insert(hasher.finish()) {
                return Err(VendorError::new(VendorErrorKind::PagingLoop, "the vendor's pages lead in a circle"));
            }
        }
        self.position = page.next.clone().map_or(Position::End, Position::At);
        self.count_barren(page.batch.is_empty())?;
        Ok(Some(page))
    }

    /// Pages that were empty, or held only records seen before, in a row.
    pub fn count_barren(&mut self, barren: bool) -> Result<(), VendorError> {
        self.barren = if barren { self.barren + 1 } else { 0 };
        if self.barren < BARREN_PAGES {
            return Ok(());
        }
        Err(VendorError::new(VendorErrorKind::PagingLoop, format!("{BARREN_PAGES} pages in a row brought nothing new")))
    }

    /// Where the scan stands.
    pub fn position(&self) -> &Position {
        &self.position
    }
}
