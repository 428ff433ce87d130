//! A result as an Arrow C stream, for whichever table library takes it: no copy in between, and none of them needed.

use std::ffi::CStr;
use std::io::{self, Read};

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_ipc::reader::StreamReader;
use bytes::{Buf, Bytes};
use elementkit::{Error, ErrorKind, Format, Job};
use futures::StreamExt;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use tokio::sync::mpsc;

use crate::pending::{Answer, Pending};

const NAME: &CStr = c"arrow_array_stream";
/// Chunks read ahead of the table library.
const AHEAD: usize = 4;

/// A result whose batches are read as they are asked for; it can be taken once.
#[pyclass(frozen)]
pub struct NativeTable(std::sync::Mutex<Option<FFI_ArrowArrayStream>>);

impl NativeTable {
    /// Opens the result of a job; its schema has been read when this is answered.
    pub fn open(job: Job) -> Pending {
        Pending::new(async move {
            let mut chunks = Box::pin(job.stream(Format::Arrow).await?);
            let (sender, receiver) = mpsc::channel(AHEAD);
            tokio::spawn(async move {
                while let Some(chunk) = chunks.next().await {
                    if sender.send(chunk).await.is_err() {
                        return;
                    }
                }
            });
            let reader = Chunks { receiver, rest: Bytes::new() };
            let opened = tokio::task::spawn_blocking(move || StreamReader::try_new(reader, None)).await;
            let wrong = |why: String| Error::new(ErrorKind::Decode, format!("the result is no Arrow stream: {why}"));
            let stream = opened.map_err(|error| wrong(error.to_string()))?.map_err(|error| wrong(error.to_string()))?;
            let reader: Box<dyn RecordBatchReader + Send> = Box::new(stream);
            Ok(Answer::Table(Self(std::sync::Mutex::new(Some(FFI_ArrowArrayStream::new(reader))))))
        })
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

/// The chunks as a reader that blocks the thread of the table library, never one of ours.
struct Chunks {
    receiver: mpsc::Receiver<Result<Bytes, Error>>,
    rest: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.rest = chunk.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let length = self.rest.len().min(buffer.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
