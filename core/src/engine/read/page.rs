//! One hub page, gathered from vendor pages until it is full (spec BT 2.5).

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;

use super::gather::gather;
use super::scan::Reader;
use super::sorted;
use super::token::{List, Token, wrong};
use super::unseen::Unseen;
use super::walk::{ReadPosition, Walk};
use crate::element::{Answer, Head, Paging, ReadPlan, Text};
use crate::engine::failure::Failure;
use crate::engine::store::InstanceRow;
use crate::query::OrderBy;
use crate::record::Batch;
use crate::vendor::{VendorError, VendorErrorKind};

/// Maximum number of rows that one call reads for an order, a count or a page number (spec P 7.4).
pub(super) const MAX_ROWS: usize = 100_000;
/// Largest page that a token of the hosted platform can ask for.
const MAX_PAGE: usize = 5000;

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
    /// Fields to look for in the records.
    pub look_for: Unseen,
    /// List that tokens are bound to.
    pub list: List,
    /// Time limit of the call.
    pub time_limit: Duration,
}

/// Page of a list.
pub(crate) struct ListPage {
    pub batch: Batch,
    /// Start of the next page.
    pub next: Option<Token>,
    pub total: Option<usize>,
    /// Answer that is no list, instead of the rows.
    pub whole: Option<Answer>,
    /// Codes of anomalies.
    pub warnings: Vec<Text>,
    /// Head of the vendor's last answer.
    pub head: Head,
    /// Fields that no record has.
    pub unseen: Unseen,
}

impl ListPage {
    /// Creates a page with these rows and nothing else.
    pub(super) fn of(batch: Batch) -> Self {
        Self {
            batch,
            next: None,
            total: None,
            whole: None,
            warnings: Vec::new(),
            head: Head::default(),
            unseen: Unseen::default(),
        }
    }
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

/// Reads the page of a list that is requested.
pub(crate) async fn read_list(request: &mut ListRequest<'_>) -> Result<ListPage, Failure> {
    let token = request.opened()?;
    read_in_time(request, token.as_ref()).await
}

/// Reads the page of the same list that begins at a token.
pub(crate) async fn read_next(request: &mut ListRequest<'_>, token: &Token) -> Result<ListPage, Failure> {
    request.page = 1;
    read_in_time(request, Some(token)).await
}

async fn read_in_time(request: &mut ListRequest<'_>, token: Option<&Token>) -> Result<ListPage, Failure> {
    let started = Instant::now();
    request.reader.context = request.reader.context.clone().until(started + request.time_limit);
    match tokio::time::timeout(request.time_limit, read(request, token, started)).await {
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
async fn read(request: &ListRequest<'_>, token: Option<&Token>, started: Instant) -> Result<ListPage, Unread> {
    let refused = |error: &VendorError| error.kind == VendorErrorKind::CursorRejected;
    match read_once(request, token, started).await {
        Err(Unread::Vendor(error)) if refused(&error) => read_once(request, token, started).await,
        outcome => outcome,
    }
}

async fn read_once(request: &ListRequest<'_>, token: Option<&Token>, started: Instant) -> Result<ListPage, Unread> {
    match request.order_by.is_empty() {
        true => gather(request, token, started).await,
        false => sorted::read(request, token).await,
    }
}

/// Token of the hosted platform: Base64 of this JSON (spec E 6.27).
#[derive(Deserialize)]
struct HostedToken {
    page: usize,
    #[serde(rename = "pageSize")]
    page_size: Option<usize>,
}

impl ListRequest<'_> {
    /// Opens the token of the call: one of ours, a cursor of the vendor where the list has them, else one of the hosted
    /// platform, which is a page number (spec E 6.27).
    fn opened(&mut self) -> Result<Option<Token>, Failure> {
        let Some(text) = self.token else { return Ok(None) };
        if let Some(token) = Token::open(text, self.instance, &self.list)? {
            return Ok(Some(token));
        }
        if let Some(convert) = self.plan.foreign_cursor {
            let place = ReadPosition::at(&self.plan, convert(text));
            let size = u32::try_from(self.page_size).unwrap_or(u32::MAX).min(self.plan.page_size);
            return Ok(Some(Token::new(&self.list, size, place, 0)));
        }
        let has_numbers = !matches!(self.plan.paging, Paging::Cursors | Paging::Steps);
        let hosted = STANDARD.decode(text).ok().filter(|_| has_numbers);
        let hosted: Option<HostedToken> = hosted.and_then(|json| serde_json::from_slice(&json).ok());
        let HostedToken { page, page_size } = hosted.filter(|token| token.page > 0).ok_or_else(wrong)?;
        self.page = page;
        self.page_size = page_size.filter(|size| *size > 0).map_or(self.page_size, |size| size.min(MAX_PAGE));
        self.token = None;
        Ok(None)
    }

    /// Returns whether the call may need most of the list.
    pub(super) fn reads_more_than_a_page(&self) -> bool {
        let reads_forward = self.page > 1 && self.token.is_none() && !self.jumps();
        !self.order_by.is_empty() || self.count || reads_forward
    }

    /// Returns whether the page is read directly by its number.
    pub(super) fn jumps(&self) -> bool {
        let has_numbers = matches!(self.plan.paging, Paging::Numbered | Paging::Uncut);
        has_numbers && self.page > 1 && self.token.is_none() && self.filters_nothing()
    }

    /// Returns whether the vendor's records are returned as they come.
    pub(super) fn filters_nothing(&self) -> bool {
        self.plan.residual.is_none() && self.order_by.is_empty()
    }
}

pub(super) fn within_cap(rows_read: usize) -> Result<(), Failure> {
    if rows_read > MAX_ROWS {
        return Err(Failure::bad_request(format!("More than {MAX_ROWS} rows would have to be read; use a bulk query")));
    }
    Ok(())
}
