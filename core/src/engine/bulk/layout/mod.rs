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

use std::collections::BTreeSet;
use std::io::{self, Write};

pub(crate) use common::{Found, Selected};
pub(crate) use format::Format;
use lines::Lines;

#[cfg(feature = "arrow")]
use crate::record::columnar;
pub(crate) use crate::record::table::{self, Table};
use crate::record::{Batch, Schema};

/// Layout of the rows of one result.
pub(crate) struct Layout {
    format: Format,
    table: Table,
    lines: Lines,
    style: Style,
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
        Self { format, table, lines: Lines::of_model(schema, fields), style }
    }

    /// Returns whether rows are independent of each other, so that a reader may begin at any of them.
    pub fn is_row_by_row(&self) -> bool {
        !self.format.is_columnar()
    }

    /// Returns a writer of this layout. With `head` it has written what precedes the rows; without, it continues after
    /// the rows of another writer.
    pub fn writer<'a, W: Write + Send + 'a>(&'a self, head: bool, out: W) -> io::Result<Box<dyn RowWriter + 'a>> {
        let Style { nulls, texts, safe } = self.style;
        Ok(match self.format {
            Format::Csv => Box::new(csv::CsvWriter::new(&self.table, nulls, safe, head, out)?),
            Format::Json | Format::JsonLines | Format::NdJson => {
                Box::new(lines::LinesWriter { lines: &self.lines, nulls, texts, out })
            }
            #[cfg(feature = "arrow")]
            Format::ArrowStream => Box::new(arrow::ArrowWriter::new(&self.table, out)?),
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(parquet::ParquetWriter::new(&self.table, out)?),
        })
    }
}
