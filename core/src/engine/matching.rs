//! `where` on lists in memory, such as accounts and users (spec P 11).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value as Json;

use super::call::Call;
use super::failure::Failure;
use crate::query::{Filter, parse_where};
use crate::record::{Batch, Column, Kind, Schema, Value, parse_iso};

/// Returns the items that match the call's `where`; `columns` lists the names it may use.
pub(crate) fn matching(call: &Call, items: Vec<Json>, columns: &[(&'static str, Kind)]) -> Result<Vec<Json>, Failure> {
    let wrong = |error: crate::query::ParseError| Failure::bad_request(error.to_string());
    let Some(condition) = parse_where(call.query.get("where").unwrap_or_default()).map_err(wrong)? else {
        return Ok(items);
    };
    let columns = columns.iter().map(|(name, kind)| Column { name: Cow::Borrowed(name), kind: *kind });
    let schema = Arc::new(Schema::new(columns));
    let filter = Filter::compile(&condition, &schema);
    let mut batch = Batch::new(Arc::clone(&schema));
    for item in &items {
        batch.push_null_row();
        for (position, column) in schema.columns().iter().enumerate() {
            batch.set_last(position, value(column.kind, &item[column.name.as_ref()]));
        }
    }
    let kept: Vec<bool> = batch.rows().map(|row| filter.matches(row)).collect();
    Ok(items.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(item, _)| item).collect())
}

fn value(kind: Kind, json: &Json) -> Value<'_> {
    match json {
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number.as_i64().map_or(Value::Null, Value::Int),
        Json::String(text) if kind == Kind::Date => parse_iso(text).map_or(Value::Null, Value::Date),
        Json::String(text) => Value::Text(text),
        _ => Value::Null,
    }
}
