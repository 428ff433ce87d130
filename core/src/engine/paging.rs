//! Pages of lists in memory: `pageSize` and `nextPage` (spec P 5.2, 11).

use serde::Serialize;

use super::call::Call;
use super::failure::Failure;
use super::reply::{Reply, names};
use crate::element::PageSizes;
use crate::warning::{Warning, WarningCode};

/// Default number of items on a page (spec P 7.4).
pub(crate) const DEFAULT_PAGE_SIZE: usize = 200;

/// Returns the number of items on a page of the platform, as [`page_size_within`].
pub(crate) fn page_size(call: &Call, default: usize) -> Result<(usize, Option<Warning>), Failure> {
    page_size_within(call, PageSizes { default, ..PageSizes::default() })
}

/// Returns the number of items on a page, with a warning if the call requests more than the maximum (spec P 7.4).
pub(crate) fn page_size_within(call: &Call, sizes: PageSizes) -> Result<(usize, Option<Warning>), Failure> {
    let PageSizes { default, smallest, largest, refuses } = sizes;
    let asked = call.query.positive("pageSize")?.unwrap_or(default);
    if refuses && !(smallest..=largest).contains(&asked) {
        return Err(Failure::bad_request(format!("pageSize must be between {smallest} and {largest}")));
    }
    let message = || format!("pageSize was reduced to its maximum of {largest}");
    let warning = || Warning::new(WarningCode::Adjusted, message()).about("pageSize");
    Ok((asked.min(largest), (asked > largest).then(warning)))
}

/// Returns the requested page of these items; the token is the number of items before the page.
pub(crate) fn page<T: Serialize>(call: &Call, items: &[T]) -> Result<Reply, Failure> {
    let before: usize = match call.query.filled("nextPage") {
        Some(token) => token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token"))?,
        None => 0,
    };
    page_from(call, items, before)
}

/// Returns the page after the given number of items.
pub(crate) fn page_from<T: Serialize>(call: &Call, items: &[T], before: usize) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let start = before.min(items.len());
    let end = start.saturating_add(page_size).min(items.len());
    let reply = Reply::json(&&items[start..end])?.header(names::RETURNED_COUNT, end - start).warn(capped);
    Ok(if end < items.len() { reply.header(names::NEXT_PAGE_TOKEN, end) } else { reply })
}
