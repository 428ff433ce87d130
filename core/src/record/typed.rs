//! Columns from JSON values.

use std::borrow::Cow;

use serde::Deserialize;

use super::check::{check, compact};
use super::{Batch, Kind, Value, parse_iso};

impl Batch {
    /// Sets a column of the last row to a JSON value. Texts are those of the value; dates are parsed as ISO 8601; JSON
    /// columns have any value, without white space between its tokens. Null changes nothing.
    ///
    /// Returns whether the column can have the value. Elements report one that it cannot as
    /// [`anomaly::invalid`](crate::element::anomaly::invalid).
    #[must_use]
    pub fn set_last_json(&mut self, column: usize, json: &str) -> bool {
        json.trim_ascii() == "null" || self.set_typed(column, json).is_some()
    }

    fn set_typed(&mut self, column: usize, json: &str) -> Option<()> {
        let value = json.trim_ascii();
        match self.schema().columns()[column].kind {
            Kind::Bool => self.set_last(column, Value::Bool(value.parse().ok()?)),
            Kind::Id | Kind::Int => self.set_last(column, Value::Int(value.parse().ok()?)),
            Kind::Float => self.set_last(column, Value::Float(serde_json::from_str(value).ok()?)),
            Kind::Text => self.set_last(column, Value::Text(&text(value)?)),
            Kind::Date => self.set_last(column, Value::Date(parse_iso(&text(value)?)?)),
            Kind::Json if check(value).ok()? => self.set_last(column, Value::Json(value)),
            Kind::Json => {
                let mut compacted = String::with_capacity(value.len());
                compact(value, &mut compacted);
                self.set_last(column, Value::Json(&compacted));
            }
        }
        Some(())
    }
}

/// Returns the text of a JSON string, borrowed if it has no escapes.
fn text(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Borrowed<'_>>(json).ok().map(|text| text.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::{Column, Schema};

    #[test]
    fn values_keep_their_type_or_are_refused() {
        let kinds = [Kind::Text, Kind::Int, Kind::Float, Kind::Bool, Kind::Date, Kind::Json];
        let column = |(number, kind): (usize, Kind)| Column { name: number.to_string().into(), kind };
        let mut batch = Batch::new(Arc::new(Schema::new(kinds.into_iter().enumerate().map(column))));
        let good = [r#" "\u00e4/1" "#, "9007199254740993", "1e2", "false", r#""1970-01-02""#, r#"[ 1.50 , "a b" ]"#];
        batch.push_null_row();
        assert!(good.iter().enumerate().all(|(column, json)| batch.set_last_json(column, json)));
        batch.push_null_row();
        for bad in [["7", "1.5", r#""1""#, r#""true""#, r#""soon""#, "["], ["{}", "true", "[]", "1", "0", ""]] {
            assert!(!bad.iter().enumerate().any(|(column, json)| batch.set_last_json(column, json)), "{bad:?}");
        }
        assert!((0..kinds.len()).all(|column| batch.set_last_json(column, "null")));
        let expected = [
            Value::Text("ä/1"),
            Value::Int(9_007_199_254_740_993),
            Value::Float(100.0),
            Value::Bool(false),
            Value::Date(86_400),
            Value::Json(r#"[1.50,"a b"]"#),
        ];
        assert_eq!(batch.row(0).values().collect::<Vec<_>>(), expected);
        assert!(batch.row(1).values().all(|value| value == Value::Null));
    }
}
