//! Classification of BrightTALK's failures (spec BT 1.9).

use super::call::Call;
use super::xml::{self, Unreadable};
use crate::vendor::{VendorAnswer, VendorError, VendorErrorKind};

/// Maximum length of a cursor in a message.
const CURSOR_SHOWN: usize = 40;

/// Classifies a response by status and code; the first matching rule applies.
fn classify(status: u16, code: Option<&str>) -> VendorErrorKind {
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
        // An id in the path is malformed (spec BT 2.5).
        _ if code.starts_with("Invalid") && code.ends_with("Id") => VendorErrorKind::InvalidId,
        _ => VendorErrorKind::BadRequest,
    }
}

/// Returns the failure of an unsuccessful answer. `is_xml`: its media type is XML.
pub(super) fn failure(answer: &VendorAnswer, is_xml: bool) -> VendorError {
    let (code, message) = match std::str::from_utf8(&answer.body) {
        Ok(text) if is_xml || text.trim_start().starts_with('<') => xml::error_body(text),
        _ => (None, None),
    };
    let kind = classify(answer.status.as_u16(), code.as_deref());
    VendorError::of_answer(answer, kind, code, message)
}

/// Returns the failure of a page with status 200 that cannot be parsed.
pub(super) fn unreadable(why: Unreadable) -> VendorError {
    match why {
        Unreadable::Malformed(why) => VendorError::answered(VendorErrorKind::MalformedResponse, 200, why),
        Unreadable::ErrorDocument { code, message } => {
            let kind = classify(200, code.as_deref());
            VendorError { code, message, ..VendorError::answered(kind, 200, "") }
        }
    }
}

/// Adds the page to the message, so that the vendor can investigate it.
pub(super) fn of_page(mut error: VendorError, call: &Call, cursor: Option<&str>) -> VendorError {
    if error.kind == VendorErrorKind::MalformedResponse {
        let path = call.path().unwrap_or_default();
        let page = match cursor {
            None => "first page".to_owned(),
            Some(cursor) => format!("page at cursor {}", cursor.chars().take(CURSOR_SHOWN).collect::<String>()),
        };
        let why = error.message.unwrap_or_else(|| "it cannot be read".to_owned());
        error.message = Some(format!("{why} ({page} of {path})"));
    }
    error
}

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
            (400, Some("InvalidParameter"), BadRequest),
            (400, Some("InvalidChannelId"), InvalidId),
            (200, None, Unavailable),
            (200, Some("SurveyNotFound"), NotFound),
        ] {
            assert_eq!(classify(status, code), kind, "{status} {code:?}");
        }
    }
}
