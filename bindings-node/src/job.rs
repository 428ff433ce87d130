//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, Format, Job, RecordPage, host};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::answer::{Answer, warnings};
use crate::pending::Pending;

#[napi]
#[derive(Clone)]
pub struct NativeJob(Job);

impl NativeJob {
    pub fn new(job: Job) -> Self {
        Self(job)
    }

    pub fn answer(job: Job) -> Answer {
        Answer { job: Some(Self(job)), ..Answer::default() }
    }
}

#[napi]
impl NativeJob {
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Returns the warnings about its request, as JSON, if there are any.
    #[napi(getter)]
    pub fn warnings(&self) -> Option<String> {
        warnings(self.0.warnings()).ok()?
    }

    #[napi]
    pub fn status(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.status().await?) })
    }

    #[napi]
    pub fn report(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.report().await?) })
    }

    #[napi]
    pub fn cancel(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.cancel().await?) })
    }

    #[napi]
    pub fn resume(&self) -> Pending {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.resume().await?) })
    }

    #[napi]
    pub fn errors(&self) -> NativeErrors {
        NativeErrors(shared(self.0.error_rows().ready_chunks(ERRORS_AT_ONCE)))
    }

    #[napi]
    pub fn statuses(&self) -> NativeStatuses {
        NativeStatuses(shared(self.0.statuses()))
    }

    /// Downloads the result. The default format is inferred from the file extension.
    #[napi]
    pub fn download(&self, path: String, format: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let bytes = job.download(&path, host::format(format.as_deref(), &path)?).await?;
            Ok(Answer { total: Some(bytes as f64), ..Answer::default() })
        })
    }

    /// Returns the records of an upload that failed, or whose outcome is not known, as the bytes of a file.
    #[napi]
    pub fn failed(&self, unknown: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = match unknown {
                true => shared(job.unknown_records().await?),
                false => shared(job.failed_records().await?),
            };
            Ok(Answer { stream: Some(NativeStream(chunks)), ..Answer::default() })
        })
    }

    /// Writes what `failed` returns to a file.
    #[napi]
    pub fn download_failed(&self, path: String, unknown: bool) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let size = if unknown { job.download_unknown(path).await? } else { job.download_failed(path).await? };
            Ok(Answer { total: Some(size as f64), ..Answer::default() })
        })
    }

    /// Returns the records in pages of at most `records`.
    #[napi]
    pub fn pages(&self, records: u32) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            Ok(Answer { pages: Some(NativePages::new(job.pages(records as usize).await?)), ..Answer::default() })
        })
    }

    #[napi]
    pub fn stream(&self, format: String) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = job.stream(Format::named(&format)?).await?;
            Ok(Answer { stream: Some(NativeStream(shared(chunks))), ..Answer::default() })
        })
    }
}

type SharedStream<T> = Arc<Mutex<BoxStream<'static, T>>>;

fn shared<T>(stream: impl Stream<Item = T> + Send + 'static) -> SharedStream<T> {
    Arc::new(Mutex::new(stream.boxed()))
}

/// Drops a stream with its pending work. Without this it would continue until the next garbage collection.
fn close<T: Send + 'static>(stream: &SharedStream<T>) -> Pending {
    let stream = Arc::clone(stream);
    Pending::new(async move {
        *stream.lock().await = futures::stream::empty().boxed();
        Ok(Answer::default())
    })
}

/// The statuses of a job until its end.
#[napi]
pub struct NativeStatuses(SharedStream<Result<BulkJob, Error>>);

#[napi]
impl NativeStatuses {
    /// Returns the next status; `None` after the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let statuses = Arc::clone(&self.0);
        Pending::new(async move {
            match statuses.lock().await.next().await.transpose()? {
                Some(status) => Answer::json(&status),
                None => Ok(Answer::default()),
            }
        })
    }

    #[napi]
    pub fn close(&self) -> Pending {
        close(&self.0)
    }
}

/// The bytes of a result.
#[napi]
pub struct NativeStream(SharedStream<Result<Bytes, Error>>);

#[napi]
impl NativeStream {
    /// Returns the next chunk; `None` after the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let chunks = Arc::clone(&self.0);
        Pending::new(async move {
            let chunk = chunks.lock().await.next().await.transpose()?;
            Ok(Answer { bytes: chunk.map(|chunk| chunk.to_vec().into()), ..Answer::default() })
        })
    }

    #[napi]
    pub fn close(&self) -> Pending {
        close(&self.0)
    }
}

/// Maximum number of failed rows that cross into JavaScript together.
const ERRORS_AT_ONCE: usize = 1000;

/// The rows that failed.
#[napi]
pub struct NativeErrors(SharedStream<Vec<Result<serde_json::Value, Error>>>);

#[napi]
impl NativeErrors {
    /// Returns the next rows; `None` after the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let rows = Arc::clone(&self.0);
        Pending::new(async move {
            match rows.lock().await.next().await {
                Some(rows) => Answer::json(&rows.into_iter().collect::<Result<Vec<_>, _>>()?),
                None => Ok(Answer::default()),
            }
        })
    }

    #[napi]
    pub fn close(&self) -> Pending {
        close(&self.0)
    }
}

/// Records, a page at a time.
#[napi]
pub struct NativePages(SharedStream<Result<RecordPage, Error>>);

impl NativePages {
    pub fn new(pages: impl Stream<Item = Result<RecordPage, Error>> + Send + 'static) -> Self {
        Self(shared(pages))
    }
}

#[napi]
impl NativePages {
    /// Returns the next page; `None` after the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let pages = Arc::clone(&self.0);
        Pending::new(async move {
            match pages.lock().await.next().await.transpose()? {
                Some(page) => Answer::page(&page),
                None => Ok(Answer::default()),
            }
        })
    }

    #[napi]
    pub fn close(&self) -> Pending {
        close(&self.0)
    }
}
