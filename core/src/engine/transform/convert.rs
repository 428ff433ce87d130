//! Type conversions of mapped fields (spec P 9.13). A conversion never fails: a value that does not fit stays
//! unchanged.

use serde_json::{Number, Value};

use super::transformation::MappedField;
use crate::mask::Mask;
use crate::record::{self, parse_iso};

/// Types that values are converted to; other type names cause no conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Number,
    Int,
    Boolean,
    Date,
    Array,
    /// Objects, and references to other definitions.
    Other,
}

impl Type {
    pub fn of(word: &str) -> Self {
        match word {
            "string" => Self::Text,
            "number" => Self::Number,
            "int" => Self::Int,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            word if word.starts_with("array") => Self::Array,
            _ => Self::Other,
        }
    }

    /// Returns the type of a column of this type; `Other` and `Array` are JSON.
    pub fn kind(self) -> record::Kind {
        match self {
            Self::Text | Self::Date => record::Kind::Text,
            Self::Number => record::Kind::Float,
            Self::Int => record::Kind::Int,
            Self::Boolean => record::Kind::Bool,
            Self::Array | Self::Other => record::Kind::Json,
        }
    }
}

/// Returns the column type of a mapped field (spec P 16.5): the declared type, or that of the vendor's column if the
/// field declares none. A more specific type of the vendor's column (whole number or time) is used if the mapping keeps
/// its values unchanged.
pub(super) fn column_kind(
    declared: Option<Type>,
    own: Option<record::Kind>,
    masks: &Masks,
    default: Option<&Value>,
) -> Option<record::Kind> {
    use record::Kind;
    match (declared, own) {
        (None, own) => own,
        (Some(Type::Number), Some(Kind::Id | Kind::Int)) if default.is_none_or(Value::is_i64) => own,
        (Some(Type::Date), Some(Kind::Date)) if !masks.change() && default.is_none() => own,
        (Some(declared), _) => Some(declared.kind()),
    }
}

/// Date masks of a field, for the vendor's side and for the common resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Masks {
    vendor: Option<Mask>,
    common: Option<Mask>,
    vendor_text: Option<String>,
}

impl Masks {
    pub fn of(field: &MappedField) -> Self {
        let Some(setting) = field.setting("transformDate") else { return Self::default() };
        let vendor = setting.text("vendorPattern");
        Self {
            vendor: vendor.and_then(Mask::parse),
            common: setting.text("pattern").and_then(Mask::parse),
            vendor_text: vendor.map(str::to_owned),
        }
    }

    /// Returns whether dates have another format in the common resource.
    pub fn change(&self) -> bool {
        self.common.is_some()
    }

    /// Converts a vendor's date to the format of the common resource.
    pub fn to_common(&self, value: &Value) -> Option<String> {
        let common = self.common.as_ref()?;
        let millis = match value {
            Value::String(date) => self.read_vendor(date)?,
            Value::Number(millis) => millis.as_i64()?,
            _ => return None,
        };
        Some(common.format(millis))
    }

    /// Appends the converted date of a column's value. Returns `false`, without appending, if the value stays
    /// unchanged.
    pub fn write_common(&self, value: record::Value<'_>, out: &mut Vec<u8>) -> bool {
        let Some(common) = &self.common else { return false };
        let millis = match value {
            record::Value::Text(date) => self.read_vendor(date),
            record::Value::Int(millis) => Some(millis),
            record::Value::Date(seconds) => self.read_seconds(seconds),
            _ => None,
        };
        millis.inspect(|millis| common.write(*millis, out)).is_some()
    }

    fn read_vendor(&self, text: &str) -> Option<i64> {
        self.vendor.as_ref().and_then(|mask| mask.read(text)).or_else(|| iso_millis(text))
    }

    /// If there is a mask, seconds are formatted as a string before the mask reads them.
    fn read_seconds(&self, seconds: i64) -> Option<i64> {
        if self.vendor.is_none() {
            return Some(seconds.saturating_mul(1000));
        }
        let mut text = Vec::with_capacity(20);
        record::format_seconds(seconds, &mut text);
        self.read_vendor(std::str::from_utf8(&text).ok()?)
    }

    /// Converts a date of the common resource to the vendor's format.
    pub fn to_vendor(&self, text: &str) -> Option<String> {
        let millis = self.common.as_ref().and_then(|mask| mask.read(text)).or_else(|| iso_millis(text))?;
        match &self.vendor {
            Some(mask) => Some(mask.format(millis)),
            None if self.vendor_text.is_some() => None,
            None => {
                let mut out = Vec::with_capacity(20);
                record::format_seconds(millis.div_euclid(1000), &mut out);
                String::from_utf8(out).ok()
            }
        }
    }
}

fn iso_millis(text: &str) -> Option<i64> {
    let seconds = parse_iso(text)?;
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits: String = fraction.chars().take_while(char::is_ascii_digit).chain("000".chars()).take(3).collect();
    Some(seconds * 1000 + digits.parse::<i64>().unwrap_or_default())
}

/// Converts a vendor's value to the type of the common resource.
pub(crate) fn to_common(value: Value, kind: Option<Type>, masks: &Masks) -> Value {
    match kind {
        Some(Type::Date) => masks.to_common(&value).map_or(value, Value::String),
        Some(kind) => convert(value, kind),
        None => value,
    }
}

/// Converts a value of the common resource to the vendor's type.
pub(crate) fn to_vendor(value: Value, kind: Option<Type>, masks: &Masks) -> Value {
    match (kind, &value) {
        (Some(Type::Date) | None, Value::String(text)) if kind.is_some() || masks.change() => {
            masks.to_vendor(text).map_or(value, Value::String)
        }
        (Some(kind), _) => convert(value, kind),
        (None, _) => value,
    }
}

fn convert(value: Value, kind: Type) -> Value {
    let converted = match (kind, &value) {
        (_, Value::Null) => None,
        (Type::Text, Value::String(_)) => None,
        (Type::Text, value) => Some(Value::String(text_of(value))),
        (Type::Number, Value::String(text)) => number_of(text),
        (Type::Number, Value::Bool(value)) => Some(Value::from(i64::from(*value))),
        (Type::Int, Value::String(text)) => number_of(text).map(truncated),
        (Type::Int, Value::Number(_)) => Some(truncated(value.clone())),
        (Type::Int, Value::Bool(value)) => Some(Value::from(i64::from(*value))),
        (Type::Boolean, Value::String(text)) => boolean_of(text).map(Value::Bool),
        (Type::Boolean, Value::Number(number)) => boolean_of(&number_text(number)).map(Value::Bool),
        _ => None,
    };
    converted.unwrap_or(value)
}

/// Returns the canonical text of a value: numbers without trailing zeros, arrays and objects as compact JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => float.to_string(),
        None => number.to_string(),
    }
}

/// Parses a number. Returns `None` for strings like `inf` or `0x1`.
pub(crate) fn number_of(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let digits = text.trim_start_matches(['+', '-']);
    let only = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let float: f64 = text.parse().ok().filter(|_| only && digits.starts_with(|first: char| first.is_ascii_digit()))?;
    Number::from_f64(float).map(Value::Number)
}

/// Truncates a number to an integer; one beyond 64 bits stays unchanged.
#[allow(clippy::cast_possible_truncation)]
fn truncated(number: Value) -> Value {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.abs() < 9.2e18 => Value::from(float.trunc() as i64),
        _ => number,
    }
}

pub(crate) fn boolean_of(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "1"]) {
        Some(true)
    } else if is(["false", "no", "0"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_converted_or_stay() {
        for (kind, value, wanted) in [
            ("string", json!(7), json!("7")),
            ("string", json!(7.50), json!("7.5")),
            ("string", json!(5.0), json!("5")),
            ("string", json!(false), json!("false")),
            ("string", json!({"a": [1, null]}), json!("{\"a\":[1,null]}")),
            ("string", json!(null), json!(null)),
            ("number", json!("12"), json!(12)),
            ("number", json!("1.5e1"), json!(15.0)),
            ("number", json!(true), json!(1)),
            ("number", json!("inf"), json!("inf")),
            ("number", json!("x"), json!("x")),
            ("int", json!("-3.9"), json!(-3)),
            ("int", json!(3.9), json!(3)),
            ("int", json!(false), json!(0)),
            ("boolean", json!("YES"), json!(true)),
            ("boolean", json!(0), json!(false)),
            ("boolean", json!(1.0), json!(true)),
            ("boolean", json!(2), json!(2)),
            ("array", json!("x"), json!("x")),
            ("address", json!(5), json!(5)),
        ] {
            assert_eq!(convert(value.clone(), Type::of(kind)), wanted, "{kind} {value}");
        }
    }

    fn masks(pattern: &str, vendor: Option<&str>) -> Masks {
        let field = json!({"path": "d", "configuration": [
            {"type": "transformDate", "properties": {"pattern": pattern, "vendorPattern": vendor}}]});
        Masks::of(&serde_json::from_value(field).expect("valid"))
    }

    #[test]
    fn dates_change_their_form_both_ways() {
        let both = masks("dd.MM.yyyy", Some("yyyyMMdd"));
        assert_eq!(both.to_common(&json!("20310203")).as_deref(), Some("03.02.2031"));
        assert_eq!(both.to_common(&json!("2031-02-03T04:05:06Z")).as_deref(), Some("03.02.2031"));
        assert_eq!(both.to_common(&json!(1_927_857_906_007_i64)).as_deref(), Some("03.02.2031"));
        assert_eq!(both.to_common(&json!("soon")), None);
        assert_eq!(both.to_vendor("03.02.2031").as_deref(), Some("20310203"));
        let one = masks("dd.MM.yyyy HH:mm:ss.SSS", None);
        assert_eq!(one.to_vendor("03.02.2031 04:05:06.007").as_deref(), Some("2031-02-03T04:05:06Z"));
        assert_eq!(one.to_common(&json!("2031-02-03T04:05:06.5Z")).as_deref(), Some("03.02.2031 04:05:06.500"));
        assert_eq!(to_common(json!("later"), Some(Type::Date), &one), json!("later"));
    }
}
