//! A list in an order that the vendor does not support: read completely, sorted and cut (spec P 7.5).

use std::sync::Arc;

use super::page::{ListPage, ListRequest, Unread, within_cap};
use super::token::Token;
use super::walk::{ReadPosition, Walk};
use crate::element::{Answer, Head, Text};
use crate::query::{RowOrder, SortKey, compare_rows};
use crate::record::Batch;

pub(super) async fn read(request: &ListRequest<'_>, token: Option<&Token>) -> Result<ListPage, Unread> {
    let skip = token.map_or((request.page - 1).saturating_mul(request.page_size), |token| token.offset);
    let (whole, warnings) = match read_whole(request).await? {
        Whole::List(batch, warnings) => (batch, warnings),
        Whole::Other(answer) => {
            let batch = Batch::new(Arc::clone(&request.plan.schema));
            return Ok(ListPage {
                batch,
                next: None,
                total: None,
                whole: Some(answer),
                warnings: Vec::new(),
                head: Head::default(),
            });
        }
    };
    let order = sorted_positions(request, &whole);
    let end = skip.saturating_add(request.page_size).min(order.len());
    let mut batch = Batch::new(Arc::clone(&request.plan.schema));
    for &position in order.get(skip..end).unwrap_or_default() {
        batch.push_row(whole.row(position));
    }
    let next = (end < order.len()).then(|| Token::new(&request.list, 0, ReadPosition::default(), end));
    let next = next.map(|token| token.seal(request.instance)).transpose()?;
    let total = request.count.then_some(order.len());
    Ok(ListPage { batch, next, total, whole: None, warnings, head: Head::default() })
}

/// Answer of the vendor, read to its end.
enum Whole {
    /// All records of a list, and codes of anomalies.
    List(Batch, Vec<Text>),
    /// No list.
    Other(Answer),
}

async fn read_whole(request: &ListRequest<'_>) -> Result<Whole, Unread> {
    let mut walk = Walk::new(request.reader.clone(), Arc::clone(&request.plan), None, None);
    let mut whole = Batch::new(Arc::clone(&request.plan.schema));
    let mut warnings = Vec::new();
    while let Some(page) = walk.next().await? {
        within_cap(walk.rows_read)?;
        if let Some(answer) = page.whole {
            return Ok(Whole::Other(answer));
        }
        warnings.extend(page.warnings);
        page.batch.rows().for_each(|row| whole.push_row(row));
    }
    Ok(Whole::List(whole, warnings))
}

/// Returns the positions of the rows in order; equal rows keep their order.
fn sorted_positions(request: &ListRequest<'_>, whole: &Batch) -> Vec<usize> {
    let order = RowOrder::compile(&request.order_by, whole.schema());
    let mut rows: Vec<(Vec<SortKey<'_>>, usize)> =
        (0..whole.len()).map(|position| (order.keys(whole.row(position)), position)).collect();
    rows.sort_by(|(left, _), (right, _)| compare_rows(&request.order_by, left, right));
    rows.into_iter().map(|(_, position)| position).collect()
}
