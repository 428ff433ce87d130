//! Rows as Arrow record batches, for formats with typed columns (spec P 16.5).

use std::borrow::Borrow;
use std::io;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder, TimestampSecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::Batch;
use super::table::{Cell, CellKind, CellReader, Table};

/// Maximum number of rows, and of bytes of text, in a record batch; these alone bound memory.
pub(super) const ROWS: usize = 4096;
pub(super) const TEXT: usize = 512 << 10;

const UTC: &str = "UTC";

/// Collects rows into record batches.
pub(crate) struct Columns<T: Borrow<Table> = Table> {
    table: T,
    cells: CellReader,
    schema: SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
    text: usize,
    scratch: Vec<u8>,
}

pub(super) enum Builder {
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Seconds(TimestampSecondBuilder),
    Milliseconds(TimestampMillisecondBuilder),
    Text(StringBuilder),
}

impl<T: Borrow<Table>> Columns<T> {
    /// Creates the builders of a table. `unit` is seconds, or milliseconds for formats that do not support seconds.
    pub fn new(table: T, unit: TimeUnit) -> Self {
        let columns = &table.borrow().columns;
        let fields = columns.iter().map(|column| Field::new(&column.name, data_type(column.kind, unit), true));
        let builders = columns.iter().map(|column| Builder::new(column.kind, unit)).collect();
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let cells = CellReader::new(table.borrow());
        Self { table, cells, schema, builders, rows: 0, text: 0, scratch: Vec::new() }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Appends rows; passes every full record batch to `full`.
    pub fn push(&mut self, batch: &Batch, mut full: impl FnMut(&RecordBatch) -> io::Result<()>) -> io::Result<()> {
        for row in batch.rows() {
            let mut cells = self.cells.cells(row);
            for (at, (column, builder)) in self.table.borrow().columns.iter().zip(&mut self.builders).enumerate() {
                let cell = cells.get(at);
                self.text += builder.append(column.kind, cell, &mut self.scratch);
            }
            self.rows += 1;
            if self.rows >= ROWS || self.text >= TEXT {
                full(&self.take()?)?;
            }
        }
        Ok(())
    }

    /// Returns the remaining rows, or `None` if there are none.
    pub fn rest(&mut self) -> io::Result<Option<RecordBatch>> {
        if self.rows == 0 { Ok(None) } else { self.take().map(Some) }
    }

    fn take(&mut self) -> io::Result<RecordBatch> {
        (self.rows, self.text) = (0, 0);
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)
    }
}

pub(super) fn data_type(kind: CellKind, unit: TimeUnit) -> DataType {
    match kind {
        CellKind::Int => DataType::Int64,
        CellKind::Float => DataType::Float64,
        CellKind::Bool => DataType::Boolean,
        CellKind::Date => DataType::Timestamp(unit, Some(UTC.into())),
        CellKind::Text | CellKind::Json | CellKind::Any => DataType::Utf8,
    }
}

impl Builder {
    pub fn new(kind: CellKind, unit: TimeUnit) -> Self {
        match kind {
            CellKind::Int => Self::Int(Int64Builder::new()),
            CellKind::Float => Self::Float(Float64Builder::new()),
            CellKind::Bool => Self::Bool(BooleanBuilder::new()),
            CellKind::Date if unit == TimeUnit::Second => {
                Self::Seconds(TimestampSecondBuilder::new().with_timezone(UTC))
            }
            CellKind::Date => Self::Milliseconds(TimestampMillisecondBuilder::new().with_timezone(UTC)),
            CellKind::Text | CellKind::Json | CellKind::Any => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a cell, or null if it does not fit. Returns the length of its text.
    pub fn append(&mut self, kind: CellKind, cell: Cell<'_>, scratch: &mut Vec<u8>) -> usize {
        match self {
            Self::Int(builder) => builder.append_option(cell.int()),
            Self::Float(builder) => builder.append_option(cell.float()),
            Self::Bool(builder) => builder.append_option(cell.bool()),
            Self::Seconds(builder) => builder.append_option(cell.date()),
            Self::Milliseconds(builder) => builder.append_option(cell.date().map(|seconds| seconds * 1000)),
            Self::Text(builder) if cell.is_null() || !cell.fits(kind) => builder.append_null(),
            // A string without escapes is the text, a number or a word as well.
            Self::Text(builder)
                if kind != CellKind::Json
                    && let Some(text) = cell.plain() =>
            {
                builder.append_value(text);
                return text.len();
            }
            Self::Text(builder) => {
                scratch.clear();
                match kind {
                    CellKind::Json => cell.write_json(scratch),
                    _ => cell.write_text(true, scratch),
                }
                // All parts are strings, so the result is valid UTF-8.
                builder.append_option(std::str::from_utf8(scratch).ok());
                return scratch.len();
            }
        }
        0
    }

    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Seconds(builder) => Arc::new(builder.finish()),
            Self::Milliseconds(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}
