//! Compact binary encoding of rows for bulk segments, private to one version of the segment format.

use std::sync::Arc;

use smallvec::SmallVec;

use super::batch::{RawRows, RawValue};
use super::outline::{Outline, SpanKind};
use super::outlined::Values;
use super::{Batch, Row, Schema, Value};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;
const DATE: u8 = 5;
const TEXT: u8 = 6;
const JSON: u8 = 7;
/// A document as the values of an outline.
const OUTLINED: u8 = 8;

/// Outlines of rows that are stored as their values. A row has the number of its outline.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredOutlines(Vec<Arc<Outline>>);

impl StoredOutlines {
    /// Appends the outlines.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_number(self.0.len() as u64, out);
        for outline in &self.0 {
            write_number(outline.literals().count() as u64, out);
            for literal in outline.literals() {
                write_number(literal.len() as u64, out);
                out.extend_from_slice(literal.as_bytes());
            }
        }
    }

    /// Reads outlines. Returns `None` if the bytes are malformed.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut outlines = Vec::new();
        for _ in 0..read_number(bytes)? {
            let count = read_number(bytes)?;
            let literals: Vec<&str> = (0..count).map(|_| read_text(bytes)).collect::<Option<_>>()?;
            outlines.push(Arc::new(Outline::of_literals(&literals)?));
        }
        Some(Self(outlines))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn number_of(&mut self, outline: &Arc<Outline>) -> u64 {
        let known = self.0.iter().rposition(|known| Arc::ptr_eq(known, outline)).unwrap_or_else(|| {
            self.0.push(Arc::clone(outline));
            self.0.len() - 1
        });
        known as u64
    }
}

/// Appends a column of a row: a document as the values of its outline, if they are known. Returns the size that it has
/// without an outline.
pub(crate) fn write_column(row: Row<'_>, column: usize, outlines: &mut StoredOutlines, out: &mut Vec<u8>) -> usize {
    let value = row.get(column);
    match (row.outlined(column), value) {
        (Some(values), Value::Json(text)) => {
            write_outlined(text, values, outlines, out);
            1 + number_length(text.len() as u64) + text.len()
        }
        _ => {
            let before = out.len();
            write_value(value, out);
            out.len() - before
        }
    }
}

fn write_outlined(text: &str, (outline, spans): Values<'_>, outlines: &mut StoredOutlines, out: &mut Vec<u8>) {
    out.push(OUTLINED);
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    write_number(outlines.number_of(outline), out);
    for span in spans {
        let length = u64::from(span.end - span.start);
        write_number(length << 1 | u64::from(span.kind == SpanKind::Plain), out);
    }
    let bytes = text.as_bytes();
    for span in spans {
        out.extend_from_slice(bytes.get(span.start as usize..span.end as usize).unwrap_or_default());
    }
    #[allow(clippy::cast_possible_truncation)] // a record is far below 4 GiB
    let length = (out.len() - length_at - 4) as u32;
    out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Bytes that grow at their end.
pub(crate) trait Bytes {
    fn put(&mut self, byte: u8);
    fn put_all(&mut self, bytes: &[u8]);
}

impl Bytes for Vec<u8> {
    #[inline]
    fn put(&mut self, byte: u8) {
        self.push(byte);
    }

    #[inline]
    fn put_all(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Bytes for SmallVec<[u8; 16]> {
    #[inline]
    fn put(&mut self, byte: u8) {
        self.push(byte);
    }

    #[inline]
    fn put_all(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Appends a value.
#[inline]
pub(crate) fn write_value(value: Value<'_>, out: &mut impl Bytes) {
    match value {
        Value::Null => out.put(NULL),
        Value::Bool(false) => out.put(FALSE),
        Value::Bool(true) => out.put(TRUE),
        Value::Int(number) => tagged(INT, number, out),
        Value::Float(number) => {
            out.put(FLOAT);
            out.put_all(&number.to_le_bytes());
        }
        Value::Date(seconds) => tagged(DATE, seconds, out),
        Value::Text(text) => counted(TEXT, text, out),
        Value::Json(text) => counted(JSON, text, out),
    }
}

/// Reads rows up to the end of the bytes and skips the given number of values before each. Returns `None` if the
/// bytes are malformed.
pub(crate) fn read_rows(
    schema: &Arc<Schema>,
    outlines: &StoredOutlines,
    skip: usize,
    mut bytes: &[u8],
) -> Option<Batch> {
    if outlines.is_empty() {
        return read_plain_rows(schema, skip, bytes);
    }
    let mut batch = Batch::new(Arc::clone(schema));
    let mut lengths = Vec::new();
    batch.reserve(2 * bytes.len());
    while !bytes.is_empty() {
        skip_values(skip, &mut bytes)?;
        for _ in 0..schema.width() {
            match bytes.split_first() {
                Some((&OUTLINED, rest)) => {
                    bytes = rest;
                    push_outlined(&mut batch, outlines, read_outlined(&mut bytes)?, &mut lengths)?;
                }
                _ => batch.push(read_value(&mut bytes)?),
            }
        }
    }
    Some(batch)
}

/// Reads rows none of which has an outline.
fn read_plain_rows(schema: &Arc<Schema>, skip: usize, mut bytes: &[u8]) -> Option<Batch> {
    let mut rows = RawRows::new(schema, bytes.len());
    while !bytes.is_empty() {
        (0..skip).try_for_each(|_| read_raw(&mut bytes).map(drop))?;
        for _ in 0..schema.width() {
            rows.push(read_raw(&mut bytes)?);
        }
    }
    rows.into_batch()
}

/// Appends a document that is stored as the values of an outline.
fn push_outlined(
    batch: &mut Batch,
    outlines: &StoredOutlines,
    mut bytes: &[u8],
    lengths: &mut Vec<(u32, bool)>,
) -> Option<()> {
    let outline = outlines.0.get(usize::try_from(read_number(&mut bytes)?).ok()?)?;
    lengths.clear();
    for _ in 1..outline.literals().count() {
        let number = read_number(&mut bytes)?;
        lengths.push((u32::try_from(number >> 1).ok()?, number & 1 == 1));
    }
    let values = simdutf8::basic::from_utf8(bytes).ok()?;
    batch.push_outlined(outline, values, lengths).then_some(())
}

/// Reads a document that is stored as the values of an outline, after its tag.
fn read_outlined<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    read_bytes(bytes, u32::from_le_bytes(*length).into())
}

/// Skips the given number of values.
pub(crate) fn skip_values(count: usize, bytes: &mut &[u8]) -> Option<()> {
    (0..count).try_for_each(|_| match bytes.split_first() {
        Some((&OUTLINED, rest)) => {
            *bytes = rest;
            read_outlined(bytes).map(drop)
        }
        _ => read_value(bytes).map(drop),
    })
}

/// Reads one value.
pub(crate) fn read_value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    read_raw(bytes)?.checked()
}

/// Reads one value, whose text is not checked.
#[inline]
fn read_raw<'a>(bytes: &mut &'a [u8]) -> Option<RawValue<'a>> {
    let (&tag, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(match tag {
        NULL => RawValue::Null,
        FALSE => RawValue::Bool(false),
        TRUE => RawValue::Bool(true),
        INT => RawValue::Int(unfold(read_number(bytes)?)),
        FLOAT => {
            let (number, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            RawValue::Float(f64::from_le_bytes(*number))
        }
        DATE => RawValue::Date(unfold(read_number(bytes)?)),
        TEXT => RawValue::Text(read_counted(bytes)?),
        JSON => RawValue::Json(read_counted(bytes)?),
        _ => return None,
    })
}

/// Appends a number in seven bits per byte, low bits first.
pub(crate) fn write_number(mut number: u64, out: &mut impl Bytes) {
    while number >= 0x80 {
        out.put(number as u8 | 0x80);
        number >>= 7;
    }
    out.put(number as u8);
}

/// Returns the number of bytes in which a number is written.
fn number_length(number: u64) -> usize {
    (64 - (number | 1).leading_zeros() as usize).div_ceil(7)
}

/// Reads a number.
#[inline]
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
#[inline]
pub(crate) fn read_bytes<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

fn tagged(tag: u8, number: i64, out: &mut impl Bytes) {
    out.put(tag);
    // Zigzag encoding: small numbers of either sign stay short.
    write_number(((number << 1) ^ (number >> 63)) as u64, out);
}

fn unfold(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn counted(tag: u8, text: &str, out: &mut impl Bytes) {
    out.put(tag);
    write_number(text.len() as u64, out);
    out.put_all(text.as_bytes());
}

#[inline]
fn read_counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = read_number(bytes)?;
    read_bytes(bytes, length)
}

fn read_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    simdutf8::basic::from_utf8(read_counted(bytes)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::outline::Outlines;
    use super::super::outlined::Outlined;
    use super::super::samples::json;
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
            let back = read_rows(&schema(), &StoredOutlines::default(), 0, &bytes).ok_or(TestCaseError::fail("not read"))?;
            prop_assert_eq!(back.len(), batch.len());
            for (left, right) in back.rows().zip(batch.rows()) {
                prop_assert_eq!(left.get(0), right.get(0));
                prop_assert_eq!(left.get(1), right.get(1));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_rows(&schema(), &StoredOutlines::default(), 1, &bytes);
            let _ = StoredOutlines::read(&mut &bytes[..]);
        }

        /// Documents come back with their values, whether they have a known outline or not.
        #[test]
        fn documents_come_back_as_they_were(records in prop::collection::vec(json(), 1..12)) {
            let (mut outlines, mut outlined) = (Outlines::default(), Outlined::default());
            let (mut page, mut ranges) = (String::new(), Vec::new());
            for record in records.iter().flat_map(|record| [record, record]) {
                let (text, start) = (record.to_string(), page.len());
                page.push_str(&text);
                if outlines.note(page.as_bytes(), start, 0, &mut outlined).is_none() {
                    outlines.learn(&text, |_| Some(()));
                }
                ranges.push(start..page.len());
                page.push(' ');
            }
            let mut batch = Batch::new(Schema::documents());
            batch.pin(page.clone(), true);
            batch.pin_values(outlined);
            ranges.iter().for_each(|range| batch.push_slice(range.clone()));
            let (mut bytes, mut stored) = (Vec::new(), StoredOutlines::default());
            for row in batch.rows() {
                let Value::Json(text) = row.get(0) else { panic!("no document") };
                let mut plain = Vec::new();
                write_value(Value::Json(text), &mut plain);
                prop_assert_eq!(write_column(row, 0, &mut stored, &mut bytes), plain.len());
            }
            let mut head = Vec::new();
            stored.write(&mut head);
            let stored = StoredOutlines::read(&mut &head[..]).ok_or(TestCaseError::fail("outlines"))?;
            let back = read_rows(&Schema::documents(), &stored, 0, &bytes).ok_or(TestCaseError::fail("rows"))?;
            prop_assert_eq!(back.len(), batch.len());
            for (left, right) in back.rows().zip(batch.rows()) {
                prop_assert_eq!(left.get(0), right.get(0));
                let spans = |row: Row<'_>| row.outlined(0).map(|(_, spans)| spans.to_vec());
                prop_assert_eq!(spans(left), spans(right));
            }
            let mut rest = &bytes[..];
            prop_assert_eq!(skip_values(back.len(), &mut rest), Some(()));
            prop_assert!(rest.is_empty());
        }
    }
}
