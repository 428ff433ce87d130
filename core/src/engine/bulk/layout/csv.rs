//! CSV by RFC 4180 (spec P 10.6).

use std::io::{self, Write};

use super::table::{Cell, CellReader, Cells, KnownCell, Table};
use super::{Layout, RowWriter, Spare};
use crate::record::{Batch, Row, Value, write_csv_json, write_csv_part, write_csv_text};

/// Writes a header line, then one line for each row.
pub(super) struct CsvWriter<'a, W> {
    table: &'a Table,
    spare: &'a Spare,
    cells: CellReader,
    nulls: bool,
    /// Prevents spreadsheets from reading a text as a formula.
    safe: bool,
    out: W,
}

impl<'a, W: Write> CsvWriter<'a, W> {
    pub fn new(layout: &'a Layout, nulls: bool, safe: bool, head: bool, mut out: W) -> io::Result<Self> {
        let Layout { table, spare, .. } = layout;
        if head {
            let mut line = Vec::new();
            for (position, column) in table.columns.iter().enumerate() {
                let mut name = column.name.clone().into_bytes();
                disarm(safe, &mut name);
                separate(position, &mut line);
                write_csv_text(&name, &mut line);
            }
            end_line(table, &mut line, 0);
            out.write_all(&line)?;
        }
        let cells = spare.take().unwrap_or_else(|| CellReader::new(table));
        Ok(Self { cells, table, spare, nulls, safe, out })
    }
}

impl<W: Write> RowWriter for CsvWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let mut lines = Vec::with_capacity(batch.text_len() + batch.len() * 100);
        let form = CellForm { nulls: self.nulls, safe: self.safe };
        let columns = self.cells.columns();
        for row in batch.rows() {
            let start = lines.len();
            match &columns {
                Some(columns) => form.write_columns(row, columns, &mut lines),
                None if !self.safe && form.write_known(&mut self.cells, row, &mut lines) => {}
                None => form.write_cells(self.cells.cells(row), self.table.columns.len(), &mut lines),
            }
            end_line(self.table, &mut lines, start);
        }
        self.out.write_all(&lines)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { mut out, cells, spare, .. } = *self;
        spare.put(cells);
        out.flush()
    }
}

/// Form in which cells are written.
#[derive(Clone, Copy)]
struct CellForm {
    nulls: bool,
    safe: bool,
}

impl CellForm {
    /// Writes columns of the row, which have no paths.
    fn write_columns(self, row: Row<'_>, columns: &[usize], line: &mut Vec<u8>) {
        for (position, value) in row.values_of(columns).enumerate() {
            separate(position, line);
            self.write(Cell::Value(value), line);
        }
    }

    /// Writes the cells of a row if they are known. Returns `false` if they must be read.
    fn write_known(self, cells: &mut CellReader, row: Row<'_>, line: &mut Vec<u8>) -> bool {
        let before = line.len();
        let is_known = cells.each_known(row, |text, cell| {
            match cell {
                KnownCell::Null => {}
                KnownCell::Plain(start, end) => write_csv_part(text, start, end, line),
                KnownCell::Other(cell) => self.write(cell, line),
            }
            line.push(b',');
        });
        if is_known && line.len() > before {
            line.pop();
        }
        is_known
    }

    fn write_cells(self, mut cells: Cells<'_, '_>, columns: usize, line: &mut Vec<u8>) {
        for position in 0..columns {
            separate(position, line);
            match cells.plain(position).filter(|_| !self.safe) {
                Some(text) => line.extend_from_slice(text.as_bytes()),
                None => self.write(cells.get(position), line),
            }
        }
    }

    #[inline]
    fn write(self, cell: Cell<'_>, line: &mut Vec<u8>) {
        match cell {
            Cell::Value(Value::Null) => {}
            Cell::Value(Value::Text(text)) if !self.safe => write_csv_text(text.as_bytes(), line),
            // These need no quotes.
            Cell::Value(Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_)) => {
                cell.write_text(self.nulls, line);
            }
            Cell::Inner(json) if !self.safe || !cell.is_text() => write_csv_json(json, self.nulls, line),
            _ => {
                let mut text = Vec::new();
                cell.write_text(self.nulls, &mut text);
                disarm(self.safe && cell.is_text(), &mut text);
                write_csv_text(&text, line);
            }
        }
    }
}

fn separate(position: usize, line: &mut Vec<u8>) {
    if position > 0 {
        line.push(b',');
    }
}

/// Ends a line. Quotes an empty single cell, since a blank line would not count as a record.
fn end_line(table: &Table, line: &mut Vec<u8>, start: usize) {
    if table.columns.len() == 1 && line.len() == start {
        line.extend_from_slice(b"\"\"");
    }
    line.push(b'\n');
}

/// Adds an apostrophe before text that a spreadsheet would run as a formula (OWASP, CSV injection).
fn disarm(safe: bool, text: &mut Vec<u8>) {
    if safe && matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n')) {
        text.insert(0, b'\'');
    }
}
