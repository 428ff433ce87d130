//! Incremental pulls of what changed since the last one (spec BT 2.7).

use std::path::Path;

use bytes::Bytes;
use futures::Stream;
use jiff::{SignedDuration, Timestamp};

use super::bulk::BulkQuery;
use super::capabilities::Extension;
use super::format::Format;
use super::instance::InstanceHandle;
use super::job::{Job, blocking};
use super::records::RecordPage;
pub use super::sync_options::SyncOptions;
pub use super::sync_state::SyncState;
use crate::atomic_file::AtomicFile;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BulkJob, BulkReport, JobStatus, PendingPartition, PendingReason};

/// Overlap of a pull with the one before if the platform has no watermarks: more than the clocks of the vendor and the
/// platform will ever differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// A pull: a bulk job, and the state for the next pull once its rows have been read.
///
/// Upsert the rows by their primary key: pulls overlap, so that no row is missed. Each partition (the list of one
/// channel, webcast or survey) has its own watermark. It advances only when the partition was read completely: a
/// channel that was refused and a partition with failed rows are read again by the next pull, and a new channel is read
/// from its beginning. [`pending`](Self::pending) lists what is missing. The vendor does not report deletions; a pull
/// without a state shows what is left. Objects without a time of change (surveys) are pulled completely every time.
#[derive(Clone, Debug)]
pub struct SyncJob {
    job: Job,
    previous: SyncState,
    /// Start of the job by the platform's clock.
    started: Option<Timestamp>,
}

impl SyncJob {
    pub(super) async fn start(
        instance: &InstanceHandle,
        options: SyncOptions,
        state: Option<&SyncState>,
    ) -> Result<Self> {
        if let Some(state) = state {
            check(state, instance, &options).await?;
        }
        let previous = match state {
            Some(state) => state.clone(),
            None => SyncState::new(options.object(), options.fingerprint()?),
        };
        let mut query = BulkQuery::new(options.statement()?);
        if let Some(watermarks) = previous.partitions() {
            query = query.watermarks(watermarks.to_vec());
        } else if let Some(watermark) = previous.watermark() {
            // By the date filter of the object, whichever its field is. It includes the watermark's own second, which
            // is within the overlap.
            query = query.from(watermark);
        }
        let (job, started) = instance.bulk().start(query).await?;
        Ok(Self { job: job.tracked(), previous, started })
    }

    /// Returns the job. Rows that are read through it count as read.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Waits until the rows are available.
    ///
    /// # Errors
    /// As [`Job::wait`]. A job that was aborted can be resumed, and waited for again.
    pub async fn wait(&self) -> Result<BulkJob> {
        self.job.wait().await
    }

    /// Waits until the rows are available, then writes them into a file with [`Job::download`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::download`].
    pub async fn download(&self, path: impl AsRef<Path>, format: Format) -> Result<u64> {
        let place = path.as_ref().to_owned();
        // Checked before the wait for the rows, which may take hours.
        blocking(move || AtomicFile::check(&place)).await?;
        self.wait().await?;
        self.job.download(path, format).await
    }

    /// Waits until the rows are available, then returns them as a stream of bytes with [`Job::stream`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::stream`].
    pub async fn stream(&self, format: Format) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        self.wait().await?;
        self.job.stream(format).await
    }

    /// Waits until the rows are available, then returns them in pages of at most `records` with [`Job::pages`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::pages`].
    pub async fn pages(&self, records: usize) -> Result<impl Stream<Item = Result<RecordPage>> + Send + use<>> {
        self.wait().await?;
        self.job.pages(records).await
    }

    /// Returns the state for the next pull.
    ///
    /// # Errors
    /// `config` until the result has been fully read, by [`download`](Self::download), [`stream`](Self::stream),
    /// [`pages`](Self::pages) or through the [`job`](Self::job): a state must never be ahead of the rows.
    pub async fn state(&self) -> Result<SyncState> {
        let Some(ended) = self.job.read_to_its_end() else {
            let error = Error::new(ErrorKind::Config, "the rows of this pull have not been read to their end");
            return Err(error.with_hint("Read the rows first; keep the earlier state if that is not possible."));
        };
        let mut state = match self.report().await? {
            Some(report) => self.reported(report),
            None => self.estimated(ended),
        };
        // Known by now if the platform reports it: the responses for the job had it.
        state.set_instance(self.job.instance().id());
        Ok(state)
    }

    /// Returns what this pull could not read, by partition; empty if it is complete. The next pull reads it again,
    /// except for a partition that is [gone](PendingReason::Gone).
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub async fn pending(&self) -> Result<Vec<PendingPartition>> {
        let ended = match self.job.success().await? {
            Some(ended) => ended.clone(),
            None => self.wait().await?,
        };
        Ok(match self.report().await? {
            Some(report) => self.missing(report.pending),
            None => self.estimated(&ended).pending().to_vec(),
        })
    }

    async fn report(&self) -> Result<Option<BulkReport>> {
        match self.job.instance().capabilities().await?.has(Extension::BulkReport) {
            true => self.job.watermarks().await.map(Some),
            false => Ok(None),
        }
    }

    /// Returns the state from the platform's report.
    fn reported(&self, report: BulkReport) -> SyncState {
        let mut state = SyncState::new(self.previous.object(), self.previous.selection().map(str::to_owned));
        match report.watermarks {
            Some(partitions) => {
                state.set_partitions(partitions);
                state.set_pending(self.missing(report.pending));
            }
            // An engine with one watermark for all partitions.
            None => state.set_watermark(report.watermark.or_else(|| self.previous.watermark().map(str::to_owned))),
        }
        state
    }

    /// Removes partitions that are gone and were complete: they miss no rows.
    fn missing(&self, pending: Vec<PendingPartition>) -> Vec<PendingPartition> {
        let was_pending = |gone: &str| {
            self.previous.pending().iter().any(|before| {
                let below = gone.strip_prefix(before.partition.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let counts =
            |entry: &PendingPartition| entry.reason != PendingReason::Gone || was_pending(entry.partition.as_str());
        pending.into_iter().filter(counts).collect()
    }

    /// Returns a safe state from the platform's clock. If rows failed, their times are unknown, so the watermark stays.
    fn estimated(&self, ended: &BulkJob) -> SyncState {
        let mut state = SyncState::new(self.previous.object(), self.previous.selection().map(str::to_owned));
        let before = self.previous.watermark().map(str::to_owned);
        let failed_rows = ended.records_failed_count.unwrap_or_default();
        if failed_rows > 0 || ended.status == JobStatus::Warning {
            let message = ended.status_message.clone();
            let reason = PendingReason::FailedRows;
            let partition = String::new();
            state.set_pending(vec![PendingPartition {
                partition,
                reason,
                failed_rows,
                watermark: before.clone(),
                message,
            }]);
            state.set_watermark(before);
            return state;
        }
        let start = self.started.and_then(|started| started.checked_sub(OVERLAP).ok());
        state.set_watermark(start.map(|start| start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).or(before));
        state
    }
}

/// Rejects a state of another pull: starting from its watermark would miss older records of this one.
async fn check(state: &SyncState, instance: &InstanceHandle, options: &SyncOptions) -> Result<()> {
    let wrong = |message: String| {
        Error::new(ErrorKind::Config, message).with_hint("Keep a state for each; leave it out to pull everything.")
    };
    if state.object() != options.object() {
        return Err(wrong(format!("this is a state of {}, not of {}", state.object(), options.object())));
    }
    if state.selection() != options.fingerprint()?.as_deref() {
        return Err(wrong("this is a state of a sync with another filter, other fields or other channels".to_owned()));
    }
    let Some(expected) = state.instance() else { return Ok(()) };
    let id = instance.find_id().await?;
    if id == expected {
        return Ok(());
    }
    Err(wrong(format!("this is a state of instance {expected}, not of instance {id}")))
}
