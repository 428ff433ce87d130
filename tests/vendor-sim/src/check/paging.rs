//! The page that a call asks the vendor for (spec E 6).

use std::collections::BTreeMap;

use serde_json::Value;

use super::Context;
use crate::document::{Document, Resource};
use crate::page::{Kind, kind};
use crate::setting;

/// The page that a caller asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Number, from 1.
    pub page: u64,
    /// Size; 0 for none given.
    pub size: u64,
    /// Cursor, for pages after the first.
    pub cursor: Option<String>,
}

/// The side that cuts a list into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The vendor, by number or position.
    Pages,
    /// The vendor, by cursor.
    Cursors,
    /// The engine (spec E 6.14).
    Here,
    /// The engine, of an answer with all records up to the page (spec E 6.15).
    UpTo,
    /// Neither of both (spec E 6.16).
    Never,
}

/// Returns who cuts the list of a resource.
pub fn reading(document: &Document, configuration: &BTreeMap<String, String>, resource: &Resource) -> Reading {
    let has = |name: &str| resource.parameter(name).is_some();
    let by_cursor = kind(document, configuration) == Kind::Cursor;
    match resource.pagination.as_str() {
        "NO_PAGINATION" => return Reading::Never,
        "VENDOR_NOT_SUPPORTED" => return Reading::Here,
        _ => {}
    }
    match (has("page"), has("pageSize"), has("nextPage")) {
        (_, _, true) => Reading::Cursors,
        (true, _, _) if by_cursor => Reading::Cursors,
        (true, _, _) => Reading::Pages,
        (false, true, _) => Reading::UpTo,
        (false, false, _) => Reading::Here,
    }
}

fn limit(document: &Document, configuration: &BTreeMap<String, String>, name: &str) -> Option<u64> {
    let text = setting::value(document, configuration, "pagination")?;
    let value: Value = serde_json::from_str(text).ok()?;
    super::plain(value.get(name)?).parse().ok()
}

/// Returns the largest page (spec E 6.2).
pub fn largest(document: &Document, configuration: &BTreeMap<String, String>) -> u64 {
    let plain = || setting::value(document, configuration, "pagination.max").and_then(|text| text.trim().parse().ok());
    limit(document, configuration, "maxPageSize").or_else(plain).unwrap_or(1000)
}

fn usual(document: &Document, configuration: &BTreeMap<String, String>) -> u64 {
    let largest = largest(document, configuration);
    limit(document, configuration, "defaultPageSize").unwrap_or(200).min(largest)
}

/// Returns the value of a parameter of paging, or nothing for another parameter.
pub(super) fn value(context: &Context<'_>, name: &str) -> Option<Option<Value>> {
    let Context { document, configuration, resource, call } = context;
    if resource.method != "GET" || !matches!(name, "page" | "pageSize" | "nextPage") {
        return None;
    }
    let asked = &call.asked;
    let largest = largest(document, configuration);
    let size = if asked.size == 0 { usual(document, configuration) } else { asked.size.min(largest) };
    let reading = reading(document, configuration, resource);
    let (page, size) = match reading {
        Reading::Here | Reading::Never => (1, largest),
        Reading::UpTo => (1, (asked.page.max(1) * size).min(largest)),
        Reading::Pages | Reading::Cursors => (asked.page.max(1), size),
    };
    let value = match name {
        "pageSize" => Some(Value::from(size)),
        "nextPage" => asked.cursor.clone().map(Value::from),
        _ if reading == Reading::Cursors && resource.parameter("nextPage").is_some() => None,
        _ => match kind(document, configuration) {
            Kind::Page(first) => Some(Value::from(page as i64 - 1 + first)),
            Kind::Offset(shift) => Some(Value::from((page as i64 - 1) * size as i64 + shift)),
            Kind::Cursor => asked.cursor.clone().map(Value::from),
        },
    };
    Some(value)
}
