//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, ErrorKind, Format, Job};
use futures::StreamExt;
use futures::stream::BoxStream;
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::error::to_python;
use crate::pending::{Answer, Pending};

/// A bulk job of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeJob(Job);

impl NativeJob {
    pub fn new(job: Job) -> Self {
        Self(job)
    }
}

/// A value as JSON, to be decoded by Python.
pub fn json(value: &impl serde::Serialize) -> Result<Bytes, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, format!("a value cannot be written: {error}"));
    serde_json::to_vec(value).map(Bytes::from).map_err(failed)
}

fn format_of(name: &str) -> Result<Format, Error> {
    Format::of_file(std::path::Path::new(&format!("x.{name}"))).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name:?} is no format")).with_hint("Use csv, json or jsonl.")
    })
}

#[pymethods]
impl NativeJob {
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    fn status(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Ok(Answer::Bytes(json(&job.status().await?)?)) })
    }

    fn report(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Ok(Answer::Bytes(json(&job.report().await?)?)) })
    }

    fn cancel(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Ok(Answer::Bytes(json(&job.cancel().await?)?)) })
    }

    fn resume(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Ok(Answer::Bytes(json(&job.resume().await?)?)) })
    }

    fn errors(&self, token: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let (rows, next) = job.errors(token.as_deref()).await?;
            Ok(Answer::Errors(json(&rows)?, next))
        })
    }

    fn statuses(&self) -> NativeStatuses {
        NativeStatuses(Arc::new(Mutex::new(self.0.statuses().boxed())))
    }

    fn download(&self, path: String, format: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let format = match format {
                Some(format) => format_of(&format)?,
                None => {
                    let ending = std::path::Path::new(&path).extension().and_then(|ending| ending.to_str());
                    format_of(ending.unwrap_or_default())?
                }
            };
            Ok(Answer::Number(job.download(path, format).await?))
        })
    }

    fn stream(&self, format: &str, py: Python<'_>) -> PyResult<Pending> {
        let job = self.0.clone();
        let format = format_of(format).map_err(|error| to_python(py, &error))?;
        Ok(Pending::new(async move {
            let chunks = job.stream(format).await?.boxed();
            Ok(Answer::Stream(NativeStream(Arc::new(Mutex::new(chunks)))))
        }))
    }
}

/// The statuses of a job until its end.
#[pyclass(frozen)]
pub struct NativeStatuses(Arc<Mutex<BoxStream<'static, Result<BulkJob, Error>>>>);

#[pymethods]
impl NativeStatuses {
    /// The next status; None behind the last.
    fn next(&self) -> Pending {
        let statuses = Arc::clone(&self.0);
        Pending::new(async move {
            match statuses.lock().await.next().await.transpose()? {
                Some(status) => Ok(Answer::Bytes(json(&status)?)),
                None => Ok(Answer::None),
            }
        })
    }
}

/// The bytes of a result.
#[pyclass(frozen)]
pub struct NativeStream(Arc<Mutex<BoxStream<'static, Result<Bytes, Error>>>>);

#[pymethods]
impl NativeStream {
    /// The next chunk; None behind the last.
    fn next(&self) -> Pending {
        let chunks = Arc::clone(&self.0);
        Pending::new(async move {
            let chunk = chunks.lock().await.next().await.transpose()?;
            Ok(chunk.map_or(Answer::None, Answer::Bytes))
        })
    }
}
