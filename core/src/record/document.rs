//! Rows of records without a closed list of columns: each is one JSON text.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::check::{MalformedJson, check, compact};
#[cfg(feature = "embedded")]
use super::outlined::Outlined;
use super::{Batch, Column, Kind, Schema, Value};

/// Name of the only column of documents.
const RECORD: &str = "record";

static DOCUMENTS: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let mut schema = Schema::new([Column { name: RECORD.into(), kind: Kind::Json }]);
    schema.documents = true;
    Arc::new(schema)
});

impl Schema {
    /// Returns the schema of records without a closed list of columns. A row is one JSON value of any type, and wherever
    /// a column is named, a dotted path into the record takes its place.
    pub fn documents() -> Arc<Self> {
        Arc::clone(&DOCUMENTS)
    }

    /// Returns whether rows are [documents](Self::documents).
    pub fn is_documents(&self) -> bool {
        self.documents
    }
}

impl Batch {
    /// Creates a batch of [documents](Schema::documents) on a page that contains them. The rows are parts of the page,
    /// which is checked once and not copied.
    ///
    /// # Errors
    /// Returns an error if the page is not one JSON value, or is nested more deeply than 200 levels.
    pub fn of_page(page: String) -> Result<Self, MalformedJson> {
        let compact = check(&page)?;
        let mut batch = Self::new(Schema::documents());
        batch.pin(page, compact);
        Ok(batch)
    }

    /// Creates a batch as [`of_page`](Self::of_page), on a page that was checked before: one JSON value. `is_compact` is
    /// whether there is no white space between its tokens.
    /// `outlined` are values that were found by it.
    #[cfg(feature = "embedded")]
    pub(crate) fn of_checked_page(page: String, is_compact: bool, outlined: Outlined) -> Self {
        debug_assert!(check(&page).is_ok());
        let mut batch = Self::new(Schema::documents());
        batch.pin(page, is_compact);
        batch.pin_values(outlined);
        batch
    }

    /// Appends the record in this range of the page, which must be that of one JSON value.
    ///
    /// # Panics
    /// Panics if the range is not one of the page.
    pub fn push_slice(&mut self, range: Range<usize>) {
        debug_assert!(self.schema().is_documents());
        if self.pinned_compact(range.start) {
            return self.push_pinned(range);
        }
        let mut compacted = String::with_capacity(range.len());
        compact(self.pinned(range), &mut compacted);
        self.push(Value::Json(&compacted));
    }

    /// Appends a record to a batch of [documents](Schema::documents). White space between its tokens is not kept;
    /// everything else is, for instance all digits of numbers.
    ///
    /// # Errors
    /// Returns an error if the text is not one JSON value, or is nested more deeply than 200 levels.
    pub fn push_document(&mut self, json: &str) -> Result<(), MalformedJson> {
        debug_assert!(self.schema().is_documents());
        match check(json)? {
            true => self.push(Value::Json(json)),
            false => {
                let mut compacted = String::with_capacity(json.len());
                compact(json, &mut compacted);
                self.push(Value::Json(&compacted));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(batch: &Batch) -> Vec<String> {
        let text = |row: crate::record::Row<'_>| match row.get(0) {
            Value::Json(text) => text.to_owned(),
            other => format!("{other:?}"),
        };
        batch.rows().map(text).collect()
    }

    #[test]
    fn rows_are_parts_of_their_page() {
        let page = r#"[{"a":"b c"},7]"#;
        let mut batch = Batch::of_page(page.to_owned()).unwrap();
        batch.push_slice(1..12);
        batch.push_slice(13..14);
        batch.push_document("[ 1 ]").unwrap();
        assert_eq!(records(&batch), [r#"{"a":"b c"}"#, "7", "[1]"]);
        assert_eq!(batch.text_len(), page.len() + 3, "no record was copied");
        let mut batch = Batch::of_page(r#"[ {"a" : "b c"} , 7]"#.to_owned()).unwrap();
        batch.push_slice(2..15);
        assert_eq!(records(&batch), [r#"{"a":"b c"}"#]);
        assert!(Batch::of_page("[1".to_owned()).is_err());
    }

    #[test]
    fn a_page_is_left_once_most_rows_are_gone() {
        let page = format!("[{}]", vec![format!("\"{}\"", "x".repeat(998)); 200].join(","));
        let mut batch = Batch::of_page(page.clone()).unwrap();
        (0..200).for_each(|row| batch.push_slice(1 + 1001 * row..1001 * (row + 1)));
        let mut kept = 0;
        let mut keep = |count: usize| {
            kept = 0;
            batch.retain(|_| {
                kept += 1;
                kept <= count
            });
            (batch.len(), batch.text_len())
        };
        assert_eq!(keep(100), (100, page.len()));
        assert_eq!(keep(10), (10, 10_000));
        assert_eq!(records(&batch)[9].len(), 1000);
    }

    #[test]
    fn documents_are_checked_and_compact() {
        let mut batch = Batch::new(Schema::documents());
        for json in [" { \"a b\" : [ 1.50 , null ] }\n", "7", "\"x\"", "[ ]", "null"] {
            assert_eq!(batch.push_document(json), Ok(()));
        }
        assert!(batch.push_document("{").is_err() && batch.push_document("").is_err());
        let records: Vec<_> = batch.rows().map(|row| row.get(0)).collect();
        assert_eq!(records, ["{\"a b\":[1.50,null]}", "7", "\"x\"", "[]", "null"].map(Value::Json));
    }
}
