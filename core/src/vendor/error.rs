//! Failures of vendors.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::VendorAnswer;

/// Class of a vendor failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VendorErrorKind {
    /// The credentials were rejected.
    Unauthorized,
    /// The requested object does not exist.
    NotFound,
    /// The object exists, but these credentials may not access it.
    Forbidden,
    /// The cursor is no longer accepted.
    CursorRejected,
    /// Too many calls.
    Throttled,
    /// The service or a proxy in front of it is temporarily unavailable.
    Unavailable,
    /// The vendor rejected the call itself.
    BadRequest,
    /// The response is successful but cannot be parsed.
    MalformedResponse,
    /// The connection could not be made or broke.
    Network,
    /// The response did not arrive in time.
    Timeout,
    /// The pages of a list form a loop.
    PagingLoop,
    /// An id in the request is malformed, so that no object has it.
    InvalidId,
    /// A script of the element failed (spec E 7.61). Says nothing about the vendor.
    Script,
    /// The credentials were rejected and renewed, but the body was sent already and cannot be sent again.
    BodySpent,
    /// The vendor rejected the method, the media types or the state of the call, with a status that the caller is to see
    /// (spec P 3.4).
    Refused,
}

impl VendorErrorKind {
    /// Classifies the status of a response as most vendors mean it. Vendors with codes of their own refine it.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 | 406 | 409 | 415 => Self::Refused,
            410 => Self::CursorRejected,
            429 => Self::Throttled,
            408 | 500.. => Self::Unavailable,
            200..=299 => Self::MalformedResponse,
            _ => Self::BadRequest,
        }
    }

    /// Returns the kind in metrics, traces and logs, where an invalid id and a refusal are bad requests.
    pub(super) fn reported(self) -> Self {
        match self {
            Self::InvalidId | Self::Refused => Self::BadRequest,
            Self::BodySpent => Self::Unauthorized,
            kind => kind,
        }
    }
}

/// Progress of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reached {
    /// No connection could be made, so that the request was not sent.
    No,
    /// The request may have been sent; no response arrived.
    Unknown,
    /// The vendor responded.
    Answered,
}

/// A failure of the vendor. Never contains credentials.
#[derive(Clone, Debug)]
pub struct VendorError {
    /// Class of the failure.
    pub kind: VendorErrorKind,
    /// HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The vendor's stable code.
    pub code: Option<String>,
    /// The vendor's message, or one of this library if the vendor sent none.
    pub message: Option<String>,
    /// Raw body of a response that was not an error document, truncated.
    pub body: Option<String>,
    /// Delay that the vendor requests.
    pub retry_after: Option<Duration>,
    /// Progress of the request.
    pub reached: Reached,
    /// Whether the vendor rejected the login of a new instance.
    pub refuses_login: bool,
    /// Whether the failure is that of a login: the request itself was not sent, or the vendor rejected its credentials.
    pub is_of_login: bool,
    /// The failure of the call as a script of the element wants it. The other members then only classify it.
    pub by_script: Option<Box<ScriptedFailure>>,
}

/// Failure of a call whose status and texts come from a script (spec E 7.54).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedFailure {
    /// Status of the response.
    pub status: u16,
    /// Message. `None` for the reason phrase of the status.
    pub message: Option<String>,
    /// The vendor's message.
    pub provider_message: Option<String>,
}

impl VendorError {
    /// Creates a failure without a response.
    pub fn new(kind: VendorErrorKind, message: impl Into<String>) -> Self {
        let message = Some(message.into());
        Self {
            kind,
            status: None,
            code: None,
            message,
            body: None,
            retry_after: None,
            reached: Reached::Unknown,
            refuses_login: false,
            is_of_login: false,
            by_script: None,
        }
    }

    /// Creates the failure of a response with this status.
    pub fn answered(kind: VendorErrorKind, status: u16, message: impl Into<String>) -> Self {
        Self { status: Some(status), reached: Reached::Answered, ..Self::new(kind, message) }
    }

    /// Creates the failure of an answer, with its status, its `Retry-After` and the beginning of its body for display.
    pub fn of_answer(
        answer: &VendorAnswer,
        kind: VendorErrorKind,
        code: Option<String>,
        message: Option<String>,
    ) -> Self {
        let shown = match std::str::from_utf8(&answer.body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => encoding_rs::mem::decode_latin1(&answer.body),
        };
        Self {
            kind,
            status: Some(answer.status.as_u16()),
            code,
            message,
            body: Some(shown.into_owned()),
            retry_after: answer.retry_after(),
            reached: Reached::Answered,
            refuses_login: false,
            is_of_login: false,
            by_script: None,
        }
    }

    /// Returns the vendor's own message: code and text, else the raw body, else the status (spec P 3.4). Returns
    /// `None` if the vendor did not respond.
    pub fn provider_message(&self) -> Option<String> {
        let status = self.status?;
        let own = match (&self.code, &self.message) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (Some(text), None) | (None, Some(text)) => Some(text.clone()),
            (None, None) => self.body.clone().filter(|body| !body.trim().is_empty()),
        };
        Some(own.unwrap_or_else(|| format!("HTTP {status}")))
    }

    /// Returns whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        use VendorErrorKind::{MalformedResponse, Network, Throttled, Timeout, Unavailable};
        matches!(self.kind, Throttled | Unavailable | Network | Timeout | MalformedResponse)
    }

    /// Returns whether the vendor may have done what was requested: the request may have been sent and no answer
    /// arrived, the answer could not be read, or the service failed while it worked on it.
    pub fn leaves_outcome_open(&self) -> bool {
        match self.reached {
            Reached::No => false,
            Reached::Unknown => true,
            Reached::Answered => self.is_transient() && self.kind != VendorErrorKind::Throttled,
        }
    }

    /// Returns whether a bulk job waits for the failure to end (spec P 10.5).
    pub fn is_outage(&self) -> bool {
        self.is_transient() && self.kind != VendorErrorKind::MalformedResponse
    }
}

impl fmt::Display for VendorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind.reported())?;
        let by_script = || self.by_script.as_ref().and_then(|failure| failure.message.clone());
        if let Some(text) = by_script().or_else(|| self.provider_message()).or_else(|| self.message.clone()) {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for VendorError {}
