//! The page that a request asks for, read by the parameters that the definition gives it.

use std::collections::BTreeMap;

use crate::document::{Document, Parameter, Resource};
use crate::journal::Entry;
use crate::setting;
use crate::template::captures;

/// Text behind the position in a cursor, so that a cursor that is not encoded properly is seen.
const TAIL: &str = "|+/=&\u{e4} %41";
/// Records of a page if the request does not say.
const DEFAULT: usize = 10;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub start: usize,
    pub size: usize,
    /// Whether the vendor gives a cursor with it.
    pub by_cursor: bool,
    /// Number of the page, from 1.
    pub page: u64,
}

/// Types of paging (spec E 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers from this one on.
    Page(i64),
    /// Positions, shifted by this.
    Offset(i64),
    /// Cursors.
    Cursor,
}

/// Returns the type of paging of an element.
pub fn kind(document: &Document, configuration: &BTreeMap<String, String>) -> Kind {
    let value = |key: &str| setting::value(document, configuration, key);
    let word = value("pagination.type").unwrap_or_default().to_lowercase().replace(' ', "");
    let start = value("pagination.page.startindex").and_then(|text| text.trim().parse::<i64>().ok());
    match word.as_str() {
        "page0" | "pagestartswith0" => Kind::Page(start.unwrap_or(0)),
        "offset" => Kind::Offset(start.unwrap_or(0)),
        "cursor" => Kind::Cursor,
        _ => Kind::Page(start.unwrap_or(1)),
    }
}

/// Returns whether a value of this parameter reaches the vendor.
pub fn goes_out(resource: &Resource, parameter: &Parameter) -> bool {
    match parameter.to.as_str() {
        "query" | "header" | "form" | "bodyField" | "path" => true,
        "bodyToken" => {
            let token = format!("{{{}}}", parameter.vendor_name);
            resource.parameters.iter().any(|literal| literal.is_literal() && literal.name.contains(&token))
        }
        _ => false,
    }
}

/// Returns the cursor of a position.
pub fn cursor(start: usize) -> String {
    format!("{start}{TAIL}")
}

/// Returns the requested part of a list, or why there is none.
pub(crate) fn slice(
    document: &Document,
    configuration: &BTreeMap<String, String>,
    resource: &Resource,
    entry: &Entry,
) -> Result<Slice, String> {
    let kind = kind(document, configuration);
    let outgoing = |name: &str| resource.parameter(name).filter(|parameter| goes_out(resource, parameter));
    let next = outgoing("nextPage").or_else(|| outgoing("page").filter(|_| kind == Kind::Cursor));
    let size = outgoing("pageSize").and_then(|parameter| sent(resource, parameter, entry));
    let size = match size {
        Some(text) => Some(text.parse::<usize>().map_err(|_| format!("the size {text:?} is no number"))?),
        None => None,
    };
    if let Some(parameter) = next {
        let start = match sent(resource, parameter, entry).filter(|text| !text.is_empty()) {
            None => 0,
            Some(text) => {
                let start = text.strip_suffix(TAIL).and_then(|start| start.parse().ok());
                start.ok_or_else(|| format!("the cursor {text:?} is unknown"))?
            }
        };
        let size = size.unwrap_or(DEFAULT);
        return Ok(Slice { start, size, by_cursor: true, page: (start / size.max(1)) as u64 + 1 });
    }
    let Some(parameter) = outgoing("page") else {
        let start_only = size.unwrap_or(usize::MAX);
        return Ok(Slice { start: 0, size: start_only, by_cursor: kind == Kind::Cursor, page: 1 });
    };
    let size = size.unwrap_or(DEFAULT);
    let text = sent(resource, parameter, entry).ok_or_else(|| "the number of the page is missing".to_owned())?;
    let number = text.parse::<i64>().map_err(|_| format!("the page {text:?} is no number"))?;
    let start = match kind {
        Kind::Page(first) => (number - first) * size as i64,
        Kind::Offset(shift) => number - shift,
        Kind::Cursor => 0,
    };
    let start = usize::try_from(start).map_err(|_| format!("there is no page {number}"))?;
    Ok(Slice { start, size, by_cursor: false, page: (start / size.max(1)) as u64 + 1 })
}

/// Returns the value of a parameter in a request.
pub(crate) fn sent(resource: &Resource, parameter: &Parameter, entry: &Entry) -> Option<String> {
    let given = entry.parameters();
    let named = |name: &str| given.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    match parameter.to.as_str() {
        "query" => named(&parameter.vendor_name),
        "header" => entry.header(&parameter.vendor_name.to_ascii_lowercase()).map(str::to_owned),
        "bodyField" => {
            let body = serde_json::from_str::<serde_json::Value>(&entry.body).ok()?;
            let value =
                resource.request_root.as_deref().and_then(|root| crate::dotted::get(&body, root)).unwrap_or(&body);
            let value = crate::dotted::get(value, &parameter.vendor_name)?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
        "form" => {
            let fields = crate::journal::parameters(&entry.body.replace('+', "%20"));
            fields.into_iter().find(|(name, _)| *name == parameter.vendor_name).map(|(_, value)| value)
        }
        "bodyToken" => resource.parameters.iter().filter(|literal| literal.is_literal()).find_map(|literal| {
            let text = match literal.to.as_str() {
                "query" => named(&literal.vendor_name)?,
                _ => entry.body.clone(),
            };
            let found = captures(&literal.name, &text, &|_| true)?;
            found.into_iter().find(|(name, _)| *name == parameter.vendor_name).map(|(_, value)| value)
        }),
        _ => None,
    }
}
