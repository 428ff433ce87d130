//! File layouts of a result (spec P 10.6, 16.5): the conversion of stored rows to the bytes of a format.

#[cfg(feature = "arrow")]
mod arrow;
mod common;
mod csv;
mod format;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(test)]
mod tests;
#[cfg(feature = "arrow")]
mod typed;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "arrow")]
use arrow_schema::TimeUnit;
pub(crate) use common::{Found, Selected};
pub(crate) use format::Format;
use lines::Lines;
use table::CellReader;
#[cfg(feature = "arrow")]
use typed::TypedRows;

#[cfg(feature = "arrow")]
use crate::record::columnar;
#[cfg(feature = "arrow")]
use crate::record::nested::NestedColumns;
pub(crate) use crate::record::table::{self, Table};
use crate::record::{Batch, Schema};

/// Layout of the rows of one result.
pub(crate) struct Layout {
    format: Format,
    table: Table,
    lines: Lines,
    style: Style,
    /// Nested columns in place of the table.
    #[cfg(feature = "arrow")]
    nested: Option<NestedColumns>,
    /// Reader of a finished writer, for the next one: it knows the form of the rows.
    spare: Spare,
}

/// A reader of the cells of a layout that is not in use.
#[derive(Default)]
struct Spare(Mutex<Option<CellReader>>);

impl Spare {
    fn take(&self) -> Option<CellReader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, reader: CellReader) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
    }
}

/// Choices of a caller besides the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Style {
    /// Whether null fields are written, in JSON (spec P 7.9).
    pub nulls: bool,
    /// Whether every scalar is written as a string, in JSON (`convertToNativeType`, spec P 10.6).
    pub texts: bool,
    /// Whether cells of a CSV file are prevented from starting like a formula.
    pub safe: bool,
    /// Whether objects and arrays of documents are structs and lists, in formats with typed columns.
    pub nested: bool,
}

/// Writes the rows of a result.
pub(crate) trait RowWriter {
    /// Adds rows; some may be buffered until more arrive.
    fn rows(&mut self, batch: &Batch) -> io::Result<()>;
    /// Writes the buffered rows and the end of the file.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Layout {
    /// Creates the layout of a result. `fields` is its SELECT list, `additional` are the names of further members that
    /// occur.
    pub fn new(
        format: Format,
        schema: &Schema,
        fields: Option<&[String]>,
        additional: &BTreeSet<String>,
        style: Style,
    ) -> Self {
        let table = match format.is_columnar() {
            true => Table::new(schema, fields),
            false => Table::spread(schema, fields, additional),
        };
        Self {
            format,
            table,
            lines: Lines::of_model(schema, fields),
            style,
            #[cfg(feature = "arrow")]
            nested: None,
            spare: Spare::default(),
        }
    }

    /// Returns whether rows are independent of each other, so that a reader may begin at any of them.
    pub fn is_row_by_row(&self) -> bool {
        !self.format.is_columnar()
    }

    /// Returns a writer of this layout. With `head` it has written what precedes the rows; without, it continues after
    /// the rows of another writer.
    pub fn writer<'a, W: Write + Send + 'a>(&'a self, head: bool, out: W) -> io::Result<Box<dyn RowWriter + 'a>> {
        let Style { nulls, texts, safe, .. } = self.style;
        Ok(match self.format {
            Format::Csv => Box::new(csv::CsvWriter::new(self, nulls, safe, head, out)?),
            Format::Json | Format::JsonLines | Format::NdJson => {
                Box::new(lines::LinesWriter { lines: &self.lines, nulls, texts, out })
            }
            #[cfg(feature = "arrow")]
            Format::ArrowStream => Box::new(arrow::ArrowWriter::new(self.typed(TimeUnit::Second), out)?),
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                // Parquet has no unit of seconds: readers would see bare numbers.
                Box::new(parquet::ParquetWriter::new(self.typed(TimeUnit::Millisecond), out)?)
            }
        })
    }

    #[cfg(feature = "arrow")]
    fn typed(&self, unit: TimeUnit) -> TypedRows<'_> {
        TypedRows::new(&self.table, self.nested.as_ref(), unit)
    }
}
