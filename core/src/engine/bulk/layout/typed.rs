//! Rows of formats with typed columns, flat or nested.

use std::io;

use arrow_array::RecordBatch;
use arrow_schema::{SchemaRef, TimeUnit};

use super::columnar::Columns;
use super::table::Table;
use crate::record::Batch;
use crate::record::nested::{NestedBuilder, NestedColumns};

/// Collects rows into record batches.
pub(super) enum TypedRows<'a> {
    Flat(Columns<&'a Table>),
    Nested(NestedBuilder<'a>),
}

impl<'a> TypedRows<'a> {
    /// Creates the builders of nested columns if there are any, or else those of a table.
    pub fn new(table: &'a Table, nested: Option<&'a NestedColumns>, unit: TimeUnit) -> Self {
        match nested {
            Some(columns) => Self::Nested(NestedBuilder::new(columns, unit)),
            None => Self::Flat(Columns::new(table, unit)),
        }
    }

    pub fn schema(&self) -> &SchemaRef {
        match self {
            Self::Flat(columns) => columns.schema(),
            Self::Nested(columns) => columns.schema(),
        }
    }

    /// Appends rows; passes every full record batch to `full`.
    pub fn push(&mut self, batch: &Batch, full: impl FnMut(&RecordBatch) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Flat(columns) => columns.push(batch, full),
            Self::Nested(columns) => columns.push(batch, full),
        }
    }

    /// Returns the remaining rows, or `None` if there are none.
    pub fn rest(&mut self) -> io::Result<Option<RecordBatch>> {
        match self {
            Self::Flat(columns) => columns.rest(),
            Self::Nested(columns) => columns.rest(),
        }
    }
}
