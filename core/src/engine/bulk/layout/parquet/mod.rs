//! Parquet file (spec P 16.5), written one row group at a time.
//!
//! Columns are passed to the writers of the format itself. The library's writer of record batches has the same result, but
//! supports every type of column: 0.6 MB of code more.

mod leaves;

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::RowWriter;
use super::typed::TypedRows;
use crate::record::Batch;

/// Maximum number of rows in a row group. A group is in memory until it is written, so rows and bytes are both limited.
const GROUP_ROWS: usize = 64 << 10;
const GROUP_BYTES: usize = 4 << 20;

pub(super) struct ParquetWriter<'a, W: Write + Send> {
    columns: TypedRows<'a>,
    file: File<W>,
}

/// The file, and the rows of its next row group.
struct File<W: Write + Send> {
    out: SerializedFileWriter<W>,
    group: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl<'a, W: Write + Send> ParquetWriter<'a, W> {
    pub fn new(columns: TypedRows<'a>, out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("ElementKit ", env!("CARGO_PKG_VERSION")).to_owned())
            // The page index would stay in memory until the end of the file.
            .set_offset_index_disabled(true)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let fields =
            columns.schema().fields().iter().map(|field| leaves::column_type(field)).collect::<io::Result<_>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build().map_err(io::Error::other)?;
        let out = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io::Error::other)?;
        Ok(Self { columns, file: File { out, group: Vec::new(), rows: 0, bytes: 0 } })
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let file = &mut self.file;
        self.columns.push(batch, |full| file.add(full.clone()))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if let Some(rest) = self.columns.rest()? {
            self.file.add(rest)?;
        }
        self.file.write_group()?;
        let mut out = self.file.out.into_inner().map_err(io::Error::other)?;
        out.flush()
    }
}

impl<W: Write + Send> File<W> {
    fn add(&mut self, batch: RecordBatch) -> io::Result<()> {
        if self.rows + batch.num_rows() > GROUP_ROWS {
            self.write_group()?;
        }
        self.rows += batch.num_rows();
        self.bytes += batch.get_array_memory_size();
        self.group.push(batch);
        if self.bytes >= GROUP_BYTES { self.write_group() } else { Ok(()) }
    }

    fn write_group(&mut self) -> io::Result<()> {
        (self.rows, self.bytes) = (0, 0);
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else { return Ok(()) };
        let mut out = self.out.next_row_group().map_err(io::Error::other)?;
        for column in 0..first.num_columns() {
            let parts =
                group.iter().map(|batch| leaves::leaves(batch.column(column))).collect::<io::Result<Vec<_>>>()?;
            leaves::write(&parts, &mut out)?;
        }
        out.close().map(drop).map_err(io::Error::other)
    }
}
