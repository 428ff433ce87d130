//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use elementkit::model::{BulkJob, PartitionRows};
use elementkit::{Error, ErrorKind, Format, Job, RecordPage, host};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use pyo3::prelude::*;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::arrow::NativeTable;
use crate::error::to_python;
use crate::lists;
use crate::pending::{Answer, Pending};
use crate::records::Fill;
use crate::runtime::Home;

/// A bulk job of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeJob(Home<Job>);

impl NativeJob {
    pub fn new(job: Job) -> Self {
        Self(Home::new(job))
    }

    /// Wraps the job of a pull.
    pub fn of(home: Home<Job>) -> Self {
        Self(home)
    }
}

#[pymethods]
impl NativeJob {
    #[getter]
    fn id(&self) -> &str {
        self.0.peek().id()
    }

    fn status(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.get()?.status().await?) })
    }

    fn report(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.get()?.report().await?) })
    }

    /// Returns the partitions of the result; `None` if it is sorted.
    fn partitions(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let parts = job.get()?.partitions().await?;
            parts.map_or(Ok(Answer::None), |parts| Answer::json(&parts))
        })
    }

    /// Returns the job with this partition as its result.
    fn partition(&self, partition: String, records_count: u64) -> Self {
        let part = PartitionRows { partition, records_count };
        Self(self.0.part(|job| job.clone().partition(part)))
    }

    fn cancel(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.get()?.cancel().await?) })
    }

    fn resume(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.get()?.resume().await?) })
    }

    fn errors(&self) -> NativeErrors {
        NativeErrors(self.0.part(|job| shared(job.error_rows().ready_chunks(ERRORS_AT_ONCE))))
    }

    /// Returns the statuses until the end, which must come within the time limit if there is one.
    fn statuses(&self, timeout_ms: Option<u64>) -> NativeStatuses {
        let limit = timeout_ms.map(Duration::from_millis).map(|limit| (Instant::now() + limit, limit));
        NativeStatuses { statuses: self.0.part(|job| shared(job.statuses())), limit, id: self.0.peek().id().to_owned() }
    }

    fn download(&self, path: String, format: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let format = host::format(format.as_deref(), &path)?;
            Ok(Answer::Number(job.get()?.download(path, format).await?))
        })
    }

    /// Returns the records of an upload that failed, or whose outcome is not known, as the bytes of a file.
    fn failed(&self, unknown: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let job = job.get()?;
            Ok(Answer::Stream(match unknown {
                true => NativeStream::new(job.unknown_records().await?),
                false => NativeStream::new(job.failed_records().await?),
            }))
        })
    }

    /// Writes what `failed` returns to a file.
    fn download_failed(&self, path: String, unknown: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let job = job.get()?;
            let size = if unknown { job.download_unknown(path).await? } else { job.download_failed(path).await? };
            Ok(Answer::Number(size))
        })
    }

    /// Returns the records in pages of at most `records`.
    fn pages(&self, records: usize) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let job = job.get()?;
            Ok(Answer::Pages(NativePages::of(job, job.pages(records).await?).await?))
        })
    }

    /// Returns the result for table libraries; see `NativeTable::open`.
    fn table(&self, whole: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { NativeTable::open(job.get()?.stream(Format::Arrow).await?.boxed(), whole).await })
    }

    fn stream(&self, format: &str, py: Python<'_>) -> PyResult<Pending> {
        let job = self.0.clone();
        let format = Format::named(format).map_err(|error| to_python(py, &error))?;
        Ok(Pending::new(async move { Ok(Answer::Stream(NativeStream::new(job.get()?.stream(format).await?))) }))
    }
}

type SharedStream<T> = Arc<Mutex<BoxStream<'static, T>>>;

fn shared<T>(stream: impl Stream<Item = T> + Send + 'static) -> SharedStream<T> {
    Arc::new(Mutex::new(stream.boxed()))
}

/// The statuses of a job until its end.
#[pyclass(frozen)]
pub struct NativeStatuses {
    statuses: Home<SharedStream<Result<BulkJob, Error>>>,
    limit: Option<(Instant, Duration)>,
    id: String,
}

#[pymethods]
impl NativeStatuses {
    /// Returns the next status; `None` after the last.
    fn next(&self) -> Pending {
        let (statuses, limit, id) = (self.statuses.clone(), self.limit, self.id.clone());
        Pending::new(async move {
            let next = async { statuses.get()?.lock().await.next().await.transpose() };
            let status = match limit {
                None => next.await?,
                Some((end, limit)) => {
                    tokio::time::timeout_at(end, next).await.map_err(|_| unfinished(&id, limit))??
                }
            };
            status.map_or(Ok(Answer::None), |status| Answer::json(&status))
        })
    }
}

fn unfinished(id: &str, limit: Duration) -> Error {
    let error = Error::new(ErrorKind::Timeout, format!("job {id} has not ended within {limit:?}"));
    error.with_hint("It continues: wait for it again, or cancel it.")
}

/// The bytes of a result.
#[pyclass(frozen)]
pub struct NativeStream(Home<SharedStream<Result<Bytes, Error>>>);

impl NativeStream {
    pub fn new(chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'static) -> Self {
        Self(Home::new(shared(chunks)))
    }
}

#[pymethods]
impl NativeStream {
    /// Returns the next chunk; `None` after the last.
    fn next(&self) -> Pending {
        let chunks = self.0.clone();
        Pending::new(async move {
            let chunk = chunks.get()?.lock().await.next().await.transpose()?;
            Ok(chunk.map_or(Answer::None, Answer::Bytes))
        })
    }
}

/// Maximum number of failed rows that cross into Python together.
const ERRORS_AT_ONCE: usize = 1000;

/// The rows that failed.
#[pyclass(frozen)]
pub struct NativeErrors(Home<SharedStream<Vec<Result<serde_json::Value, Error>>>>);

#[pymethods]
impl NativeErrors {
    /// Returns the next rows; `None` after the last.
    fn next(&self) -> Pending {
        let rows = self.0.clone();
        Pending::new(async move {
            match rows.get()?.lock().await.next().await {
                Some(rows) => Answer::json(&rows.into_iter().collect::<Result<Vec<_>, _>>()?),
                None => Ok(Answer::None),
            }
        })
    }
}

/// Records, a page at a time.
#[pyclass(frozen)]
pub struct NativePages(Home<SharedStream<Result<(RecordPage, Fill), Error>>>);

impl NativePages {
    pub fn new(pages: impl Stream<Item = Result<(RecordPage, Fill), Error>> + Send + 'static) -> Self {
        Self(Home::new(shared(pages)))
    }

    /// Opens the pages of a job's result.
    pub async fn of(
        job: &Job,
        pages: impl Stream<Item = Result<RecordPage, Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        let fill = lists::known(job.columns().await)?;
        Ok(Self::new(pages.map_ok(move |page| (page, fill.clone()))))
    }
}

#[pymethods]
impl NativePages {
    /// Returns the next page; `None` after the last.
    fn next(&self) -> Pending {
        let pages = self.0.clone();
        Pending::new(async move {
            let page = pages.get()?.lock().await.next().await.transpose()?;
            Ok(page.map_or(Answer::None, |(page, fill)| Answer::Page(page, fill)))
        })
    }
}
