//! The pages of one list, with protection against pages that lead in circles (spec BT 1.6).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::call::Call;
use super::error::{VendorError, VendorErrorKind};
use super::vendor::{Page, Vendor};
use crate::log;

/// Pages in a row that may bring nothing.
const BARREN_PAGES: usize = 10;

/// One list, read page by page.
pub struct Scan {
    vendor: Vendor,
    call: Call,
    page_size: Option<u32>,
    position: Position,
    used: HashSet<u64>,
    trail: Trail,
    barren: usize,
    /// What `barren` was before the last page.
    barren_before: usize,
    /// Whether the next page is fetched while the last one is worked on.
    ahead: bool,
    /// That page, while it is fetched; given up with the scan.
    fetching: JoinSet<Result<Page, VendorError>>,
}

/// Finds out by itself that a scan goes in circles, however long, from a few numbers (Brent's algorithm): a page
/// token can carry it, the set of all cursors it cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// The cursor that is waited for.
    mark: u64,
    steps: u32,
    /// After so many steps the mark moves on.
    reach: u32,
}

impl Trail {
    /// Takes a step; true when it leads back to the mark.
    fn step(&mut self, cursor: u64) -> bool {
        if self.reach > 0 && cursor == self.mark {
            return true;
        }
        self.steps += 1;
        if self.steps >= self.reach {
            *self = Self { mark: cursor, steps: 0, reach: self.reach.saturating_mul(2).max(1) };
        }
        false
    }
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
        let used = match &position {
            Position::At(cursor) => HashSet::from([hash(cursor)]),
            Position::Start | Position::End => HashSet::new(),
        };
        Self {
            vendor,
            call,
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

    /// With every page, the next one is asked for already. For readers that want the whole list.
    #[must_use]
    pub fn ahead(self) -> Self {
        Self { ahead: true, ..self }
    }

    /// A scan that goes on where an earlier one was left.
    #[must_use]
    pub fn with_trail(mut self, trail: Trail) -> Self {
        self.trail = trail;
        self
    }

    /// The next page; `None` behind the last one.
    pub async fn next_page(&mut self) -> Result<Option<Page>, VendorError> {
        let cursor = match &self.position {
            Position::Start => None,
            Position::At(cursor) => Some(cursor.as_str()),
            Position::End => return Ok(None),
        };
        let page = match self.fetching.join_next().await {
            Some(Ok(outcome)) => outcome?,
            // Nothing was fetched ahead, or the fetching came to nothing.
            None | Some(Err(_)) => self.vendor.page(&self.call, cursor, self.page_size).await?,
        };
        if let Some(next) = &page.next {
            let next = hash(next);
            if !self.used.insert(next) || self.trail.step(next) {
                return Err(VendorError::new(VendorErrorKind::PagingLoop, "the vendor's pages lead in a circle"));
            }
        }
        self.position = page.next.clone().map_or(Position::End, Position::At);
        self.count(page.batch.is_empty())?;
        self.fetch_ahead();
        Ok(Some(page))
    }

    fn fetch_ahead(&mut self) {
        if let (true, Position::At(cursor)) = (self.ahead, &self.position) {
            let (vendor, call, cursor, page_size) = (self.vendor.clone(), self.call, cursor.clone(), self.page_size);
            let fetch = async move { vendor.page(&call, Some(&cursor), page_size).await };
            self.fetching.spawn(log::inherited(fetch.in_current_span()));
        }
    }

    /// The reader found only records on the last page that this scan has shown before.
    pub fn nothing_new(&mut self) -> Result<(), VendorError> {
        self.barren = self.barren_before;
        self.count(true)
    }

    /// Pages in a row that bring nothing are counted, and bounded.
    fn count(&mut self, barren: bool) -> Result<(), VendorError> {
        self.barren_before = self.barren;
        self.barren = if barren { self.barren + 1 } else { 0 };
        if self.barren < BARREN_PAGES {
            return Ok(());
        }
        Err(VendorError::new(VendorErrorKind::PagingLoop, format!("{BARREN_PAGES} pages in a row brought nothing new")))
    }

    /// What a later scan needs to see that it goes in circles.
    pub fn trail(&self) -> Trail {
        self.trail
    }

    /// Where the scan stands.
    pub fn position(&self) -> &Position {
        &self.position
    }
}

fn hash(cursor: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_finds_every_circle_and_no_other() {
        let mut straight = Trail::default();
        assert!((1..10_000).all(|cursor| !straight.step(cursor)));
        for (lead, length) in [(0, 1), (0, 2), (3, 1), (5, 7), (100, 33)] {
            let mut trail = Trail::default();
            let cursors = (0..lead).chain((lead..lead + length).cycle().take(10 * (lead + length) as usize));
            let found = cursors.into_iter().position(|cursor| trail.step(cursor));
            assert!(found.is_some_and(|at| at as u64 <= 4 * (lead + length)), "{lead} {length}: {found:?}");
        }
    }
}
