//! Parsing of what older or other platforms send instead of the documented form.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Parses `null` as the default of the type.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

/// Parses the items of a list that have the documented form, and omits others; anything but a list is empty.
pub(super) fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(source)? {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// `None` for `null` and for values of another type, which no call should fail for.
pub(super) fn or_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(source)?;
    Ok(if value.is_null() { None } else { serde_json::from_value(value).ok() })
}

/// Parses a flat map of strings; numbers and booleans become strings, nulls are omitted (spec P 6.1).
pub(super) fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let members: Option<BTreeMap<String, Value>> = Option::deserialize(source)?;
    let text = |(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name, text)),
        other => Some((name, other.to_string())),
    };
    Ok(members.map(|members| members.into_iter().filter_map(text).collect()))
}

/// Parses an id, which is a string of digits; older platforms send numbers (spec P 1.4).
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    match Value::deserialize(source)? {
        Value::String(text) => Ok(text),
        other => i64::read(&other).map(|number| number.to_string()).ok_or_else(|| wrong(&other)),
    }
}

/// Parses whole numbers in any form that platforms send: `2`, `2.0` and `"2"`; also a list or a map of them, or `null`.
pub(super) fn whole<'de, D: Deserializer<'de>, T: Whole>(source: D) -> Result<T, D::Error> {
    let value = Value::deserialize(source)?;
    T::read(&value).ok_or_else(|| wrong(&value))
}

fn wrong<E: serde::de::Error>(value: &Value) -> E {
    E::custom(format!("{value} is not a whole number"))
}

/// A type that consists of whole numbers.
pub(super) trait Whole: Sized {
    fn read(value: &Value) -> Option<Self>;
}

impl Whole for i64 {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().or_else(|| exact(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

/// Converts a decimal number to a whole one if no digit is lost.
fn exact(number: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)] // within the range in which every whole number is exact
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}

impl Whole for u64 {
    fn read(value: &Value) -> Option<Self> {
        let large = || value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        i64::read(value).map_or_else(large, |number| Self::try_from(number).ok())
    }
}

impl<T: Whole> Whole for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }
}

impl<T: Whole> Whole for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() { Some(Self::new()) } else { value.as_array()?.iter().map(T::read).collect() }
    }
}

impl<T: Whole> Whole for BTreeMap<String, T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() {
            return Some(Self::new());
        }
        value.as_object()?.iter().map(|(name, value)| Some((name.clone(), T::read(value)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_of_another_form_are_passed_over() {
        for (value, read) in [(json!([1, "x", 2]), vec![1, 2]), (json!({"a": 1}), vec![]), (json!(3), vec![])] {
            assert_eq!(readable::<_, i64>(&value).ok(), Some(read), "{value}");
        }
    }

    #[test]
    fn values_of_another_type_are_none() {
        let read = |value: Value| or_none::<_, String>(value).unwrap();
        assert_eq!(read(json!("text")), Some("text".to_owned()));
        assert_eq!((read(json!(null)), read(json!(1)), read(json!(["text"]))), (None, None, None));
    }

    #[test]
    fn whole_numbers_are_read_in_any_form() {
        for value in [json!(2), json!(2.0), json!("2"), json!(" 2 ")] {
            assert_eq!((i64::read(&value), u64::read(&value)), (Some(2), Some(2)), "{value}");
        }
        assert_eq!(i64::read(&json!(-2.0)), Some(-2));
        assert_eq!(u64::read(&json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(Option::<i64>::read(&json!(null)), Some(None));
        assert_eq!(Vec::<i64>::read(&json!([1.0, "2"])), Some(vec![1, 2]));
        for value in [json!(2.5), json!("x"), json!(true), json!(1e300), json!([]), json!(null)] {
            assert_eq!((i64::read(&value), u64::read(&value)), (None, None), "{value}");
        }
        assert_eq!(u64::read(&json!(-1)), None);
    }
}
