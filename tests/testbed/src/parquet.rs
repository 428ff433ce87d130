//! Parquet files as other programs read them.

use arrow_array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Reads a file, with at most `rows` rows in a record batch.
///
/// # Errors
/// That of the reader, if it does not understand the file.
pub fn read(file: Bytes, rows: usize) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(rows).build()?;
    reader.map(|batch| batch.map_err(Into::into)).collect()
}
