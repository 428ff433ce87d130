//! Bounds from conditions: times, ids and other values that the vendor filters by.

use super::super::call::WebcastStatus;
use crate::query::{Literal, Operator, Test};

/// Values from the conditions that the vendor's filters or the choice of lists can use.
#[derive(Default)]
pub(super) struct Bounds {
    pub since: Option<i64>,
    pub subscribed: Option<bool>,
    pub subscribed_since: Option<i64>,
    pub unsubscribed_since: Option<i64>,
    pub updated_since: Option<i64>,
    pub expand: bool,
    pub viewed: Option<bool>,
    pub webcast_status: Option<WebcastStatus>,
    pub channels: Option<Vec<u64>>,
    pub webcast: Option<u64>,
    pub survey: Option<u64>,
    pub id: Option<u64>,
}

/// Raises a lower bound to the largest value, which is sent.
pub(super) fn raise(bound: &mut Option<i64>, value: i64) {
    *bound = (*bound).max(Some(value));
}

/// Raises the bound by `> T` and `>= T`; the vendor's bounds are exclusive, in whole seconds. A literal that is not a
/// date is not sent.
pub(super) fn raise_by(bound: &mut Option<i64>, test: &Test) {
    if let Test::Compare(operator, literal) = test
        && let Some((floor, ceil)) = literal.date_bounds()
    {
        match operator {
            Operator::Greater => raise(bound, floor),
            Operator::GreaterOrEqual => raise(bound, ceil - 1),
            _ => {}
        }
    }
}

/// Returns the ids of `= n` and `IN (…)` in ascending order; values that are not ids match nothing.
pub(super) fn ids_of(test: &Test) -> Option<Vec<u64>> {
    let members = match test {
        Test::Compare(Operator::Equal, literal) => std::slice::from_ref(literal),
        Test::In(members) => members,
        _ => return None,
    };
    let ids = members.iter().filter_map(Literal::integer).filter_map(|id| u64::try_from(id).ok());
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

pub(super) fn single(test: &Test) -> Option<u64> {
    match test {
        Test::Compare(Operator::Equal, _) => ids_of(test)?.first().copied(),
        _ => None,
    }
}

pub(super) fn restrict(channels: &mut Option<Vec<u64>>, allowed: Option<Vec<u64>>) {
    let Some(allowed) = allowed else { return };
    *channels = Some(match channels.take() {
        Some(earlier) => earlier.into_iter().filter(|id| allowed.contains(id)).collect(),
        None => allowed,
    });
}
