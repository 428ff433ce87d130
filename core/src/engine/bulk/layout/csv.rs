//! CSV by RFC 4180 (spec P 10.6).

use std::io::{self, Write};

use super::RowWriter;
use super::table::{Cells, Table};
use crate::record::Batch;

/// Writes a header line, then a line a row.
pub(super) struct CsvWriter<'a, W> {
    table: &'a Table,
    nulls: bool,
    /// Keeps spreadsheets from reading a text as a formula.
    safe: bool,
    out: W,
}

impl<'a, W: Write> CsvWriter<'a, W> {
    pub fn new(table: &'a Table, nulls: bool, safe: bool, head: bool, mut out: W) -> io::Result<Self> {
        if head {
            let mut lines = lines();
            for column in &table.columns {
                let mut name = column.name.clone().into_bytes();
                disarm(safe, &mut name);
                lines.write_field(name)?;
            }
            lines.write_record(None::<&[u8]>)?;
            out.write_all(&bytes(lines))?;
        }
        Ok(Self { table, nulls, safe, out })
    }
}

impl<W: Write> RowWriter for CsvWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let mut lines = lines();
        let mut text = Vec::new();
        for row in batch.rows() {
            let mut cells = Cells::new(row);
            for column in &self.table.columns {
                text.clear();
                let cell = cells.get(column);
                cell.write_text(self.nulls, &mut text);
                disarm(self.safe && cell.is_text(), &mut text);
                lines.write_field(&text)?;
            }
            lines.write_record(None::<&[u8]>)?;
        }
        self.out.write_all(&bytes(lines))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let mut out = self.out;
        out.flush()
    }
}

fn lines() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new())
}

/// Writing into memory cannot fail.
fn bytes(lines: csv::Writer<Vec<u8>>) -> Vec<u8> {
    lines.into_inner().unwrap_or_default()
}

/// Puts an apostrophe before what a spreadsheet would run (OWASP, CSV injection).
fn disarm(safe: bool, text: &mut Vec<u8>) {
    if safe && matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n')) {
        text.insert(0, b'\'');
    }
}
