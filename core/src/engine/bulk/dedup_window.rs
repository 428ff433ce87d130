//! Deduplication of records within a list. Pages overlap only at their borders, so the last keys suffice (spec BT 2.6).

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use super::frame;
use super::segment::SegmentReader;
use crate::element::ObjectInfo;
use crate::engine::store::SegmentRow;
use crate::engine::vault::Key;
use crate::error::Result;
use crate::record::binary::write_value;
use crate::record::{FieldReader, Row, Schema, Value};

/// Number of keys remembered for one list.
pub(super) const LENGTH: usize = 10_000;

/// Primary key of a record as bytes.
pub(super) type RecordKey = Arc<[u8]>;

/// Keys of the records read last.
#[derive(Default)]
pub(super) struct DedupWindow {
    known: HashSet<RecordKey>,
    order: VecDeque<RecordKey>,
}

impl DedupWindow {
    /// Returns the keys of the last records in a list's segments. Blocks.
    pub fn of(folder: &Path, key: &Key, segments: &[SegmentRow]) -> Result<Self> {
        let mut window = Self::default();
        for row in segments {
            let mut reader = SegmentReader::open(folder, key, row.clone())?;
            while let Some(bytes) = reader.next()? {
                for key in frame::keys(&bytes).unwrap_or_default() {
                    window.insert(key);
                }
            }
        }
        Ok(window)
    }

    /// Adds a key. Returns `false` if it is already known.
    pub fn insert(&mut self, key: RecordKey) -> bool {
        if !self.known.insert(Arc::clone(&key)) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > LENGTH
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
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
        let mut key = Vec::new();
        if let Some(documents) = &self.documents {
            for value in documents.values(row) {
                match value.get() {
                    Value::Null => return None,
                    value => write_value(value, &mut key),
                }
            }
            return Some(key.into());
        }
        for column in &self.columns {
            match row.get(*column) {
                Value::Null => return None,
                value => write_value(value, &mut key),
            }
        }
        Some(key.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_knows_the_last_ones_only() {
        let key = |number: usize| RecordKey::from(number.to_le_bytes());
        let mut window = DedupWindow::default();
        assert!((0..=LENGTH).all(|number| window.insert(key(number))));
        assert!(!window.insert(key(1)));
        assert!(window.insert(key(0)), "the oldest was forgotten");
    }
}
