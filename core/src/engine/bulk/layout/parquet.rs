//! Parquet file (spec P 16.5), written one row group at a time.

use std::io::{self, Write};

use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::RowWriter;
use super::typed::TypedRows;
use crate::record::Batch;

/// Maximum number of rows in a row group. A group is in memory until it is written, so rows and bytes are both limited.
const GROUP_ROWS: usize = 64 << 10;
const GROUP_BYTES: usize = 2 << 20;

pub(super) struct ParquetWriter<'a, W: Write + Send> {
    columns: TypedRows<'a>,
    out: ArrowWriter<W>,
}

impl<'a, W: Write + Send> ParquetWriter<'a, W> {
    pub fn new(columns: TypedRows<'a>, out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("ElementKit ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            // The page index would stay in memory until the end of the file.
            .set_offset_index_disabled(true)
            .set_statistics_enabled(parquet::file::properties::EnabledStatistics::Chunk)
            .build();
        let schema = columns.schema().clone();
        let out = ArrowWriter::try_new(out, schema, Some(properties)).map_err(io::Error::other)?;
        Ok(Self { columns, out })
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let out = &mut self.out;
        self.columns.push(batch, |full| {
            out.write(full).map_err(io::Error::other)?;
            if out.memory_size() >= GROUP_BYTES {
                out.flush().map_err(io::Error::other)?;
            }
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if let Some(rest) = self.columns.rest()? {
            self.out.write(&rest).map_err(io::Error::other)?;
        }
        let mut out = self.out.into_inner().map_err(io::Error::other)?;
        out.flush()
    }
}
