//! A list in an order that the vendor does not support: read completely, sorted and cut (spec P 7.5).

use std::sync::Arc;

use super::page::{ListPage, ListRequest, Unread, within_cap};
use super::token::Token;
use super::walk::{ReadPosition, Walk};
use crate::query::{RowOrder, SortKey, compare_rows};
use crate::record::Batch;

pub(super) async fn read(request: &ListRequest<'_>, token: Option<&Token>) -> Result<ListPage, Unread> {
    let skip = token.map_or((request.page - 1).saturating_mul(request.page_size), |token| token.offset);
    let (whole, mut page) = read_whole(request).await?;
    if page.whole.is_some() {
        return Ok(page);
    }
    let order = sorted_positions(request, &whole);
    let end = skip.saturating_add(request.page_size).min(order.len());
    for &position in order.get(skip..end).unwrap_or_default() {
        page.batch.push_row(whole.row(position));
    }
    page.next = (end < order.len()).then(|| Token::new(&request.list, 0, ReadPosition::default(), end));
    page.total = request.count.then_some(order.len());
    Ok(page)
}

/// Returns all rows, and a page without any: with the answer if it is no list.
async fn read_whole(request: &ListRequest<'_>) -> Result<(Batch, ListPage), Unread> {
    let mut walk = Walk::new(request.reader.clone(), Arc::clone(&request.plan), None, None);
    walk.unseen = request.look_for.clone();
    let empty = || Batch::new(Arc::clone(&request.plan.schema));
    let (mut whole, mut page) = (empty(), ListPage::of(empty()));
    while let Some(read) = walk.next().await? {
        within_cap(walk.rows_read)?;
        if read.whole.is_some() {
            page.whole = read.whole;
            return Ok((whole, page));
        }
        page.warnings.extend(read.warnings);
        read.batch.rows().for_each(|row| whole.push_row(row));
    }
    page.unseen = walk.unseen;
    Ok((whole, page))
}

/// Returns the positions of the rows in order; equal rows keep their order.
fn sorted_positions(request: &ListRequest<'_>, whole: &Batch) -> Vec<usize> {
    let order = RowOrder::compile(&request.order_by, whole.schema());
    let mut rows: Vec<(Vec<SortKey<'_>>, usize)> =
        (0..whole.len()).map(|position| (order.keys(whole.row(position)), position)).collect();
    rows.sort_by(|(left, _), (right, _)| compare_rows(&request.order_by, left, right));
    rows.into_iter().map(|(_, position)| position).collect()
}
