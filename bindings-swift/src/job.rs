//! A bulk job, its statuses and its result as a stream.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, Format, Job, RecordPage, host};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::Mutex;

use crate::pending::text;
use crate::{Answer, Pending, WarningInfo, warnings};

/// A bulk job of the core.
#[derive(uniffi::Object)]
pub struct NativeJob(Job);

impl NativeJob {
    pub(crate) fn new(job: Job) -> Arc<Self> {
        Arc::new(Self(job))
    }

    pub(crate) fn answer(job: Job) -> Answer {
        Answer { job: Some(Self::new(job)), ..Answer::default() }
    }
}

#[uniffi::export]
impl NativeJob {
    /// Its id.
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Warnings about the request that started it.
    pub fn warnings(&self) -> Vec<WarningInfo> {
        warnings::listed(self.0.warnings())
    }

    /// Returns its status, as JSON.
    pub fn status(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.status().await?) })
    }

    /// Returns its figures, as JSON.
    pub fn report(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.report().await?) })
    }

    /// Requests its cancellation.
    pub fn cancel(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.cancel().await?) })
    }

    /// Resumes it where it stopped.
    pub fn resume(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.resume().await?) })
    }

    /// Returns a page of the rows that failed, as JSON.
    pub fn errors(&self, token: Option<String>) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let (rows, next) = job.errors(token.as_deref()).await?;
            Ok(Answer { next, ..Answer::json(&rows)? })
        })
    }

    /// Returns its statuses until its end.
    pub fn statuses(&self) -> Arc<NativeStatuses> {
        Arc::new(NativeStatuses(Arc::new(Mutex::new(self.0.statuses().boxed()))))
    }

    /// Writes the result to a file; the default format is inferred from the file extension.
    pub fn download(&self, path: String, format: Option<String>) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let bytes = job.download(&path, host::format(format.as_deref(), &path)?).await?;
            Ok(Answer { total: Some(bytes), ..Answer::default() })
        })
    }

    /// Returns the records of an upload that failed, or whose outcome is not known, as the bytes of a file.
    pub fn failed(&self, unknown: bool) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = match unknown {
                true => job.unknown_records().await?.boxed(),
                false => job.failed_records().await?.boxed(),
            };
            let stream = Arc::new(NativeStream(Arc::new(Mutex::new(chunks))));
            Ok(Answer { stream: Some(stream), ..Answer::default() })
        })
    }

    /// Writes what `failed` returns to a file.
    pub fn download_failed(&self, path: String, unknown: bool) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let size = if unknown { job.download_unknown(path).await? } else { job.download_failed(path).await? };
            Ok(Answer { total: Some(size), ..Answer::default() })
        })
    }

    /// Returns the records in pages of at most `records`.
    pub fn pages(&self, records: i64) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let pages = job.pages(host::batch_size(records)?).await?.boxed();
            Ok(Answer { pages: Some(NativePages::new(pages)), ..Answer::default() })
        })
    }

    /// Returns the result as a stream.
    pub fn stream(&self, format: String) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = job.stream(Format::named(&format)?).await?.boxed();
            let stream = Arc::new(NativeStream(Arc::new(Mutex::new(chunks))));
            Ok(Answer { stream: Some(stream), ..Answer::default() })
        })
    }
}

type SharedStream<T> = Arc<Mutex<BoxStream<'static, Result<T, Error>>>>;

/// The statuses of a job.
#[derive(uniffi::Object)]
pub struct NativeStatuses(SharedStream<BulkJob>);

#[uniffi::export]
impl NativeStatuses {
    /// Returns the next status as JSON; an empty answer after the last.
    pub fn next(&self) -> Arc<Pending> {
        let statuses = Arc::clone(&self.0);
        Pending::new(async move {
            match statuses.lock().await.next().await.transpose()? {
                Some(status) => Answer::json(&status),
                None => Ok(Answer::default()),
            }
        })
    }
}

/// The bytes of a result.
#[derive(uniffi::Object)]
pub struct NativeStream(SharedStream<Bytes>);

#[uniffi::export]
impl NativeStream {
    /// Returns the next chunk; an empty answer after the last.
    pub fn next(&self) -> Arc<Pending> {
        let chunks = Arc::clone(&self.0);
        Pending::new(async move {
            let chunk = chunks.lock().await.next().await.transpose()?;
            Ok(Answer { bytes: chunk.map(|chunk| chunk.to_vec()), ..Answer::default() })
        })
    }
}

/// The records of a result, a page at a time.
#[derive(uniffi::Object)]
pub struct NativePages(SharedStream<RecordPage>);

impl NativePages {
    pub(crate) fn new(pages: BoxStream<'static, Result<RecordPage, Error>>) -> Arc<Self> {
        Arc::new(Self(Arc::new(Mutex::new(pages))))
    }
}

#[uniffi::export]
impl NativePages {
    /// Returns the next page as JSON; an empty answer after the last.
    pub fn next(&self) -> Arc<Pending> {
        let pages = Arc::clone(&self.0);
        Pending::new(async move {
            match pages.lock().await.next().await.transpose()? {
                Some(page) => Ok(Answer { json: Some(text(page.json().to_vec())?), ..Answer::default() }),
                None => Ok(Answer::default()),
            }
        })
    }
}
