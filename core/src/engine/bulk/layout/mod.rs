//! The file layouts of a result (spec P 10.6, 16.5): how stored rows become the bytes of a format.

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

pub(crate) use common::Selected;
pub(crate) use format::Format;
use lines::Lines;

#[cfg(feature = "arrow")]
use crate::record::columnar;
pub(crate) use crate::record::table::{self, Table};
use crate::record::{Batch, Schema};

/// How the rows of one result are written.
pub(crate) struct Layout {
    format: Format,
    table: Table,
    lines: Lines,
    style: Style,
}

/// What a caller may choose besides the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Style {
    /// Null fields are written, in JSON (spec P 7.9).
    pub nulls: bool,
    /// Every scalar is a text, in JSON (`convertToNativeType`, spec P 10.6).
    pub texts: bool,
    /// No cell of a CSV file starts like a formula.
    pub safe: bool,
}

/// Writes the rows of a result.
pub(crate) trait RowWriter {
    /// Takes rows in; some may wait until more are there.
    fn rows(&mut self, batch: &Batch) -> io::Result<()>;
    /// Writes what waits, and the end.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Layout {
    /// The layout of a result. `fields` is its SELECT list, `additional` are the names of further members that
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

    /// Whether every row stands for itself, so that a reader may begin at any.
    pub fn is_row_by_row(&self) -> bool {
        !self.format.is_columnar()
    }

    /// A writer of this layout, with what stands before the rows already written. Without the head it goes on
    /// where rows before were written by another.
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
