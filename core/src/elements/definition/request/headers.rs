//! The headers of the vendor request (spec E 5.60 to 5.62, 5.66, 5.89, 5.90).

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::super::refused::Refused;
use super::body::Made;
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
        let refused = || Refused::new(format!("Invalid value for header: {}", header.name));
        let name = HeaderName::try_from(header.name.trim()).map_err(|_| refused())?;
        if NOT_SET.contains(&name.as_str()) {
            continue;
        }
        // Spec E 5.61: the type of a form goes before a literal of the whole element.
        let is_replaced = name == CONTENT_TYPE && header.global && is_of_form(body);
        let mut value = HeaderValue::from_bytes(header.value.trim().as_bytes()).map_err(|_| refused())?;
        if header.value.trim().contains('\t') {
            return Err(refused());
        }
        value.set_sensitive(true);
        if !is_replaced {
            headers.insert(name, value);
        }
    }
    complete_boundary(&mut headers, body);
    Ok(headers)
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
        Made::Bytes { bytes, .. } => form::boundary_of(bytes),
        _ => None,
    };
    let value =
        boundary.and_then(|boundary| HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).ok());
    if let Some(value) = value {
        headers.insert(CONTENT_TYPE, value);
    }
}
