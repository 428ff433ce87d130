//! Frames of a segment: the keys of all records of some vendor pages, and the rows that are kept.

use std::sync::Arc;

use super::dedup_window::RecordKey;
use crate::query::SortKey;
use crate::record::binary::{
    StoredOutlines, read_bytes, read_number, read_rows, write_column, write_number, write_value,
};
use crate::record::{Batch, Row, Schema, Value};

/// First version of the format, which does not record which keys have a row.
const FIRST_VERSION: u8 = 1;
const VERSION: u8 = 2;
/// Frame without rows, whose kept keys are those of rows in the result of an earlier job.
const DELIVERED: u8 = 3;
/// Frame with outlines before its rows, which are the names of their records.
const OUTLINED: u8 = 4;

/// Structure of a stored row: its sort keys, then its columns.
#[derive(Clone, Debug)]
pub(crate) struct RowForm {
    /// Number of sort keys; 0 if the statement has no ORDER BY.
    pub keys: usize,
    pub columns: Arc<Schema>,
}

/// Vendor pages before they are sealed.
#[derive(Default)]
pub(super) struct Frame {
    /// Keys of all records, and whether the record has a row.
    keys: Vec<(RecordKey, bool)>,
    /// Encoded rows.
    rows: Vec<u8>,
    outlines: StoredOutlines,
    delivered: bool,
}

impl Frame {
    /// Creates a frame that remembers records and has no rows.
    pub fn of_keys(keys: Vec<RecordKey>) -> Self {
        Self { keys: keys.into_iter().map(|key| (key, false)).collect(), ..Self::default() }
    }

    /// Creates a frame that remembers records whose rows are in the result of an earlier job.
    pub fn of_delivered(keys: Vec<RecordKey>) -> Self {
        Self { keys: keys.into_iter().map(|key| (key, true)).collect(), delivered: true, ..Self::default() }
    }

    /// Creates a frame with the keys of another; the caller adds the rows.
    pub fn with_keys_of(keyed: &Keyed<'_>) -> Self {
        let keys = keyed.keys.iter().map(|key| (RecordKey::from(key.bytes), key.kept)).collect();
        Self { keys, rows: Vec::new(), outlines: keyed.outlines.clone(), delivered: keyed.is_delivered() }
    }

    /// Removes all content and keeps the memory.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.rows.clear();
        (self.outlines, self.delivered) = (StoredOutlines::default(), false);
    }

    /// Adds the key of a record.
    pub fn push_key(&mut self, key: RecordKey) {
        self.keys.push((key, false));
    }

    /// Marks the record of the last key as having a row.
    pub fn keep_last(&mut self) {
        if let Some((_, kept)) = self.keys.last_mut() {
            *kept = true;
        }
    }

    /// Marks the record of the key at `position` as having no row.
    pub fn drop_row(&mut self, position: usize) {
        if let Some((_, kept)) = self.keys.get_mut(position) {
            *kept = false;
        }
    }

    /// Adds a row with the requested columns. Returns its size without the sort keys, with all names.
    pub fn push(&mut self, keys: &[SortKey<'_>], row: Row<'_>, wanted: &[bool]) -> u64 {
        keys.iter().for_each(|key| write_value(key.value(), &mut self.rows));
        let mut size = 0;
        for (column, wanted) in wanted.iter().enumerate() {
            let before = self.rows.len();
            match wanted {
                // Rows that are sorted leave their frame.
                true if keys.is_empty() => {
                    size += write_column(row, column, &mut self.outlines, &mut self.rows);
                    continue;
                }
                true => write_value(row.get(column), &mut self.rows),
                false => write_value(Value::Null, &mut self.rows),
            }
            size += self.rows.len() - before;
        }
        size as u64
    }

    /// Adds a row in the encoding of another frame.
    pub fn push_encoded(&mut self, row: &[u8]) {
        self.rows.extend_from_slice(row);
    }

    /// Returns the size of its encoded rows.
    pub fn size(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.rows.is_empty()
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows.len() + self.keys.len() * 8 + 16);
        out.push(match (self.delivered, self.outlines.is_empty()) {
            (true, _) => DELIVERED,
            (false, true) => VERSION,
            (false, false) => OUTLINED,
        });
        write_number(self.keys.len() as u64, &mut out);
        for (key, kept) in &self.keys {
            write_number((key.len() as u64) << 1 | u64::from(*kept), &mut out);
            out.extend_from_slice(key);
        }
        if !self.delivered && !self.outlines.is_empty() {
            self.outlines.write(&mut out);
        }
        out.extend_from_slice(&self.rows);
        out
    }
}

/// Encoded frame with decoded keys and encoded rows.
pub(super) struct Keyed<'a> {
    version: u8,
    pub keys: Vec<Key<'a>>,
    outlines: StoredOutlines,
    pub rows: &'a [u8],
}

/// Key of a record in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    pub bytes: &'a [u8],
    /// Whether the record has a row.
    pub kept: bool,
}

impl<'a> Keyed<'a> {
    /// Returns the keys of the rows, in their order; empty for a frame of the first version.
    pub fn kept(&self) -> impl Iterator<Item = &'a [u8]> {
        self.keys.iter().filter(|key| key.kept).map(|key| key.bytes)
    }

    /// Returns whether its kept keys are those of rows in the result of an earlier job.
    pub fn is_delivered(&self) -> bool {
        self.version == DELIVERED
    }

    /// Returns whether it records which of its keys have a row.
    pub fn tells_rows(&self) -> bool {
        self.version != FIRST_VERSION
    }
}

/// Decodes the keys of an encoded frame.
pub(super) fn keyed(bytes: &[u8]) -> Option<Keyed<'_>> {
    let (&version, mut rest) = bytes.split_first()?;
    if !(FIRST_VERSION..=OUTLINED).contains(&version) {
        return None;
    }
    let mut keys = Vec::new();
    for _ in 0..read_number(&mut rest)? {
        let number = read_number(&mut rest)?;
        let (length, kept) = if version == FIRST_VERSION { (number, false) } else { (number >> 1, number & 1 == 1) };
        keys.push(Key { bytes: read_bytes(&mut rest, length)?, kept });
    }
    let outlines = if version == OUTLINED { StoredOutlines::read(&mut rest)? } else { StoredOutlines::default() };
    Some(Keyed { version, keys, outlines, rows: rest })
}

/// Returns the keys of an encoded frame.
pub(super) fn keys(bytes: &[u8]) -> Option<Vec<RecordKey>> {
    keyed(bytes).map(|frame| frame.keys.iter().map(|key| RecordKey::from(key.bytes)).collect())
}

/// Decodes the rows of an encoded frame.
pub(super) fn rows(form: &RowForm, bytes: &[u8]) -> Option<Batch> {
    let Keyed { outlines, rows, .. } = keyed(bytes)?;
    read_rows(&form.columns, &outlines, form.keys, rows)
}

/// Returns the rows of an encoded frame, still encoded.
pub(super) fn encoded_rows(bytes: &[u8]) -> Option<&[u8]> {
    keyed(bytes).map(|frame| frame.rows)
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
        let mut frame = Frame::default();
        frame.push_key(RecordKey::from(&[1, 2][..]));
        frame.push_key(RecordKey::from(&[3][..]));
        frame.keep_last();
        frame.push_encoded(&[9, 9]);
        let bytes = frame.encode();
        let found = keyed(&bytes).unwrap_or_else(|| panic!("{bytes:?}"));
        let key = |bytes, kept| Key { bytes, kept };
        assert_eq!((&found.keys[..], found.rows), (&[key(&[1, 2], false), key(&[3], true)][..], &[9, 9][..]));
        assert_eq!((found.kept().count(), found.is_delivered(), found.tells_rows()), (1, false, true));
        assert_eq!(keys(&bytes), Some(vec![RecordKey::from(&[1, 2][..]), RecordKey::from(&[3][..])]));
        assert!(keyed(&bytes[..3]).is_none() && keyed(&[]).is_none() && keyed(&[5, 0]).is_none());
        // A frame of the first version.
        let first = [1, 2, 2, 1, 2, 1, 3, 9, 9];
        let found = keyed(&first).unwrap_or_else(|| panic!("{first:?}"));
        assert_eq!(
            (found.keys.len(), found.kept().count(), found.rows, found.tells_rows()),
            (2, 0, &[9, 9][..], false)
        );
        let delivered = Frame::of_delivered(vec![RecordKey::from(&[5][..])]).encode();
        assert!(keyed(&delivered).is_some_and(|frame| frame.is_delivered() && frame.kept().count() == 1));
    }
}
