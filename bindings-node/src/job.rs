//! A bulk job, its statuses and its result as a stream.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, ErrorKind, Format, Job};
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
    pub fn answer(job: Job) -> Answer {
        Answer { job: Some(Self(job)), ..Answer::default() }
    }
}

fn format_of(name: &str) -> Result<Format, Error> {
    Format::of_file(Path::new(&format!("x.{name}"))).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name:?} is no format")).with_hint("Use csv, json or jsonl.")
    })
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
            let ending = Path::new(&path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let format = format_of(format.as_deref().unwrap_or(ending))?;
            let bytes = job.download(&path, format).await?;
            Ok(Answer { total: Some(bytes as f64), ..Answer::default() })
        })
    }

    #[napi]
    pub fn stream(&self, format: String) -> Pending {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = job.stream(format_of(&format)?).await?.boxed();
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
