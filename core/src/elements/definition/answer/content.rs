//! Parsing of bodies by their media type (spec E 5.67, 5.71).

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::Encoding;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::super::json::{self, Found, Path};
use super::super::xml;
use super::root;
use crate::record::outline::Outlines;
use crate::utf8::Utf8;
use crate::vendor::{VendorAnswer, VendorError, VendorErrorKind};

/// A parsed body.
pub(super) enum Parsed {
    Empty,
    Json { text: Utf8, found: Found, is_xml: bool },
    Text(String),
    Bytes(Bytes),
}

/// Kind of body that a media type declares.
#[derive(Clone, Copy, PartialEq)]
enum Declared {
    Missing,
    Json,
    Xml,
    /// HTML and other text.
    Text,
    Binary,
}

/// Parses a successful answer, and finds the value at a path in it. `outlines` are those that the items of a list are
/// likely to have.
pub(super) fn parse(answer: &VendorAnswer, path: &Path, outlines: &mut Outlines<()>) -> Result<Parsed, VendorError> {
    let unreadable = || {
        let message = "The vendor's answer could not be read";
        VendorError::answered(VendorErrorKind::MalformedResponse, answer.status.as_u16(), message)
    };
    let declared = declared(&answer.headers);
    if answer.body.is_empty() {
        return Ok(Parsed::Empty);
    }
    if declared == Declared::Binary {
        return Ok(Parsed::Bytes(answer.body.clone()));
    }
    let Some(text) = text_of(&answer.body, &answer.headers) else {
        return match declared {
            Declared::Json => Err(unreadable()),
            _ => Ok(Parsed::Bytes(answer.body.clone())),
        };
    };
    let is_json = matches!(declared, Declared::Json) || text.trim_start().starts_with(['{', '[']);
    let text = if is_json { with_whole_characters(text) } else { text };
    let shown = &*text;
    let first = shown.trim_start().bytes().next();
    let as_text = || Ok(Parsed::Text(shown.to_owned()));
    match (declared, first) {
        (_, None) => Ok(Parsed::Empty),
        // One that is well-formed is no record either.
        (Declared::Json, Some(b'<')) if is_web_page(shown) => Err(unreadable()),
        (Declared::Missing | Declared::Xml, Some(b'<')) if is_web_page(shown) => as_text(),
        (Declared::Json | Declared::Missing | Declared::Xml, Some(b'<')) => xml(shown, path).map_err(|_| unreadable()),
        (Declared::Json, _) | (Declared::Missing | Declared::Xml, Some(b'{' | b'[')) => {
            let found = root::find(shown, path, outlines).map_err(|_| unreadable())?;
            Ok(Parsed::Json { text, found, is_xml: false })
        }
        // The type may be wrong; if not, the body is text that happens to begin so.
        (Declared::Text, Some(b'{' | b'[')) => match root::find(shown, path, outlines) {
            Ok(found) => Ok(Parsed::Json { text, found, is_xml: false }),
            Err(_) => as_text(),
        },
        (Declared::Text, Some(b'<')) if shown.trim_start().starts_with("<?xml") => {
            xml(shown, path).or_else(|_| as_text())
        }
        (Declared::Xml, _) => Err(unreadable()),
        _ => as_text(),
    }
}

/// Returns whether a text is HTML, whatever its type is: a page for signing in, or that of a proxy.
fn is_web_page(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(20).collect::<String>().to_ascii_lowercase();
    let after = start.strip_prefix("<!doctype html").or_else(|| start.strip_prefix("<html"));
    after.is_some_and(|after| after.starts_with(|next: char| next == '>' || next.is_whitespace()))
}

fn xml(text: &str, path: &Path) -> Result<Parsed, xml::Unreadable> {
    let json = xml::to_json(text)?;
    let found = root::find(&json, path, &mut Outlines::default()).map_err(|_| xml::Unreadable)?;
    Ok(Parsed::Json { text: json.into(), found, is_xml: true })
}

/// Converts a body without success to JSON, if it is JSON or XML.
pub(super) fn lenient(answer: &VendorAnswer) -> Option<String> {
    let text = with_whole_characters(text_of(&answer.body, &answer.headers)?);
    let text = &*text;
    match text.trim_start().bytes().next()? {
        b'{' | b'[' => json::find(text, &Path::default()).ok().map(|_| text.to_owned()),
        b'<' => xml::to_json(text).ok(),
        _ => None,
    }
}

/// Returns a body as text, whatever its media type says.
pub(super) fn shown(body: &Bytes, headers: &HeaderMap) -> Option<Utf8> {
    text_of(body, headers)
}

/// Returns whether the media type is that of a body that is no text.
pub(super) fn is_binary(headers: &HeaderMap) -> bool {
    declared(headers) == Declared::Binary
}

fn declared(headers: &HeaderMap) -> Declared {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ends = |suffix: &str| essence.ends_with(suffix);
    match essence.as_str() {
        "" => Declared::Missing,
        _ if ends("/json") || ends("+json") || ends("javascript") => Declared::Json,
        "application/xhtml+xml" | "image/svg+xml" => Declared::Text,
        _ if ends("/xml") || ends("+xml") => Declared::Xml,
        "application/x-www-form-urlencoded" => Declared::Text,
        _ if essence.starts_with("text/") || ends("yaml") => Declared::Text,
        _ => Declared::Binary,
    }
}

/// Replaces surrogates without a partner in JSON.
fn with_whole_characters(text: Utf8) -> Utf8 {
    match json::with_whole_characters(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(whole) => whole.into(),
    }
}

/// Returns the body as UTF-8: by its byte order mark, the charset of the media type, or the declaration of XML. `None` if
/// it is no text of that encoding.
fn text_of(body: &Bytes, headers: &HeaderMap) -> Option<Utf8> {
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return decoded(&body.slice(length..), encoding);
    }
    match charset(headers).or_else(|| xml_encoding(body)) {
        Some(encoding) => decoded(body, encoding),
        None => Utf8::of(body.clone()),
    }
}

fn decoded(body: &Bytes, encoding: &'static Encoding) -> Option<Utf8> {
    if encoding == encoding_rs::UTF_8 {
        return Utf8::of(body.clone());
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(body)?;
    Some(text.into_owned().into())
}

fn charset(headers: &HeaderMap) -> Option<&'static Encoding> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let parameter =
        |part: &str| part.split_once('=').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.to_owned()));
    let mut parameters = value.split(';').skip(1).filter_map(parameter);
    let (_, charset) = parameters.find(|(name, _)| name == "charset")?;
    Encoding::for_label(charset.trim().trim_matches('"').as_bytes())
}

/// Returns the encoding that the declaration of an XML document names.
fn xml_encoding(body: &[u8]) -> Option<&'static Encoding> {
    let start = body.get(..body.len().min(200))?;
    if !start.trim_ascii_start().starts_with(b"<?xml") {
        return None;
    }
    let end = memchr::memmem::find(start, b"?>")?;
    let at = memchr::memmem::find(&start[..end], b"encoding")?;
    let rest = start[at + 8..end].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quote = *rest.first()?;
    let label = rest[1..].split(|byte| *byte == quote).next()?;
    Encoding::for_label(label)
}
