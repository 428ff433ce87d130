//! Arrow IPC stream (spec P 16.5).

use std::io::{self, Write};

use arrow_ipc::writer::StreamWriter;

use super::RowWriter;
use super::typed::TypedRows;
use crate::record::Batch;

pub(super) struct ArrowWriter<'a, W: Write> {
    columns: TypedRows<'a>,
    out: StreamWriter<W>,
}

impl<'a, W: Write> ArrowWriter<'a, W> {
    pub fn new(columns: TypedRows<'a>, out: W) -> io::Result<Self> {
        let out = StreamWriter::try_new(out, columns.schema()).map_err(io::Error::other)?;
        Ok(Self { columns, out })
    }
}

impl<W: Write> RowWriter for ArrowWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let out = &mut self.out;
        self.columns.push(batch, |full| out.write(full).map_err(io::Error::other))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if let Some(rest) = self.columns.rest()? {
            self.out.write(&rest).map_err(io::Error::other)?;
        }
        self.out.finish().map_err(io::Error::other)?;
        self.out.flush().map_err(io::Error::other)
    }
}
