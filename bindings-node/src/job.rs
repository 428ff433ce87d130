//! A bulk job, its statuses and its result as a stream.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, Format, Job, RecordPage};
use futures::StreamExt;
use futures::stream::BoxStream;
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::answer::{Answer, json};
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

/// The format asked for, else that of the file's ending.
pub fn format_for(path: &str, format: Option<&str>) -> Result<Format, Error> {
    let ending = || Path::new(path).extension().and_then(|ending| ending.to_str());
    Format::named(format.or_else(ending).unwrap_or_default())
}

#[napi]
impl NativeJob {
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_owned()
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
    pub fn errors(&self, token: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let (rows, next) = job.errors(token.as_deref()).await?;
            Ok(Answer { json: Some(json(&rows)?), next, ..Answer::default() })
        })
    }

    #[napi]
    pub fn statuses(&self) -> NativeStatuses {
        NativeStatuses(Arc::new(Mutex::new(self.0.statuses().boxed())))
    }

    /// The format is that of the file's ending when it is not given.
    #[napi]
    pub fn download(&self, path: String, format: Option<String>) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let bytes = job.download(&path, format_for(&path, format.as_deref())?).await?;
            Ok(Answer { total: Some(bytes as f64), ..Answer::default() })
        })
    }

    /// The records in pages of at most so many.
    #[napi]
    pub fn pages(&self, records: u32) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let pages = job.pages(records as usize).await?.boxed();
            Ok(Answer { pages: Some(NativePages::new(Arc::new(Mutex::new(pages)))), ..Answer::default() })
        })
    }

    #[napi]
    pub fn stream(&self, format: String) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = job.stream(Format::named(&format)?).await?.boxed();
            Ok(Answer { stream: Some(NativeStream(Arc::new(Mutex::new(chunks)))), ..Answer::default() })
        })
    }
}

/// The statuses of a job until its end.
#[napi]
pub struct NativeStatuses(Arc<Mutex<BoxStream<'static, Result<BulkJob, Error>>>>);

#[napi]
impl NativeStatuses {
    /// The next status; nothing behind the last.
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
}

/// The bytes of a result.
#[napi]
pub struct NativeStream(Arc<Mutex<BoxStream<'static, Result<Bytes, Error>>>>);

#[napi]
impl NativeStream {
    /// The next chunk; nothing behind the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let chunks = Arc::clone(&self.0);
        Pending::new(async move {
            let chunk = chunks.lock().await.next().await.transpose()?;
            Ok(Answer { bytes: chunk.map(|chunk| chunk.to_vec().into()), ..Answer::default() })
        })
    }
}

type SharedPages = Arc<Mutex<BoxStream<'static, Result<RecordPage, Error>>>>;

/// The records of a result, a page at a time.
#[napi]
pub struct NativePages(SharedPages);

impl NativePages {
    pub fn new(pages: SharedPages) -> Self {
        Self(pages)
    }
}

#[napi]
impl NativePages {
    /// The next page; nothing behind the last.
    #[napi]
    pub fn next(&self) -> Pending {
        let pages = Arc::clone(&self.0);
        Pending::new(async move {
            match pages.lock().await.next().await.transpose()? {
                Some(page) => Ok(Answer { json: Answer::text(page.json())?, ..Answer::default() }),
                None => Ok(Answer::default()),
            }
        })
    }
}
