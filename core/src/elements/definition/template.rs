//! Texts with placeholders: `${…}`, `{token}` and `CE.b64(…)`, filled in one pass (spec E 5.32 to 5.37, 5.46 to 5.50).
//!
//! A text is parsed as its author wrote it. What a value brings is written, but never read again (spec E 5.86).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::json;
use super::refused::Refused;
use super::request::encode;
use super::xml;

/// Maximum depth of `CE.…` inside `CE.…`; deeper ones are text.
const MAX_NESTING: usize = 8;

/// A value that a parameter or a placeholder gives.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A JSON value of any type, as its text.
    Json(Cow<'a, str>),
}

/// Outcome of a look-up.
pub enum Lookup<'a> {
    /// The value.
    Value(Value<'a>),
    /// The key exists but has no value (spec E 5.36).
    Blank,
    /// There is no such key: the placeholder stays as written.
    Unknown,
}

/// Origin of the values of a template.
pub trait Values {
    /// Looks up the key of `${key}`.
    fn placeholder(&self, key: &str) -> Lookup<'_>;

    /// Looks up the name of `{name}`. Returns `None` for names that are no tokens, which stay as written.
    fn token(&self, name: &str) -> Option<Value<'_>>;
}

/// Text around the values, which decides how they are written (spec E 5.37, 5.48).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Any text.
    Plain,
    /// XML.
    Xml,
    /// JSON.
    Json,
    /// Fields of a form: values are encoded, the text around them is not.
    Fields,
    /// A value of a query or a part of a path: everything is encoded, but not twice.
    Address,
}

impl Style {
    /// Returns the style of a template for a body of this media type: the first character decides (spec E 5.48).
    pub fn of_body(template: &str, media_type: &str) -> Self {
        match template.trim_start().bytes().next() {
            Some(b'<') => Self::Xml,
            Some(b'{' | b'[' | b'"') => Self::Json,
            _ if media_type.contains("x-www-form-urlencoded") => Self::Fields,
            _ => Self::Plain,
        }
    }
}

/// A part of a template.
#[derive(Debug, PartialEq)]
enum Part<'t> {
    Text(&'t str),
    /// `${key}`
    Placeholder {
        written: &'t str,
        key: &'t str,
    },
    /// `{name}`
    Token {
        written: &'t str,
        name: &'t str,
    },
    /// `CE.b64(…)` or `CE.md5(…)`
    Function {
        function: Function,
        of: Vec<Part<'t>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Base64,
    Md5,
}

/// Fills a literal. Returns `None` if it is nothing but a placeholder without value (spec E 5.36). A placeholder alone
/// keeps the type of its value.
///
/// # Errors
/// Refuses a value that cannot be written in the style.
pub fn fill<'v>(literal: &str, values: &'v dyn Values, style: Style) -> Result<Option<Value<'v>>, Refused> {
    let parts = parse(literal);
    if let [Part::Placeholder { key, .. }] = parts.as_slice() {
        match values.placeholder(key) {
            Lookup::Blank => return Ok(None),
            Lookup::Value(value) if style == Style::Plain => return Ok(Some(value)),
            _ => {}
        }
    }
    let mut writer = Writer { out: String::with_capacity(literal.len() + 32), style, in_string: false };
    writer.parts(&parts, values)?;
    Ok(Some(Value::Text(Cow::Owned(writer.out))))
}

/// Returns whether a template has a token of this name (spec E 5.47).
pub fn has_token(template: &str, token: &str) -> bool {
    fn any(parts: &[Part<'_>], token: &str) -> bool {
        parts.iter().any(|part| match part {
            Part::Token { name, .. } => *name == token,
            Part::Function { of, .. } => any(of, token),
            _ => false,
        })
    }
    any(&parse(template), token)
}

/// Returns whether a literal has a placeholder for this configuration key.
pub fn names_configuration(literal: &str, wanted: &str) -> bool {
    placeholders(literal).iter().any(|key| key.strip_prefix("configuration.").unwrap_or(key) == wanted)
}

/// Returns the keys of the placeholders of a literal, in order.
pub fn placeholders(literal: &str) -> Vec<&str> {
    fn add<'t>(parts: &[Part<'t>], keys: &mut Vec<&'t str>) {
        for part in parts {
            match part {
                Part::Placeholder { key, .. } => keys.push(*key),
                Part::Function { of, .. } => add(of, keys),
                Part::Text(_) | Part::Token { .. } => {}
            }
        }
    }
    let mut keys = Vec::new();
    add(&parse(literal), &mut keys);
    keys
}

fn parse(template: &str) -> Vec<Part<'_>> {
    Parser { rest: template, open_functions: true }.parts(0)
}

struct Parser<'t> {
    rest: &'t str,
    /// Whether a function may still be closed; searched once, so that parsing takes linear time.
    open_functions: bool,
}

impl<'t> Parser<'t> {
    fn parts(&mut self, depth: usize) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let mut text = self.rest;
        let mut length = 0;
        while let Some(at) = text[length..].find(['$', '{', 'C']) {
            length += at;
            let Some((part, after)) = self.special(&text[length..], depth) else {
                length += 1;
                continue;
            };
            if length > 0 {
                parts.push(Part::Text(&text[..length]));
            }
            parts.push(part);
            (text, length) = (after, 0);
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        parts
    }

    fn special(&mut self, text: &'t str, depth: usize) -> Option<(Part<'t>, &'t str)> {
        if let Some(rest) = text.strip_prefix("${") {
            let (key, after) = braced(rest)?;
            return Some((Part::Placeholder { written: &text[..key.len() + 3], key }, after));
        }
        if let Some(rest) = text.strip_prefix('{') {
            let (name, after) = braced(rest)?;
            return Some((Part::Token { written: &text[..name.len() + 2], name }, after));
        }
        let (function, rest) = match (text.strip_prefix("CE.b64("), text.strip_prefix("CE.md5(")) {
            (Some(rest), _) => (Function::Base64, rest),
            (_, Some(rest)) => (Function::Md5, rest),
            _ => return None,
        };
        if depth == MAX_NESTING || !self.open_functions {
            return None;
        }
        let Some(end) = closing(rest) else {
            self.open_functions = false;
            return None;
        };
        let of = Parser { rest: &rest[..end], open_functions: true }.parts(depth + 1);
        Some((Part::Function { function, of }, &rest[end + 1..]))
    }
}

/// Splits the name before the next closing brace off. Braces, quotes, commas and line ends belong to no name.
fn braced(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['{', '}', '"', ',', '\n', '\r'])?;
    let name = &text[..end];
    let is_name = text[end..].starts_with('}') && !name.is_empty() && name.trim() == name;
    is_name.then(|| (name, &text[end + 1..]))
}

/// Returns the position of the parenthesis that closes, with those in between in pairs.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            _ => continue,
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

struct Writer {
    out: String,
    style: Style,
    /// Whether the text written so far ends inside a JSON string; values do not change that.
    in_string: bool,
}

impl Writer {
    fn parts(&mut self, parts: &[Part<'_>], values: &dyn Values) -> Result<(), Refused> {
        for part in parts {
            match part {
                Part::Text(text) => self.text(text),
                Part::Placeholder { written, key } => match values.placeholder(key) {
                    Lookup::Value(value) => self.value(&value)?,
                    Lookup::Blank => {}
                    Lookup::Unknown => self.text(written),
                },
                Part::Token { written, name } => match values.token(name) {
                    Some(value) => self.value(&value)?,
                    None => self.text(written),
                },
                Part::Function { function, of } => {
                    let mut inner = Self { out: String::new(), style: Style::Plain, in_string: false };
                    inner.parts(of, values)?;
                    self.value(&Value::Text(function.of(&inner.out).into()))?;
                }
            }
        }
        Ok(())
    }

    /// Writes text of the author.
    fn text(&mut self, text: &str) {
        match self.style {
            Style::Address => encode::written(&mut self.out, text),
            Style::Json => {
                let mut escaped = false;
                for byte in text.bytes() {
                    match byte {
                        b'"' if !escaped => self.in_string = !self.in_string,
                        _ => {}
                    }
                    escaped = self.in_string && byte == b'\\' && !escaped;
                }
                self.out.push_str(text);
            }
            Style::Plain | Style::Xml | Style::Fields => self.out.push_str(text),
        }
    }

    fn value(&mut self, value: &Value<'_>) -> Result<(), Refused> {
        match self.style {
            Style::Plain => self.out.push_str(&value.text()),
            Style::Address | Style::Fields => encode::query(&mut self.out, &value.text()),
            Style::Xml => match value {
                Value::Json(text) if matches!(json::kind_of(text), json::Kind::Object | json::Kind::Array) => {
                    xml::write_elements(&mut self.out, text)?;
                }
                value => xml::escape(&mut self.out, &value.text())?,
            },
            Style::Json if self.in_string => {
                let quoted = json::quote(&value.text());
                self.out.push_str(&quoted[1..quoted.len() - 1]);
            }
            Style::Json => self.out.push_str(&value.bare_json()),
        }
        Ok(())
    }
}

impl Function {
    fn of(self, text: &str) -> String {
        match self {
            Self::Base64 => STANDARD.encode(text),
            Self::Md5 => Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl<'a> Value<'a> {
    /// Creates a text.
    pub fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Returns the value as text: numbers and booleans as their JSON, arrays and objects as compact JSON, `null` as the
    /// empty text (spec E 5.31).
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(json) => match json::kind_of(json) {
                json::Kind::Array | json::Kind::Object => json::compact(json),
                _ => json::text_of(json).unwrap_or_default(),
            },
        }
    }

    /// Returns the value as JSON: texts as strings.
    pub fn json(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Owned(json::quote(text)),
            Self::Json(json) => json::compact(json),
        }
    }

    /// Returns the value as JSON inside a template: a text that is JSON itself goes in bare (spec E 5.48).
    fn bare_json(&self) -> Cow<'_, str> {
        let text = match self {
            Self::Json(json) if json::kind_of(json) != json::Kind::Text => return json::compact(json),
            value => value.text(),
        };
        match json::find(&text, &json::Path::default()) {
            Ok(_) => Cow::Owned(text.into_owned()),
            Err(_) => Cow::Owned(json::quote(&text)),
        }
    }

    /// Makes the value independent of its origin.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Json(json) => Value::Json(Cow::Owned(json.into_owned())),
        }
    }
}
