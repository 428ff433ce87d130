//! Reading what older or other platforms send in place of the documented form.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `null` as the default of the type.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

/// A flat map of texts; numbers and booleans become texts, nulls are left out (spec P 6.1).
pub(super) fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let members: Option<BTreeMap<String, Value>> = Option::deserialize(source)?;
    let text = |(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name, text)),
        other => Some((name, other.to_string())),
    };
    Ok(members.map(|members| members.into_iter().filter_map(text).collect()))
}

/// Ids are texts of digits; older platforms send numbers (spec P 1.4).
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }
    Ok(match Id::deserialize(source)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    })
}
