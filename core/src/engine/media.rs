//! Media types of requests and responses (spec P 1.2). Parsed by hand, because the crate mime rejects spaces before a
//! semicolon (`docs/decisions/0009-by-hand.md`).

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;

use super::bulk::Format;
use super::contract::{Media, Verb};
use super::failure::Failure;
use crate::body::Body;

/// Checks for 415 first, then for 406 (spec P 14.4).
pub(crate) fn check(verb: &Verb, headers: &HeaderMap, body: &Body) -> Result<(), Failure> {
    if !is_readable(verb, headers, body) {
        return Err(Failure::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let wanted = accepted(headers);
    let served = |range: &String| match verb.media {
        Media::File | Media::List => Format::accepted(range).is_some(),
        Media::Json | Media::Form => matches!(range.as_str(), "*/*" | "application/*" | "application/json" | ""),
        Media::Any => true,
    };
    match wanted {
        Some(ranges) if !ranges.iter().any(served) => Err(Failure::plain(StatusCode::NOT_ACCEPTABLE)),
        _ => Ok(()),
    }
}

fn is_readable(verb: &Verb, headers: &HeaderMap, body: &Body) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
    match (sent.as_deref(), verb.media) {
        (None | Some("application/json"), _) | (_, Media::Any) => true,
        (Some("multipart/form-data" | "application/x-www-form-urlencoded"), Media::Form) => true,
        // Without a body, the content type is irrelevant.
        _ => matches!(verb.method, Method::GET | Method::DELETE) || body.is_end_stream(),
    }
}

/// Returns whether a media type is that of JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence.ends_with("+json")
}

/// Returns whether a body of this type may be longer than what is held in memory: neither JSON nor a URL-encoded form.
pub(crate) fn may_be_long(headers: &HeaderMap) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    sent.is_some_and(|sent| !is_json(sent) && essence(sent) != "application/x-www-form-urlencoded")
}

/// Returns the media ranges of `Accept`, best first, without rejected ones (`q=0`). Returns `None` without the
/// header.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Vec<String>> {
    ranges(headers).map(|ranges| ranges.into_iter().map(essence).collect())
}

/// Maximum number of pages of an answer (spec P 16.5).
const MOST_PAGES: usize = 100;

/// Response that a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub format: Format,
    /// Whether a CSV file begins with a header line: the parameter `header` of RFC 4180, `present` unless it is `absent`.
    pub head: bool,
    /// Number of pages of a list that it may have: the parameter `pages` [X].
    pub pages: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { format: Format::Json, head: true, pages: 1 }
    }
}

/// Returns the wanted response. Returns `None` if no accepted format is available.
pub(crate) fn wanted(headers: &HeaderMap) -> Option<Wanted> {
    let Some(ranges) = ranges(headers) else { return Some(Wanted::default()) };
    let (format, range) =
        ranges.into_iter().find_map(|range| Format::accepted(&essence(range)).map(|format| (format, range)))?;
    let absent = parameter(range, "header").is_some_and(|value| value.eq_ignore_ascii_case("absent"));
    let pages = parameter(range, "pages").and_then(|pages| pages.parse().ok()).unwrap_or(1);
    Some(Wanted { format, head: !(format == Format::Csv && absent), pages: pages.clamp(1, MOST_PAGES) })
}

/// Returns the media ranges like [`accepted`], with their parameters.
fn ranges(headers: &HeaderMap) -> Option<Vec<&str>> {
    if !headers.contains_key(ACCEPT) {
        return None;
    }
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(',')).map(|range| (range, quality(range)));
    let mut ranges: Vec<(&str, f32)> = ranges.filter(|(_, quality)| *quality > 0.0).collect();
    // The sort is stable: among equals, the first range is preferred.
    ranges.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    Some(ranges.into_iter().map(|(range, _)| range).collect())
}

/// Returns a media type or range in lower case, without parameters.
fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns the parameter `q` of a range; 1 if it is missing or invalid.
fn quality(range: &str) -> f32 {
    parameter(range, "q").and_then(|value| value.parse().ok()).unwrap_or(1.0)
}

fn parameter<'a>(range: &'a str, name: &str) -> Option<&'a str> {
    let mut parameters = range.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(known, _)| known.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[&str]) -> Option<Vec<String>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, value.parse().unwrap());
        }
        accepted(&headers)
    }

    #[test]
    fn the_best_range_comes_first_and_refused_ones_not_at_all() {
        let texts = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(sorted(&[]), None);
        assert_eq!(sorted(&["text/CSV; q=0.5, application/json"]), texts(&["application/json", "text/csv"]));
        assert_eq!(sorted(&["application/json;q=0", "*/*;q=0.1"]), texts(&["*/*"]));
        assert_eq!(sorted(&["text/csv;charset=utf-8,a/b"]), texts(&["text/csv", "a/b"]));
        assert_eq!(sorted(&["application/json;q=0"]), texts(&[]));
    }

    #[test]
    fn a_format_is_wanted_with_or_without_its_header_line() {
        let all = |value: &str| super::wanted(&HeaderMap::from_iter([(ACCEPT, value.parse().unwrap())]));
        let wanted = |value: &str| all(value).map(|wanted| (wanted.format, wanted.head));
        assert_eq!(super::wanted(&HeaderMap::new()), Some(Wanted::default()));
        assert_eq!(wanted("text/csv"), Some((Format::Csv, true)));
        assert_eq!(wanted("text/csv; Header=Absent, application/json;q=0.9"), Some((Format::Csv, false)));
        assert_eq!(wanted("text/csv ; header=\"absent\""), Some((Format::Csv, false)));
        assert_eq!(wanted("text/csv;q=0.1;header=absent, application/json"), Some((Format::Json, true)));
        assert_eq!(wanted("image/png, text/*;q=0.5"), Some((Format::Csv, true)));
        assert_eq!(wanted("image/png"), None);
        let pages = |value: &str| all(value).map(|wanted| wanted.pages);
        assert_eq!(pages("application/json"), Some(1));
        assert_eq!(pages("text/csv;header=absent;pages=16, application/json;q=0.9"), Some(16));
        assert_eq!(
            (pages("text/csv;pages=0"), pages("text/csv;pages=x"), pages("*/*;pages=999")),
            (Some(1), Some(1), Some(100))
        );
    }
}
