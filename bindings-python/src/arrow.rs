//! Records as an Arrow C stream, for whichever table library takes it: no copy in between, and none of them needed.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::sync::Mutex;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use bytes::Bytes;
use elementkit::{Error, ErrorKind};
use futures::StreamExt;
use futures::stream::BoxStream;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::pending::Answer;
use crate::runtime::{self, Home};

const NAME: &CStr = c"arrow_array_stream";

/// Records in batches, for a table library; it can be taken once.
#[pyclass(frozen)]
pub struct NativeTable(Mutex<Option<FFI_ArrowArrayStream>>);

impl NativeTable {
    /// A table of the bytes of an Arrow IPC stream; its schema has been read when this is answered. With `whole` all of
    /// it has, so that nothing waits any more when it is taken; else it is read batch by batch as it is taken.
    pub async fn open(chunks: BoxStream<'static, Result<Bytes, Error>>, whole: bool) -> Result<Answer, Error> {
        let mut batches = Batches::open(chunks).await?;
        if whole {
            let mut read = VecDeque::new();
            while let Some(batch) = batches.advance().await? {
                read.push_back(batch);
            }
            batches.ready = read;
        }
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(batches);
        Ok(Answer::Table(Self(Mutex::new(Some(FFI_ArrowArrayStream::new(reader))))))
    }
}

#[pymethods]
impl NativeTable {
    /// The capsule of the Arrow C stream interface; None when it was taken before.
    fn capsule<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyCapsule>>> {
        let stream = self.0.lock().ok().and_then(|mut stream| stream.take());
        stream.map(|stream| PyCapsule::new_with_value(py, stream, NAME)).transpose()
    }
}

/// The batches in a stream of bytes. Dropping it drops the call they come from.
struct Batches {
    chunks: BoxStream<'static, Result<Bytes, Error>>,
    decoder: StreamDecoder,
    /// What is left of the last chunk.
    rest: Buffer,
    ready: VecDeque<RecordBatch>,
    schema: SchemaRef,
    home: Home<()>,
}

impl Batches {
    async fn open(chunks: BoxStream<'static, Result<Bytes, Error>>) -> Result<Self, Error> {
        let empty = Buffer::from(Bytes::new());
        let schema = SchemaRef::new(Schema::empty());
        let (decoder, ready, home) = (StreamDecoder::new(), VecDeque::new(), Home::new(()));
        let mut opened = Self { chunks, decoder, rest: empty, ready, schema, home };
        if let Some(first) = opened.advance().await? {
            opened.ready.push_back(first);
        }
        let none = || wrong("it has no schema");
        opened.schema = opened.decoder.schema().ok_or_else(none)?;
        Ok(opened)
    }

    /// The next batch; none behind the last.
    async fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        if let Some(batch) = self.ready.pop_front() {
            return Ok(Some(batch));
        }
        loop {
            if let Some(batch) = self.decoder.decode(&mut self.rest).map_err(wrong)? {
                return Ok(Some(batch));
            }
            match self.chunks.next().await.transpose()? {
                Some(chunk) => self.rest = Buffer::from(chunk),
                None => return self.decoder.finish().map(|()| None).map_err(wrong),
            }
        }
    }
}

fn wrong(why: impl ToString) -> Error {
    Error::new(ErrorKind::Decode, format!("the records are no Arrow stream: {}", why.to_string()))
}

/// Read by a table library, on its own thread.
impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.ready.pop_front() {
            return Some(Ok(batch));
        }
        let next = self.home.get().and_then(|()| runtime::get()?.block_on(self.advance()));
        next.map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
