//! The next cursor (spec E 6.20 to 6.25, 6.36).

use http::HeaderMap;
use http::header::LINK;
use url::Url;

use super::super::answer::Read;
use super::super::document::{DefinedResource, Parameter, Target};
use super::super::json::{self, Path, Step};
use super::super::settings::Settings;
use super::mode::declared;
use crate::vendor::{VendorError, VendorErrorKind};

/// Location of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A cursor for its parameter.
    Cursor(String),
    /// An address, called as it stands.
    Address(Url),
}

/// Returns the next page of a list with cursors. `None` after the last one.
pub(super) fn next(
    settings: Settings<'_>,
    resource: &DefinedResource,
    as_page: bool,
    read: &Read,
    asked: &Url,
) -> Result<Option<Next>, VendorError> {
    let name = if as_page { "page" } else { "nextPage" };
    let parameter = declared(settings, resource, name);
    // Spec E 6.23: a script's header goes before the key.
    if let Some(cursor) = script_cursor(read) {
        return Ok(Some(cursor.to_owned()).filter(|cursor| is_cursor(cursor)).map(Next::Cursor));
    }
    match resource.next_page_key.as_deref().map(str::trim) {
        // Only scripts set this header (spec E 6.23).
        Some("elements-next-page-token") => Ok(None),
        Some(key) => by_key(key, read, asked),
        None => match by_link(&read.vendor_headers, parameter, asked)? {
            None => Ok(parameter.and_then(|parameter| by_name(parameter, read))),
            found => Ok(found),
        },
    }
}

/// Reads the cursor where `nextPageKey` says (spec E 6.20, 6.21).
fn by_key(key: &str, read: &Read, asked: &Url) -> Result<Option<Next>, VendorError> {
    let (place, parameter) = key.split_once('?').map_or((key, None), |(place, name)| (place, Some(name)));
    let value = match place.strip_prefix("header.") {
        Some(name) => header(&read.vendor_headers, name),
        None => {
            let place = place.strip_prefix("body.").unwrap_or(place);
            let path = Path::of(place);
            // The name of a member may have dots itself, as `@odata.nextLink`.
            let whole = || read.raw_value(&Path { steps: vec![Step::Member(place.to_owned())] });
            read.raw_value(&path).or_else(whole).and_then(text).or_else(|| in_returned(&path, read))
        }
    };
    let Some(value) = value.filter(|value| is_cursor(value)) else { return Ok(None) };
    match parameter {
        Some(name) => Ok(query_value(&value, name).filter(|value| is_cursor(value)).map(Next::Cursor)),
        None => located(value, asked).map(Some),
    }
}

/// Returns the cursor that a script gave in a header.
fn script_cursor(read: &Read) -> Option<&str> {
    read.by_script.as_ref()?.cursor.as_deref()
}

/// Returns the cursor that a script set for the caller to send back under another name (spec E 6.37). `None` if no
/// script set one.
pub fn given_cursor(read: &Read) -> Option<&str> {
    script_cursor(read).filter(|cursor| is_cursor(cursor))
}

/// Reads the path, then the path without its first part, in the body that a script returned (spec E 6.35).
fn in_returned(path: &Path, read: &Read) -> Option<String> {
    let body = read.by_script.as_ref()?.body.as_deref()?;
    let inner = || {
        let (_, steps) = path.steps.split_first().filter(|(_, rest)| !rest.is_empty())?;
        json::find_all(body, &Path { steps: steps.to_vec() })
    };
    json::find_all(body, path).or_else(inner).and_then(text)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name.trim())?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn text(json: &str) -> Option<String> {
    json::text_of(json).map(|text| text.into_owned())
}

/// Returns whether a value is a cursor (spec E 6.25).
fn is_cursor(value: &str) -> bool {
    !matches!(value.trim(), "" | "null" | "false" | "0")
}

/// Returns the decoded value of a parameter in the query of an address, absolute or not.
fn query_value(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Returns a cursor, or the address that it is, if that has the host of the call before (spec E 6.22).
fn located(value: String, asked: &Url) -> Result<Next, VendorError> {
    let starts = |scheme: &str| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !starts("http://") && !starts("https://") {
        return Ok(Next::Cursor(value));
    }
    let address = Url::parse(value.trim()).ok().filter(|address| is_of_host(address, asked));
    let other = || {
        VendorError::answered(VendorErrorKind::MalformedResponse, 200, "The address of the next page has another host")
    };
    address.map(Next::Address).ok_or_else(other)
}

/// Returns whether an address may be called with the credentials of another: the same host and port, and no step from
/// TLS to plain text.
fn is_of_host(address: &Url, asked: &Url) -> bool {
    let is_same = address.host() == asked.host();
    let is_secure = address.scheme() == "https" || asked.scheme() == "http";
    let port = address.port_or_known_default() == asked.port_or_known_default()
        || (address.port().is_none() && asked.port().is_none());
    is_same && is_secure && port && address.username().is_empty() && address.password().is_none()
}

/// Reads a `Link` header with `rel="next"` (spec E 6.24).
fn by_link(headers: &HeaderMap, parameter: Option<&Parameter>, asked: &Url) -> Result<Option<Next>, VendorError> {
    let target = headers.get_all(LINK).iter().find_map(|value| next_link(value.to_str().ok()?));
    let Some(target) = target else { return Ok(None) };
    let name =
        parameter.filter(|parameter| parameter.to == Some(Target::Query)).map(|parameter| &parameter.vendor_name);
    if let Some(value) = name.and_then(|name| query_value(target, name)) {
        return Ok(is_cursor(&value).then_some(Next::Cursor(value)));
    }
    let address = asked.join(target).map_or_else(|_| target.to_owned(), String::from);
    located(address, asked).map(Some)
}

/// Returns the target of the link with `rel="next"`.
fn next_link(value: &str) -> Option<&str> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let is_next = after[..end].split([';', ',']).filter_map(|part| part.split_once('=')).any(|(name, value)| {
            let mut words = value.trim().trim_matches('"').split_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && words.any(|word| word.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.trim());
        }
        rest = &after[end..];
    }
    None
}

/// Reads the top-level member with the vendor's name of the cursor (spec E 6.36).
fn by_name(parameter: &Parameter, read: &Read) -> Option<Next> {
    let path = Path { steps: vec![Step::Member(parameter.vendor_name.clone())] };
    let value = read.raw_value(&path).and_then(text).filter(|value| is_cursor(value))?;
    Some(Next::Cursor(value))
}
