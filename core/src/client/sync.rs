//! Incremental pulls: what changed since the last time (spec BT 2.7).

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use super::bulk::BulkQuery;
use super::capabilities::Extension;
use super::format::Format;
use super::instance::InstanceHandle;
use super::job::Job;
use super::records::RecordPage;
use crate::error::{Error, ErrorKind, Result};
use crate::model::BulkJob;

/// How far before its start a pull is followed up where the platform tells no watermark: more than the vendor's clock
/// and the platform's will ever differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// Where the next pull of an object of an instance starts: a short line of text, to be kept between pulls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// None where the platform does not tell.
    instance: Option<i64>,
    object: String,
    /// A time by the vendor's clock; none when everything is to be pulled.
    watermark: Option<String>,
}

impl SyncState {
    const VERSION: &str = "v1";

    /// The id of the instance it belongs to; none where the platform does not tell.
    pub fn instance(&self) -> Option<i64> {
        self.instance
    }

    /// The object it belongs to.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// Records changed after this time are pulled next; none when that is all of them.
    pub fn watermark(&self) -> Option<&str> {
        self.watermark.as_deref()
    }
}

impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = self.instance.map(|id| id.to_string()).unwrap_or_default();
        write!(f, "{}:{instance}:{}:{}", Self::VERSION, self.object, self.watermark().unwrap_or_default())
    }
}

impl FromStr for SyncState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let error = Error::new(ErrorKind::Config, "this is no state of a sync, or one of a newer version");
            error.with_hint("Leave the state out to pull everything anew.")
        };
        let mut parts = text.trim().splitn(4, ':');
        let (version, instance, object, watermark) = (parts.next(), parts.next(), parts.next(), parts.next());
        let instance = instance.filter(|id| !id.is_empty()).map(str::parse).transpose().map_err(|_| wrong())?;
        let object = object.filter(|object| version == Some(Self::VERSION) && !object.is_empty()).ok_or_else(wrong)?;
        let watermark = watermark.ok_or_else(wrong)?;
        if !watermark.is_empty() && watermark.parse::<Timestamp>().is_err() {
            return Err(wrong());
        }
        let watermark = (!watermark.is_empty()).then(|| watermark.to_owned());
        Ok(Self { instance, object: object.to_owned(), watermark })
    }
}

/// A pull: a bulk job, and the state for the next pull once its rows have been taken.
///
/// Rows are to be upserted by their primary key: pulls overlap, so that nothing is missed. The vendor does not report
/// deletions; a pull without a state shows what is left, and brings what could not be read before, such as a channel
/// that the key was not allowed to report on. Objects that have no time of change (surveys) are pulled whole every time.
#[derive(Clone, Debug)]
pub struct SyncJob {
    job: Job,
    previous: SyncState,
    /// When the platform began, by its clock.
    started: Option<Timestamp>,
    taken: Arc<AtomicBool>,
}

impl SyncJob {
    pub(super) async fn start(instance: &InstanceHandle, object: &str, state: Option<&SyncState>) -> Result<Self> {
        if let Some(state) = state {
            check(state, instance, object).await?;
        }
        let none = SyncState { instance: None, object: object.to_owned(), watermark: None };
        let previous = state.cloned().unwrap_or(none);
        let mut query = BulkQuery::new(format!("select * from {}", quoted(object)));
        if let Some(watermark) = &previous.watermark {
            // By the date filter of the object, whichever its field is. It takes in the watermark's own second, which
            // lies in the overlap already.
            query = query.from(watermark.as_str());
        }
        let (job, started) = instance.bulk().start(query).await?;
        Ok(Self { job, previous, started, taken: Arc::default() })
    }

    /// The job.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Waits until the rows are there.
    ///
    /// # Errors
    /// As [`Job::wait`]. A job that was aborted can be resumed, and waited for again.
    pub async fn wait(&self) -> Result<BulkJob> {
        self.job.wait().await
    }

    /// Waits until the rows are there, then writes them into a file: [`Job::download`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::download`].
    pub async fn download(&self, path: impl AsRef<Path>, format: Format) -> Result<u64> {
        self.wait().await?;
        let bytes = self.job.download(path, format).await?;
        self.take();
        Ok(bytes)
    }

    /// Waits until the rows are there, then gives them as a stream of bytes: [`Job::stream`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::stream`].
    pub async fn stream(&self, format: Format) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        self.wait().await?;
        Ok(self.until_taken(self.job.stream(format).await?))
    }

    /// Waits until the rows are there, then gives them in pages of at most so many: [`Job::pages`].
    ///
    /// # Errors
    /// As [`wait`](Self::wait) and [`Job::pages`].
    pub async fn pages(&self, records: usize) -> Result<impl Stream<Item = Result<RecordPage>> + Send + use<>> {
        self.wait().await?;
        Ok(self.until_taken(self.job.pages(records).await?))
    }

    /// The state for the next pull.
    ///
    /// # Errors
    /// `config` as long as the rows have not been taken to their end by [`download`](Self::download),
    /// [`stream`](Self::stream) or [`pages`](Self::pages): a state must never be ahead of the rows.
    pub async fn state(&self) -> Result<SyncState> {
        if !self.taken.load(Ordering::Acquire) {
            let error = Error::new(ErrorKind::Config, "the rows of this pull have not been taken to their end");
            return Err(error.with_hint("Take the rows first; keep the earlier state if that is not possible."));
        }
        let watermark = match self.job.instance().capabilities().await?.has(Extension::BulkReport) {
            true => self.job.report().await?.watermark,
            false => self.estimate(),
        };
        let watermark = watermark.or_else(|| self.previous.watermark.clone());
        // Known by now wherever the platform tells it: the job's own answers did.
        let instance = self.job.instance().id();
        Ok(SyncState { instance, object: self.previous.object.clone(), watermark })
    }

    /// A safe watermark by the platform's clock.
    fn estimate(&self) -> Option<String> {
        let before = self.started?.checked_sub(OVERLAP).ok()?;
        Some(format!("{}", before.strftime("%Y-%m-%dT%H:%M:%SZ")))
    }

    fn take(&self) {
        self.taken.store(true, Ordering::Release);
    }

    fn until_taken<T: Send, S: Stream<Item = Result<T>> + Send>(
        &self,
        rows: S,
    ) -> impl Stream<Item = Result<T>> + Send + use<T, S> {
        let sync = self.clone();
        try_stream! {
            let mut rows = std::pin::pin!(rows);
            while let Some(part) = rows.try_next().await? {
                yield part;
            }
            sync.take();
        }
    }
}

/// Refuses a state of something else: where that one's next pull starts, this one's would miss what lies before.
async fn check(state: &SyncState, instance: &InstanceHandle, object: &str) -> Result<()> {
    let not_of = |state_of: String, this: String| {
        let error = Error::new(ErrorKind::Config, format!("this is a state of {state_of}, not of {this}"));
        error.with_hint("Keep a state for each; leave it out to pull everything.")
    };
    if state.object != object {
        return Err(not_of(state.object.clone(), object.to_owned()));
    }
    let Some(expected) = state.instance else { return Ok(()) };
    let id = instance.find_id().await?;
    if id == expected { Ok(()) } else { Err(not_of(format!("instance {expected}"), format!("instance {id}"))) }
}

/// An object in a statement.
fn quoted(object: &str) -> String {
    let bare = |char: char| char.is_ascii_alphanumeric() || "_-./".contains(char);
    let starts_bare = object.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_');
    if starts_bare && object.chars().all(bare) { object.to_owned() } else { format!("`{}`", object.replace('`', "``")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_a_line_of_text() -> Result<()> {
        for text in ["v1:400001:contacts:2030-12-31T23:59:00Z", "v1::channelsSurveys:"] {
            assert_eq!(text.parse::<SyncState>()?.to_string(), text);
        }
        let state: SyncState = " v1:7:my-contacts:2030-12-31T23:59:00Z\n".parse()?;
        let parts = (state.instance(), state.object(), state.watermark());
        assert_eq!(parts, (Some(7), "my-contacts", Some("2030-12-31T23:59:00Z")));
        for wrong in [
            "",
            "v1",
            "v1::contacts",
            "v2::contacts:",
            "v1:1::2030-12-31T23:59:00Z",
            "v1:1:contacts:yesterday",
            "v1:one:contacts:",
            "v1:contacts:2030-12-31T23:59:00Z",
        ] {
            assert_eq!(wrong.parse::<SyncState>().map_err(|error| error.kind()), Err(ErrorKind::Config), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn any_object_can_stand_in_a_statement() {
        assert_eq!((quoted("contacts"), quoted("my-c.2")), ("contacts".to_owned(), "my-c.2".to_owned()));
        assert_eq!((quoted("2nd"), quoted("a b`c")), ("`2nd`".to_owned(), "`a b``c`".to_owned()));
    }
}
