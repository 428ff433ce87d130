//! Records as an Arrow C stream for any table library, without a copy and without a dependency on one.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::sync::Mutex;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use elementkit::host::{self, ArrowBatches};
use elementkit::{Error, ErrorKind};
use futures::StreamExt;
use futures::stream::BoxStream;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::pending::Answer;
use crate::runtime::Home;
use crate::waiting;

const NAME: &CStr = c"arrow_array_stream";

/// Records in batches for a table library; can be consumed once.
#[pyclass(frozen)]
pub struct NativeTable(Mutex<Option<FFI_ArrowArrayStream>>);

impl NativeTable {
    /// Opens a table on the bytes of an Arrow IPC stream and reads its schema. With `whole` it reads all batches, so
    /// that consuming the table does not block; else batches are read as they are consumed.
    pub async fn open(chunks: BoxStream<'static, Result<Bytes, Error>>, whole: bool) -> Result<Answer, Error> {
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(Batches::open(chunks, whole).await?);
        Ok(Answer::Table(Self(Mutex::new(Some(FFI_ArrowArrayStream::new(reader))))))
    }
}

#[pymethods]
impl NativeTable {
    /// Returns the capsule of the Arrow C stream interface; `None` if it was consumed before.
    fn capsule<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyCapsule>>> {
        let stream = self.0.lock().ok().and_then(|mut stream| stream.take());
        stream.map(|stream| PyCapsule::new_with_value(py, stream, NAME)).transpose()
    }
}

/// The batches in a stream of bytes. Dropping it drops the call they come from.
struct Batches {
    source: Home<Source>,
    schema: SchemaRef,
    /// Error that ended the stream early. It must not be taken for the end of the records.
    failed: Option<Error>,
}

struct Source {
    chunks: BoxStream<'static, Result<Bytes, Error>>,
    decoder: ArrowBatches,
    ready: VecDeque<RecordBatch>,
}

impl Batches {
    async fn open(chunks: BoxStream<'static, Result<Bytes, Error>>, whole: bool) -> Result<Self, Error> {
        let mut source =
            Source { chunks: chunks.fuse().boxed(), decoder: ArrowBatches::default(), ready: VecDeque::new() };
        while (whole || source.decoder.schema().is_none()) && source.read().await? {}
        let schema = source.decoder.schema().cloned();
        let schema =
            schema.ok_or_else(|| Error::new(ErrorKind::Decode, "the records are no table: they have no columns"))?;
        Ok(Self { source: Home::new(source), schema, failed: None })
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.info().clone().into());
        }
        let source = self.source.get_mut()?;
        if let Some(batch) = source.ready.pop_front() {
            return Ok(Some(batch));
        }
        let next = waiting::wait_anywhere(host::caught(source.advance()));
        next.inspect_err(|error| self.failed = Some(error.info().clone().into()))
    }
}

impl Source {
    /// Returns the next batch; `None` after the last. May be dropped and called again.
    async fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        while self.ready.is_empty() && self.read().await? {}
        Ok(self.ready.pop_front())
    }

    /// Reads a chunk with the batches that it completes; returns `false` after the last.
    async fn read(&mut self) -> Result<bool, Error> {
        let Some(chunk) = self.chunks.next().await.transpose()? else {
            return self.decoder.finish().map(|()| false);
        };
        self.decoder.push(chunk);
        while let Some(batch) = self.decoder.advance()? {
            self.ready.push_back(batch);
        }
        Ok(true)
    }
}

/// A table library iterates on a thread of its choice, with or without the GIL.
impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
