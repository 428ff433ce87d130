//! `orderBy` (spec P 7.5): nulls last in both directions, numbers by value, dates by time, else by code point.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;

use super::Field;
use super::field_path::{FieldPaths, First};
use crate::record::reader::string_of;
use crate::record::{Row, Schema, Value};

/// A field to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// The field.
    pub field: Field,
    /// Whether the order is descending.
    pub descending: bool,
}

/// Sort key of one row for one field.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey<'a> {
    /// A decimal number.
    Number(f64),
    /// A whole number, date or boolean, exact.
    Whole(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// Absent; sorted last.
    Null,
}

/// Fields to sort by, resolved for the rows of one schema.
#[derive(Clone, Debug)]
pub struct RowOrder {
    count: usize,
    fields: FieldPaths,
}

impl RowOrder {
    /// Resolves the fields. Every name that a schema has as a whole is that of the column.
    pub fn compile(order: &[OrderBy], schema: &Schema) -> Self {
        let mut fields = FieldPaths::new(schema);
        for OrderBy { field, .. } in order {
            fields.add(
                &Field { quoted: field.quoted || schema.position(&field.name).is_some(), ..field.clone() },
                schema,
            );
        }
        Self { count: order.len(), fields }
    }

    /// Returns the keys of a row, one for each field.
    pub fn keys<'a>(&self, row: Row<'a>) -> Vec<SortKey<'a>> {
        if self.count == 0 {
            return Vec::new();
        }
        let values = self.fields.values(row);
        let key = |field| match self.fields.first(field, &values) {
            First::Value(value) => value.into(),
            First::Json(text) => SortKey::of(text),
        };
        (0..self.count).map(key).collect()
    }
}

impl OrderBy {
    /// Compares two keys of this field.
    pub fn compare(&self, left: &SortKey<'_>, right: &SortKey<'_>) -> Ordering {
        let order = match (left, right) {
            // Nulls are last in both directions.
            (SortKey::Null, SortKey::Null) => return Ordering::Equal,
            (SortKey::Null, _) => return Ordering::Greater,
            (_, SortKey::Null) => return Ordering::Less,
            (SortKey::Whole(left), SortKey::Whole(right)) => left.cmp(right),
            (SortKey::Text(left), SortKey::Text(right)) => left.cmp(right),
            (SortKey::Number(left), SortKey::Number(right)) => left.total_cmp(right),
            (left, right) => match (left.number(), right.number()) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                (left, right) => left.is_none().cmp(&right.is_none()),
            },
        };
        if self.descending { order.reverse() } else { order }
    }
}

/// Compares two rows by the first field in which their keys differ.
pub fn compare_rows<'a, Key: Borrow<SortKey<'a>>>(
    order: &[OrderBy],
    left: impl IntoIterator<Item = Key>,
    right: impl IntoIterator<Item = Key>,
) -> Ordering {
    let keys = order.iter().zip(left.into_iter().zip(right));
    let mut fields = keys.map(|(order, (left, right))| order.compare(left.borrow(), right.borrow()));
    fields.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

impl<'a> From<Value<'a>> for SortKey<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Null | Value::Json(_) => Self::Null,
            Value::Bool(value) => Self::Whole(i64::from(value)),
            Value::Int(value) | Value::Date(value) => Self::Whole(value),
            Value::Float(value) => Self::Number(value),
            Value::Text(text) => Self::Text(text.into()),
        }
    }
}

impl<'a> SortKey<'a> {
    /// Returns the value in which the key is stored; [`From`] restores the key.
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Whole(whole) => Value::Int(*whole),
            Self::Number(number) => Value::Float(*number),
            Self::Text(text) => Value::Text(text),
        }
    }

    fn of(text: &'a str) -> Self {
        if let Some(text) = string_of(text) {
            return Self::Text(text);
        }
        match (text, text.parse(), text.parse()) {
            ("true" | "false", _, _) => Self::Whole(i64::from(text == "true")),
            (_, Ok(whole), _) => Self::Whole(whole),
            (_, _, Ok(float)) => Self::Number(float),
            _ => Self::Null,
        }
    }

    /// Returns the key as a number. Values below a JSON column may mix types, and numbers sort before strings.
    #[allow(clippy::cast_precision_loss)]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Null => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::super::parse_order_by;
    use super::*;
    use crate::record::{Batch, Column, Kind, Schema};

    #[test]
    fn rows_are_sorted_below_columns_too() {
        let column = |name, kind| Column { name: Cow::Borrowed(name), kind };
        let schema = Schema::new([column("id", Kind::Id), column("user", Kind::Json)]);
        let mut batch = Batch::new(Arc::new(schema));
        let users = [r#"{"list":[{"n":"b"}]}"#, r#"{"list":[]}"#, r#"{"list":[{"n":2.5}]}"#, r#"{"list":[{"n":10}]}"#];
        for (id, user) in (0..).zip(users) {
            batch.push_null_row();
            batch.set_last(0, Value::Int(id));
            batch.set_last(1, Value::Json(user));
        }
        let mut documents = Batch::new(Schema::documents());
        batch.rows().for_each(|row| documents.push_document(&row.to_json().to_string()).expect("JSON"));
        for (text, wanted) in [("user.list.n", [2, 3, 0, 1]), ("user.list[*].n desc", [0, 3, 2, 1])] {
            let order = parse_order_by(text).expect("valid");
            let mut rows: Vec<usize> = (0..4).collect();
            let compiled = RowOrder::compile(&order, batch.schema());
            let keys = |row: &usize| compiled.keys(batch.row(*row));
            rows.sort_by(|left, right| compare_rows(&order, keys(left), keys(right)));
            assert_eq!(rows, wanted, "{text}");
            let compiled = RowOrder::compile(&order, documents.schema());
            let keys = |row: &usize| compiled.keys(documents.row(*row));
            rows.sort_by(|left, right| compare_rows(&order, keys(left), keys(right)));
            assert_eq!(rows, wanted, "{text} of documents");
        }
    }
}
