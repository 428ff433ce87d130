//! Rows of records without a closed list of columns: each is one JSON text.

use std::sync::{Arc, LazyLock};

use super::check::{MalformedJson, check, compact};
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
