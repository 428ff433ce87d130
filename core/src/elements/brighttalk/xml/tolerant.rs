//! Parsing of assumed structures (spec BT 1.13): elements that the table does not have are kept under `additional`.

use serde_json::{Map, Value as Json, json};

use super::layout::Columns;
use super::page::Parser;
use super::tokens::{Tag, Token, resolve};
use super::warning::{Path, Warning};
use super::{Unreadable, scalar};
use crate::record::{Value, format_seconds, parse_vendor};

/// Fields that the table does not have, in document order.
#[derive(Default)]
pub(super) struct Additional(Map<String, Json>);

/// Reads an element of a record that the table does not have.
pub(super) fn unknown<'a>(parser: &mut Parser<'a>, tag: &Tag<'a>, path: &Path<'_>) -> Result<(), Unreadable> {
    let name = tag.name.to_owned();
    let id = tag.attribute("id")?.and_then(|text| scalar::integer(text.trim()));
    let Some(text) = leaf(parser)? else {
        parser.warnings.push(Warning::new("unknown-structure", path.child(&name), ""));
        return Ok(());
    };
    let fields = &mut parser.record.additional.0;
    match (id, text.trim()) {
        (Some(id), "") => add(fields, format!("{name}Id"), json!(id)),
        (_, "") => {}
        (_, text) => add(fields, name, json!(normalized(text))),
    }
    Ok(())
}

/// Returns the text of an element, or `None` if it has nested elements.
fn leaf(parser: &mut Parser<'_>) -> Result<Option<String>, Unreadable> {
    let mut text = String::new();
    let mut nested = false;
    loop {
        match parser.token()? {
            Token::Start(_) => {
                nested = true;
                parser.skip()?;
            }
            Token::Text(part) | Token::CData(part) => text.push_str(&parser.line_ends(part)),
            Token::Reference(reference) => text.push(resolve(reference)?),
            Token::End => return Ok((!nested).then_some(text)),
            _ => {}
        }
    }
}

/// Normalizes dates and returns other strings unchanged.
fn normalized(text: &str) -> String {
    let Some(seconds) = parse_vendor(text) else { return text.to_owned() };
    let mut out = Vec::new();
    format_seconds(seconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Adds a field; a repeated field becomes an array.
fn add(fields: &mut Map<String, Json>, name: String, value: Json) {
    match fields.get_mut(&name) {
        None => {
            fields.insert(name, value);
        }
        Some(Json::Array(items)) => items.push(value),
        Some(first) => *first = Json::Array(vec![first.take(), value]),
    }
}

/// Sets `additional`, and the key of spec BT 2.3.9 if the vendor sends none, once the record is read.
pub(super) fn finish(parser: &mut Parser<'_>, columns: &Columns) {
    if let Some(column) = columns.additional
        && !parser.record.additional.0.is_empty()
    {
        let text = Json::Object(std::mem::take(&mut parser.record.additional.0)).to_string();
        parser.batch.set_last(column, Value::Json(&text));
    }
    if columns.id_is_text && parser.batch.last(columns.id) == Value::Null {
        let part = |column: Option<usize>| match column.map(|column| parser.batch.last(column)) {
            Some(Value::Int(id)) => Some(id),
            _ => None,
        };
        if let (Some(webcast), Some(user)) = (part(columns.webcast), part(columns.user)) {
            let key = format!("{webcast}-{}-{user}", part(columns.attachment).unwrap_or(0));
            parser.batch.set_last(columns.id, Value::Text(&key));
        }
    }
}
