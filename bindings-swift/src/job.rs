//! A bulk job, its statuses and its result as a stream.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use elementkit::model::BulkJob;
use elementkit::{Error, ErrorKind, Format, Job};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::Mutex;

use crate::{Answer, Pending};

/// A bulk job of the core.
#[derive(uniffi::Object)]
pub struct NativeJob(Job);

impl NativeJob {
    pub(crate) fn answer(job: Job) -> Answer {
        Answer { job: Some(Arc::new(Self(job))), ..Answer::default() }
    }
}

fn format_of(name: &str) -> Result<Format, Error> {
    Format::of_file(Path::new(&format!("x.{name}"))).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name:?} is no format")).with_hint("Use csv, json or jsonl.")
    })
}

#[uniffi::export]
impl NativeJob {
    /// Its id.
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Where it stands, as JSON.
    pub fn status(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.status().await?) })
    }

    /// Its figures, as JSON.
    pub fn report(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.report().await?) })
    }

    /// Asks it to end.
    pub fn cancel(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.cancel().await?) })
    }

    /// Goes on where it stopped.
    pub fn resume(&self) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move { Answer::json(&job.resume().await?) })
    }

    /// A page of the rows that failed, as JSON.
    pub fn errors(&self, token: Option<String>) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let (rows, next) = job.errors(token.as_deref()).await?;
            Ok(Answer { next, ..Answer::json(&rows)? })
        })
    }

    /// Its statuses until its end.
    pub fn statuses(&self) -> Arc<NativeStatuses> {
        Arc::new(NativeStatuses(Arc::new(Mutex::new(self.0.statuses().boxed()))))
    }

    /// Writes the result into a file; the format is that of the file's ending when it is not given.
    pub fn download(&self, path: String, format: Option<String>) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let ending = Path::new(&path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let format = format_of(format.as_deref().unwrap_or(ending))?;
            let bytes = job.download(&path, format).await?;
            Ok(Answer { total: Some(bytes), ..Answer::default() })
        })
    }

    /// The result as a stream.
    pub fn stream(&self, format: String) -> Arc<Pending> {
        let job = self.0.clone();
        Pending::new(async move {
            let chunks = job.stream(format_of(&format)?).await?.boxed();
            let stream = Arc::new(NativeStream(Arc::new(Mutex::new(chunks))));
            Ok(Answer { stream: Some(stream), ..Answer::default() })
        })
    }
}

type Shared<T> = Arc<Mutex<BoxStream<'static, Result<T, Error>>>>;

/// The statuses of a job.
#[derive(uniffi::Object)]
pub struct NativeStatuses(Shared<BulkJob>);

#[uniffi::export]
impl NativeStatuses {
    /// The next status as JSON; nothing behind the last.
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
pub struct NativeStream(Shared<Bytes>);

#[uniffi::export]
impl NativeStream {
    /// The next chunk; nothing behind the last.
    pub fn next(&self) -> Arc<Pending> {
        let chunks = Arc::clone(&self.0);
        Pending::new(async move {
            let chunk = chunks.lock().await.next().await.transpose()?;
            Ok(Answer { bytes: chunk.map(|chunk| chunk.to_vec()), ..Answer::default() })
        })
    }
}
