//! A deferred call, its result and its error.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use elementkit::model::JobFailure;
use elementkit::{Error, ErrorKind, WrittenRecord, host};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::{
    NativeFeed, NativeInstance, NativeJob, NativePages, NativePlatform, NativeStream, NativeSync, WarningInfo,
};

/// Result of a call: one type for all calls, each of which fills some of its fields.
#[derive(Default, uniffi::Record)]
pub struct Answer {
    /// JSON, decoded by the host in one pass.
    pub json: Option<String>,
    /// Raw bytes.
    pub bytes: Option<Vec<u8>>,
    /// The token of the next page.
    pub next: Option<String>,
    /// A total, or a size in bytes.
    pub total: Option<u64>,
    /// Warnings of the platform.
    pub warnings: Vec<WarningInfo>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The request id.
    pub request_id: Option<String>,
    /// The headers of a response, by their names in lower case.
    pub headers: HashMap<String, String>,
    /// A platform that was opened.
    pub platform: Option<Arc<NativePlatform>>,
    /// An instance.
    pub instance: Option<Arc<NativeInstance>>,
    /// A bulk job.
    pub job: Option<Arc<NativeJob>>,
    /// A result as a stream.
    pub stream: Option<Arc<NativeStream>>,
    /// Records in pages.
    pub pages: Option<Arc<NativePages>>,
    /// A pull of changed records.
    pub sync: Option<Arc<NativeSync>>,
    /// An upload of records.
    pub feed: Option<Arc<NativeFeed>>,
}

impl Answer {
    /// Returns a value as JSON.
    pub(crate) fn json(value: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self { json: Some(text(host::to_json(value)?)?), ..Self::default() })
    }

    /// Returns a written record as JSON, if the vendor returned one.
    pub(crate) fn written(record: &WrittenRecord) -> Result<Self, Error> {
        let json = host::written(record)?.map(|json| text(json.to_vec())).transpose()?;
        Ok(Self { json, ..Self::default() })
    }
}

/// Returns JSON as a string.
pub(crate) fn text(json: Vec<u8>) -> Result<String, Error> {
    let wrong = |_| Error::new(ErrorKind::Decode, "the platform's response is not UTF-8");
    String::from_utf8(json).map_err(wrong)
}

/// The parts of an error.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ErrorInfo {
    /// The stable code of the kind.
    pub code: String,
    /// Description of the error.
    pub text: String,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The vendor's message.
    pub provider_message: Option<String>,
    /// Id of the request, to quote to support.
    pub request_id: Option<String>,
    /// Suggested solution.
    pub hint: Option<String>,
    /// Time to wait before trying again.
    pub retry_after_ms: Option<u64>,
    /// Whether the same call, or resuming the failed job, may succeed later without a change.
    pub retryable: bool,
    /// Whether no connection could be made.
    pub unreachable: bool,
    /// The cause of a failed job.
    pub job: Option<JobFailureInfo>,
    /// The whole text in one line.
    pub summary: String,
}

/// The cause of a failed bulk job.
#[derive(Clone, Debug, uniffi::Record)]
pub struct JobFailureInfo {
    /// The code of the kind that a live read with the same failure has.
    pub kind: String,
    /// Description of the error.
    pub text: String,
    /// The phase the job was in.
    pub phase: String,
}

impl From<JobFailure> for JobFailureInfo {
    fn from(failure: JobFailure) -> Self {
        Self { kind: failure.kind, text: failure.message, phase: failure.phase }
    }
}

/// Error of a call.
#[derive(Debug, uniffi::Error)]
pub enum NativeError {
    /// It failed.
    Failed {
        /// The parts of the error.
        info: ErrorInfo,
    },
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { info } => f.write_str(&info.text),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for NativeError {}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        // Both languages write names in camel case.
        let error = Error::from(error.info().clone().in_camel_case());
        let summary = error.to_string();
        let info = error.info();
        Self::Failed {
            info: ErrorInfo {
                code: info.kind.code().to_owned(),
                text: info.message.clone(),
                status: info.status,
                provider_message: info.provider_message.clone(),
                request_id: info.request_id.clone(),
                hint: info.hint.clone(),
                retryable: info.retryable(),
                unreachable: info.unreachable,
                job: info.failure.clone().map(JobFailureInfo::from),
                retry_after_ms: info.retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok()),
                summary,
            },
        }
    }
}

type Outcome = Result<Answer, Error>;

/// A deferred call.
#[derive(uniffi::Object)]
pub struct Pending {
    call: Mutex<Option<BoxFuture<'static, Outcome>>>,
    cancelled: CancellationToken,
}

impl Pending {
    /// Wraps a call; its panics become errors.
    pub(crate) fn new(call: impl Future<Output = Outcome> + Send + 'static) -> Arc<Self> {
        Arc::new(Self { call: Mutex::new(Some(host::caught(call).boxed())), cancelled: CancellationToken::new() })
    }
}

#[uniffi::export]
impl Pending {
    /// Makes the call.
    pub async fn run(&self) -> Result<Answer, NativeError> {
        let call = self.call.lock().ok().and_then(|mut call| call.take());
        let Some(call) = call else {
            return Err(Error::new(ErrorKind::Internal, "this call was already made").into());
        };
        let cancelled = self.cancelled.clone();
        let running = crate::runtime::spawn(async move {
            tokio::select! {
                biased;
                () = cancelled.cancelled() => Err(NativeError::Cancelled),
                outcome = call => outcome.map_err(NativeError::from),
            }
        })?;
        running.await.unwrap_or(Err(NativeError::Cancelled))
    }

    /// Drops the call with its calls to the vendor.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }
}

/// Panics inside a call, to test that this is an error and does not end the process.
#[uniffi::export]
pub fn panic_for_test() -> Arc<Pending> {
    Pending::new(async { std::panic::panic_any("provoked") })
}
