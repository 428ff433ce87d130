//! Some vendor pages in a segment: the keys of all their records, and the rows that are kept.

use std::sync::Arc;

use super::window::RecordKey;
use crate::query::SortKey;
use crate::record::binary::{read_bytes, read_number, read_rows, write_number, write_value};
use crate::record::{Batch, Row, Schema, Value};

const VERSION: u8 = 1;

/// What a stored row is made of: what it is sorted by, then its columns.
#[derive(Clone, Debug)]
pub(crate) struct RowForm {
    /// How many keys; none when the statement has no ORDER BY.
    pub keys: usize,
    pub columns: Arc<Schema>,
}

/// Pages before they are sealed.
#[derive(Default)]
pub(super) struct Frame {
    pub keys: Vec<RecordKey>,
    /// Encoded rows.
    rows: Vec<u8>,
}

impl Frame {
    /// A frame that remembers records and has no rows.
    pub fn of_keys(keys: Vec<RecordKey>) -> Self {
        Self { keys, rows: Vec::new() }
    }

    /// Adds a row with the columns that were asked for; answers its size without the keys.
    pub fn push(&mut self, keys: &[SortKey<'_>], row: Row<'_>, wanted: &[bool]) -> u64 {
        keys.iter().for_each(|key| write_value(key.value(), &mut self.rows));
        let before = self.rows.len();
        for (column, wanted) in wanted.iter().enumerate() {
            write_value(if *wanted { row.get(column) } else { Value::Null }, &mut self.rows);
        }
        (self.rows.len() - before) as u64
    }

    /// Adds a row as another frame has it.
    pub fn push_encoded(&mut self, row: &[u8]) {
        self.rows.extend_from_slice(row);
    }

    /// The size of its rows.
    pub fn size(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.rows.is_empty()
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows.len() + self.keys.len() * 8 + 16);
        out.push(VERSION);
        write_number(self.keys.len() as u64, &mut out);
        for key in &self.keys {
            write_number(key.len() as u64, &mut out);
            out.extend_from_slice(key);
        }
        out.extend_from_slice(&self.rows);
        out
    }
}

/// The keys of an encoded frame, and its rows still encoded.
fn split(bytes: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let (&version, mut rest) = bytes.split_first()?;
    if version != VERSION {
        return None;
    }
    let mut keys = Vec::new();
    for _ in 0..read_number(&mut rest)? {
        let length = read_number(&mut rest)?;
        keys.push(read_bytes(&mut rest, length)?);
    }
    Some((keys, rest))
}

/// The keys of an encoded frame.
pub(super) fn keys(bytes: &[u8]) -> Option<Vec<RecordKey>> {
    split(bytes).map(|(keys, _)| keys.into_iter().map(RecordKey::from).collect())
}

/// The rows of an encoded frame.
pub(super) fn rows(form: &RowForm, bytes: &[u8]) -> Option<Batch> {
    encoded_rows(bytes).and_then(|rows| read_rows(&form.columns, form.keys, rows))
}

/// The rows of an encoded frame, still encoded.
pub(super) fn encoded_rows(bytes: &[u8]) -> Option<&[u8]> {
    split(bytes).map(|(_, rows)| rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = keys(&bytes);
        }
    }

    #[test]
    fn keys_come_back() {
        let frame = Frame { keys: vec![RecordKey::from([1, 2]), RecordKey::from([3])], rows: vec![9, 9] };
        let bytes = frame.encode();
        assert_eq!(split(&bytes), Some((vec![&[1, 2][..], &[3]], &[9, 9][..])));
        assert_eq!(keys(&bytes), Some(frame.keys));
        assert_eq!(split(&bytes[..3]), None);
        assert_eq!(split(&[]), None);
    }
}
