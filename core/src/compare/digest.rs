//! Records as they wait for their counterpart.

use std::hash::{BuildHasher, RandomState};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Record;

/// Hash of a key.
pub(super) type KeyHash = (u64, u64);

/// A record that waits: hashes of its fields, and its text only if values are shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub key: KeyHash,
    /// The key as results show it.
    pub shown: String,
    /// Fields by path, in order, with the hash of the value of each.
    pub fields: Vec<(u32, u64)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<Record>,
}

/// Makes digests of the records of one comparison. Its hashes are random, so those in a file tell nothing.
pub(super) struct Digests {
    hashers: [RandomState; 2],
    names: Vec<String>,
    numbers: std::collections::HashMap<String, u32>,
}

impl Digests {
    pub fn new() -> Self {
        Self { hashers: [RandomState::new(), RandomState::new()], names: Vec::new(), numbers: Default::default() }
    }

    /// Returns the path of a field.
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", String::as_str)
    }

    /// Digests a record. One without a key is identified by all of its fields.
    pub fn of(&mut self, record: Record, key: &[String], is_ignored: impl Fn(&str) -> bool, values: bool) -> Kept {
        let mut leaves = Vec::new();
        flatten(&record, "", &mut leaves);
        leaves.sort_by(|left, right| left.0.cmp(&right.0));
        let parts: Option<Vec<&Value>> = key.iter().map(|path| value_at(&record, path)).collect();
        let text = match &parts {
            Some(parts) => parts.iter().map(|part| canonical(part)).collect::<Vec<_>>().join("\u{0}"),
            None => leaves.iter().map(|(path, value)| format!("{path}\u{0}{}", canonical(value))).collect(),
        };
        let key = (self.hashers[0].hash_one(&text), self.hashers[1].hash_one(&text));
        let shown = match parts {
            Some(parts) => parts.into_iter().map(|part| shown(part, key.0, values)).collect::<Vec<_>>().join(", "),
            None => format!("#{:08x} (without a key)", key.0 >> 32),
        };
        let fields = leaves.iter().filter(|(path, _)| !is_ignored(path));
        let fields: Vec<(String, u64)> =
            fields.map(|(path, value)| (path.clone(), self.hashers[0].hash_one(canonical(value)))).collect();
        let fields = fields.into_iter().map(|(path, hash)| (self.number(path), hash)).collect();
        Kept { key, shown, fields, record: values.then_some(record) }
    }

    fn number(&mut self, path: String) -> u32 {
        if let Some(number) = self.numbers.get(&path) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(path.clone());
        self.numbers.insert(path, number);
        number
    }
}

/// Returns the value at a dotted path; `None` if it is absent or null.
pub(super) fn value_at<'a>(record: &'a Record, path: &str) -> Option<&'a Value> {
    let own = record.get(path).filter(|value| !value.is_null());
    own.or_else(|| {
        let (first, rest) = path.split_once('.')?;
        value_at(record.get(first)?.as_object()?, rest)
    })
}

/// Collects the values of a record with their paths, without nulls. An array is one value.
fn flatten<'a>(record: &'a Map<String, Value>, prefix: &str, leaves: &mut Vec<(String, &'a Value)>) {
    for (name, value) in record {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Null => {}
            Value::Object(members) if !members.is_empty() => flatten(members, &path, leaves),
            value => leaves.push((path, value)),
        }
    }
}

/// Returns a text that is the same for equal values.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            // Decimal forms of whole numbers, within the range in which every whole number is exact.
            Some(real) if number.as_i64().is_none() && real.fract() == 0.0 && real.abs() < 9e15 => format!("{real:.0}"),
            _ => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let mut members: Vec<String> =
                members.map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// Returns a part of a key as results show it.
fn shown(part: &Value, hash: u64, values: bool) -> String {
    match part {
        Value::String(text) if values || text.bytes().all(|byte| byte.is_ascii_digit()) => text.clone(),
        Value::Number(number) => number.to_string(),
        other if values => other.to_string(),
        _ => format!("#{:08x}", hash >> 32),
    }
}
