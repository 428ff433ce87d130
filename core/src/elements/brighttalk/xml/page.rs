//! Parsing of one page: the root, its records and its next link.

use std::borrow::Cow;

use memchr::memchr;

use super::layout::{Columns, Content, Layout, Node};
use super::link::{Link, NextLink};
use super::tokens::{Markup, Tag, Token, Tokens, resolve};
use super::warning::{Path, Warning};
use super::{Unreadable, malformed, nested, scalar, tolerant};
use crate::element::anomaly;
use crate::elements::brighttalk::call::Ids;
use crate::elements::brighttalk::endpoint::EndpointInfo;
use crate::record::{Batch, Kind, Value};
use crate::search::has_control_but_newline;

/// Maximum length of a text (Q17).
const TEXT: usize = 8 << 20;

/// Optional parts of a page to keep.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParseOptions {
    /// Keep the links of each record.
    pub links: bool,
}

/// A parsed page.
#[derive(Debug)]
pub struct ParsedPage {
    /// Name of the root element.
    pub root: String,
    /// The records, in order.
    pub batch: Batch,
    /// Link to the next page.
    pub next: Option<NextLink>,
    /// Links of each record after repair; only on request.
    pub links: Vec<Vec<Link>>,
    /// Anomalies in document order.
    pub warnings: Vec<Warning>,
}

/// Parses a page of `endpoint`. `ids` fill fields that the records lack.
pub fn parse(
    text: &str,
    endpoint: &'static EndpointInfo,
    ids: &Ids,
    options: ParseOptions,
) -> Result<ParsedPage, Unreadable> {
    refuse_control_characters(text, endpoint)?;
    let layout = Layout::get(endpoint.object);
    let mut parser = Parser {
        tokens: Tokens::new(text),
        has_returns: memchr(b'\r', text.as_bytes()).is_some(),
        layout,
        ids,
        options,
        tolerant: endpoint.tolerant,
        batch: Batch::new(endpoint.object.schema(false)),
        links: Vec::new(),
        warnings: Vec::new(),
        record: RecordState::default(),
        text: String::new(),
    };
    // Tags are more than half of a page.
    parser.batch.reserve(text.len() / 2);
    let (root, next) = parser.whole(endpoint).map_err(|why| why.in_record(parser.batch.len()))?;
    Ok(ParsedPage {
        root: root.name.to_owned(),
        batch: parser.batch,
        next,
        links: parser.links,
        warnings: parser.warnings,
    })
}

/// Rejects characters that XML forbids (Q14); the tokenizer would accept them.
fn refuse_control_characters(text: &str, endpoint: &EndpointInfo) -> Result<(), Unreadable> {
    let forbidden = |byte: &u8| (*byte < 0x20) & (*byte != b'\t') & (*byte != b'\n') & (*byte != b'\r');
    // Without an early exit within a block, the compiler vectorizes the loop.
    let any = |block: &[u8]| block.iter().fold(false, |any, byte| any | forbidden(byte));
    // Hardly any page has control characters other than the usual line end, so one comparison does for most.
    if !has_control_but_newline(text.as_bytes()) || !text.as_bytes().chunks(1024).any(any) {
        return Ok(());
    }
    let at = text.bytes().position(|byte| forbidden(&byte)).unwrap_or_default();
    let why = malformed(format!("the page holds the character U+{:04X}, which XML forbids", text.as_bytes()[at]));
    Err(why.in_record(records_before(text.as_bytes(), at, endpoint.record)))
}

/// Returns the number of records that begin before an offset in a page.
pub(crate) fn records_before(page: &[u8], at: usize, record: &str) -> usize {
    let start = format!("<{record}");
    let ends = |after: &u8| after.is_ascii_whitespace() || matches!(after, b'>' | b'/');
    let begun = memchr::memmem::find_iter(&page[..at], &start);
    begun.filter(|begun| page.get(begun + start.len()).is_some_and(ends)).count()
}

pub(super) struct Parser<'a> {
    tokens: Tokens<'a>,
    /// Whether line ends may need normalization.
    has_returns: bool,
    pub layout: &'static Layout,
    pub ids: &'a Ids,
    options: ParseOptions,
    tolerant: bool,
    pub batch: Batch,
    links: Vec<Vec<Link>>,
    pub warnings: Vec<Warning>,
    pub record: RecordState,
    /// Buffer for text from several tokens.
    text: String,
}

/// State of the current record besides its columns.
#[derive(Default)]
pub(super) struct RecordState {
    /// Bit set of the columns whose element has occurred.
    seen: u64,
    /// Second country, which may be a state (Q1).
    second_country: Option<String>,
    /// Fields that the table does not have.
    pub additional: tolerant::Additional,
    /// Survey responses read so far.
    pub responses: nested::Responses,
}

impl<'a> Parser<'a> {
    pub fn token(&mut self) -> Result<Token<'a>, Unreadable> {
        self.tokens.next()
    }

    fn whole(&mut self, endpoint: &EndpointInfo) -> Result<(Tag<'a>, Option<NextLink>), Unreadable> {
        let root = self.root(endpoint)?;
        let next = self.page(&root, endpoint)?;
        self.end()?;
        Ok((root, next))
    }

    fn root(&mut self, endpoint: &EndpointInfo) -> Result<Tag<'a>, Unreadable> {
        let root = loop {
            match self.token()? {
                Token::Start(tag) => break tag,
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Eof => return Err(malformed("the page is empty")),
                _ => return Err(malformed("the page does not begin with an element")),
            }
        };
        if root.name == "error" {
            return Err(self.error_document());
        }
        if root.name != endpoint.root && !endpoint.tolerant {
            return Err(malformed(format!("the root element is {} instead of {}", root.name, endpoint.root)));
        }
        Ok(root)
    }

    fn error_document(&mut self) -> Unreadable {
        match read_error(self) {
            Ok((code, message)) => Unreadable::ErrorDocument { code, message },
            Err(unreadable) => unreadable,
        }
    }

    /// Reads everything below the root.
    fn page(&mut self, root: &Tag<'a>, endpoint: &EndpointInfo) -> Result<Option<NextLink>, Unreadable> {
        if endpoint.single {
            self.read_record(root, root.name, None)?;
            return Ok(None);
        }
        let mut next = None;
        let mut record_name = (!self.tolerant).then_some(endpoint.record);
        loop {
            match self.token()? {
                Token::Start(tag) if tag.name == "link" => {
                    next = self.root_link(&tag, root)?.or(next);
                }
                Token::Start(tag) => {
                    let name = tag.name;
                    let known = *record_name.get_or_insert(name);
                    if known != name && self.tolerant {
                        return Err(malformed(format!("the page mixes {known} and {name}")));
                    }
                    if known == name {
                        let index = self.batch.len();
                        self.read_record(&tag, name, Some(index))?;
                    } else {
                        self.skip()?;
                    }
                }
                Token::End => return Ok(next),
                _ => {}
            }
        }
    }

    /// Reads a link below the root; only links directly below it are used for paging (spec BT 1.6).
    fn root_link(&mut self, tag: &Tag<'a>, root: &Tag<'a>) -> Result<Option<NextLink>, Unreadable> {
        let path = Path::record(root.name, None);
        let link = Link::read(tag, &path.child("link"), &mut self.warnings)?;
        self.skip()?;
        link.filter(|link| link.rel == "next").map(NextLink::read).transpose()
    }

    fn read_record(&mut self, tag: &Tag<'a>, name: &str, index: Option<usize>) -> Result<(), Unreadable> {
        let path = Path::record(name, index);
        self.batch.push_null_row();
        if self.options.links {
            self.links.push(Vec::new());
        }
        self.record = RecordState::default();
        let layout = self.layout;
        self.own_id(tag, &path)?;
        self.children(&layout.children, &path)?;
        self.finish_record(&layout.columns);
        Ok(())
    }

    /// Reads the record's own id; a record without one is kept, with a warning (Q7).
    fn own_id(&mut self, tag: &Tag<'a>, path: &Path<'_>) -> Result<(), Unreadable> {
        let columns = &self.layout.columns;
        let (at, as_text) = (columns.id, columns.id_is_text);
        match tag.attribute("id")? {
            None if as_text => {}
            None => self.warnings.push(Warning::new(anomaly::MISSING_ID, path.child("@id"), "")),
            Some(text) => match scalar::integer(text.trim()) {
                Some(_) if as_text => self.batch.set_last(at, Value::Text(text.trim())),
                Some(id) => self.batch.set_last(at, Value::Int(id)),
                None => self.warnings.push(Warning::new(anomaly::INVALID_INTEGER, path.child("@id"), text.trim())),
            },
        }
        Ok(())
    }

    /// Reads the elements below an open one, up to its end.
    pub fn children(&mut self, nodes: &'static [Node], path: &Path<'_>) -> Result<(), Unreadable> {
        // Elements usually follow the order of the layout, so the search starts after the last match.
        let mut hint = 0;
        loop {
            if let Some((at, id)) = self.tokens.expected(nodes, hint) {
                let node = &nodes[at];
                hint = at + 1;
                if let (Some(column), Some(id)) = (node.id, id) {
                    self.set(column, Kind::Id, id, &path.child(node.name).child("@id"));
                }
                self.node(node, &Tag::plain(node.name), path)?;
                continue;
            }
            let Some(tag) = self.tokens.child()? else { return Ok(()) };
            let is_it = |node: &Node| node.name == tag.name;
            let (before, behind) = nodes.split_at(hint);
            let found = behind.iter().position(is_it).map(|at| hint + at);
            match found.or_else(|| before.iter().position(is_it)) {
                Some(at) => {
                    hint = at + 1;
                    self.node(&nodes[at], &tag, path)?;
                }
                None if self.tolerant && path.is_record() => tolerant::unknown(self, &tag, path)?,
                None => self.skip()?,
            }
        }
    }

    fn node(&mut self, node: &'static Node, tag: &Tag<'a>, path: &Path<'_>) -> Result<(), Unreadable> {
        let path = path.child(node.name);
        if let Some(column) = node.id {
            self.reference(tag, column, &path)?;
        }
        match &node.content {
            Content::Text(column, kind) => self.scalar(*column, *kind, &node.end, &path),
            Content::Group(children) => self.children(children, &path),
            Content::Texts(column, item) => nested::texts(self, *column, item),
            Content::Questions(column, form) => nested::questions(self, *column, *form, &path),
            Content::Responses(array, first) => nested::response(self, *array, *first, tag, &path),
            Content::Link => self.link(tag, &path),
        }
    }

    fn reference(&mut self, tag: &Tag<'a>, column: usize, path: &Path<'_>) -> Result<(), Unreadable> {
        let Some(text) = tag.attribute("id")? else { return Ok(()) };
        self.set(column, Kind::Id, text.trim(), &path.child("@id"));
        Ok(())
    }

    #[inline]
    fn scalar(&mut self, column: usize, kind: Kind, end: &Markup, path: &Path<'_>) -> Result<(), Unreadable> {
        let leaf = self.tokens.expected_leaf(end);
        let text = self.text_of(leaf)?;
        let trimmed = trimmed(&text);
        if !trimmed.is_empty() {
            self.set(column, kind, trimmed, path);
        }
        self.give_back(text);
        Ok(())
    }

    /// Sets a column unless its element occurred before: the first one applies (Q1, Q2).
    fn set(&mut self, column: usize, kind: Kind, text: &str, path: &Path<'_>) {
        let bit = 1_u64 << column;
        if self.record.seen & bit != 0 {
            self.warnings.push(Warning::new("duplicate-element", path, text));
            if self.layout.columns.country == Some(column) {
                self.record.second_country.get_or_insert_with(|| text.to_owned());
            }
            return;
        }
        self.record.seen |= bit;
        match scalar::read(kind, text) {
            Ok(value) => self.batch.set_last(column, value),
            Err(code) => self.warnings.push(Warning::new(code, path, text)),
        }
    }

    pub fn was_seen(&self, column: usize) -> bool {
        self.record.seen & (1 << column) != 0
    }

    fn link(&mut self, tag: &Tag<'a>, path: &Path<'_>) -> Result<(), Unreadable> {
        if self.layout.columns.subscriber.is_none() && !self.options.links {
            Link::check(tag, path, &mut self.warnings)?;
            return self.skip();
        }
        let link = Link::read(tag, path, &mut self.warnings)?;
        self.skip()?;
        let Some(link) = link else { return Ok(()) };
        if let Some(column) = self.layout.columns.subscriber
            && link.rel == "channel_subscriber"
            && !self.was_seen(column)
        {
            self.record.seen |= 1 << column;
            if let Some(id) = link.trailing_id() {
                self.batch.set_last(column, Value::Int(id));
            }
        }
        // Links of a nested record do not belong to the record.
        if let Some(links) = self.links.last_mut().filter(|_| path.is_field()) {
            links.push(link);
        }
        Ok(())
    }

    /// Reads the text of an open element including its end tag. Skips nested elements.
    #[inline]
    pub fn read_text(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let leaf = self.tokens.leaf();
        self.text_of(leaf)
    }

    #[inline]
    fn text_of(&mut self, leaf: Option<&'a str>) -> Result<Cow<'a, str>, Unreadable> {
        match leaf {
            Some(text) if text.len() > TEXT => Err(malformed("a text is too long")),
            Some(text) => Ok(self.line_ends(text)),
            None => self.pieces(),
        }
    }

    /// Reads a text that consists of several tokens.
    fn pieces(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let mut out = std::mem::take(&mut self.text);
        loop {
            match self.token()? {
                Token::End => return Ok(Cow::Owned(out)),
                Token::Text(text) | Token::CData(text) => out.push_str(&self.line_ends(text)),
                Token::Reference(reference) => out.push(resolve(reference)?),
                Token::Start(_) => self.skip()?,
                Token::Eof => {}
            }
            if out.len() > TEXT {
                return Err(malformed("a text is too long"));
            }
        }
    }

    /// Returns the text with every line end as one `\n`, as XML requires.
    #[inline]
    pub fn line_ends<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.has_returns {
            true => Cow::Owned(with_newlines(text)),
            false => Cow::Borrowed(text),
        }
    }

    /// Reuses the buffer of a text for the next one.
    pub fn give_back(&mut self, text: Cow<'a, str>) {
        if let Cow::Owned(mut text) = text {
            text.clear();
            self.text = text;
        }
    }

    /// Skips everything up to the end of an open element.
    pub fn skip(&mut self) -> Result<(), Unreadable> {
        let depth = self.tokens.depth();
        while self.tokens.depth() >= depth {
            if let Token::Reference(reference) = self.token()? {
                resolve(reference)?;
            }
        }
        Ok(())
    }

    /// Fills the columns that are determined by a rule once the whole record is read (spec BT 2.2, 2.3).
    pub fn finish_record(&mut self, columns: &Columns) {
        if let (Some(state), Some(second)) = (columns.state, self.record.second_country.take())
            && !self.was_seen(state)
        {
            self.batch.set_last(state, Value::Text(&second));
        }
        for (column, id) in [
            (columns.channel, self.ids.channel),
            (columns.webcast, self.ids.webcast),
            (columns.survey, self.ids.survey),
        ] {
            if let (Some(column), Some(id)) = (column, id.and_then(|id| i64::try_from(id).ok()))
                && self.batch.last(column) == Value::Null
            {
                self.batch.set_last(column, Value::Int(id));
            }
        }
        nested::finish(self);
        tolerant::finish(self, columns);
        self.subscription(columns);
    }

    /// Sets `subscribed` and `lastUpdated` of contacts (spec BT 2.3.3).
    fn subscription(&mut self, columns: &Columns) {
        let (Some(subscribed), Some(joined), Some(left)) =
            (columns.subscribed, columns.last_subscribed, columns.unsubscribed)
        else {
            return;
        };
        let date = |value: Value<'_>| if let Value::Date(seconds) = value { Some(seconds) } else { None };
        let (joined, left_at) = (date(self.batch.last(joined)), date(self.batch.last(left)));
        let value = match left_at {
            None if self.was_seen(left) => Value::Null,
            None => Value::Bool(true),
            Some(left_at) => Value::Bool(joined.is_some_and(|joined| joined > left_at)),
        };
        self.batch.set_last(subscribed, value);
        if let (Some(column), Some(latest)) = (columns.last_updated, joined.max(left_at)) {
            self.batch.set_last(column, Value::Date(latest));
        }
    }

    /// Fails if anything but white space and comments follows the root (spec BT 1.3).
    fn end(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.token()? {
                Token::Eof => return Ok(()),
                Token::Text(text) if text.trim().is_empty() => {}
                _ => return Err(malformed("the page goes on after its root element")),
            }
        }
    }
}

#[cold]
fn with_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Trims a text, which seldom has anything to trim.
#[inline]
fn trimmed(text: &str) -> &str {
    let is_visible = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_visible(bytes.first()) && is_visible(bytes.last()) { text } else { text.trim() }
}

type CodeAndMessage = (Option<String>, Option<String>);

fn read_error(parser: &mut Parser<'_>) -> Result<CodeAndMessage, Unreadable> {
    let (mut code, mut message) = (None, None);
    loop {
        match parser.token()? {
            Token::Start(tag) => {
                let text = parser.read_text()?.trim().to_owned();
                match tag.name {
                    "code" if !text.is_empty() => code = code.or(Some(text)),
                    "message" if !text.is_empty() => message = message.or(Some(text)),
                    _ => {}
                }
            }
            Token::End => return Ok((code, message)),
            _ => {}
        }
    }
}

/// Returns code and message of an error body (spec BT 1.9). Both are `None` for any other body.
pub(crate) fn error_body(text: &str) -> CodeAndMessage {
    let endpoint = &crate::elements::brighttalk::endpoint::ENDPOINTS[0];
    match parse(text, endpoint, &Ids::default(), ParseOptions::default()) {
        Err(Unreadable::ErrorDocument { code, message }) => (code, message),
        _ => (None, None),
    }
}
