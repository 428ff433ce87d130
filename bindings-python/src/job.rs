//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, Format, Job, RecordPage, host};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
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

#[pymethods]
impl NativeJob {
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    fn status(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.status().await?) })
    }

    fn report(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.report().await?) })
    }

    fn cancel(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.cancel().await?) })
    }

    fn resume(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.resume().await?) })
    }

    fn errors(&self) -> NativeErrors {
        NativeErrors(Arc::new(Mutex::new(self.0.error_rows().ready_chunks(ERRORS_AT_ONCE).boxed())))
    }

    fn statuses(&self) -> NativeStatuses {
        NativeStatuses(Arc::new(Mutex::new(self.0.statuses().boxed())))
    }

    fn download(&self, path: String, format: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let format = host::format(format.as_deref(), &path)?;
            Ok(Answer::Number(job.download(path, format).await?))
        })
    }

    /// The records in pages of at most so many.
    fn pages(&self, records: usize) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Ok(Answer::Pages(NativePages::new(job.pages(records).await?))) })
    }

    /// The result for table libraries; see `NativeTable::open`.
    fn table(&self, whole: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { NativeTable::open(job.stream(Format::Arrow).await?.boxed(), whole).await })
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
                Some(status) => Answer::json(&status),
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

/// Rows that failed cross over together, as far as they are there.
const ERRORS_AT_ONCE: usize = 1000;

type ErrorRows = BoxStream<'static, Vec<Result<serde_json::Value, Error>>>;

/// The rows that failed.
#[pyclass(frozen)]
pub struct NativeErrors(Arc<Mutex<ErrorRows>>);

#[pymethods]
impl NativeErrors {
    /// The next rows; None behind the last.
    fn next(&self) -> Pending {
        let rows = Arc::clone(&self.0);
        Pending::new(async move {
            match rows.lock().await.next().await {
                Some(rows) => Answer::json(&rows.into_iter().collect::<Result<Vec<_>, _>>()?),
                None => Ok(Answer::None),
            }
        })
    }
}

/// Records, a page at a time.
#[pyclass(frozen)]
pub struct NativePages(Arc<Mutex<BoxStream<'static, Result<RecordPage, Error>>>>);

impl NativePages {
    pub fn new(pages: impl Stream<Item = Result<RecordPage, Error>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(pages.boxed())))
    }
}

#[pymethods]
impl NativePages {
    /// The next page; None behind the last.
    fn next(&self) -> Pending {
        let pages = Arc::clone(&self.0);
        Pending::new(async move {
            let page = pages.lock().await.next().await.transpose()?;
            Ok(page.map_or(Answer::None, Answer::Page))
        })
    }
}
