//! Literals and templates (spec E 5.4.1, 5.4.3).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Context, plain};
use crate::template::{Part, parts};
use crate::{dotted, xml};

/// A piece of a filled literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub text: String,
    /// Whether it is a value, and not text of the author.
    pub is_value: bool,
}

/// Values of the tokens of templates.
#[derive(Default)]
pub(super) struct Tokens {
    pub named: BTreeMap<String, Value>,
    /// Names of all tokens that a parameter names, also those without a value (spec E 5.87).
    pub declared: Vec<String>,
    /// Names under which the whole body was given.
    pub bodies: Vec<String>,
}

/// Context in which a value is written (spec E 5.48).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Query, header, path: the text.
    Plain,
    Xml,
    Json,
}

/// Fills a literal. Returns nothing if it is only a placeholder of a defined key without value (spec E 5.36).
pub(super) fn filled(context: &Context<'_>, literal: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    scan(context, literal, &mut pieces);
    let is_alone = literal.starts_with("${") && literal.find('}') == Some(literal.len() - 1);
    let is_empty = pieces.iter().all(|piece| piece.text.is_empty());
    (!is_alone || !is_empty).then_some(pieces)
}

pub(super) fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn push(pieces: &mut Vec<Piece>, text: &str, is_value: bool) {
    if !text.is_empty() || is_value {
        pieces.push(Piece { text: text.to_owned(), is_value });
    }
}

fn scan(context: &Context<'_>, literal: &str, pieces: &mut Vec<Piece>) {
    let mut rest = literal;
    while !rest.is_empty() {
        let next = ["${", "CE.b64(", "CE.md5("].iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min();
        let Some((at, mark)) = next else {
            return push(pieces, rest, false);
        };
        push(pieces, &rest[..at], false);
        let inside = &rest[at + mark.len()..];
        let end = if mark == "${" { inside.find('}') } else { closing(inside) };
        let Some(end) = end else {
            return push(pieces, &rest[at..], false);
        };
        let (inner, written) = (&inside[..end], &rest[at..at + mark.len() + end + 1]);
        match mark {
            "${" => match named(context, inner) {
                Some(value) => push(pieces, &value, true),
                None => push(pieces, written, false),
            },
            "CE.b64(" => {
                let mut within = Vec::new();
                scan(context, inner, &mut within);
                push(pieces, &STANDARD.encode(joined(&within)), true);
            }
            // MD5 occurs in no definition that is played here.
            _ => push(pieces, written, false),
        }
        rest = &inside[end + 1..];
    }
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, char)| match char {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth == 0 => Some(at),
        ')' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// Returns the value of a placeholder, an empty text for a defined key without value.
fn named(context: &Context<'_>, name: &str) -> Option<String> {
    let call = context.call;
    let (space, key) = name.split_once('.').unwrap_or(("", name));
    let configured = |key: &str| {
        let value = context.configured(key).map(str::to_owned);
        value.or_else(|| context.is_defined(key).then(String::new))
    };
    let pair = |pairs: &[(String, String)], fits: &dyn Fn(&str) -> bool| {
        pairs.iter().find(|(name, _)| fits(name)).map(|(_, value)| value.clone())
    };
    match space {
        "configuration" => configured(key),
        "header" if super::headers::is_platforms(key) => None,
        "header" => pair(&call.headers, &|name| name.eq_ignore_ascii_case(key)),
        "body" => call.body.as_ref().and_then(|body| dotted::get(body, key)).map(plain),
        "query" => pair(&call.query, &|name| name == key),
        "path" => call.path.get(key).cloned(),
        _ => configured(name),
    }
}

/// Fills a template of a body or a query: first the placeholders of literals, then the tokens, which values never bring.
pub(super) fn template(context: &Context<'_>, literal: &str, tokens: &Tokens, place: Place) -> Option<Vec<Piece>> {
    let whole = tokens.bodies.iter().any(|name| literal.contains(&format!("{{{name}}}")));
    let mut result = Vec::new();
    let mut is_inside = false;
    for piece in filled(context, literal)? {
        if piece.is_value {
            result.push(piece);
            continue;
        }
        for part in parts(&piece.text) {
            match part {
                Part::Text(text) => {
                    is_inside = quotes(&text, is_inside);
                    push(&mut result, &text, false);
                }
                Part::Hole(name) => match token(context, &name, tokens, whole) {
                    Some(value) => push(&mut result, &written(&value, place, is_inside), true),
                    None => push(&mut result, &format!("{{{name}}}"), false),
                },
            }
        }
    }
    Some(result)
}

fn token(context: &Context<'_>, name: &str, tokens: &Tokens, whole: bool) -> Option<Value> {
    if let Some(value) = tokens.named.get(name) {
        return Some(value.clone());
    }
    let body = context.call.body.as_ref().filter(|_| !tokens.bodies.is_empty())?;
    if tokens.bodies.iter().any(|known| known == name) {
        return Some(body.clone());
    }
    let is_free = !whole && !tokens.declared.iter().any(|known| known == name);
    is_free.then(|| dotted::get(body, name).cloned()).flatten()
}

/// Returns whether the end of a text is inside of a JSON string.
fn quotes(text: &str, mut is_inside: bool) -> bool {
    let mut escaped = false;
    for char in text.chars() {
        match char {
            '"' if !escaped => is_inside = !is_inside,
            _ => {}
        }
        escaped = char == '\\' && !escaped;
    }
    is_inside
}

fn written(value: &Value, place: Place, is_inside: bool) -> String {
    match place {
        Place::Plain => plain(value),
        Place::Xml => match value {
            Value::Object(members) => {
                let mut text = String::new();
                members.iter().for_each(|(name, value)| xml::element(&mut text, name, value));
                text
            }
            other => xml::escape(&plain(other)),
        },
        Place::Json if is_inside => {
            let quoted = Value::String(plain(value)).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Place::Json => match value {
            Value::String(text) if serde_json::from_str::<Value>(text).is_ok() => text.clone(),
            other => other.to_string(),
        },
    }
}
