use std::io::Write;

use super::nulls::write_without_nulls;
use super::reader::tree_of;
use super::{Row, Value, format_seconds};

impl Row<'_> {
    /// Appends the row as a JSON object, or a document as it is. `nulls` includes null fields, which are otherwise omitted at every depth
    /// (spec P 7.9).
    pub fn write_json(&self, nulls: bool, out: &mut Vec<u8>) {
        if self.schema().is_documents() {
            return self.get(0).write_json(nulls, out);
        }
        out.push(b'{');
        let mut first = true;
        for (key, value) in self.schema().keys().iter().zip(self.values()) {
            if value == Value::Null && !nulls {
                continue;
            }
            out.extend_from_slice(&key[usize::from(first)..]);
            first = false;
            value.write_json(nulls, out);
        }
        out.push(b'}');
    }

    /// Returns the row as a JSON object, or a document as it is, including null fields.
    pub fn to_json(&self) -> serde_json::Value {
        if self.schema().is_documents() {
            return self.get(0).to_json();
        }
        let columns = self.schema().columns().iter().enumerate();
        columns.map(|(position, column)| (column.name.clone().into_owned(), self.get(position).to_json())).collect()
    }
}

impl Value<'_> {
    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match *self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => value.into(),
            Value::Int(value) => value.into(),
            Value::Float(value) => value.into(),
            Value::Date(seconds) => {
                let mut out = Vec::with_capacity(20);
                format_seconds(seconds, &mut out);
                String::from_utf8(out).unwrap_or_default().into()
            }
            Value::Text(text) => text.into(),
            Value::Json(text) => tree_of(text),
        }
    }

    /// Appends the value as JSON; see [`Row::write_json`] for `nulls`.
    pub fn write_json(&self, nulls: bool, out: &mut Vec<u8>) {
        match *self {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Value::Int(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            Value::Float(value) => write_float(value, out),
            Value::Date(seconds) => {
                out.push(b'"');
                format_seconds(seconds, out);
                out.push(b'"');
            }
            Value::Text(text) => write_json_text(text, out),
            Value::Json(text) if nulls => out.extend_from_slice(text.as_bytes()),
            Value::Json(text) => write_without_nulls(text, out),
        }
    }
}

/// Returns a name as the prefix of a JSON member: a comma, the quoted name and a colon. The first member of an object
/// omits the comma.
pub(crate) fn json_key(name: &str) -> Vec<u8> {
    let mut key = vec![b','];
    write_json_text(name, &mut key);
    key.push(b':');
    key
}

/// Appends a JSON string, including quotes.
pub fn write_json_text(text: &str, out: &mut Vec<u8>) {
    let special = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    // Escapes are rare. Without an early exit, the compiler vectorizes the loop.
    if !text.as_bytes().iter().fold(false, |any, byte| any | special(byte)) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // Writing to a Vec cannot fail, and a string can always be serialized.
    let _ = serde_json::to_writer(&mut *out, text);
}

/// Removes null members and null array elements at every depth; objects that become empty stay (spec P 7.9).
pub fn strip_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(strip_nulls);
        }
        serde_json::Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(strip_nulls);
        }
        _ => {}
    }
}

fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        let _ = write!(out, "{}", ryu::Buffer::new().format_finite(value));
    } else {
        out.extend_from_slice(b"null");
    }
}
