//! Reasons why a job stops before its end, and requests to stop it.

use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::engine::failure::Failure;
use crate::error::{Error, ErrorKind};
use crate::model::JobFailure;
use crate::vendor::VendorError;

/// Reason for a request to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Park,
    Cancel,
    /// Another worker has the job, or it was deleted: nothing of it may be changed any more.
    LeaseLost,
}

/// Requests a worker to stop, and reports when it has ended.
#[derive(Clone, Default)]
pub(super) struct JobControl {
    asked: CancellationToken,
    reason: Arc<Mutex<Option<Reason>>>,
    ended: CancellationToken,
}

impl JobControl {
    /// Requests a stop; only the first reason counts.
    pub fn stop(&self, reason: Reason) {
        if let Ok(mut first) = self.reason.lock() {
            first.get_or_insert(reason);
        }
        self.asked.cancel();
    }

    pub async fn asked(&self) {
        self.asked.cancelled().await;
    }

    pub fn is_asked(&self) -> bool {
        self.asked.is_cancelled()
    }

    /// Returns the reason of the request.
    pub fn reason(&self) -> Reason {
        self.reason.lock().ok().and_then(|reason| *reason).unwrap_or(Reason::Park)
    }

    pub fn ended(&self) {
        self.ended.cancel();
    }

    /// Waits until the worker has ended.
    pub async fn wait(&self) {
        self.ended.cancelled().await;
    }
}

/// Reason why reading ends early.
pub(super) enum Stop {
    /// A stop was requested; the [`JobControl`] has the reason.
    Requested,
    /// The database accepts no changes for now, because another process holds it or too many wait for it.
    Busy(Error),
    /// The job cannot continue.
    Failed(Box<JobFailure>),
}

impl Stop {
    /// Creates a failure from a kind and a message alone.
    pub fn failed(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::of(&Error::new(kind, message))
    }

    fn of(error: &Error) -> Self {
        Self::Failed(Box::new(JobFailure {
            kind: error.kind().code().to_owned(),
            message: error.message().to_owned(),
            hint: error.info().hint.clone(),
            retryable: error.kind().retryable(),
            ..JobFailure::default()
        }))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::Server { Self::Busy(error) } else { Self::of(&error) }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        let kind = failure.kind.unwrap_or_else(|| ErrorKind::of_status(failure.status.as_u16()));
        let error = Error::new(kind, failure.message);
        Self::from(match failure.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        })
    }
}

impl From<&VendorError> for Stop {
    fn from(error: &VendorError) -> Self {
        let failure = Failure::from(error);
        let kind = ErrorKind::of_status(failure.status.as_u16());
        Self::Failed(Box::new(JobFailure {
            kind: kind.code().to_owned(),
            status: Some(failure.status.as_u16()),
            message: failure.message,
            provider_message: failure.provider_message,
            hint: kind.vendor_hint().map(str::to_owned),
            retryable: kind.retryable(),
            retry_after: failure.retry_after_seconds,
            unreachable: failure.vendor_unreachable,
            ..JobFailure::default()
        }))
    }
}
