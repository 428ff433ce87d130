//! The headers of the vendor request (spec E 5.60 to 5.62, 5.66, 5.89, 5.90).

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::super::refused::Refused;
use super::body::{Made, Sent};
use super::draft::Draft;
use super::form;

/// Headers that the HTTP client sets.
const NOT_SET: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "accept-encoding"];
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the headers.
pub(super) fn of(draft: &Draft<'_>, body: &Made) -> Result<HeaderMap, Refused> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, JSON);
    headers.insert(CONTENT_TYPE, type_of(body).unwrap_or(JSON));
    for header in &draft.headers {
        insert(&mut headers, header.name, &header.value, |name| is_replaced(name, header.global, body))?;
    }
    complete_boundary(&mut headers, body);
    Ok(headers)
}

/// Returns the headers as scripts see them: with the names of the definition, and none twice (spec E 7.19).
pub(super) fn listed(draft: &Draft<'_>, body: &Made) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let kind = type_of(body).unwrap_or(JSON);
    let mut listed = vec![("Accept".to_owned(), text(&JSON)), ("Content-Type".to_owned(), text(&kind))];
    for header in &draft.headers {
        let name = header.name.trim();
        let is_type = HeaderName::try_from(name).is_ok_and(|name| is_replaced(&name, header.global, body));
        if !is_type {
            set(&mut listed, name, header.value.trim().to_owned());
        }
    }
    listed
}

/// Sets a header by its name without letter case.
pub(super) fn set(listed: &mut Vec<(String, String)>, name: &str, value: String) {
    match listed.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        Some(header) => *header = (name.to_owned(), value),
        None => listed.push((name.to_owned(), value)),
    }
}

/// Makes the headers that scripts left.
pub(super) fn of_listed(listed: &[(String, String)], body: &Made) -> Result<HeaderMap, Refused> {
    let mut headers = HeaderMap::new();
    for (name, value) in listed {
        insert(&mut headers, name, value, |_| false)?;
    }
    complete_boundary(&mut headers, body);
    Ok(headers)
}

/// Adds a header, unless the HTTP client sets it (spec E 5.89).
fn insert(
    headers: &mut HeaderMap,
    name: &str,
    value: &str,
    is_left_out: impl Fn(&HeaderName) -> bool,
) -> Result<(), Refused> {
    let refused = || Refused::new(format!("Invalid value for header: {name}"));
    let known = HeaderName::try_from(name.trim()).map_err(|_| refused())?;
    if NOT_SET.contains(&known.as_str()) {
        return Ok(());
    }
    let mut written = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| refused())?;
    if value.trim().contains('\t') {
        return Err(refused());
    }
    written.set_sensitive(true);
    if !is_left_out(&known) {
        headers.insert(known, written);
    }
    Ok(())
}

/// Returns whether the type of a form goes before a literal of the whole element (spec E 5.61).
fn is_replaced(name: &HeaderName, is_global: bool, body: &Made) -> bool {
    *name == CONTENT_TYPE && is_global && is_of_form(body)
}

/// Returns the media type that a body has where no parameter sets one.
fn type_of(body: &Made) -> Option<HeaderValue> {
    match body {
        Made::Nothing | Made::Json(_) => None,
        Made::Form(_) => Some(HeaderValue::from_static("application/x-www-form-urlencoded")),
        Made::Multipart { boundary, .. } => {
            HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).ok()
        }
        Made::Bytes { media_type, .. } => HeaderValue::from_str(media_type.as_deref()?).ok(),
        Made::Literal { is_xml, .. } => is_xml.then(|| HeaderValue::from_static("text/xml; charset=utf-8")),
    }
}

fn is_of_form(body: &Made) -> bool {
    matches!(body, Made::Form(_) | Made::Multipart { .. } | Made::Bytes { media_type: Some(_), .. })
}

/// Adds the boundary of a multipart body to a type without one (spec E 5.90).
fn complete_boundary(headers: &mut HeaderMap, body: &Made) {
    let Some(written) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return };
    let mut parts = written.split(';').map(str::trim);
    let is_multipart = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"));
    let boundary =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    let has_boundary = boundary.is_some_and(|(_, value)| !value.trim_matches('"').is_empty());
    if !is_multipart || has_boundary {
        return;
    }
    let boundary = match body {
        Made::Multipart { boundary, .. } => Some(boundary.as_str()),
        Made::Literal { text, .. } => form::boundary_of(text.as_bytes()),
        Made::Bytes { content: Sent::Whole(bytes), .. } => form::boundary_of(bytes),
        _ => None,
    };
    let value =
        boundary.and_then(|boundary| HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).ok());
    if let Some(value) = value {
        headers.insert(CONTENT_TYPE, value);
    }
}
