//! `orderBy` (spec P 7.5): nulls last in both directions, numbers by value, dates by time, else by code point.

use std::cmp::Ordering;

use super::Field;
use crate::record::{Row, Value};

/// One field to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// The field.
    pub field: Field,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// What one row is sorted by in one field.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// A number, date or truth value.
    Number(f64),
    /// A whole number or date, exactly.
    Whole(i64),
    /// Text.
    Text(String),
    /// Nothing; last.
    Null,
}

impl OrderBy {
    /// The key of a row.
    pub fn key(&self, row: Row<'_>) -> SortKey {
        match row.field(&self.field.name) {
            Value::Null => SortKey::Null,
            Value::Bool(value) => SortKey::Whole(i64::from(value)),
            Value::Int(value) | Value::Date(value) => SortKey::Whole(value),
            Value::Float(value) => SortKey::Number(value),
            Value::Text(text) | Value::Json(text) => SortKey::Text(text.to_owned()),
        }
    }

    /// How two keys of this field stand to each other.
    pub fn compare(&self, left: &SortKey, right: &SortKey) -> Ordering {
        let order = match (left, right) {
            // Nulls are last whatever the direction.
            (SortKey::Null, SortKey::Null) => return Ordering::Equal,
            (SortKey::Null, _) => return Ordering::Greater,
            (_, SortKey::Null) => return Ordering::Less,
            (SortKey::Whole(left), SortKey::Whole(right)) => left.cmp(right),
            (SortKey::Text(left), SortKey::Text(right)) => left.cmp(right),
            (SortKey::Number(left), SortKey::Number(right)) => left.total_cmp(right),
            (left, right) => left.rank().cmp(&right.rank()),
        };
        if self.descending { order.reverse() } else { order }
    }
}

impl SortKey {
    /// A column has one type, so keys of different kinds do not meet in practice.
    fn rank(&self) -> u8 {
        match self {
            Self::Whole(_) | Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Null => 2,
        }
    }
}
