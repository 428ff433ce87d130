//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, ErrorKind, Format, Job, RecordPage};
use futures::StreamExt;
use futures::stream::BoxStream;
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::arrow::NativeTable;
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

/// The format asked for, else that of the file's ending.
pub fn format_for(path: &str, format: Option<&str>) -> Result<Format, Error> {
    let ending = || std::path::Path::new(path).extension().and_then(|ending| ending.to_str());
    Format::named(format.or_else(ending).unwrap_or_default())
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
            let format = format_for(&path, format.as_deref())?;
            Ok(Answer::Number(job.download(path, format).await?))
        })
    }

    /// The records in pages of at most so many, each as JSON.
    fn pages(&self, records: usize) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let pages = job.pages(records).await?.boxed();
            Ok(Answer::Pages(NativePages::new(Arc::new(Mutex::new(pages)))))
        })
    }

    /// The result for table libraries.
    fn table(&self) -> Pending {
        NativeTable::open(self.0.clone())
    }

    fn stream(&self, format: &str, py: Python<'_>) -> PyResult<Pending> {
        let job = self.0.clone();
        let format = Format::named(format).map_err(|error| to_python(py, &error))?;
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

type SharedPages = Arc<Mutex<BoxStream<'static, Result<RecordPage, Error>>>>;

/// The records of a result, a page at a time.
#[pyclass(frozen)]
pub struct NativePages(SharedPages);

impl NativePages {
    pub fn new(pages: SharedPages) -> Self {
        Self(pages)
    }
}

#[pymethods]
impl NativePages {
    /// The next page as JSON; None behind the last.
    fn next(&self) -> Pending {
        let pages = Arc::clone(&self.0);
        Pending::new(async move {
            let page = pages.lock().await.next().await.transpose()?;
            Ok(page.map_or(Answer::None, |page| Answer::Bytes(page.json().clone())))
        })
    }
}
