//! What the vendor's failures mean (spec BT 1.9).

use std::fmt;
use std::time::Duration;

use super::call::Call;
use super::xml::Unreadable;

/// How much of a cursor a message shows.
const CURSOR_SHOWN: usize = 40;

/// The class of a vendor failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VendorErrorKind {
    /// Key or secret refused.
    Unauthorized,
    /// What was asked for does not exist.
    NotFound,
    /// It exists but this key may not read it.
    Forbidden,
    /// The cursor is no longer taken.
    CursorRejected,
    /// Too many calls.
    Throttled,
    /// The service or something before it fails for now.
    Unavailable,
    /// The call itself is refused.
    BadRequest,
    /// A success that cannot be read.
    MalformedResponse,
    /// No connection, or it broke.
    Network,
    /// No answer in time.
    Timeout,
    /// The pages of a list lead back to where they were.
    PagingLoop,
}

/// A failure of the vendor. It never holds credentials.
#[derive(Clone, Debug)]
pub struct VendorError {
    /// The class.
    pub kind: VendorErrorKind,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The vendor's stable code.
    pub code: Option<String>,
    /// The vendor's words, or ours where it sent none.
    pub message: Option<String>,
    /// The raw body of an answer that was no error document, bounded.
    pub body: Option<String>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether no connection could be made, so that nothing was sent.
    pub unreachable: bool,
}

impl VendorError {
    /// A failure without an answer to speak of.
    pub(crate) fn new(kind: VendorErrorKind, message: impl Into<String>) -> Self {
        let message = Some(message.into());
        Self { kind, status: None, code: None, message, body: None, retry_after: None, unreachable: false }
    }

    /// The class of an answer with this status and code; the first rule that fits (spec BT 1.9).
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

    /// A page that came with status 200 and cannot be read.
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

    /// Says of a page that cannot be read which one it is, so that the vendor can look at it.
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

    /// The vendor's own text: code and message, else its raw body, else the status (spec P 3.4). None when the
    /// vendor gave no answer.
    pub fn provider_message(&self) -> Option<String> {
        let status = self.status?;
        let own = match (&self.code, &self.message) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (Some(text), None) | (None, Some(text)) => Some(text.clone()),
            (None, None) => self.body.clone().filter(|body| !body.trim().is_empty()),
        };
        Some(own.unwrap_or_else(|| format!("HTTP {status}")))
    }

    /// Whether an id in the path was malformed, which means that nothing has that id (spec BT 2.5).
    pub fn is_invalid_id(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("Invalid") && code.ends_with("Id"))
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        use VendorErrorKind::{MalformedResponse, Network, Throttled, Timeout, Unavailable};
        matches!(self.kind, Throttled | Unavailable | Network | Timeout | MalformedResponse)
    }

    /// Whether a bulk job waits for it to pass (spec P 10.5).
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
