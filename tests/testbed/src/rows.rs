//! Conversion of JSON records to rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use elementkit::element::{Text, anomaly};
use elementkit::record::{Batch, Value};
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
                if !batch.set_last_json(column, value.get()) {
                    warnings.push(anomaly::invalid(schema.columns()[column].kind).into());
                }
            }
            None => {
                custom.push(if custom.is_empty() { '{' } else { ',' });
                custom.push_str(&serde_json::Value::from(name.as_str()).to_string());
                custom.push(':');
                custom.push_str(value.get());
            }
        }
    }
    if let Some(column) = schema.position(CUSTOM).filter(|_| !custom.is_empty()) {
        custom.push('}');
        if !batch.set_last_json(column, &custom) {
            return Err("the own members of a record cannot be read".to_owned());
        }
    }
    if schema.position("id").is_some_and(|id| batch.last(id) == Value::Null) {
        warnings.push(anomaly::MISSING_ID.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use elementkit::record::{Column, Kind, Schema};

    use super::*;

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
