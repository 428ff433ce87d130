//! One hub page, gathered from vendor pages until it is full (spec BT 2.5).

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;

use super::scan::Reader;
use super::sorted;
use super::token::{List, Token, expired};
use super::walk::{Walk, WalkPage};
use crate::element::ReadPlan;
use crate::engine::failure::Failure;
use crate::engine::store::InstanceRow;
use crate::query::OrderBy;
use crate::record::Batch;
use crate::vendor::{VendorError, VendorErrorKind};

/// Maximum number of rows that one call reads for an order, a count or a page number (spec P 7.4).
pub(super) const MAX_ROWS: usize = 100_000;

/// Validated request to read a list.
pub(crate) struct ListRequest<'a> {
    pub instance: &'a InstanceRow,
    pub reader: Reader,
    pub plan: Arc<ReadPlan>,
    pub order_by: Vec<OrderBy>,
    /// Page number, from 1.
    pub page: usize,
    pub page_size: usize,
    pub token: Option<&'a str>,
    pub count: bool,
    /// List that tokens are bound to.
    pub list: List,
    /// Time limit of the call.
    pub time_limit: Duration,
}

/// Page of a list.
pub(crate) struct ListPage {
    pub batch: Batch,
    pub next: Option<String>,
    pub total: Option<usize>,
}

/// Reason why a page cannot be read.
pub(super) enum Unread {
    Vendor(VendorError),
    Other(Failure),
}

impl From<VendorError> for Unread {
    fn from(error: VendorError) -> Self {
        Self::Vendor(error)
    }
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

/// Returns the rows of the only record of a plan, as the vendor sent them. If the vendor does not find it, reads the
/// plan in `otherwise` up to its first match, and fails with the first error if that finds none.
pub(crate) async fn read_single(reader: &Reader, plan: &Arc<ReadPlan>) -> Result<Batch, VendorError> {
    let absent = |error: &VendorError| matches!(error.kind, VendorErrorKind::NotFound | VendorErrorKind::InvalidId);
    let first = Walk::new(reader.clone(), Arc::clone(plan), None, None).next().await;
    match (first, &plan.otherwise) {
        (Err(error), Some(other)) if absent(&error) => {
            let mut walk = Walk::new(reader.clone(), Arc::clone(other), None, None);
            while let Some(page) = walk.next().await? {
                if !page.batch.is_empty() {
                    return Ok(page.batch);
                }
            }
            Err(error)
        }
        (outcome, _) => Ok(outcome?.map_or_else(|| Batch::new(Arc::clone(&plan.schema)), |page| page.batch)),
    }
}

/// Reads one page of a list.
pub(crate) async fn read_list(mut request: ListRequest<'_>) -> Result<ListPage, Failure> {
    let started = Instant::now();
    request.reader.context = request.reader.context.until(started + request.time_limit);
    match tokio::time::timeout(request.time_limit, read(&request, started)).await {
        Ok(Ok(page)) => Ok(page),
        Ok(Err(Unread::Vendor(error))) => Err(error.into()),
        Ok(Err(Unread::Other(failure))) => Err(failure),
        Err(_) if request.reads_more_than_a_page() => {
            let seconds = request.time_limit.as_secs();
            let message = format!("Not read within {seconds} seconds; use a bulk query");
            Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, message))
        }
        Err(_) => Err(Failure::plain(StatusCode::GATEWAY_TIMEOUT)),
    }
}

/// Reads a page. A rejected cursor restarts it once, since none of its rows were returned yet (spec BT 2.7).
async fn read(request: &ListRequest<'_>, started: Instant) -> Result<ListPage, Unread> {
    let token = request.token.map(|text| Token::open(text, request.instance, &request.list)).transpose()?;
    let refused = |error: &VendorError| error.kind == VendorErrorKind::CursorRejected;
    match read_once(request, token.as_ref(), started).await {
        Err(Unread::Vendor(error)) if refused(&error) => read_once(request, token.as_ref(), started).await,
        outcome => outcome,
    }
}

async fn read_once(request: &ListRequest<'_>, token: Option<&Token>, started: Instant) -> Result<ListPage, Unread> {
    match request.order_by.is_empty() {
        true => gather(request, token, started).await,
        false => sorted::read(request, token).await,
    }
}

impl ListRequest<'_> {
    /// Returns whether the call may need most of the list.
    fn reads_more_than_a_page(&self) -> bool {
        !self.order_by.is_empty() || self.count || (self.page > 1 && self.token.is_none())
    }
}

async fn gather(request: &ListRequest<'_>, token: Option<&Token>, started: Instant) -> Result<ListPage, Unread> {
    let vendor_page = token.map_or_else(|| vendor_page_size(request), |token| token.page_size);
    let mut walk =
        Walk::new(request.reader.clone(), Arc::clone(&request.plan), Some(vendor_page), token.map(Token::place));
    let mut gathered = Gathered {
        request,
        vendor_page,
        // A token points into a vendor page; a page number counts rows from the beginning.
        skip: match token {
            Some(token) => token.offset,
            None => (request.page - 1).saturating_mul(request.page_size),
        },
        from_token: token.is_some(),
        batch: Batch::new(Arc::clone(&request.plan.schema)),
        next: None,
        rows: 0,
    };
    let filled = gathered.fill(&mut walk, started).await;
    if let Err(Unread::Vendor(error)) = &filled
        && error.kind == VendorErrorKind::CursorRejected
        && token.is_some()
        && walk.pages_read == 0
    {
        // The rejected cursor is that of the token itself.
        return Err(expired().into());
    }
    filled?;
    let Gathered { batch, next, rows, .. } = gathered;
    let total = match (request.count, token) {
        (false, _) => None,
        (true, None) => Some(rows),
        (true, Some(_)) => Some(count(request).await?),
    };
    Ok(ListPage { batch, next: next.map(|token| token.seal(request.instance)).transpose()?, total })
}

/// Returns the hub's page size if the vendor supports it, so that one hub page takes one vendor call.
fn vendor_page_size(request: &ListRequest<'_>) -> u32 {
    let largest = request.plan.page_size;
    let fits = request.plan.residual.is_none() && !request.reads_more_than_a_page();
    let wanted = u32::try_from(request.page_size).ok().filter(|size| fits && *size <= largest);
    wanted.unwrap_or(largest)
}

struct Gathered<'a> {
    request: &'a ListRequest<'a>,
    vendor_page: u32,
    /// Number of rows still to skip.
    skip: usize,
    from_token: bool,
    batch: Batch,
    /// Start of the next page.
    next: Option<Token>,
    /// Number of rows read so far that meet the conditions.
    rows: usize,
}

impl Gathered<'_> {
    /// Fills the page. Without a token, a count continues to the end of the list in the same walk.
    async fn fill(&mut self, walk: &mut Walk, started: Instant) -> Result<(), Unread> {
        let request = self.request;
        let counts = request.count && !self.from_token;
        while let Some(page) = walk.next().await? {
            if request.reads_more_than_a_page() {
                within_cap(walk.rows_read)?;
            }
            self.rows += page.batch.len();
            let passed = self.skip.min(page.batch.len());
            // The offset of a token refers to its own vendor page only.
            self.skip = if self.from_token { 0 } else { self.skip - passed };
            let whole = self.batch.is_empty() && passed == 0 && page.batch.len() <= request.page_size;
            if whole && !request.plan.stop_after_match {
                // The usual case: one vendor page is one hub page.
                self.batch = page.batch;
            } else if self.add(&page, passed) {
                return Ok(());
            }
            if self.next.is_some() && !counts {
                return Ok(());
            }
            let full = self.batch.len() == request.page_size;
            if !counts && ((full && request.plan.residual.is_none()) || self.is_late(started)) {
                let place = walk.place().await?;
                self.next = place.map(|place| Token::new(&request.list, self.vendor_page, place, 0));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Adds rows of a vendor page until the page is full. Returns whether the only possible match was found.
    fn add(&mut self, page: &WalkPage, passed: usize) -> bool {
        let request = self.request;
        for (position, row) in page.batch.rows().enumerate().skip(passed) {
            if self.batch.len() == request.page_size {
                let token = || Token::new(&request.list, self.vendor_page, page.place.clone(), position);
                self.next.get_or_insert_with(token);
                break;
            }
            self.batch.push_row(row);
            if request.plan.stop_after_match {
                return true;
            }
        }
        false
    }

    /// Returns whether to stop searching for matches, so that the found ones and a token are returned in time.
    fn is_late(&self, started: Instant) -> bool {
        let enough = self.request.time_limit.mul_f32(0.75);
        self.request.plan.residual.is_some() && self.skip == 0 && started.elapsed() >= enough
    }
}

async fn count(request: &ListRequest<'_>) -> Result<usize, Unread> {
    let mut walk = Walk::new(request.reader.clone(), Arc::clone(&request.plan), None, None);
    let mut total = 0;
    while let Some(page) = walk.next().await? {
        within_cap(walk.rows_read)?;
        total += page.batch.len();
        if request.plan.stop_after_match && total > 0 {
            break;
        }
    }
    Ok(total)
}

pub(super) fn within_cap(rows_read: usize) -> Result<(), Failure> {
    if rows_read > MAX_ROWS {
        return Err(Failure::bad_request(format!("More than {MAX_ROWS} rows would have to be read; use a bulk query")));
    }
    Ok(())
}
