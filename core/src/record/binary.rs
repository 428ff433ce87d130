//! Compact binary encoding of rows for bulk segments, private to one version of the segment format.

use std::sync::Arc;

use super::{Batch, Schema, Value};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;
const DATE: u8 = 5;
const TEXT: u8 = 6;
const JSON: u8 = 7;

/// Appends a value.
pub(crate) fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Int(number) => tagged(INT, number, out),
        Value::Float(number) => {
            out.push(FLOAT);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Date(seconds) => tagged(DATE, seconds, out),
        Value::Text(text) => counted(TEXT, text, out),
        Value::Json(text) => counted(JSON, text, out),
    }
}

/// Reads rows up to the end of the bytes and skips the given number of values before each. Returns `None` if the
/// bytes are malformed.
pub(crate) fn read_rows(schema: &Arc<Schema>, skip: usize, mut bytes: &[u8]) -> Option<Batch> {
    let mut batch = Batch::new(Arc::clone(schema));
    batch.reserve(bytes.len());
    while !bytes.is_empty() {
        skip_values(skip, &mut bytes)?;
        for _ in 0..schema.width() {
            batch.push(read_value(&mut bytes)?);
        }
    }
    Some(batch)
}

/// Skips the given number of values.
pub(crate) fn skip_values(count: usize, bytes: &mut &[u8]) -> Option<()> {
    (0..count).try_for_each(|_| read_value(bytes).map(drop))
}

/// Reads one value.
pub(crate) fn read_value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (&tag, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(match tag {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        INT => Value::Int(unfold(read_number(bytes)?)),
        FLOAT => {
            let (number, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Value::Float(f64::from_le_bytes(*number))
        }
        DATE => Value::Date(unfold(read_number(bytes)?)),
        TEXT => Value::Text(read_text(bytes)?),
        JSON => Value::Json(read_text(bytes)?),
        _ => return None,
    })
}

/// Appends a number in seven bits per byte, low bits first.
pub(crate) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number.
pub(crate) fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Reads this many bytes.
pub(crate) fn read_bytes<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

fn tagged(tag: u8, number: i64, out: &mut Vec<u8>) {
    out.push(tag);
    // Zigzag encoding: small numbers of either sign stay short.
    write_number(((number << 1) ^ (number >> 63)) as u64, out);
}

fn unfold(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn counted(tag: u8, text: &str, out: &mut Vec<u8>) {
    out.push(tag);
    write_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn read_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = read_number(bytes)?;
    simdutf8::basic::from_utf8(read_bytes(bytes, length)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Column, Kind};

    fn schema() -> Arc<Schema> {
        let column = |name: &'static str, kind| Column { name: name.into(), kind };
        Arc::new(Schema::new([column("a", Kind::Int), column("b", Kind::Text)]))
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::vec((any::<i64>(), ".*", any::<u8>()), 0..20)) {
            let mut batch = Batch::new(schema());
            for (number, text, kind) in &rows {
                batch.push_null_row();
                batch.set_last(0, match kind % 4 {
                    0 => Value::Int(*number),
                    1 => Value::Date(*number),
                    2 => Value::Bool(*number > 0),
                    _ => Value::Float(*number as f64),
                });
                batch.set_last(1, if kind % 3 == 0 { Value::Null } else { Value::Text(text) });
            }
            let mut bytes = Vec::new();
            for row in batch.rows() {
                (0..2).for_each(|column| write_value(row.get(column), &mut bytes));
            }
            let back = read_rows(&schema(), 0, &bytes).ok_or(TestCaseError::fail("not read"))?;
            prop_assert_eq!(back.len(), batch.len());
            for (left, right) in back.rows().zip(batch.rows()) {
                prop_assert_eq!(left.get(0), right.get(0));
                prop_assert_eq!(left.get(1), right.get(1));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_rows(&schema(), 1, &bytes);
        }
    }
}
