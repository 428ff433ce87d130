//! One hub page: gathered from vendor pages until it is full (spec BT 2.5).

use std::time::Duration;

use http::StatusCode;

use super::sorted;
use super::token::Token;
use super::walk::{Place, Walk};
use crate::elements::brighttalk::plan::Plan;
use crate::elements::brighttalk::table::Object;
use crate::elements::brighttalk::vendor::{PAGE_SIZE, Vendor};
use crate::engine::failure::Failure;
use crate::engine::store::InstanceRow;
use crate::query::OrderBy;
use crate::record::Batch;

/// The most rows one call reads for an order, a count or a page number, and for how long (spec P 7.4).
pub(super) const MAX_ROWS: usize = 100_000;
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// A list to read, checked.
pub(crate) struct ListRequest<'a> {
    pub instance: &'a InstanceRow,
    pub vendor: Vendor,
    pub plan: Plan,
    pub order_by: Vec<OrderBy>,
    /// From 1.
    pub page: usize,
    pub page_size: usize,
    pub token: Option<&'a str>,
    pub count: bool,
    /// Path, conditions, order and fields as one text; binds tokens to them.
    pub list: String,
}

/// A page of a list.
pub(crate) struct ListPage {
    pub batch: Batch,
    pub next: Option<String>,
    pub total: Option<usize>,
}

impl ListPage {
    /// A page of nothing.
    pub fn empty(object: Object) -> Self {
        Self { batch: Batch::new(object.schema(false)), next: None, total: None }
    }
}

/// Reads one page of a list.
pub(crate) async fn read_list(request: ListRequest<'_>) -> Result<ListPage, Failure> {
    let work =
        async { if request.order_by.is_empty() { gather(&request).await } else { sorted::read(&request).await } };
    match tokio::time::timeout(TIME_LIMIT, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "Not read within 120 seconds; use a bulk query")),
    }
}

async fn gather(request: &ListRequest<'_>) -> Result<ListPage, Failure> {
    let total = if request.count { Some(count(request).await?) } else { None };
    let token = request.token.map(|text| Token::open(text, request.instance, &request.list)).transpose()?;
    let vendor_page = token.as_ref().map_or_else(|| vendor_page_size(request), |token| token.page_size);
    let start = token.as_ref().map(Token::place);
    let mut walk = Walk::new(request.vendor.clone(), request.plan.clone(), Some(vendor_page), start);
    // A token points into a page; a page number counts rows from the beginning.
    let skip = match &token {
        Some(token) => token.offset,
        None => (request.page - 1).saturating_mul(request.page_size),
    };
    let mut gathered = Gathered { request, vendor_page, skip, batch: Batch::new(request.plan.schema()) };
    let next = gathered.fill(&mut walk).await?;
    let batch = gathered.batch;
    Ok(ListPage { batch, next: next.map(|token| token.seal(request.instance)).transpose()?, total })
}

/// The hub's page size where it fits the vendor, so that one hub page is one vendor call.
fn vendor_page_size(request: &ListRequest<'_>) -> u32 {
    let largest = PAGE_SIZE as usize;
    let fits = request.plan.residual.is_none() && request.page == 1 && request.page_size <= largest;
    if fits { u32::try_from(request.page_size).unwrap_or(PAGE_SIZE) } else { PAGE_SIZE }
}

struct Gathered<'a> {
    request: &'a ListRequest<'a>,
    vendor_page: u32,
    /// Rows still to pass over.
    skip: usize,
    batch: Batch,
}

impl Gathered<'_> {
    /// Fills the page; answers where the next one begins.
    async fn fill(&mut self, walk: &mut Walk) -> Result<Option<Token>, Failure> {
        loop {
            let Some(page) = walk.next().await? else { return Ok(None) };
            if self.request.page > 1 {
                within_cap(walk.rows_read)?;
            }
            let passed = self.skip.min(page.batch.len());
            self.skip -= passed;
            for (position, row) in page.batch.rows().enumerate().skip(passed) {
                if self.batch.len() == self.request.page_size {
                    return Ok(Some(self.token(page.place, position)));
                }
                self.batch.push_row(row);
                if self.request.plan.stop_after_match {
                    return Ok(None);
                }
            }
            // What a token skips lies in its own page only.
            if self.request.token.is_some() {
                self.skip = 0;
            }
            let full = self.batch.len() == self.request.page_size;
            if full && self.request.plan.residual.is_none() {
                return Ok(walk.place().await?.map(|place| self.token(place, 0)));
            }
        }
    }

    fn token(&self, place: Place, offset: usize) -> Token {
        Token::new(&self.request.list, self.vendor_page, place, offset)
    }
}

async fn count(request: &ListRequest<'_>) -> Result<usize, Failure> {
    let mut walk = Walk::new(request.vendor.clone(), request.plan.clone(), None, None);
    let mut total = 0;
    while let Some(page) = walk.next().await? {
        within_cap(walk.rows_read)?;
        total += page.batch.len();
    }
    Ok(total)
}

pub(super) fn within_cap(rows_read: usize) -> Result<(), Failure> {
    if rows_read > MAX_ROWS {
        return Err(Failure::bad_request(format!("More than {MAX_ROWS} rows would have to be read; use a bulk query")));
    }
    Ok(())
}
