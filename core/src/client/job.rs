//! Bulk jobs: waiting for them, ending them, reading their results (spec P 10.5 to 10.8, 16.1 to 16.3).

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::address::Address;
use super::capabilities::Extension;
use super::format::Format;
use super::head::Head;
use super::instance::InstanceHandle;
use super::outgoing::{Outgoing, segment};
use super::records::{Record, RecordPage};
use super::rows::{Pager, ToArray, ToLines};
use super::stall::{StallWatch, Step, parked};
use super::verify::Verifier;
use super::{download, pages};
use crate::atomic_file::{self, AtomicFile, Readers};
use crate::error::{Error, ErrorKind, Info, Result};
use crate::model::{BulkJob, BulkReport, JobStatus, PartitionRows};
use crate::warning::{Warning, Warnings};

/// A bulk job.
#[derive(Clone, Debug)]
pub struct Job {
    instance: InstanceHandle,
    id: String,
    /// Empty if it could not be read from the statement.
    object: String,
    /// The final status, once seen, if it is a success. Shared by all clones.
    succeeded: Arc<OnceLock<BulkJob>>,
    /// Shared by all clones of the job of a pull.
    reading: Option<Arc<ResultProgress>>,
    warnings: Arc<[Warning]>,
    /// Policy for warnings, in place of that of the instance.
    policy: Option<Warnings>,
    /// Whether nested values of typed files are structs and lists.
    structs: bool,
    /// Partition that is the result, in place of all of them.
    part: Option<PartitionRows>,
}

/// Progress of reading the result of a pull's job.
#[derive(Debug, Default)]
struct ResultProgress {
    /// Whether the whole result has been read.
    complete: AtomicBool,
}

impl Job {
    pub(super) fn new(instance: InstanceHandle, id: String, object: String) -> Self {
        Self {
            instance,
            id,
            object,
            succeeded: Arc::default(),
            reading: None,
            warnings: Arc::default(),
            policy: None,
            structs: false,
            part: None,
        }
    }

    /// Returns the same job, whose Arrow and Parquet files have structs and lists in place of JSON for objects and arrays.
    /// An ElementKit engine supports it for records without a closed schema; otherwise reading such a file fails with
    /// `invalid_request`.
    #[must_use]
    pub fn structs(self) -> Self {
        Self { structs: true, ..self }
    }

    /// Returns the same job, which records when its whole result has been read.
    pub(super) fn tracked(self) -> Self {
        Self { reading: Some(Arc::default()), ..self }
    }

    /// Returns the final status of a tracked job, once its whole result has been read through any clone.
    pub(super) fn read_to_its_end(&self) -> Option<&BulkJob> {
        let reading = self.reading.as_ref()?;
        self.succeeded.get().filter(|_| reading.complete.load(Ordering::Acquire))
    }

    pub(super) fn with_warnings(self, warnings: Arc<[Warning]>, policy: Option<Warnings>) -> Self {
        Self { warnings, policy, ..self }
    }

    /// Applies the policy for warnings to those of the final status that are not about the request.
    fn judge(&self, status: &BulkJob) -> Result<()> {
        let found: Vec<Warning> =
            status.warnings.iter().filter(|warning| !self.warnings.contains(warning)).cloned().collect();
        let call = Outgoing { warnings: self.policy, ..self.call(Method::GET, "status") };
        self.instance.connection().judge_warnings(&call, &found, None)
    }

    /// Returns the id of the job.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what the platform ignored, adjusted or questions about the request that started the job. For a job that was
    /// looked up by its id, the warnings are those of its status; some platforms omit them there.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the instance of the job.
    pub fn instance(&self) -> &InstanceHandle {
        &self.instance
    }

    /// Returns the current status.
    pub async fn status(&self) -> Result<BulkJob> {
        let job: BulkJob = self.send(self.call(Method::GET, "status")).await?;
        self.note(&job);
        Ok(job)
    }

    /// Stores the status of a success.
    pub(super) fn note(&self, job: &BulkJob) {
        if job.status.is_success() {
            let _ = self.succeeded.set(job.clone());
        }
    }

    /// Returns the status of the success, requested if it has not been seen; `None` for any other end.
    pub(super) async fn success(&self) -> Result<Option<&BulkJob>> {
        if self.succeeded.get().is_none() {
            self.status().await?;
        }
        Ok(self.succeeded.get())
    }

    /// Returns the report of the job.
    ///
    /// # Errors
    /// `unsupported` if the platform has no `bulk-report`.
    pub async fn report(&self) -> Result<BulkReport> {
        self.instance.capabilities().await?.require(Extension::BulkReport, "reports of bulk jobs")?;
        self.send(self.call(Method::GET, "report")).await
    }

    /// Returns the report with the watermark of each partition, for
    /// [`BulkQuery::watermarks`](super::BulkQuery::watermarks).
    ///
    /// # Errors
    /// As [`report`](Self::report).
    pub async fn watermarks(&self) -> Result<BulkReport> {
        self.instance.capabilities().await?.require(Extension::BulkReport, "reports of bulk jobs")?;
        self.send(self.call(Method::GET, "report").query("watermarks", "true")).await
    }

    /// Returns the same job with one partition as its result.
    pub(super) fn of_part(self, part: PartitionRows) -> Self {
        // The rows of a part do not make a pull complete.
        Self { part: Some(part), reading: None, ..self }
    }

    /// Requests that the job end; soon its status is `CANCELLED` (spec P 10.8).
    pub async fn cancel(&self) -> Result<BulkJob> {
        self.send(self.call(Method::PUT, "cancel")).await
    }

    /// Continues an aborted or cancelled job where it stopped; no row is lost or repeated (spec P 16.3).
    ///
    /// # Errors
    /// `unsupported` if the platform has no `bulk-resume`; `invalid_request` for a job that ended otherwise;
    /// `not_found` if its checkpoint is gone.
    pub async fn resume(&self) -> Result<BulkJob> {
        self.instance.capabilities().await?.require(Extension::BulkResume, "to resume bulk jobs")?;
        self.send(self.call(Method::PUT, "resume")).await
    }

    /// Waits for the end of the job.
    ///
    /// # Errors
    /// `job_failed` or `job_cancelled` if it ends without success; `invalid_request` if warnings are denied and it ends
    /// with some; `timeout` if no worker runs it and it cannot be resumed, as while the platform is suspended.
    pub async fn wait(&self) -> Result<BulkJob> {
        self.wait_with(|_| {}).await
    }

    /// Waits for the end of the job and passes every status on the way to `progress`.
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

    /// Returns its status at intervals until the job has ended: on hosted platforms first after one second, then with
    /// pauses that grow to 30 s (spec P 14.7). If the job ends without success, that status is followed by the error
    /// `job_failed` or `job_cancelled`.
    ///
    /// A job that no worker runs, because its process ended or workers are manual, is resumed. One that stays parked
    /// nevertheless, as while the platform is suspended, ends the stream with the error `timeout`.
    pub fn statuses(&self) -> impl Stream<Item = Result<BulkJob>> + Send + use<> {
        let job = self.clone();
        let polling = job.instance.connection().polling;
        try_stream! {
            let mut standstill = StallWatch::default();
            for pause in polling.pauses() {
                job.instance.connection().pause(pause).await?;
                let status = job.status().await?;
                let terminal = status.status.is_terminal();
                yield status.clone();
                if terminal {
                    job.judge(&ended(status)?)?;
                    break;
                }
                match standstill.step(&status, Instant::now(), polling.parked) {
                    Step::Wait => {}
                    // The next status shows whether it could be resumed.
                    Step::Resume => drop(job.resume().await),
                    Step::GiveUp => Err(parked(&job.id, polling))?,
                }
            }
        }
    }

    /// Returns one page of the rows that failed, and the token of the next page (spec P 10.7). Each row is an object
    /// that has at least `status`, the cause.
    pub async fn errors(&self, token: Option<&str>) -> Result<(Vec<Value>, Option<String>)> {
        let answer = self.instance.send(self.call(Method::GET, "errors").page(token)).await?;
        let (rows, next): (Vec<Value>, _) = pages::read(answer).await?;
        // Some platforms send only strings.
        let object = |row| if let Value::String(text) = row { json!({"status": text}) } else { row };
        Ok((rows.into_iter().map(object).collect(), next))
    }

    /// Returns every row that failed, page by page.
    pub fn error_rows(&self) -> impl Stream<Item = Result<Value>> + Send + use<> {
        let job = self.clone();
        let page = move |token: Option<String>| {
            let job = job.clone();
            async move { job.errors(token.as_deref()).await }
        };
        let rows = |rows: Vec<Value>| futures::stream::iter(rows.into_iter().map(Ok));
        pages::follow(page).map_ok(rows).try_flatten()
    }

    /// Returns the result as a stream of bytes. It continues after a broken connection if the platform has
    /// `download-range`.
    ///
    /// # Errors
    /// `not_found` while the job runs, and after its file has expired; `unsupported` for a format that the platform
    /// lacks; `decode` if the platform sends something else, or fewer records than the job has written.
    pub async fn stream(&self, format: Format) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let reading = self.tracked_result().await?;
        let rows = self.open(format).await?;
        Ok(try_stream! {
            let mut rows = std::pin::pin!(rows);
            while let Some(chunk) = rows.try_next().await? {
                yield chunk;
            }
            if let Some(reading) = reading {
                reading.complete.store(true, Ordering::Release);
            }
        })
    }

    /// Returns the progress of a tracked job, to record when its result has been fully read; `None` if the job ended
    /// without success, since its result is then incomplete.
    async fn tracked_result(&self) -> Result<Option<Arc<ResultProgress>>> {
        let Some(reading) = &self.reading else { return Ok(None) };
        Ok(self.success().await?.map(|_| Arc::clone(reading)))
    }

    async fn open(&self, format: Format) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let path = format!("bulk/{}/{}", segment(&self.id), segment(&self.object().await?));
        let nested = self.structs && matches!(format, Format::Arrow | Format::Parquet);
        let mut query: Vec<(String, String)> =
            nested.then(|| ("nested".to_owned(), "structs".to_owned())).into_iter().collect();
        if let Some(part) = &self.part {
            self.instance.capabilities().await?.require(Extension::BulkPartitions, "results by partitions")?;
            // The only list of an object is its whole result.
            query.extend((!part.partition.is_empty()).then(|| ("partition".to_owned(), part.partition.clone())));
        }
        match download::open(&self.instance, path, query, format).await {
            Ok((media_type, chunks)) => {
                let verifier = Verifier::new(format, media_type.as_deref())?;
                Ok(in_layout(self.clone().verified(verifier, Box::pin(chunks)), format))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.without_result(error).await),
            Err(error) => Err(error),
        }
    }

    /// Passes the bytes through, and fails if they are not the complete result.
    fn verified(
        self,
        mut verifier: Verifier,
        mut chunks: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> impl Stream<Item = Result<Bytes>> + Send {
        try_stream! {
            while let Some(chunk) = chunks.try_next().await? {
                verifier.push(&chunk)?;
                yield chunk;
            }
            let least = match &self.part {
                Some(part) => Some(part.records_count),
                // Without the status, the number of records is not known.
                None => Box::pin(self.success()).await.ok().flatten().and_then(BulkJob::least_records),
            };
            verifier.finish(least)?;
        }
    }

    /// Returns the reason why there is no result, as far as the job shows it.
    async fn without_result(&self, error: Error) -> Error {
        if error.info().hint.as_deref() != Some(error.kind().hint()) {
            // The platform has reported it.
            return error;
        }
        match self.status().await {
            Ok(job) if !job.status.is_terminal() => error
                .with_hint(format!("Job {} is {}: its result is available when it has ended.", self.id, job.status)),
            Ok(job) if !job.status.is_success() => error.with_hint(format!(
                "Job {} ended {}: resume it, and it continues where it stopped.",
                self.id, job.status
            )),
            _ => error,
        }
    }

    /// Returns the names of the result's columns in order, as the CSV form has them.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub async fn columns(&self) -> Result<Vec<String>> {
        let mut chunks = std::pin::pin!(self.open(Format::Csv).await?);
        let mut head = Head::default();
        while let Some(chunk) = chunks.try_next().await? {
            if head.push(&chunk) {
                break;
            }
        }
        Ok(head.finish())
    }

    /// Returns the records of the result in order, in pages of at most `records`.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub async fn pages(&self, records: usize) -> Result<impl Stream<Item = Result<RecordPage>> + Send + use<>> {
        let chunks = self.stream(Format::JsonLines).await?;
        Ok(try_stream! {
            let mut chunks = std::pin::pin!(chunks);
            let mut pager = Pager::new(records);
            while let Some(chunk) = chunks.try_next().await? {
                for page in pager.push(&chunk) {
                    yield RecordPage::of(page);
                }
            }
            if let Some(page) = pager.finish() {
                yield RecordPage::of(page);
            }
        })
    }

    /// Returns the records of the result in order.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub async fn records(&self) -> Result<impl Stream<Item = Result<Record>> + Send + use<>> {
        let records = |page: RecordPage| Ok(futures::stream::iter(page.records()?.into_iter().map(Ok)));
        Ok(self.pages(1000).await?.map(move |page| page.and_then(records)).try_flatten())
    }

    /// Writes the result into a file and returns its size in bytes. The file appears only when it is complete. An
    /// existing file is replaced, also through a link. A device or a pipe is written to as the bytes arrive.
    ///
    /// # Errors
    /// As [`stream`](Self::stream); `storage` if the file cannot be written. An existing file is then unchanged.
    pub async fn download(&self, path: impl AsRef<Path>, format: Format) -> Result<u64> {
        let reading = self.tracked_result().await?;
        let written = write_file(path.as_ref(), self.open(format).await?).await?;
        if let Some(reading) = reading {
            reading.complete.store(true, Ordering::Release);
        }
        Ok(written)
    }

    /// Returns the object, for the path of the result.
    async fn object(&self) -> Result<String> {
        if !self.object.is_empty() {
            return Ok(self.object.clone());
        }
        let missing = || Error::new(ErrorKind::Decode, "the platform does not name the object of the job");
        self.status().await?.object_name.ok_or_else(missing)
    }

    pub(super) fn call(&self, method: Method, what: &str) -> Outgoing {
        Outgoing::new(method, format!("bulk/{}/{what}", segment(&self.id))).at(Address::Instance)
    }

    pub(super) async fn send<T: DeserializeOwned>(&self, call: Outgoing) -> Result<T> {
        self.instance.send(call).await?.json().await
    }
}

/// Writes chunks into a file that appears only when it is complete. Returns its size.
pub(super) async fn write_file(path: &Path, chunks: impl Stream<Item = Result<Bytes>>) -> Result<u64> {
    let mut chunks = std::pin::pin!(chunks);
    let place = path.to_owned();
    let whole = blocking(move || AtomicFile::create(&place, Readers::Owner)).await?;
    let mut file = BufWriter::with_capacity(256 << 10, File::from_std(whole.writer()?));
    let mut written = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        file.write_all(&chunk).await.map_err(|error| atomic_file::failed(path, &error))?;
        written += chunk.len() as u64;
    }
    file.flush().await.map_err(|error| atomic_file::failed(path, &error))?;
    blocking(move || whole.keep()).await?;
    Ok(written)
}

/// Runs disk access on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::new(ErrorKind::Internal, format!("work on a file ended early: {error}"))))
}

/// Converts to an array or to lines, whichever of the two the platform sends (spec P 10.6).
fn in_layout(
    chunks: impl Stream<Item = Result<Bytes>> + Send,
    format: Format,
) -> impl Stream<Item = Result<Bytes>> + Send {
    try_stream! {
        let mut chunks = std::pin::pin!(chunks);
        let mut array = (format == Format::Json).then(ToArray::default);
        let mut lines = (format == Format::JsonLines).then(ToLines::default);
        while let Some(chunk) = chunks.try_next().await? {
            yield match (&mut array, &mut lines) {
                (Some(array), _) => array.push(&chunk),
                (_, Some(lines)) => lines.push(&chunk),
                _ => chunk,
            };
        }
        if let Some(array) = array {
            yield array.finish();
        }
        if let Some(lines) = lines {
            yield lines.finish();
        }
    }
}

/// Phase of an upload in which its file is checked, before anything is sent.
const CHECKING: &str = "checking";

/// Returns the job if it ended with success, and otherwise an error with everything its status has about the cause.
fn ended(job: BulkJob) -> Result<BulkJob> {
    if job.status.is_success() {
        return Ok(job);
    }
    let about = job.failure.as_ref().map(|failure| &failure.message).or(job.error.as_ref());
    let about = about.map_or_else(String::new, |about| format!(": {about}"));
    let cause = job.failure.clone().unwrap_or_default();
    let resume = format!("esume job {}; it continues where it stopped.", job.id);
    Err(Error::from(Info {
        kind: if job.status == JobStatus::Cancelled { ErrorKind::JobCancelled } else { ErrorKind::JobFailed },
        message: format!("bulk job {} ended {}{about}", job.id, job.status),
        status: cause.status,
        provider_message: cause.provider_message,
        request_id: cause.request_id,
        hint: Some(match cause.hint {
            // A file that is wrong as a whole is kept as it is: resuming would find the same.
            Some(hint) if cause.phase == CHECKING => hint,
            Some(hint) => format!("{hint} Then r{resume}"),
            None => format!("When the cause is resolved, r{resume}"),
        }),
        retry_after: cause.retry_after.map(Duration::from_secs),
        unreachable: cause.unreachable,
        failure: job.failure,
    }))
}
