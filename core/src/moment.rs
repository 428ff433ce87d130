//! Times and pauses from outside: from the headers of a server, from options. No calculation here overflows.

use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// Upper limit of `Retry-After`.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Numbers of seconds from here on (September 2001) are times since 1970 and not durations.
const EPOCH_SECONDS: f64 = 1e9;
/// Numbers from here on are milliseconds since 1970.
const EPOCH_MILLISECONDS: f64 = 1e11;

/// Offset that replaces one too large for the clock.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Returns the moment after a wait, or one a century later if the clock cannot represent it.
pub(crate) fn after(start: Instant, wait: Duration) -> Instant {
    start.checked_add(wait).or_else(|| start.checked_add(FAR)).unwrap_or(start)
}

/// Returns the wait that `Retry-After` requires: a number of seconds, a time since 1970, or an HTTP date, which is
/// compared with the response's own `Date`. At most [`LONGEST_WAIT`]; `None` if it requires no wait or is invalid, so
/// that the caller's own backoff applies.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match number(text) {
        Some(number) if number < EPOCH_SECONDS => number,
        Some(number) if number < EPOCH_MILLISECONDS => number - now_s(headers),
        Some(number) => number / 1000.0 - now_s(headers),
        None => as_float(http_date(text)?) - now_s(headers),
    };
    let wait = Duration::from_secs_f64(seconds.ceil().clamp(0.0, LONGEST_WAIT.as_secs_f64()));
    (!wait.is_zero()).then_some(wait)
}

/// Returns the server's clock, in seconds since 1970. A clock that is ahead of ours by more than a century is ignored:
/// an incremental pull that started there would never see a record again.
pub(crate) fn date(headers: &HeaderMap) -> Option<i64> {
    const CENTURY_S: i64 = 100 * 365 * 86_400;
    let date = http_date(headers.get(DATE)?.to_str().ok()?.trim());
    date.filter(|date| *date <= Timestamp::now().as_second().saturating_add(CENTURY_S))
}

/// Parses an HTTP date in any of its three forms, the current one, that of RFC 850 and that of C's `asctime`, or a date
/// of an e-mail.
fn http_date(text: &str) -> Option<i64> {
    const FORMS: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let form = |form: &&str| strtime::parse(form, text).and_then(|parsed| parsed.to_datetime()).ok();
    let date = match FORMS.iter().find_map(form) {
        // The last days of the year 9999 exceed the range of a timestamp.
        Some(date) => TimeZone::UTC.to_timestamp(date).unwrap_or(Timestamp::MAX),
        None => rfc2822::parse(text).ok()?.timestamp(),
    };
    Some(date.as_second())
}

/// Parses digits with an optional fraction; more digits than a number can hold give a large one.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

fn now_s(headers: &HeaderMap) -> f64 {
    as_float(date(headers).unwrap_or_else(|| Timestamp::now().as_second()))
}

#[allow(clippy::cast_precision_loss)] // Seconds since 1970 are exact for 285 million years.
fn as_float(seconds: i64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const NOW_S: i64 = 784_111_777;

    fn wait(text: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).ok()?);
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).ok()?);
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for text in
            [NOW, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 +0000"]
        {
            assert_eq!(http_date(text), Some(NOW_S), "{text}");
        }
        assert_eq!(http_date("Wed Nov 16 08:49:37 1994"), Some(NOW_S + 10 * 86_400));
        for text in ["", "now", "1994-11-06", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999999 08:49:37 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_wait_is_a_number_a_moment_or_a_date() {
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        for (text, expected) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("1.5", Some(2)),
            ("0.001", Some(1)),
            (later, Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
        ] {
            assert_eq!(wait(text, Some(NOW)), expected, "{text}");
        }
        let date = "Mon, 01 Jan 2024 00:00:00 GMT";
        assert_eq!(wait("1704067203", Some(date)), Some(3));
        assert_eq!(wait("1704067203000", Some(date)), Some(3));
    }

    #[test]
    fn no_wait_overflows_or_is_believed_without_end() {
        let longest = Some(LONGEST_WAIT.as_secs());
        for text in
            ["18446744073709551615", "9223372036854775807", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            assert_eq!(wait(text, None), longest, "{text}");
        }
        for text in
            ["0", "0.0", "Wed, 01 Jan 2020 00:00:00 GMT", "1000000000", "-1", "", ".", "soon", "1e3", "inf", "NaN"]
        {
            assert_eq!(wait(text, None), None, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT"));
        assert_eq!(date(&headers), None);
        assert!(after(Instant::now(), Duration::MAX) > after(Instant::now(), Duration::from_secs(3600)));
    }
}
