//! Scalar types of the vendor (spec BT 1.5). An invalid value is absent, with a warning, and never replaced by
//! another one.

use crate::element::anomaly;
use crate::record::{Kind, Value, parse_vendor};

/// Parses a value. Returns a warning code if it is invalid. `text` is trimmed and not empty.
pub(super) fn read(kind: Kind, text: &str) -> Result<Value<'_>, &'static str> {
    match kind {
        Kind::Id | Kind::Int => integer(text).map(Value::Int).ok_or(anomaly::INVALID_INTEGER),
        Kind::Bool => boolean(text).map(Value::Bool).ok_or(anomaly::INVALID_BOOLEAN),
        Kind::Date => parse_vendor(text).map(Value::Date).ok_or(anomaly::INVALID_DATE),
        Kind::Text | Kind::Json | Kind::Float => Ok(Value::Text(text)),
    }
}

/// Parses 1 to 18 ASCII digits.
pub(super) fn integer(text: &str) -> Option<i64> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
