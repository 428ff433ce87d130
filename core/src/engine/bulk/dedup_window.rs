//! Deduplication of records within a list. Pages overlap only at their borders, so the last keys suffice (spec BT 2.6).

use std::collections::HashSet;
use std::path::Path;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::frame;
use super::segment::SegmentReader;
use crate::element::ObjectInfo;
use crate::engine::store::SegmentRow;
use crate::engine::vault::Key;
use crate::error::Result;
use crate::record::binary::write_value;
use crate::record::{FieldReader, Row, Schema, Value};

/// Number of keys remembered for one list at least.
pub(super) const LENGTH: usize = 10_000;

/// Primary key of a record as bytes. Numbers need no allocation.
pub(super) type RecordKey = SmallVec<[u8; 16]>;

/// Keys of the records read last: at least [`LENGTH`], at most twice as many.
#[derive(Default)]
pub(super) struct DedupWindow {
    recent: HashSet<RecordKey, RandomState>,
    /// Those before, forgotten as a whole: removing them one by one costs as much as adding them.
    earlier: HashSet<RecordKey, RandomState>,
}

impl DedupWindow {
    /// Returns the keys of the last records in a list's segments. Blocks.
    pub fn of(folder: &Path, key: &Key, segments: &[SegmentRow]) -> Result<Self> {
        let mut window = Self::default();
        for row in segments {
            let mut reader = SegmentReader::open(folder, key, row.clone())?;
            while let Some(bytes) = reader.next()? {
                for key in frame::keys(&bytes).unwrap_or_default() {
                    window.insert(&key);
                }
            }
        }
        Ok(window)
    }

    /// Adds a key. Returns `false` if it is already known.
    pub fn insert(&mut self, key: &RecordKey) -> bool {
        if self.earlier.contains(key) || !self.recent.insert(key.clone()) {
            return false;
        }
        if self.recent.len() == LENGTH {
            std::mem::swap(&mut self.recent, &mut self.earlier);
            self.recent.clear();
        }
        true
    }
}

/// Reads the primary keys of an object's records.
pub(super) struct KeyReader {
    columns: Vec<usize>,
    /// Paths of the key in documents.
    documents: Option<FieldReader>,
}

impl KeyReader {
    pub fn new(object: &ObjectInfo, schema: &Schema) -> Self {
        let names = object.primary_key.iter().map(|name| &**name);
        Self {
            columns: names.clone().filter_map(|name| schema.position(name)).collect(),
            documents: schema.is_documents().then(|| FieldReader::new(names, schema)),
        }
    }

    /// Returns the key of a record, or `None` if a part of it could not be read.
    pub fn key(&self, row: Row<'_>) -> Option<RecordKey> {
        let mut key = RecordKey::new();
        if let Some(documents) = &self.documents {
            for value in documents.values(row) {
                match value.get() {
                    Value::Null => return None,
                    value => write_value(value, &mut key),
                }
            }
            return Some(key);
        }
        for column in &self.columns {
            match row.get(*column) {
                Value::Null => return None,
                value => write_value(value, &mut key),
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_knows_the_last_ones_only() {
        let key = |number: usize| RecordKey::from(&number.to_le_bytes()[..]);
        let mut window = DedupWindow::default();
        for number in 0..5 * LENGTH {
            assert!(window.insert(&key(number)));
            assert!(!window.insert(&key(number.saturating_sub(LENGTH - 1))), "the last ones are known");
        }
        assert!(window.insert(&key(0)), "the oldest were forgotten");
        assert!(window.recent.len() + window.earlier.len() < 2 * LENGTH);
    }
}
