//! A list in an order that the vendor does not support: read completely, sorted and cut (spec P 7.5).

use std::sync::Arc;

use super::page::{ListPage, ListRequest, Unread, within_cap};
use super::token::Token;
use super::walk::{ReadPosition, Walk};
use crate::query::{SortKey, compare_rows};
use crate::record::Batch;

pub(super) async fn read(request: &ListRequest<'_>, token: Option<&Token>) -> Result<ListPage, Unread> {
    let skip = token.map_or((request.page - 1).saturating_mul(request.page_size), |token| token.offset);
    let whole = read_whole(request).await?;
    let order = sorted_positions(request, &whole);
    let end = skip.saturating_add(request.page_size).min(order.len());
    let mut batch = Batch::new(Arc::clone(&request.plan.schema));
    for &position in order.get(skip..end).unwrap_or_default() {
        batch.push_row(whole.row(position));
    }
    let next = (end < order.len()).then(|| Token::new(&request.list, 0, ReadPosition::default(), end));
    let next = next.map(|token| token.seal(request.instance)).transpose()?;
    Ok(ListPage { batch, next, total: request.count.then_some(order.len()) })
}

async fn read_whole(request: &ListRequest<'_>) -> Result<Batch, Unread> {
    let mut walk = Walk::new(request.reader.clone(), Arc::clone(&request.plan), None, None);
    let mut whole = Batch::new(Arc::clone(&request.plan.schema));
    while let Some(page) = walk.next().await? {
        within_cap(walk.rows_read)?;
        page.batch.rows().for_each(|row| whole.push_row(row));
    }
    Ok(whole)
}

/// Returns the positions of the rows in order; equal rows keep their order.
fn sorted_positions(request: &ListRequest<'_>, whole: &Batch) -> Vec<usize> {
    let keys = |position| request.order_by.iter().map(|order| order.key(whole.row(position))).collect();
    let mut rows: Vec<(Vec<SortKey<'_>>, usize)> =
        (0..whole.len()).map(|position| (keys(position), position)).collect();
    rows.sort_by(|(left, _), (right, _)| compare_rows(&request.order_by, left, right));
    rows.into_iter().map(|(_, position)| position).collect()
}
