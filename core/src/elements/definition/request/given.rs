//! Values that parameters give (spec E 5.10 to 5.18).

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;

use super::super::convert::{self, Sent};
use super::super::document::{Parameter, Source};
use super::super::json;
use super::super::refused::Refused;
use super::super::template::{Lookup, Value, Values};
use super::{FormField, Input, InputBody};
use crate::vendor::IncomingBody;

/// Headers with the platform's secrets, which are never a value (spec E 5.95).
const SECRET_HEADERS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// A value of a parameter.
pub(super) enum Given<'a> {
    Value(Value<'a>),
    /// A condition that was converted.
    Condition(Sent),
    /// A file of a form.
    File(&'a FormField),
    /// A whole form.
    Form(&'a [FormField]),
    /// A whole body that is neither JSON nor a form.
    Bytes {
        media_type: &'a str,
        bytes: &'a Bytes,
    },
    /// A whole body of that kind which is read as it arrives.
    Stream {
        media_type: &'a str,
        body: &'a IncomingBody,
    },
}

/// Returns the value of a parameter that is no literal. `None` if it has none.
///
/// # Errors
/// Refuses a condition that cannot be converted.
pub(super) fn given<'a>(parameter: &'a Parameter, input: &Input<'a>) -> Result<Option<Given<'a>>, Refused> {
    let name = parameter.name.as_str();
    let value = match parameter.from {
        Source::Literal | Source::None => None,
        Source::PreviousBody => input.previous.map(|json| Value::Json(Cow::Borrowed(json))),
        Source::PreviousBodyField => {
            let value = input.previous.and_then(|json| json::find_all(json, &json::Path::of(name)));
            value.map(|value| Value::Json(Cow::Borrowed(value)))
        }
        Source::Configuration => input.settings.get(name).map(Value::Text),
        Source::Header => header(input.headers, name).map(Value::of),
        Source::Path => input.path.get(name).map(Value::of),
        Source::Query if convert::is_where(parameter) && input.condition.is_some() => {
            return condition(parameter, input);
        }
        // Spec E 5.38: a search that is blank.
        Source::Query if convert::is_where(parameter) && parameter.converter.is_some() => None,
        Source::Query => query(input, name),
        Source::Body => return Ok(whole_body(input.body)),
        Source::BodyField => body_field(input.body, name),
        Source::Form | Source::Multipart | Source::File => return Ok(form_field(input, name)),
    };
    Ok(value.map(Given::Value))
}

fn condition<'a>(parameter: &'a Parameter, input: &Input<'a>) -> Result<Option<Given<'a>>, Refused> {
    let Some(condition) = input.condition else { return Ok(None) };
    Ok(match &parameter.converter {
        Some(converter) if is_sent(parameter) => {
            // A converter that does not exist was refused when the list was planned, unless a script reads the condition.
            let converted = convert::convert(converter, condition, input.settings).ok();
            converted.and_then(|converted| converted.sent).map(Given::Condition)
        }
        Some(_) => None,
        None => Some(Given::Value(Value::of(condition.to_string()))),
    })
}

/// Returns whether the value of a parameter reaches the vendor.
fn is_sent(parameter: &Parameter) -> bool {
    !matches!(parameter.to, None | Some(super::super::document::Target::Nothing))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    if SECRET_HEADERS.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret)) {
        return None;
    }
    std::str::from_utf8(headers.get(name.trim())?.as_bytes()).ok()
}

/// Returns a query value of the caller. The names of paging are the engine's in calls that read lists (spec E 6.10).
pub(super) fn query<'a>(input: &Input<'a>, name: &str) -> Option<Value<'a>> {
    if let Some(page) = input.page
        && let "page" | "pageSize" | "nextPage" = name
    {
        let number = |number: u64| Value::Json(number.to_string().into());
        let cursor = page.cursor.as_deref().map(Value::of);
        return match name {
            "page" if page.cursor_as_page => cursor,
            "page" => page.page.map(number),
            "pageSize" => page.size.map(number),
            _ => cursor,
        };
    }
    let mut values = input.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let first = values.next()?;
    let more: Vec<&str> = values.collect();
    if more.is_empty() {
        return Some(Value::of(first));
    }
    let all: Vec<String> = std::iter::once(first).chain(more).map(json::quote).collect();
    Some(Value::Json(Cow::Owned(format!("[{}]", all.join(",")))))
}

fn whole_body(body: &InputBody) -> Option<Given<'_>> {
    match body {
        InputBody::Empty => None,
        InputBody::Json(text) => Some(Given::Value(Value::Json(Cow::Borrowed(text)))),
        InputBody::Form(fields) => Some(Given::Form(fields)),
        InputBody::Bytes { media_type, bytes } => Some(Given::Bytes { media_type, bytes }),
        InputBody::Stream { media_type, body } => Some(Given::Stream { media_type, body }),
    }
}

/// Returns the value at a dotted path of the body; of a form, the field.
pub(super) fn body_field<'a>(body: &'a InputBody, path: &str) -> Option<Value<'a>> {
    match body {
        InputBody::Json(text) => {
            let value = json::find_all(text, &json::Path::of(path))?;
            Some(Value::Json(Cow::Borrowed(value)))
        }
        InputBody::Form(fields) => text_field(fields, path).map(Value::Text),
        InputBody::Empty | InputBody::Bytes { .. } | InputBody::Stream { .. } => None,
    }
}

fn text_field<'a>(fields: &'a [FormField], name: &str) -> Option<Cow<'a, str>> {
    let field = fields.iter().find(|field| field.name == name && field.rest.is_none())?;
    Some(String::from_utf8_lossy(&field.content))
}

/// Returns a field of the caller's form. Without a form, a member of the JSON body or a query value serves (spec E 5.14).
fn form_field<'a>(input: &Input<'a>, name: &str) -> Option<Given<'a>> {
    if let InputBody::Form(fields) = input.body {
        let field = fields.iter().find(|field| field.name == name)?;
        return Some(match field.file_name {
            Some(_) => Given::File(field),
            None => Given::Value(Value::Text(String::from_utf8_lossy(&field.content))),
        });
    }
    body_field(input.body, name).or_else(|| query(input, name)).map(Given::Value)
}

/// Placeholders of literals (spec E 5.32, 5.33).
pub(super) struct Placeholders<'i, 'a> {
    pub input: &'i Input<'a>,
    /// Whether only the configuration may fill them, as in the part of an address that names the host (spec E 3.39).
    pub configuration_only: bool,
    /// Whether masked values are left out, as in addresses that a script gave (spec E 5.88).
    pub unmasked_only: bool,
}

impl Values for Placeholders<'_, '_> {
    fn placeholder(&self, key: &str) -> Lookup<'_> {
        let input = self.input;
        let found = |value: Option<Value<'static>>| value.map_or(Lookup::Unknown, Lookup::Value);
        let Some((namespace, name)) = key.split_once('.') else { return self.configuration(key) };
        if self.configuration_only && matches!(namespace, "header" | "body" | "query" | "path") {
            return Lookup::Unknown;
        }
        match namespace {
            "configuration" => self.configuration(name),
            "header" => found(header(input.headers, name).map(|text| Value::of(text.to_owned()))),
            "body" => found(body_field(input.body, name).map(Value::into_owned)),
            "query" => found(query(input, name).map(Value::into_owned)),
            "path" => found(input.path.get(name).map(|text| Value::of(text.to_owned()))),
            // Spec E 5.33: keys without namespace may have dots.
            _ => self.configuration(key),
        }
    }

    fn token(&self, _: &str) -> Option<Value<'_>> {
        None
    }
}

impl Placeholders<'_, '_> {
    fn configuration(&self, key: &str) -> Lookup<'_> {
        if self.unmasked_only && self.input.settings.definition().masks(key) {
            return Lookup::Unknown;
        }
        match self.input.settings.get(key) {
            Some(value) => Lookup::Value(Value::Text(value)),
            None if self.input.settings.has(key) => Lookup::Blank,
            None => Lookup::Unknown,
        }
    }
}

impl Given<'_> {
    /// Returns whether the value is too long to be held in memory, so that only a body can take it.
    pub fn is_long(&self) -> bool {
        match self {
            Self::File(field) => field.rest.is_some(),
            Self::Form(fields) => fields.iter().any(|field| field.rest.is_some()),
            Self::Stream { .. } => true,
            Self::Value(_) | Self::Condition(_) | Self::Bytes { .. } => false,
        }
    }

    /// Returns the value as text, for headers, fields and stored values. `null` is no value. A file counts by its content.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Value(Value::Json(json)) if json::kind_of(json) == json::Kind::Null => None,
            Self::Value(value) => Some(value.text().into_owned()),
            Self::Condition(sent) => Some(sent.text()),
            Self::File(field) => Some(String::from_utf8_lossy(&field.content).into_owned()),
            Self::Bytes { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
            Self::Form(_) | Self::Stream { .. } => None,
        }
    }
}
