//! Bulk: start a job, watch it, take its result (spec P 10).

use std::fmt::Display;
use std::path::Path;

use async_stream::try_stream;
use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use http::Method;
use http::header::ACCEPT;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::array::ToArray;
use super::connection::Outgoing;
use super::instance::InstanceHandle;
use crate::error::{Error, ErrorKind, Info, Result};
use crate::model::{BulkJob, BulkReport, JobStatus};

/// The bulk jobs of one instance.
#[derive(Clone)]
pub struct Bulk {
    instance: InstanceHandle,
}

/// A query job to start (spec P 10.2).
#[derive(Clone, Debug)]
pub struct BulkQuery {
    statement: String,
    from: Option<String>,
    to: Option<String>,
}

/// Formats a result can be read in (spec P 10.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    JsonLines,
}

/// A bulk job.
#[derive(Clone)]
pub struct Job {
    instance: InstanceHandle,
    id: String,
    object: String,
}

impl BulkQuery {
    /// A job of this statement, for instance `select * from contacts where lastUpdated > '2026-01-01'`.
    pub fn new(statement: impl Into<String>) -> Self {
        Self { statement: statement.into(), from: None, to: None }
    }

    /// Only records changed at or after this ISO-8601 date.
    #[must_use]
    pub fn from(mut self, date: impl Into<String>) -> Self {
        self.from = Some(date.into());
        self
    }

    /// Only records changed at or before this ISO-8601 date.
    #[must_use]
    pub fn to(mut self, date: impl Into<String>) -> Self {
        self.to = Some(date.into());
        self
    }
}

impl From<&str> for BulkQuery {
    fn from(statement: &str) -> Self {
        Self::new(statement)
    }
}

impl Format {
    /// The media type asked for. A JSON array is made from the lines, since platforms send lines as JSON.
    fn accept(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
        }
    }

    /// The usual ending of a file of this format, without the point.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    /// The format a file name ends in.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let same = |format: &Self| format.ending() == ending || (*format == Self::JsonLines && ending == "ndjson");
        [Self::Csv, Self::Json, Self::JsonLines].into_iter().find(same)
    }
}

impl Bulk {
    pub(super) fn new(instance: InstanceHandle) -> Self {
        Self { instance }
    }

    /// Starts a query job.
    ///
    /// # Errors
    /// `invalid_request` with the position when the statement cannot be read, `not_found` for an unknown object.
    pub async fn query(&self, query: impl Into<BulkQuery>) -> Result<Job> {
        let query = query.into();
        let object = object_of(&query.statement);
        let mut call = Outgoing::new(Method::POST, "bulk/query").query("q", query.statement);
        for (name, date) in [("from", query.from), ("to", query.to)] {
            if let Some(date) = date {
                call = call.query(name, date);
            }
        }
        let job: BulkJob = self.instance.send(call).await?.json().await?;
        Ok(Job { instance: self.instance.clone(), id: job.id, object })
    }

    /// A job known by its id.
    ///
    /// # Errors
    /// `not_found` when the instance has no such job.
    pub async fn job(&self, id: impl Display) -> Result<Job> {
        let call = Outgoing::new(Method::GET, format!("bulk/{id}/status"));
        let job: BulkJob = self.instance.send(call).await?.json().await?;
        let object = job.object_name.unwrap_or_default();
        Ok(Job { instance: self.instance.clone(), id: job.id, object })
    }

    /// The newest jobs, newest first; at most one page of them.
    pub async fn list(&self) -> Result<Vec<BulkJob>> {
        let call = Outgoing::new(Method::GET, "bulk/jobs");
        self.instance.send(call).await?.json().await
    }
}

/// The object of a statement, for the path of its result; the platform has the last word on it.
fn object_of(statement: &str) -> String {
    crate::query::parse_select(statement).map(|select| select.object).unwrap_or_default()
}

impl Job {
    /// The id of the job.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it stands.
    pub async fn status(&self) -> Result<BulkJob> {
        self.get("status").await
    }

    /// Its figures; only where the platform has the extension `bulk-report`.
    pub async fn report(&self) -> Result<BulkReport> {
        self.get("report").await
    }

    /// Asks the job to end; soon its status is `CANCELLED` (spec P 10.8).
    pub async fn cancel(&self) -> Result<BulkJob> {
        self.put("cancel").await
    }

    /// Goes on from where an aborted or cancelled job stopped; nothing is lost or repeated (spec P 16.3).
    pub async fn resume(&self) -> Result<BulkJob> {
        self.put("resume").await
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// `job_failed` or `job_cancelled` when it ends without success.
    pub async fn wait(&self) -> Result<BulkJob> {
        self.wait_with(|_| {}).await
    }

    /// Waits for the end and hands every status it sees to `progress`.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub async fn wait_with(&self, mut progress: impl FnMut(&BulkJob)) -> Result<BulkJob> {
        let mut statuses = std::pin::pin!(self.statuses());
        let mut last = None;
        while let Some(job) = statuses.try_next().await? {
            progress(&job);
            last = Some(job);
        }
        last.ok_or_else(|| Error::new(ErrorKind::Internal, "a job had no status"))
    }

    /// Its status now and again, until the job has ended; with growing pauses (spec P 14.7). When it ends without
    /// success, that status is followed by the error `job_failed` or `job_cancelled`.
    pub fn statuses(&self) -> impl Stream<Item = Result<BulkJob>> + Send + use<> {
        let job = self.clone();
        let polling = job.instance.connection().polling;
        let pauses = ExponentialBuilder::default().with_min_delay(polling.first).with_max_delay(polling.longest);
        let mut pauses = pauses.with_factor(1.5).without_max_times().build();
        try_stream! {
            loop {
                let status = job.status().await?;
                let terminal = status.status.is_terminal();
                yield status.clone();
                if terminal {
                    ended(status)?;
                    break;
                }
                tokio::time::sleep(pauses.next().unwrap_or(polling.longest)).await;
            }
        }
    }

    /// The rows that failed, one page of them (spec P 10.7).
    pub async fn errors(&self, token: Option<&str>) -> Result<(Vec<Value>, Option<String>)> {
        let mut call = Outgoing::new(Method::GET, format!("bulk/{}/errors", self.id));
        if let Some(token) = token {
            call = call.query("nextPage", token);
        }
        let answer = self.instance.send(call).await?;
        let next = answer.next_page_token().map(str::to_owned);
        Ok((answer.json().await?, next))
    }

    /// The result as a stream of bytes.
    ///
    /// # Errors
    /// `not_found` while the job runs, and when its file has expired.
    pub async fn stream(&self, format: Format) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let path = format!("bulk/{}/{}", self.id, self.object);
        let call = Outgoing::new(Method::GET, path).header(ACCEPT, format.accept())?;
        let mut chunks = self.instance.send(call).await?.into_stream();
        Ok(try_stream! {
            let mut array = (format == Format::Json).then(ToArray::default);
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                yield match &mut array {
                    Some(array) => array.push(&chunk),
                    None => chunk,
                };
            }
            if let Some(array) = array {
                yield array.finish();
            }
        })
    }

    /// Writes the result into a file and answers its size in bytes. The file appears only when it is whole; one of
    /// that name is replaced.
    ///
    /// # Errors
    /// `storage` when the file cannot be written; what was there before is then still there.
    pub async fn download(&self, path: impl AsRef<Path>, format: Format) -> Result<u64> {
        let path = path.as_ref();
        let mut chunks = std::pin::pin!(self.stream(format).await?);
        let mut part = super::part::PartFile::create(path).await?;
        let mut file = part.writer()?;
        let mut written = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            file.write_all(&chunk).await.map_err(|error| super::part::failed(path, &error))?;
            written += chunk.len() as u64;
        }
        part.keep(file).await?;
        Ok(written)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<T> {
        let call = Outgoing::new(Method::GET, format!("bulk/{}/{what}", self.id));
        self.instance.send(call).await?.json().await
    }

    async fn put(&self, what: &str) -> Result<BulkJob> {
        let call = Outgoing::new(Method::PUT, format!("bulk/{}/{what}", self.id));
        self.instance.send(call).await?.json().await
    }
}

/// The end of a job as a result.
fn ended(job: BulkJob) -> Result<BulkJob> {
    if job.status.is_success() {
        return Ok(job);
    }
    let cancelled = job.status == JobStatus::Cancelled;
    let message = match &job.error {
        Some(error) => format!("bulk job {} ended {}: {error}", job.id, job.status),
        None => format!("bulk job {} ended {}", job.id, job.status),
    };
    Err(Error::from(Info {
        kind: if cancelled { ErrorKind::JobCancelled } else { ErrorKind::JobFailed },
        message,
        hint: Some(format!("When the cause is gone, resume job {}: it goes on where it stopped.", job.id)),
        ..Info::default()
    }))
}
