//! Media types: what a request may send and what it wants back (spec P 1.2).

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;

use super::bulk::Format;
use super::failure::Failure;
use super::routes::{Media, Verb};
use crate::body::Body;

/// First 415, then 406 (spec P 14.4).
pub(crate) fn check(verb: &Verb, headers: &HeaderMap, body: &Body) -> Result<(), Failure> {
    if !is_readable(verb, headers, body) {
        return Err(Failure::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let wanted = accepted(headers);
    let served = |range: &String| match verb.media {
        Media::File => Format::accepted(range).is_some(),
        Media::Json | Media::Form => matches!(range.as_str(), "*/*" | "application/*" | "application/json" | ""),
    };
    match wanted {
        Some(ranges) if !ranges.iter().any(served) => Err(Failure::plain(StatusCode::NOT_ACCEPTABLE)),
        _ => Ok(()),
    }
}

fn is_readable(verb: &Verb, headers: &HeaderMap, body: &Body) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
    match (sent.as_deref(), verb.media) {
        (None | Some("application/json"), _) => true,
        (Some("multipart/form-data" | "application/x-www-form-urlencoded"), Media::Form) => true,
        // Without a body it does not matter what the type claims.
        _ => matches!(verb.method, Method::GET | Method::DELETE) || body.is_end_stream(),
    }
}

/// The media ranges of `Accept`, best first, without those that are refused (`q=0`); none when there is no such header.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Vec<String>> {
    if !headers.contains_key(ACCEPT) {
        return None;
    }
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(',')).map(|range| (essence(range), quality(range)));
    let mut ranges: Vec<(String, f32)> = ranges.filter(|(_, quality)| *quality > 0.0).collect();
    // Stable: of equals the first one named is the best.
    ranges.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    Some(ranges.into_iter().map(|(range, _)| range).collect())
}

/// A media type or range without parameters, lower-case.
fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The parameter `q` of a range; 1 when it is missing or unreadable.
fn quality(range: &str) -> f32 {
    let parameters = range.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut qualities = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    qualities.next().and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(values: &[&str]) -> Option<Vec<String>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, value.parse().unwrap());
        }
        accepted(&headers)
    }

    #[test]
    fn the_best_range_comes_first_and_refused_ones_not_at_all() {
        let texts = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(ranges(&[]), None);
        assert_eq!(ranges(&["text/CSV; q=0.5, application/json"]), texts(&["application/json", "text/csv"]));
        assert_eq!(ranges(&["application/json;q=0", "*/*;q=0.1"]), texts(&["*/*"]));
        assert_eq!(ranges(&["text/csv;charset=utf-8,a/b"]), texts(&["text/csv", "a/b"]));
        assert_eq!(ranges(&["application/json;q=0"]), texts(&[]));
    }
}
