//! Classification of the vendor's failures (spec BT 1.9).

use std::fmt;
use std::time::Duration;

use super::call::Call;
use super::xml::Unreadable;

/// Maximum length of a cursor in a message.
const CURSOR_SHOWN: usize = 40;

/// Class of a vendor failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VendorErrorKind {
    /// The key or secret was rejected.
    Unauthorized,
    /// The requested object does not exist.
    NotFound,
    /// The object exists, but this key may not read it.
    Forbidden,
    /// The cursor is no longer accepted.
    CursorRejected,
    /// Too many calls.
    Throttled,
    /// The service or a proxy in front of it is temporarily unavailable.
    Unavailable,
    /// The vendor rejected the call itself.
    BadRequest,
    /// The response has status 200 but cannot be parsed.
    MalformedResponse,
    /// The connection could not be made or broke.
    Network,
    /// The response did not arrive in time.
    Timeout,
    /// The pages of a list form a loop.
    PagingLoop,
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
    /// Whether no connection could be made, so that no request was sent.
    pub unreachable: bool,
}

impl VendorError {
    /// Creates a failure without a response.
    pub(crate) fn new(kind: VendorErrorKind, message: impl Into<String>) -> Self {
        let message = Some(message.into());
        Self { kind, status: None, code: None, message, body: None, retry_after: None, unreachable: false }
    }

    /// Classifies a response by status and code; the first matching rule applies (spec BT 1.9).
    pub(crate) fn classify(status: u16, code: Option<&str>) -> VendorErrorKind {
        let code = code.unwrap_or_default();
        match status {
            401 => VendorErrorKind::Unauthorized,
            _ if code.ends_with("NotFound") || status == 404 => VendorErrorKind::NotFound,
            _ if code.starts_with("NotAuthorised") || code.starts_with("NotAuthorized") || status == 403 => {
                VendorErrorKind::Forbidden
            }
            _ if code.contains("Cursor") || status == 410 => VendorErrorKind::CursorRejected,
            429 => VendorErrorKind::Throttled,
            408 | 500.. | 200..=299 => VendorErrorKind::Unavailable,
            _ => VendorErrorKind::BadRequest,
        }
    }

    /// Returns the failure of a page with status 200 that cannot be parsed.
    pub(crate) fn unreadable(why: Unreadable) -> Self {
        match why {
            Unreadable::Malformed(why) => {
                Self { status: Some(200), ..Self::new(VendorErrorKind::MalformedResponse, why) }
            }
            Unreadable::ErrorDocument { code, message } => Self {
                kind: Self::classify(200, code.as_deref()),
                status: Some(200),
                code,
                message,
                body: None,
                retry_after: None,
                unreachable: false,
            },
        }
    }

    /// Adds the page to the message, so that the vendor can investigate it.
    pub(crate) fn of_page(mut self, call: &Call, cursor: Option<&str>) -> Self {
        if self.kind == VendorErrorKind::MalformedResponse {
            let path = call.path().unwrap_or_default();
            let page = match cursor {
                None => "first page".to_owned(),
                Some(cursor) => format!("page at cursor {}", cursor.chars().take(CURSOR_SHOWN).collect::<String>()),
            };
            let why = self.message.unwrap_or_else(|| "it cannot be read".to_owned());
            self.message = Some(format!("{why} ({page} of {path})"));
        }
        self
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

    /// Returns whether an id in the path was malformed, so that no object has that id (spec BT 2.5).
    pub fn is_invalid_id(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("Invalid") && code.ends_with("Id"))
    }

    /// Returns whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        use VendorErrorKind::{MalformedResponse, Network, Throttled, Timeout, Unavailable};
        matches!(self.kind, Throttled | Unavailable | Network | Timeout | MalformedResponse)
    }

    /// Returns whether a bulk job waits for the failure to end (spec P 10.5).
    pub fn is_outage(&self) -> bool {
        self.is_transient() && self.kind != VendorErrorKind::MalformedResponse
    }
}

impl fmt::Display for VendorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if let Some(text) = self.provider_message().or_else(|| self.message.clone()) {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for VendorError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_decides() {
        use VendorErrorKind::*;
        for (status, code, kind) in [
            (401, Some("ChannelNotFound"), Unauthorized),
            (400, Some("ChannelNotFound"), NotFound),
            (404, None, NotFound),
            (403, None, Forbidden),
            (400, Some("NotAuthorisedForChannel"), Forbidden),
            (400, Some("InvalidCursor"), CursorRejected),
            (410, None, CursorRejected),
            (429, None, Throttled),
            (408, None, Unavailable),
            (500, None, Unavailable),
            (503, None, Unavailable),
            (599, None, Unavailable),
            (400, None, BadRequest),
            (418, None, BadRequest),
            (200, None, Unavailable),
            (200, Some("SurveyNotFound"), NotFound),
        ] {
            assert_eq!(VendorError::classify(status, code), kind, "{status} {code:?}");
        }
    }
}
