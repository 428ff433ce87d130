//! Percent-encoding (spec E 5.37, 5.57).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Form rules, but a blank as `%20`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// One part of a path.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Several parts of a path.
const PARTS: &AsciiSet = &PART.remove(b'/');

/// Encodes a name or value of a query.
pub fn query(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, QUERY));
}

/// Encodes a value as one part of a path.
pub fn part(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, PART));
}

/// Encodes a value of the configuration for a path: slashes stay (spec E 5.57).
pub fn parts(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, PARTS));
}

/// Encodes text of an author, which may be encoded already: `%XX` and `+` stay (spec E 5.37).
pub fn written(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['%', '+']) {
        query(out, &rest[..at]);
        let is_escape = rest.as_bytes()[at..].get(1..3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        let length = match (rest.as_bytes()[at], is_escape) {
            (b'%', true) => 3,
            (b'%', false) => {
                out.push_str("%25");
                rest = &rest[at + 1..];
                continue;
            }
            _ => 1,
        };
        out.push_str(&rest[at..at + length]);
        rest = &rest[at + length..];
    }
    query(out, rest);
}

/// Characters that may stand in an address, besides `%` of an escape.
const ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'[')
    .remove(b']')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// Encodes what may not stand in an address that a script gave; `%XX` stays (spec E 5.96).
pub fn address(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.extend(utf8_percent_encode(&rest[..at], ADDRESS));
        out.push_str(if is_escape(rest.as_bytes(), at) { "%" } else { "%25" });
        rest = &rest[at + 1..];
    }
    out.extend(utf8_percent_encode(rest, ADDRESS));
}

/// Encodes a query value that a script gave. One that is encoded already, with `%XX` in it and otherwise only characters
/// that `encodeURI` leaves, keeps its `%XX` (spec E 5.96).
pub fn given(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let is_left = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,#".contains(&byte);
    let has_escape = (0..bytes.len()).any(|at| is_escape(bytes, at));
    let is_encoded = |(at, byte): (usize, &u8)| is_left(*byte) || is_escape(bytes, at);
    if !has_escape || !bytes.iter().enumerate().all(is_encoded) {
        return query(out, text);
    }
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        query(out, &rest[..at]);
        out.push_str(&rest[at..at + 3]);
        rest = &rest[at + 3..];
    }
    query(out, rest);
}

fn is_escape(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'%' && bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
}

/// Decodes a name or value of a query.
pub fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
