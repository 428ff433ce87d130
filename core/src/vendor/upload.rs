//! Bodies of requests that are sent as they arrive, as files are.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Polled, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;

use super::{Reached, VendorError, VendorErrorKind};
use crate::body::{self, Body, BoxError};
use crate::upload::Progress;

/// A body of a caller that is read as it arrives, because it is longer than what is held in memory. It can be read once.
#[derive(Clone)]
pub struct IncomingBody {
    body: Arc<Mutex<Option<Body>>>,
    length: Option<u64>,
    progress: Arc<Progress>,
}

/// A body of a request that is sent as it arrives. It can be sent once.
#[derive(Clone)]
pub struct Upload {
    make: Arc<dyn Fn() -> Body + Send + Sync>,
    length: Option<u64>,
    progress: Arc<Progress>,
    failure: Arc<Mutex<Option<VendorError>>>,
    shown: Bytes,
}

impl IncomingBody {
    /// Creates a body of this length, if it is known.
    pub fn new(body: Body, length: Option<u64>) -> Self {
        Self { body: Arc::new(Mutex::new(Some(body))), length, progress: Arc::default() }
    }

    /// Returns the length in bytes, if the caller announced it.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Takes the body out. `None` if it was taken before.
    pub fn take(&self) -> Option<Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the body as that of a request.
    pub fn upload(&self) -> Upload {
        let source = self.clone();
        let make = move || source.take().unwrap_or_else(|| failing(spent()));
        self.upload_of(make, self.length, "…")
    }

    /// Returns a body of a request that is made of this one when it is sent, for instance a form with a file. `shown` is
    /// what traces show of it. The body fails with a [`VendorError`] to refuse the call.
    pub fn upload_of(
        &self,
        make: impl Fn() -> Body + Send + Sync + 'static,
        length: Option<u64>,
        shown: impl Into<Bytes>,
    ) -> Upload {
        let progress = Arc::clone(&self.progress);
        Upload { make: Arc::new(make), length, progress, failure: Arc::default(), shown: shown.into() }
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

impl Upload {
    /// Returns the length in bytes. Without one, the body is sent in chunks.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Returns what traces show of the body.
    pub fn shown(&self) -> &Bytes {
        &self.shown
    }

    /// Returns whether a part of the body was sent, so that it cannot be sent again.
    pub fn is_spent(&self) -> bool {
        self.progress.has_begun()
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns the failure of the body itself, which is not one of the vendor.
    pub(super) fn failure(&self) -> Option<VendorError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the body for an attempt. Nothing is read before the connection takes the first part.
    pub(super) fn body(&self) -> Body {
        Sending { upload: self.clone(), body: None }.boxed_unsync()
    }
}

/// Returns the failure of a call that would have to be made again with a body that was sent.
pub(super) fn spent() -> VendorError {
    let message = "The vendor rejected the login while the body was sent. The login was renewed: send the call again";
    VendorError { reached: Reached::Answered, ..VendorError::new(VendorErrorKind::BodySpent, message) }
}

/// Returns a body that fails.
fn failing(error: VendorError) -> Body {
    body::stream(futures::stream::iter([Err::<Bytes, BoxError>(error.into())]))
}

/// Body of one attempt.
struct Sending {
    upload: Upload,
    /// `None` until it is asked for.
    body: Option<Body>,
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, polled: &mut Polled<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { upload, body } = &mut *self;
        let body = body.get_or_insert_with(|| {
            upload.progress.note();
            (upload.make)()
        });
        let frame = ready!(Pin::new(body).poll_frame(polled));
        upload.progress.note();
        if let Some(Err(error)) = &frame {
            let own = error.downcast_ref::<VendorError>().cloned();
            // The vendor got no whole request.
            let failure = VendorError { reached: Reached::No, ..own.unwrap_or_else(ended_early) };
            upload.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        }
        Poll::Ready(frame)
    }
}

/// Returns the failure of a caller whose body ended before its end.
fn ended_early() -> VendorError {
    VendorError::new(VendorErrorKind::BadRequest, "The request body could not be read")
}

impl fmt::Debug for IncomingBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingBody").field("length", &self.length).finish_non_exhaustive()
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}
