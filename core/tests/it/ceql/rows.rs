//! Random items, as JSON and as the rows the engine evaluates.

use std::borrow::Cow;
use std::sync::Arc;

use elementkit::record::{Batch, Column, Kind, Schema, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Returns an item as a batch of one row. Strings of the field `when` are dates; nested values are JSON.
pub fn batch(item: &Json) -> Batch {
    let members = item.as_object().unwrap();
    let kind = |name: &str, value: &Json| match value {
        Json::String(_) if name == "when" => Kind::Date,
        Json::Bool(_) => Kind::Bool,
        Json::Number(number) if number.is_i64() => Kind::Int,
        Json::Number(_) => Kind::Float,
        Json::Array(_) | Json::Object(_) => Kind::Json,
        Json::String(_) | Json::Null => Kind::Text,
    };
    let column = |(name, value): (&String, &Json)| Column { name: Cow::Owned(name.clone()), kind: kind(name, value) };
    let mut batch = Batch::new(Arc::new(Schema::new(members.iter().map(column))));
    batch.push_null_row();
    for (at, (name, value)) in members.iter().enumerate() {
        let text = value.to_string();
        let value = match value {
            Json::Null => continue,
            Json::String(text) if name == "when" => Value::Date(elementkit::record::parse_iso(text).unwrap()),
            Json::String(text) => Value::Text(text),
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap()),
            },
            Json::Array(_) | Json::Object(_) => Value::Json(&text),
        };
        batch.set_last(at, value);
    }
    batch
}

/// Returns strings, including ones that look like other types.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(""),
        Just("a"),
        Just("A"),
        Just("ab"),
        Just("7"),
        Just("7.0"),
        Just("12"),
        Just("-3e2"),
        Just("true"),
        Just("False"),
        Just("null"),
        Just("2024-01-01"),
        Just("2024-01-01T12:00:00Z"),
        Just("2024-01-01 13:00:00+01:00"),
        Just("2024-01-01T12:00:00.25Z"),
        Just("100%"),
        Just("É"),
        Just("straße"),
    ]
    .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![
        (-13_i64..13).prop_map(Json::from),
        (-20_i32..20).prop_map(|number| json!(f64::from(number) / 4.0)),
        Just(json!(1e21))
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![2 => Just(Json::Null), 2 => any::<bool>().prop_map(Json::from), 4 => number(), 6 => text().prop_map(Json::from)]
}

fn nested() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        let object = prop::collection::btree_map(prop::sample::select(vec!["x", "y", "x.y"]), inner.clone(), 0..3)
            .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Json::Array), object.prop_map(Json::Object)]
    })
}

/// Returns an item with the fields of [`super::expressions::FIELDS`].
pub fn item() -> impl Strategy<Value = Json> {
    let when = prop_oneof![Just(Json::Null), Just(json!("2024-01-01T12:00:00Z")), Just(json!("1970-01-01T00:00:00Z"))];
    let flag = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from)];
    (number(), text(), flag, when, nested(), nested()).prop_map(|(number, text, flag, when, nested, other)| {
        json!({"number": number, "text": text, "flag": flag, "when": when, "nested": nested, "x.y": other})
    })
}
