//! JSON to XML (spec E 5.65), the inverse of reading.

use super::super::json::{self, Kind, MAX_DEPTH, Path};
use super::super::refused::Refused;

/// Converts a JSON object with one member to a document.
///
/// # Errors
/// Refuses a value without exactly one root element, and names and characters that XML does not have.
pub fn document_of(json: &str) -> Result<String, Refused> {
    let no_root = || Refused::new("The body needs one root element");
    json::find(json, &Path::default()).map_err(|_| no_root())?;
    let members = json::members(json);
    let [(name, value)] = members.as_slice() else { return Err(no_root()) };
    if json::kind_of(value) == Kind::Array && json::items(value).len() != 1 {
        return Err(no_root());
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    element(&mut out, name, value)?;
    Ok(out)
}

/// Writes the members of an object as elements, for a token of a template (spec E 5.48). Items of an array follow each
/// other.
///
/// # Errors
/// Refuses names and characters that XML does not have.
pub fn write_elements(out: &mut String, json: &str) -> Result<(), Refused> {
    if json::find(json, &Path::default()).is_err() {
        return Err(too_deep());
    }
    content(out, json)
}

fn content(out: &mut String, json: &str) -> Result<(), Refused> {
    match json::kind_of(json) {
        Kind::Object => json::members(json).into_iter().try_for_each(|(name, value)| match &*name {
            "$" => scalar(out, value),
            // A token has no element of its own that could have attributes.
            name if name.starts_with('@') => Ok(()),
            name => element(out, name, value),
        }),
        Kind::Array => json::items(json).into_iter().try_for_each(|range| content(out, &json[range])),
        _ => scalar(out, json),
    }
}

fn scalar(out: &mut String, json: &str) -> Result<(), Refused> {
    json::text_of(json).map_or(Ok(()), |text| escape(out, &text))
}

/// Writes an element; an array as repeated ones. The depth is that of the JSON, which is bounded by its check.
fn element(out: &mut String, name: &str, json: &str) -> Result<(), Refused> {
    if !is_name(name) {
        return Err(Refused::new(format!("The body has a member that is no XML name: {name}")));
    }
    if json::kind_of(json) == Kind::Array {
        return json::items(json).into_iter().try_for_each(|range| element(out, name, &json[range]));
    }
    out.push('<');
    out.push_str(name);
    let members = json::members(json);
    for (attribute, value) in &members {
        let Some(attribute) = attribute.strip_prefix('@') else { continue };
        if !is_name(attribute) {
            return Err(Refused::new(format!("The body has a member that is no XML name: @{attribute}")));
        }
        out.push(' ');
        out.push_str(attribute);
        out.push_str("=\"");
        escape(out, &json::text_of(value).unwrap_or_default())?;
        out.push('"');
    }
    let mark = out.len();
    out.push('>');
    match json::kind_of(json) {
        Kind::Object => {
            for (name, value) in &members {
                match &**name {
                    "$" => scalar(out, value)?,
                    name if name.starts_with('@') => {}
                    name => element(out, name, value)?,
                }
            }
        }
        _ => scalar(out, json)?,
    }
    if out.len() == mark + 1 {
        out.truncate(mark);
        out.push_str("/>");
    } else {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_start = |one: char| one.is_alphabetic() || matches!(one, '_' | ':');
    let is_inner = |one: char| is_start(one) || one.is_numeric() || matches!(one, '-' | '.' | '\u{b7}');
    name.starts_with(is_start) && name.chars().all(is_inner)
}

/// Writes text, for content and for attributes in quotes.
///
/// # Errors
/// Refuses characters that XML does not have.
pub fn escape(out: &mut String, text: &str) -> Result<(), Refused> {
    for one in text.chars() {
        match one {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(one),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                return Err(Refused::new("The body has a character that XML does not have"));
            }
            _ => out.push(one),
        }
    }
    Ok(())
}

fn too_deep() -> Refused {
    Refused::new(format!("The body is nested more deeply than {MAX_DEPTH} levels"))
}
