//! Tokenizer for XML pages in memory. It supports what a page of records needs and rejects the rest.
//!
//! It is several times faster than a general reader, because it searches only for two characters in text and compares
//! an end tag with its expected name (`bench micro`, steps "tokenising with quick-xml, the floor" and "a page of XML to a
//! batch"). A test compares it with quick-xml.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};

use super::layout::Node;
use super::{Unreadable, malformed};
use crate::search::{blanks, has_ampersand_or_control, markup};

/// Limits of one page (spec BT 1.12 Q17).
const DEPTH: usize = 32;
const ATTRIBUTES: usize = 64 << 10;
/// Maximum length of a reference: the longest valid one is `&#x10FFFF;`, and leading zeros are allowed.
const REFERENCE: usize = 32;

/// The next token of a page. Comments, instructions and the declaration are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Start of an element. An empty-element tag is a start and an end.
    Start(Tag<'a>),
    /// End of the innermost open element.
    End,
    /// Text as written, including line ends; never empty.
    Text(&'a str),
    /// The content of a CDATA section.
    CData(&'a str),
    /// The name between `&` and `;`.
    Reference(&'a str),
    /// End of the page, with all elements closed.
    Eof,
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub name: &'a str,
    attributes: &'a str,
}

/// A tag without attributes, which is compared with a page sixteen bytes at a time.
pub(super) struct Markup {
    text: String,
    /// The first sixteen bytes, with zeros in place of missing ones.
    head: u128,
    /// The bits of `head` that are compared.
    mask: u128,
}

impl Markup {
    pub fn new(text: String) -> Self {
        let head = |of: &dyn Fn(u8) -> u8| {
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = of(byte));
            u128::from_le_bytes(bytes)
        };
        Self { head: head(&|byte| byte), mask: head(&|_| u8::MAX), text }
    }

    /// Returns the text behind the tag, if the text begins with it.
    #[inline]
    fn strip<'a>(&self, text: &'a str) -> Option<&'a str> {
        let Some(head) = text.as_bytes().first_chunk() else { return text.strip_prefix(&*self.text) };
        if u128::from_le_bytes(*head) & self.mask != self.head {
            return None;
        }
        match self.text.len() {
            length @ ..=16 => text.get(length..),
            _ => text.strip_prefix(&*self.text),
        }
    }
}

/// The tokenizer.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Names of the open elements.
    open: Vec<&'a str>,
    /// Whether the last tag was an empty-element tag whose end is still to be returned.
    empty: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, open: Vec::with_capacity(DEPTH), empty: false }
    }

    /// Returns the number of open elements.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Returns the next child of the innermost open element, or `None` at its end. Skips everything in between.
    #[inline]
    pub fn child(&mut self) -> Result<Option<Tag<'a>>, Unreadable> {
        loop {
            self.skip_blanks();
            match self.next()? {
                Token::Start(tag) => return Ok(Some(tag)),
                Token::End => return Ok(None),
                _ => {}
            }
        }
    }

    /// Opens the next child, if it is an element of the layout whose tag has no attributes, or just the `id` that it refers
    /// by. Returns its position and the id. Otherwise does not advance, except over white space. Elements usually follow
    /// the order of the layout, so the search starts at `from`.
    #[inline]
    pub fn expected(&mut self, nodes: &'static [Node], from: usize) -> Option<(usize, Option<&'a str>)> {
        self.skip_blanks();
        if self.empty || self.open.len() == DEPTH {
            return None;
        }
        let (at, id, rest) = nodes.iter().enumerate().skip(from).find_map(|(at, node)| match node.id {
            None => node.start.strip(self.rest).map(|rest| (at, None, rest)),
            Some(_) => node.start_with_id.strip(self.rest).and_then(id_and_rest).map(|(id, rest)| (at, Some(id), rest)),
        })?;
        self.rest = rest;
        self.open.push(nodes[at].name);
        Some((at, id))
    }

    /// Skips white space between elements, which need not become a token. Pages have no control characters but the blank ones.
    #[inline]
    fn skip_blanks(&mut self) {
        if !self.empty {
            self.rest = &self.rest[blanks(self.rest.as_bytes())..];
        }
    }

    // Inlined like the functions it calls: returning a token through memory costs more than finding it.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Token<'a>, Unreadable> {
        if self.empty {
            self.empty = false;
            self.open.pop();
            return Ok(Token::End);
        }
        loop {
            let bytes = self.rest.as_bytes();
            match (bytes.first(), bytes.get(1)) {
                (None, _) if self.open.is_empty() => return Ok(Token::Eof),
                (None, _) => return Err(malformed("the page ends too early")),
                (Some(b'<'), Some(b'/')) => return self.end(),
                (Some(b'<'), Some(b'?')) => self.rest = behind(&self.rest[2..], "?>", "an instruction")?.1,
                (Some(b'<'), Some(b'!')) => {
                    if let Some(token) = self.declaration()? {
                        return Ok(token);
                    }
                }
                (Some(b'<'), _) => return self.start(),
                (Some(b'&'), _) => return self.reference(),
                (Some(_), _) => {
                    let (text, rest) = self.rest.split_at(markup(bytes).unwrap_or(bytes.len()));
                    self.rest = rest;
                    return Ok(Token::Text(text));
                }
            }
        }
    }

    /// Returns the text of the innermost open element and closes it, if it contains only text. Otherwise returns
    /// `None` and does not advance.
    #[inline]
    pub fn leaf(&mut self) -> Option<&'a str> {
        let name = *self.open.last()?;
        self.text_to(|tail| tail.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>'))
    }

    /// Does the same as [`leaf`](Self::leaf) for an element whose end tag is known.
    #[inline]
    pub fn expected_leaf(&mut self, end: &Markup) -> Option<&'a str> {
        self.text_to(|tail| end.strip(tail))
    }

    #[inline]
    fn text_to(&mut self, strip_end: impl Fn(&'a str) -> Option<&'a str>) -> Option<&'a str> {
        if self.empty {
            return None;
        }
        let (text, tail) = self.rest.split_at(markup(self.rest.as_bytes())?);
        self.rest = strip_end(tail)?;
        self.open.pop();
        Some(text)
    }

    #[inline(always)]
    fn start(&mut self) -> Result<Token<'a>, Unreadable> {
        let bytes = self.rest.as_bytes();
        let behind_name = |byte: &u8| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r');
        let length = bytes[1..].iter().position(behind_name).ok_or_else(|| malformed("a tag is not closed"))?;
        let name = &self.rest[1..=length];
        if !is_name(name) {
            return Err(malformed("an element has no proper name"));
        }
        if self.open.len() == DEPTH {
            return Err(malformed("the page is nested too deeply"));
        }
        let mut attributes = "";
        if bytes[length + 1] == b'>' {
            self.rest = &self.rest[length + 2..];
        } else {
            let end = tag_end(&bytes[length + 1..]).ok_or_else(|| malformed("a tag is not closed"))?;
            attributes = &self.rest[length + 1..length + 1 + end];
            self.rest = &self.rest[length + 2 + end..];
            if let Some(before) = attributes.strip_suffix('/') {
                attributes = before;
                self.empty = true;
            }
            if attributes.len() > ATTRIBUTES {
                return Err(malformed("an attribute is too long"));
            }
            if attributes.starts_with('/') {
                return Err(malformed("a tag has a stray slash"));
            }
        }
        self.open.push(name);
        Ok(Token::Start(Tag { name, attributes }))
    }

    #[inline]
    fn end(&mut self) -> Result<Token<'a>, Unreadable> {
        let name = self.open.pop().ok_or_else(|| malformed("an end tag has no start tag"))?;
        let after = self.rest[2..].strip_prefix(name).map(|after| after.trim_start_matches(WHITE));
        let rest = after.and_then(|after| after.strip_prefix('>'));
        self.rest = rest.ok_or_else(|| malformed(format!("the end tag of {name} is missing")))?;
        Ok(Token::End)
    }

    /// Skips a comment or returns a CDATA section.
    fn declaration(&mut self) -> Result<Option<Token<'a>>, Unreadable> {
        if let Some(after) = self.rest.strip_prefix("<!--") {
            self.rest = behind(after, "-->", "a comment")?.1;
            return Ok(None);
        }
        if let Some(after) = self.rest.strip_prefix("<![CDATA[") {
            let (text, rest) = behind(after, "]]>", "a CDATA section")?;
            self.rest = rest;
            return Ok(Some(Token::CData(text)));
        }
        Err(malformed("the page has a document type declaration"))
    }

    fn reference(&mut self) -> Result<Token<'a>, Unreadable> {
        let bytes = self.rest.as_bytes();
        let end = memchr(b';', &bytes[..bytes.len().min(REFERENCE)]);
        let name = end.map(|end| &self.rest[1..end]);
        let proper = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
        let name = name.filter(proper).ok_or_else(|| malformed("an ampersand stands alone"))?;
        let end = name.len() + 1;
        self.rest = &self.rest[end + 1..];
        Ok(Token::Reference(name))
    }
}

/// Splits the value of the only attribute of a tag, which is a number, from what is behind the tag.
#[inline]
fn id_and_rest(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (id, rest) = text.split_at(digits);
    Some((id, rest.strip_prefix("\">")?))
}

const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Returns the text before and after a mark.
fn behind<'a>(text: &'a str, mark: &str, what: &str) -> Result<(&'a str, &'a str), Unreadable> {
    let at = memmem::find(text.as_bytes(), mark.as_bytes()).ok_or_else(|| malformed(format!("{what} does not end")))?;
    Ok((&text[..at], &text[at + mark.len()..]))
}

fn is_name(name: &str) -> bool {
    let special = |byte: u8| matches!(byte, b'<' | b'&' | b'"' | b'\'' | b'=' | b'!' | b'?');
    !name.is_empty() && !name.bytes().any(special) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Returns the offset of the `>` that ends a tag, ignoring those in quotes.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr3(b'>', b'"', b'\'', bytes.get(at..)?)?;
        let quote = bytes[at];
        if quote == b'>' {
            return Some(at);
        }
        at += 1;
        at += memchr(quote, bytes.get(at..)?)? + 1;
    }
}

/// One attribute of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub name: &'a str,
    raw: &'a str,
}

impl<'a> Tag<'a> {
    /// A tag without attributes.
    pub fn plain(name: &'a str) -> Self {
        Self { name, attributes: "" }
    }

    /// Returns the attributes in order.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes, known: Vec::new() }
    }

    /// Returns the value of the only attribute, if it has this name and is a number in double quotes.
    fn only_number(&self, name: &str) -> Option<&'a str> {
        let value = self.attributes.strip_prefix(' ')?.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')?;
        value.bytes().all(|byte| byte.is_ascii_digit()).then_some(value)
    }

    /// Returns whether the tag has just `rel` and `href`, with ASCII values that need no decoding.
    pub fn is_plain_link(&self) -> bool {
        let href = || {
            let (_, rest) = quoted(self.attributes.strip_prefix(" rel=\"")?)?;
            quoted(rest.strip_prefix(" href=\"")?)
        };
        let is_end = href().is_some_and(|(_, end)| end.trim_matches(WHITE).is_empty());
        is_end && self.attributes.is_ascii() && !has_ampersand_or_control(self.attributes.as_bytes())
    }

    /// Returns the decoded value of an attribute.
    pub fn attribute(&self, name: &str) -> Result<Option<Cow<'a, str>>, Unreadable> {
        if let Some(number) = self.only_number(name) {
            return Ok(Some(Cow::Borrowed(number)));
        }
        for attribute in self.attributes() {
            let attribute = attribute?;
            if attribute.name == name {
                return attribute.value().map(Some);
            }
        }
        Ok(None)
    }
}

/// Returns the text up to a quote, and what is behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let end = memchr(b'"', text.as_bytes())?;
    Some((&text[..end], &text[end + 1..]))
}

/// Iterator over the attributes of a tag; ends after an error.
pub(super) struct Attributes<'a> {
    rest: &'a str,
    known: Vec<&'a str>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(WHITE);
        self.rest = "";
        if rest.is_empty() {
            return None;
        }
        let Some((attribute, rest)) = split_attribute(rest) else {
            return Some(Err(malformed("an attribute has no value in quotes")));
        };
        if self.known.contains(&attribute.name) {
            return Some(Err(malformed(format!("the attribute {} stands twice", attribute.name))));
        }
        // The last attribute need not be stored, and most tags have only one.
        if !rest.trim_start_matches(WHITE).is_empty() {
            self.known.push(attribute.name);
        }
        self.rest = rest;
        Some(Ok(attribute))
    }
}

fn split_attribute(text: &str) -> Option<(Attribute<'_>, &str)> {
    let equals = text.bytes().position(|byte| byte == b'=')?;
    let name = text[..equals].trim_end_matches(WHITE);
    let value = text[equals + 1..].trim_start_matches(WHITE);
    let quote = value.bytes().next().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let end = 1 + memchr(quote, &value.as_bytes()[1..])?;
    (is_name(name) && !name.contains(WHITE)).then_some((Attribute { name, raw: &value[1..end] }, &value[end + 1..]))
}

impl<'a> Attribute<'a> {
    /// Returns the value with references resolved and white space normalized.
    pub fn value(&self) -> Result<Cow<'a, str>, Unreadable> {
        let raw = self.raw;
        if !has_ampersand_or_control(raw.as_bytes()) {
            return Ok(Cow::Borrowed(raw));
        }
        let mut out = String::with_capacity(raw.len());
        let mut pieces = Tokens::new(raw);
        while !pieces.rest.is_empty() {
            match pieces.rest.split_at(pieces.rest.find('&').unwrap_or(pieces.rest.len())) {
                ("", _) => {
                    if let Token::Reference(name) = pieces.reference()? {
                        out.push(resolve(name)?);
                    }
                }
                (text, rest) => {
                    out.push_str(&text.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
                    pieces.rest = rest;
                }
            }
        }
        Ok(Cow::Owned(out))
    }
}

/// Resolves a predefined entity or a character reference (Q5); other entities cannot exist without a DTD (Q15).
pub(super) fn resolve(reference: &str) -> Result<char, Unreadable> {
    let Some(number) = reference.strip_prefix('#') else {
        return match reference {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            other => Err(malformed(format!("unknown entity {other}"))),
        };
    };
    let code = match number.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok(),
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
        _ => None,
    };
    let char = code.and_then(char::from_u32).ok_or_else(|| malformed("a character reference is no character"))?;
    if char >= ' ' || matches!(char, '\t' | '\n' | '\r') {
        return Ok(char);
    }
    Err(malformed("a character reference to a control character"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;

    /// Returns all tokens as strings, or `None` if the page is rejected.
    fn ours(text: &str) -> Option<Vec<String>> {
        let mut tokens = Tokens::new(text);
        let mut all = Vec::new();
        loop {
            match tokens.next().ok()? {
                Token::Eof => return Some(all),
                Token::End => all.push("end".to_owned()),
                Token::Text(text) => all.push(format!("text {text}")),
                Token::CData(text) => all.push(format!("cdata {text}")),
                Token::Reference(name) => all.push(format!("reference {name}")),
                Token::Start(tag) => {
                    all.push(format!("start {}", tag.name));
                    for attribute in tag.attributes() {
                        let attribute = attribute.ok()?;
                        all.push(format!("{}={}", attribute.name, attribute.value().ok()?));
                    }
                }
            }
        }
    }

    fn theirs(text: &str) -> Option<Vec<String>> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let (mut all, mut depth) = (Vec::new(), 0_usize);
        loop {
            match reader.read_event().ok()? {
                Event::Eof => return (depth == 0).then_some(all),
                Event::DocType(_) => return None,
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Empty(_) => {}
                Event::End(_) => {
                    depth -= 1;
                    all.push("end".to_owned());
                }
                Event::Text(text) => all.push(format!("text {}", &*text)),
                Event::CData(text) => all.push(format!("cdata {}", &*text)),
                Event::GeneralRef(name) => all.push(format!("reference {}", &*name)),
                Event::Start(tag) => {
                    depth += 1;
                    all.push(format!("start {}", tag.name().as_ref()));
                    for attribute in tag.attributes() {
                        let attribute = attribute.ok()?;
                        let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).ok()?;
                        all.push(format!("{}={value}", attribute.key.as_ref()));
                    }
                }
            }
        }
    }

    /// Generates combinations of well-formed and malformed pieces, so that all rules interact.
    fn page() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "<a>",
            "</a>",
            "<b x=\"1\">",
            "</b>",
            "<c/>",
            "<d y='>' z=\"&lt;'\"/>",
            "<e  f = \"1\"\n>",
            "</e >",
            "x",
            " ",
            "é “quoted”",
            "&amp;",
            "&#65;",
            "&#x20;",
            "&",
            "&nope;",
            "<!-- c < & -->",
            "<!-- open",
            "<![CDATA[<&]]>",
            "<?p i?>",
            "<?xml version='1.0'?>",
            "<!DOCTYPE a>",
            "<",
            ">",
            "</",
            "\"",
            "]]>",
            "<a b>",
            "<a b=1>",
            "<a b='1' b='2'>",
            "\r\n",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// Both readers return the same tokens where ours succeeds; ours may reject more.
        #[test]
        fn what_is_read_is_what_quick_xml_reads(text in page()) {
            if let Some(tokens) = ours(&text) {
                prop_assert_eq!(Some(tokens), theirs(&text));
            }
        }

        #[test]
        fn whatever_is_well_formed_is_read(pieces in prop::collection::vec(0..9_usize, 0..20)) {
            let texts = ["x", "&amp;", "<c/>", "<d y='>'/>", "<!-- < -->", "<![CDATA[&]]>", "<b x=\"1\">é</b>", " ", "<?p?>"];
            let inner: String = pieces.iter().map(|piece| texts[*piece]).collect();
            let text = format!("<a>{inner}</a>\n");
            prop_assert!(ours(&text).is_some());
            prop_assert_eq!(ours(&text), theirs(&text));
        }
    }

    #[test]
    fn a_leaf_is_read_at_once_or_not_at_all() {
        let mut tokens = Tokens::new("<r><a>text</a><b>x&amp;y</b><c/></r>");
        let names: Vec<Option<&str>> = (0..4)
            .filter_map(|_| match tokens.next() {
                Ok(Token::Start(_)) => Some(tokens.leaf()),
                _ => None,
            })
            .collect();
        assert_eq!(names, [None, Some("text"), None]);
        assert_eq!(tokens.depth(), 2);
    }

    #[test]
    fn references_are_resolved_once() {
        assert_eq!(resolve("#x41"), Ok('A'));
        assert_eq!(resolve("apos"), Ok('\''));
        for bad in ["#", "#x", "#+65", "#0", "#7", "#xD800", "#x110000", "nope", ""] {
            assert!(resolve(bad).is_err(), "{bad}");
        }
    }
}
