//! Conversion of JSON records to rows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use elementkit::element::Text;
use elementkit::record::{Batch, Kind, Value, parse_iso};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Column with the members that have no column of their own.
pub(crate) const CUSTOM: &str = "custom";

/// Appends a record. A value that its column cannot have becomes null, with a warning.
pub(crate) fn push(batch: &mut Batch, record: &str, warnings: &mut Vec<Text>) -> Result<(), String> {
    let members: BTreeMap<String, &RawValue> =
        serde_json::from_str(record).map_err(|error| format!("a record is not an object: {error}"))?;
    let schema = Arc::clone(batch.schema());
    batch.push_null_row();
    let mut custom = String::new();
    for (name, value) in &members {
        match schema.position(name) {
            Some(column) => {
                let kind = schema.columns()[column].kind;
                if set(batch, column, kind, value.get()).is_none() {
                    warnings.push(warning(kind));
                }
            }
            None => {
                custom.push(if custom.is_empty() { '{' } else { ',' });
                custom.push_str(&serde_json::Value::from(name.as_str()).to_string());
                custom.push(':');
                compact(value.get(), &mut custom);
            }
        }
    }
    if let Some(column) = schema.position(CUSTOM).filter(|_| !custom.is_empty()) {
        custom.push('}');
        batch.set_last(column, Value::Json(&custom));
    }
    if schema.position("id").is_some_and(|id| batch.last(id) == Value::Null) {
        warnings.push("missing-id".into());
    }
    Ok(())
}

/// Sets a column of the last row. Returns `None` if it cannot have the value.
fn set(batch: &mut Batch, column: usize, kind: Kind, json: &str) -> Option<()> {
    if json == "null" {
        return Some(());
    }
    match kind {
        Kind::Bool => batch.set_last(column, Value::Bool(json.parse().ok()?)),
        Kind::Id | Kind::Int => batch.set_last(column, Value::Int(json.parse().ok()?)),
        Kind::Float => batch.set_last(column, Value::Float(serde_json::from_str(json).ok()?)),
        Kind::Text => batch.set_last(column, Value::Text(&text(json)?)),
        Kind::Date => batch.set_last(column, Value::Date(parse_iso(&text(json)?)?)),
        Kind::Json => {
            let mut text = String::with_capacity(json.len());
            compact(json, &mut text);
            batch.set_last(column, Value::Json(&text));
        }
    }
    Some(())
}

fn warning(kind: Kind) -> Text {
    Cow::Borrowed(match kind {
        Kind::Id | Kind::Int => "invalid-integer",
        Kind::Float => "invalid-number",
        Kind::Bool => "invalid-boolean",
        Kind::Date => "invalid-date",
        Kind::Text | Kind::Json => "invalid-text",
    })
}

/// Returns the text of a JSON text, borrowed if it has no escapes.
fn text(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Borrowed<'_>>(json).ok().map(|text| text.0)
}

/// Appends JSON without the white space between its tokens.
fn compact(json: &str, out: &mut String) {
    let (mut in_text, mut escaped) = (false, false);
    for char in json.chars() {
        if in_text || !matches!(char, ' ' | '\t' | '\n' | '\r') {
            out.push(char);
        }
        if char == '"' && !escaped {
            in_text = !in_text;
        }
        escaped = in_text && char == '\\' && !escaped;
    }
}

#[cfg(test)]
mod tests {
    use elementkit::record::{Column, Schema};

    use super::*;

    #[test]
    fn white_space_between_tokens_goes() {
        let mut out = String::new();
        compact("{ \"a b\" : [ 1 ,\n\"c \\\" d\\\\\" , {} ] }", &mut out);
        assert_eq!(out, "{\"a b\":[1,\"c \\\" d\\\\\",{}]}");
    }

    #[test]
    fn values_keep_their_type_or_become_null() {
        let kinds = [("id", Kind::Text), ("n", Kind::Int), ("f", Kind::Float), ("b", Kind::Bool), ("d", Kind::Date)];
        let columns = kinds.into_iter().chain([("j", Kind::Json), (CUSTOM, Kind::Json)]);
        let schema = Schema::new(columns.map(|(name, kind)| Column { name: name.into(), kind }));
        let (mut batch, mut warnings) = (Batch::new(Arc::new(schema)), Vec::new());
        let whole = r#"{"id": "\u00e4/1", "n": 9007199254740993, "f": 1e2, "b": false, "d": "1970-01-02", "j": [1, 2], "x": {"y": 1.50}}"#;
        push(&mut batch, whole, &mut warnings).unwrap();
        push(&mut batch, r#"{"id": 7, "n": 1.5, "f": "1", "b": "true", "d": "soon"}"#, &mut warnings).unwrap();
        let expected = [
            Value::Text("ä/1"),
            Value::Int(9_007_199_254_740_993),
            Value::Float(100.0),
            Value::Bool(false),
            Value::Date(86_400),
            Value::Json("[1,2]"),
            Value::Json(r#"{"x":{"y":1.50}}"#),
        ];
        assert_eq!(batch.row(0).values().collect::<Vec<_>>(), expected);
        assert!(batch.row(1).values().all(|value| value == Value::Null));
        let codes =
            ["invalid-boolean", "invalid-date", "invalid-number", "invalid-text", "invalid-integer", "missing-id"];
        assert_eq!(warnings, codes);
        assert!(push(&mut batch, "[]", &mut warnings).is_err());
    }
}
