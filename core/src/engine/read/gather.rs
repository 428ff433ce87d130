//! Gathers one page of a call from vendor pages (spec BT 2.5, E 6).

use std::sync::Arc;
use std::time::Instant;

use super::page::{ListPage, ListRequest, Unread, within_cap};
use super::token::{Token, expired};
use super::walk::{ReadPosition, Walk, WalkPage};
use crate::element::{Answer, Head, Paging, Text};
use crate::record::Batch;
use crate::vendor::VendorErrorKind;

pub(super) async fn gather(
    request: &ListRequest<'_>,
    token: Option<&Token>,
    started: Instant,
) -> Result<ListPage, Unread> {
    if request.plan.paging == Paging::Single && request.page > 1 {
        return Ok(Gathered::new(request, token).into_page());
    }
    let mut gathered = Gathered::new(request, token);
    let start = match token {
        Some(token) => Some(token.place()),
        None => request.jumps().then(|| ReadPosition::at(&request.plan, request.page.to_string())),
    };
    let (reader, plan) = (request.reader.clone(), Arc::clone(&request.plan));
    let mut walk = Walk::new(reader, plan, Some(gathered.vendor_page), start);
    walk.unseen = request.look_for.clone();
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
    let total = match (request.count && gathered.whole.is_none(), gathered.counts_apart) {
        (false, _) => None,
        (true, false) => Some(gathered.rows),
        (true, true) => {
            let (total, warnings) = count(request).await?;
            gathered.warnings.extend(warnings);
            Some(total)
        }
    };
    let next = gathered.next.take();
    Ok(ListPage { next, total, unseen: walk.unseen, ..gathered.into_page() })
}

/// Returns the size of the vendor's pages: that of the call if the vendor supports it, so that one page of the call takes
/// one of the vendor.
fn vendor_page_size(request: &ListRequest<'_>) -> u32 {
    let largest = request.plan.page_size;
    if !request.filters_nothing() || request.count && !request.jumps() {
        return largest;
    }
    let wanted = match request.plan.paging {
        // The beginning of the list, up to the end of the page.
        Paging::Beginning => return u32::try_from(request.end()).unwrap_or(u32::MAX).min(largest),
        Paging::Cursors if request.reads_more_than_a_page() => return largest,
        _ => request.page_size,
    };
    u32::try_from(wanted).ok().filter(|size| *size <= largest).unwrap_or(largest)
}

impl ListRequest<'_> {
    /// Returns the number of rows before the page.
    fn before(&self) -> usize {
        (self.page - 1).saturating_mul(self.page_size)
    }

    /// Returns the number of rows up to the end of the page.
    fn end(&self) -> usize {
        self.before().saturating_add(self.page_size)
    }
}

struct Gathered<'a> {
    request: &'a ListRequest<'a>,
    vendor_page: u32,
    /// Number of rows still to skip.
    skip: usize,
    /// Number of vendor pages still to skip.
    pages_to_skip: usize,
    /// Whether vendor pages are counted instead of rows, until one turns out to be the whole list.
    by_pages: bool,
    from_token: bool,
    /// Whether a count needs a walk of its own, because this one does not begin with the list.
    counts_apart: bool,
    batch: Batch,
    /// Answer that is no list.
    whole: Option<Answer>,
    /// Codes of anomalies.
    warnings: Vec<Text>,
    /// Head of the vendor's last answer.
    head: Head,
    /// Start of the next page.
    next: Option<Token>,
    /// Number of rows read so far that meet the conditions.
    rows: usize,
}

impl<'a> Gathered<'a> {
    fn new(request: &'a ListRequest<'a>, token: Option<&Token>) -> Self {
        let jumps = request.jumps();
        let is_first = request.page == 1 || token.is_some();
        let steps = request.plan.paging == Paging::Steps && !is_first && request.filters_nothing() && !request.count;
        Self {
            request,
            vendor_page: token.map_or_else(|| vendor_page_size(request), |token| token.page_size),
            // A token points into a vendor page; a page number counts rows from the beginning.
            skip: match token {
                Some(token) => token.offset,
                None if jumps || steps => 0,
                None => request.before(),
            },
            pages_to_skip: if steps { request.page - 1 } else { 0 },
            by_pages: jumps || steps,
            from_token: token.is_some(),
            counts_apart: token.is_some() || jumps,
            batch: Batch::new(Arc::clone(&request.plan.schema)),
            whole: None,
            warnings: Vec::new(),
            head: Head::default(),
            next: None,
            rows: 0,
        }
    }

    fn into_page(self) -> ListPage {
        let Self { batch, whole, warnings, head, .. } = self;
        ListPage { whole, warnings, head, ..ListPage::of(batch) }
    }

    /// Fills the page. Without a token, a count continues to the end of the list in the same walk.
    async fn fill(&mut self, walk: &mut Walk, started: Instant) -> Result<(), Unread> {
        let request = self.request;
        let counts = request.count && !self.counts_apart;
        while let Some(mut page) = walk.next().await? {
            self.warnings.append(&mut page.warnings);
            self.head = std::mem::take(&mut page.head);
            if let Some(answer) = page.whole.take() {
                self.whole = Some(answer);
                return Ok(());
            }
            if request.reads_more_than_a_page() {
                within_cap(walk.rows_read)?;
            }
            self.rows += page.batch.len();
            if self.passes(&page) {
                continue;
            }
            let is_uncut = self.is_uncut();
            let (received, is_whole_list) = (page.received, page.is_whole_list);
            let passed = self.skip.min(page.batch.len());
            // The offset of a token refers to its own vendor page only.
            self.skip = if self.from_token { 0 } else { self.skip - passed };
            let fits = is_uncut || page.batch.len() <= request.page_size;
            if self.batch.is_empty() && passed == 0 && fits && !request.plan.stop_after_match {
                // The usual case: one vendor page is one page of the call.
                self.batch = page.batch;
            } else if self.add(&page, passed) {
                return Ok(());
            }
            self.prolong(received, is_whole_list);
            if self.next.is_some() && !counts {
                return Ok(());
            }
            if !counts && (self.is_enough() || self.is_late(started)) {
                let place = walk.place().await?;
                let is_end = request.plan.paging == Paging::Single;
                let place = place.filter(|_| !is_end);
                self.next = place.map(|place| Token::new(&request.list, self.vendor_page, place, 0));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns whether a vendor page is before the page of the call. If it has the whole list, rows are counted from here
    /// on.
    fn passes(&mut self, page: &WalkPage) -> bool {
        if page.is_whole_list && std::mem::replace(&mut self.by_pages, false) {
            (self.skip, self.pages_to_skip) = (self.request.before(), 0);
        }
        let passes = self.pages_to_skip > 0;
        self.pages_to_skip = self.pages_to_skip.saturating_sub(1);
        passes
    }

    /// Returns whether a vendor page is the page of the call, of any size.
    fn is_uncut(&self) -> bool {
        matches!(self.request.plan.paging, Paging::Uncut | Paging::Single) && self.request.filters_nothing()
    }

    /// Returns whether no further vendor page belongs to the page of the call.
    fn is_enough(&self) -> bool {
        let full = self.batch.len() == self.request.page_size;
        let filters = self.request.plan.residual.is_some();
        !filters && (full || !self.request.plan.fills || self.is_uncut())
    }

    /// Sets the start of the next page of a list whose beginning is read: as long as the vendor sends all records that it
    /// is asked for, there may be more.
    fn prolong(&mut self, received: usize, is_whole_list: bool) {
        let Self { request, vendor_page, .. } = *self;
        let asked = usize::try_from(vendor_page).unwrap_or(usize::MAX);
        let may_have_more = received >= asked && vendor_page < request.plan.page_size && !is_whole_list;
        if request.plan.paging == Paging::Beginning && self.next.is_none() && may_have_more {
            let size = u32::try_from(request.page_size).unwrap_or(u32::MAX);
            let longer = vendor_page.saturating_add(size).min(request.plan.page_size);
            self.next = Some(Token::new(&request.list, longer, ReadPosition::default(), asked));
        }
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

/// Returns the number of rows that meet the conditions, and the codes of anomalies on the way.
async fn count(request: &ListRequest<'_>) -> Result<(usize, Vec<Text>), Unread> {
    let mut walk = Walk::new(request.reader.clone(), Arc::clone(&request.plan), None, None);
    let (mut total, mut warnings) = (0, Vec::new());
    while let Some(page) = walk.next().await? {
        within_cap(walk.rows_read)?;
        warnings.extend(page.warnings);
        total += page.batch.len();
        if request.plan.stop_after_match && total > 0 {
            break;
        }
    }
    Ok((total, warnings))
}
