//! The only conversion of responses into errors: from status, headers and body alone (spec P 3).

use http::StatusCode;
use http::header::{HeaderMap, LOCATION};
use serde_json::{Map, Value};

use super::answer::Answer;
use crate::error::{Error, ErrorKind, Info, Result};
use crate::moment;

/// Hint for a vendor that cannot be reached from the platform, which may be this process.
const UNREACHABLE: &str = "Check the network and the proxy settings, then try again.";

/// Returns the error of an unsuccessful response. Every part of its body may be missing, and proxies send other
/// bodies (spec P 3.1).
pub(super) fn failure(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    if status.is_redirection() {
        return redirected(status, headers);
    }
    let body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let header_id = headers.get("elements-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    // A platform that knows the kind better than the status does sends it (spec P 16.13).
    let stated = text("kind").and_then(|code| ErrorKind::of_code(&code));
    let kind = stated.unwrap_or_else(|| ErrorKind::of_status(status.as_u16()));
    let provider_message = text("providerMessage");
    let retry_after = moment::retry_after(headers);
    let wait = retry_after.filter(|_| kind == ErrorKind::RateLimited).map(|wait| wait.as_secs());
    let vendor_hint = provider_message.as_ref().and_then(|_| kind.vendor_hint());
    let unreachable = headers.contains_key("elements-vendor-unreachable");
    let hint = text("hint").unwrap_or_else(|| match wait {
        Some(seconds) => format!("Wait {seconds} s, then try again."),
        None if unreachable => UNREACHABLE.to_owned(),
        None => vendor_hint.unwrap_or_else(|| kind.hint()).to_owned(),
    });
    Error::from(Info {
        kind,
        status: Some(status.as_u16()),
        message: text("message").unwrap_or_else(|| status_line(status)),
        hint: Some(hint),
        provider_message,
        unreachable,
        request_id: header_id.or_else(|| text("requestId")),
        retry_after,
        ..Info::default()
    })
}

fn status_line(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"))
}

/// Returns the error for a redirect. Redirects are never followed: secrets go to the configured origin alone.
fn redirected(status: StatusCode, headers: &HeaderMap) -> Error {
    let place = headers.get(LOCATION).and_then(|value| url::Url::parse(value.to_str().ok()?).ok());
    let place = place.map_or_else(String::new, |url| format!(" to {}", url.origin().ascii_serialization()));
    Error::from(Info {
        kind: ErrorKind::Decode,
        status: Some(status.as_u16()),
        message: format!("{}: the call was redirected{place}; redirects are not followed", status_line(status)),
        hint: Some("Set the base URL to the address of the platform.".to_owned()),
        ..Info::default()
    })
}

/// Turns the 404 `No … found` of list calls without items into `None`; typed calls then return an empty list (spec P
/// 3.3).
pub(super) fn empty_if_none_found(outcome: Result<Answer>) -> Result<Option<Answer>> {
    match outcome {
        Err(error) if error.is_none_found() => Ok(None),
        outcome => outcome.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn an_error_body_becomes_an_error() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, http::HeaderValue::from_static("7"));
        let body = br#"{"requestId":"abc","message":"Too Many Requests","providerMessage":"RateLimitExceeded: slow"}"#;
        let error = failure(StatusCode::TOO_MANY_REQUESTS, &headers, body);
        let info = error.info();
        assert_eq!((info.kind, info.status), (ErrorKind::RateLimited, Some(429)));
        assert_eq!(info.provider_message.as_deref(), Some("RateLimitExceeded: slow"));
        assert_eq!((info.request_id.as_deref(), info.retry_after), (Some("abc"), Some(Duration::from_secs(7))));
    }

    #[test]
    fn the_kind_and_hint_of_the_platform_take_precedence() {
        let body =
            br#"{"message":"Script a/account, line 2, column 3: x","kind":"invalid_request","hint":"Correct it."}"#;
        let error = failure(StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new(), body);
        assert_eq!((error.kind(), error.info().hint.as_deref()), (ErrorKind::InvalidRequest, Some("Correct it.")));
        let unknown = failure(StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new(), br#"{"kind":"brand_new"}"#);
        assert_eq!(unknown.kind(), ErrorKind::Server);
    }

    #[test]
    fn the_wait_of_a_rate_limit_is_part_of_the_text() {
        let text = |seconds: &'static str| {
            let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, http::HeaderValue::from_static(seconds))]);
            failure(StatusCode::TOO_MANY_REQUESTS, &headers, b"{\"message\":\"Too Many Requests\"}").to_string()
        };
        assert_eq!(text("17"), "Too Many Requests (status 429). Wait 17 s, then try again.");
    }

    #[test]
    fn a_foreign_error_page_is_named_by_its_status() {
        for body in [&b"<html>"[..], b"", b"[]", br#"{"message":{"a":1},"requestId":7}"#, b"\xff"] {
            let error = failure(StatusCode::BAD_GATEWAY, &HeaderMap::new(), body);
            assert_eq!((error.kind(), error.message()), (ErrorKind::Vendor, "502 Bad Gateway"));
        }
    }

    #[test]
    fn a_redirect_names_the_other_origin_and_no_more() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, http::HeaderValue::from_static("https://u:p@other.example/path?secret=1"));
        let error = failure(StatusCode::FOUND, &headers, b"");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("to https://other.example;"), "{}", error.message());
    }
}
