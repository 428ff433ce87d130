//! Outlines: everything of a record but its values. The records of a list nearly always have one of a few outlines, so a
//! record is compared with those of the records before it, and only its values are looked at. What matches the outline of
//! a checked record and has well-formed values is well-formed. `./bench/run micro` measures it: "a document to CSV", "the
//! columns of a document" and "a document checked, in its page".

use std::sync::Arc;

use super::check::value_end;
use super::outlined::Outlined;
use super::reader::{JsonReader, RawName};
use crate::search::string_stop_and_comma;

/// Maximum number of values of an outline, and of outlines that are remembered.
const MOST_VALUES: usize = 512;
const MOST_OUTLINES: usize = 4;
/// Maximum size of an outline in bytes, which names can make large.
const MOST_BYTES: usize = 64 << 10;
/// Number of records without a known outline after which one is remembered, besides the first ones.
const PATIENCE: usize = 64;

/// The compact text of an object without its values, which are scalars, arrays and empty objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    values: Vec<Place>,
    end: Literal,
    /// Length of the text without the values.
    literals_len: usize,
}

/// Place of a value.
#[derive(Clone, Debug)]
struct Place {
    /// Text between the value before and this one.
    before: Literal,
    /// Number of objects around it.
    depth: usize,
    /// Names of the members that lead to it.
    path: Vec<String>,
}

/// A text that is compared at once.
#[derive(Clone, Debug, Default)]
struct Literal {
    /// The first 32 bytes, and the bits of them that count.
    head: [u128; 2],
    mask: [u128; 2],
    whole: Box<str>,
}

/// A value of a record: its range in the text of the record, which is far below 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
    pub kind: SpanKind,
}

impl Span {
    /// Returns the text of the value.
    #[inline]
    pub fn of(self, record: &str) -> &str {
        record.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpanKind {
    Null,
    /// A string without escapes and commas.
    Plain,
    /// Any other string.
    Text,
    /// A number or a truth value.
    Scalar,
    Array,
}

impl Literal {
    fn new(whole: &str) -> Self {
        let (mut head, mut mask) = ([[0; 16]; 2], [[0; 16]; 2]);
        for (at, byte) in whole.bytes().enumerate().take(32) {
            (head[at / 16][at % 16], mask[at / 16][at % 16]) = (byte, 0xff);
        }
        Self { head: head.map(u128::from_le_bytes), mask: mask.map(u128::from_le_bytes), whole: whole.into() }
    }

    /// Returns whether a text has it at a position.
    #[inline]
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(text) = bytes.get(at..) else { return false };
        let Some((chunks, rest)) = text.split_first_chunk::<32>() else {
            return text.starts_with(self.whole.as_bytes());
        };
        let ([first, second], _) = chunks.as_chunks::<16>() else { return false };
        let first = (u128::from_le_bytes(*first) ^ self.head[0]) & self.mask[0];
        let second = (u128::from_le_bytes(*second) ^ self.head[1]) & self.mask[1];
        first | second == 0 && (self.whole.len() <= 32 || rest.starts_with(&self.whole.as_bytes()[32..]))
    }
}

impl Outline {
    /// Returns the outline of a checked record. `None` if it is no object, has white space between its tokens, names with
    /// escapes, names that occur twice in an object, very many values, or very long names.
    pub fn of(record: &str) -> Option<Self> {
        let mut outline = Self::default();
        let (mut path, mut last) = (Vec::new(), 0);
        let mut reader = JsonReader::new(record);
        outline.object(record, &mut reader, &mut path, &mut last)?;
        outline.end = Literal::new(record.get(last..)?);
        outline.literals_len = outline.literals().map(str::len).sum();
        // White space would be part of the text between values.
        let is_compact = |literal: &Literal| !has_blanks(&literal.whole);
        let compact = outline.values.iter().all(|place| is_compact(&place.before)) && is_compact(&outline.end);
        (compact && outline.size() <= MOST_BYTES).then_some(outline)
    }

    fn object<'a>(
        &mut self,
        record: &'a str,
        reader: &mut JsonReader<'a>,
        path: &mut Vec<String>,
        last: &mut usize,
    ) -> Option<()> {
        if reader.peek() != b'{' {
            return None;
        }
        let mut names: Vec<&str> = Vec::new();
        reader.enter();
        while let Some(name) = reader.member().map(RawName::raw) {
            if name.contains('\\') || names.contains(&name) || self.values.len() == MOST_VALUES {
                return None;
            }
            names.push(name);
            path.push(name.to_owned());
            if reader.peek() == b'{' && !reader.rest().starts_with(b"{}") {
                self.object(record, reader, path, last)?;
            } else {
                let (_, range) = reader.span();
                let before = Literal::new(record.get(*last..range.start)?);
                self.values.push(Place { before, depth: path.len(), path: path.clone() });
                *last = range.end;
            }
            path.pop();
        }
        Some(())
    }

    /// Returns its size in bytes: names count where they are written, and in each path.
    fn size(&self) -> usize {
        let of_path = |path: &[String]| path.iter().map(String::len).sum::<usize>();
        self.values.iter().map(|place| place.before.whole.len() + of_path(&place.path)).sum()
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the length of its text without the values.
    pub fn literals_len(&self) -> usize {
        self.literals_len
    }

    /// Returns the texts before each value, and the one after the last.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|place| &*place.before.whole).chain([&*self.end.whole])
    }

    /// Returns the outline with these [literals](Self::literals). `None` if they are not those of one.
    pub fn of_literals(literals: &[&str]) -> Option<Self> {
        let outline = Self::of(&literals.join("0"))?;
        outline.literals().eq(literals.iter().copied()).then_some(outline)
    }

    /// Returns the names of the members that lead to each value.
    pub fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.values.iter().map(|place| &*place.path)
    }

    /// Checks the record that begins at a position, inside this number of arrays and objects. Returns the position after
    /// it, and replaces `spans` by its values; `None` if it has another outline or is not well-formed.
    #[inline]
    pub fn read(&self, bytes: &[u8], from: usize, depth: usize, spans: &mut Vec<Span>) -> Option<usize> {
        spans.resize(self.values.len(), Span { start: 0, end: 0, kind: SpanKind::Null });
        let mut at = from;
        for (place, span) in self.values.iter().zip(spans) {
            if !place.before.is_at(bytes, at) {
                return None;
            }
            let start = at + place.before.whole.len();
            let kind;
            (at, kind) = value(bytes, start, depth + place.depth)?;
            #[allow(clippy::cast_possible_truncation)] // see `Span`
            let (first, behind) = ((start - from) as u32, (at - from) as u32);
            *span = Span { start: first, end: behind, kind };
        }
        self.end.is_at(bytes, at).then(|| at + self.end.whole.len())
    }
}

/// Returns the position after a value that is no object, and its kind.
#[inline]
fn value(bytes: &[u8], start: usize, depth: usize) -> Option<(usize, SpanKind)> {
    let checked = || value_end(bytes, start, depth).ok().filter(|end| !end.is_spaced).map(|end| end.at);
    match bytes.get(start)? {
        b'"' => {
            let (stop, has_comma) = string_stop_and_comma(bytes, start + 1);
            match (bytes.get(stop), has_comma) {
                (Some(b'"'), false) => Some((stop + 1, SpanKind::Plain)),
                (Some(b'"'), true) => Some((stop + 1, SpanKind::Text)),
                _ => Some((checked()?, SpanKind::Text)),
            }
        }
        b'n' if bytes.get(start..start + 4) == Some(b"null") => Some((start + 4, SpanKind::Null)),
        b'[' => Some((checked()?, SpanKind::Array)),
        b'{' => None,
        b't' if bytes.get(start..start + 4) == Some(b"true") => Some((start + 4, SpanKind::Scalar)),
        b'f' if bytes.get(start..start + 5) == Some(b"false") => Some((start + 5, SpanKind::Scalar)),
        b'1'..=b'9' => match digits(bytes, start) {
            (end, Some(b',' | b'}')) => Some((end, SpanKind::Scalar)),
            (end, Some(b'.')) => match digits(bytes, end + 1) {
                (last, Some(b',' | b'}')) if last > end + 1 => Some((last, SpanKind::Scalar)),
                _ => Some((checked()?, SpanKind::Scalar)),
            },
            _ => Some((checked()?, SpanKind::Scalar)),
        },
        _ => Some((checked()?, SpanKind::Scalar)),
    }
}

/// Returns the position after the digits from a position on, and the byte there.
#[inline]
fn digits(bytes: &[u8], mut at: usize) -> (usize, Option<u8>) {
    loop {
        match bytes.get(at).copied() {
            Some(b'0'..=b'9') => at += 1,
            next => return (at, next),
        }
    }
}

/// Returns whether there is white space outside of names.
fn has_blanks(literal: &str) -> bool {
    let mut is_name = false;
    literal.bytes().any(|byte| {
        is_name ^= byte == b'"';
        !is_name && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    })
}

/// A few outlines, each with what its user knows about it.
#[derive(Clone, Debug)]
pub(crate) struct Outlines<T> {
    known: Vec<(Arc<Outline>, T)>,
    /// Index of the one that was found last.
    last: usize,
    /// Number of records without a known outline.
    missed: usize,
    spans: Vec<Span>,
}

impl<T> Default for Outlines<T> {
    fn default() -> Self {
        Self { known: Vec::new(), last: 0, missed: 0, spans: Vec::new() }
    }
}

impl<T> Outlines<T> {
    /// Reads a record as [`Outline::read`] does, by any known outline. Returns the position after it, what is known about
    /// its outline, and its values.
    #[inline]
    pub fn read(&mut self, bytes: &[u8], at: usize, depth: usize) -> Option<(usize, &mut T, &[Span])> {
        let count = self.known.len();
        for number in 0..count {
            let index = if number == 0 { self.last } else { number - usize::from(number <= self.last) };
            if let Some(end) = self.known[index].0.read(bytes, at, depth, &mut self.spans) {
                self.last = index;
                return Some((end, &mut self.known[index].1, &self.spans));
            }
        }
        None
    }

    /// Remembers the outline of a checked record that has none of the known ones.
    pub fn learn(&mut self, record: &str, about: impl FnOnce(&Outline) -> Option<T>) {
        self.missed += 1;
        // Records that have no outline, or each its own, are not looked at for long.
        if self.missed > 2 * MOST_OUTLINES && !self.missed.is_multiple_of(PATIENCE) {
            return;
        }
        let learned = Outline::of(record).and_then(|outline| about(&outline).map(|about| (outline, about)));
        if let Some((outline, about)) = learned {
            self.insert(Arc::new(outline), about);
        }
    }

    /// Remembers an outline, in place of the oldest one if there are many.
    fn insert(&mut self, outline: Arc<Outline>, about: T) {
        if self.known.len() == MOST_OUTLINES {
            self.known.remove(0);
        }
        self.last = self.known.len();
        self.known.push((outline, about));
    }

    /// Returns what is known about an outline, which is remembered if `about` knows something.
    #[inline]
    pub fn known(&mut self, outline: &Arc<Outline>, about: impl FnOnce(&Outline) -> Option<T>) -> Option<&mut T> {
        let is_it = |(known, _): &(Arc<Outline>, T)| Arc::ptr_eq(known, outline);
        if !self.known.get(self.last).is_some_and(is_it) {
            match self.known.iter().position(is_it) {
                Some(at) => self.last = at,
                // An equal one: it was read from elsewhere.
                None => match self.known.iter().position(|(known, _)| known.literals().eq(outline.literals())) {
                    Some(at) => {
                        self.known[at].0 = Arc::clone(outline);
                        self.last = at;
                    }
                    None => {
                        let about = about(outline)?;
                        self.insert(Arc::clone(outline), about);
                    }
                },
            }
        }
        self.known.get_mut(self.last).map(|(_, about)| about)
    }
}

impl<T> Outlines<T> {
    /// Returns what is known about the outline that was found last.
    #[inline]
    pub fn last(&self) -> Option<&T> {
        self.known.get(self.last).map(|(_, about)| about)
    }
}

impl Outlines<()> {
    /// Reads a record as [`read`](Self::read) does. Returns the position after it, and adds its values to those of a page.
    #[inline]
    pub fn note(&mut self, bytes: &[u8], at: usize, depth: usize, page: &mut Outlined) -> Option<usize> {
        let (end, ..) = self.read(bytes, at, depth)?;
        page.push(at, &self.known[self.last].0, &self.spans);
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::samples::json;
    use super::*;

    /// Returns a record with other values at the same places, and the kinds of the values.
    fn refilled(value: &Json, with: &[Json], next: &mut usize) -> Json {
        match value {
            Json::Object(members) if !members.is_empty() => {
                members.iter().map(|(name, value)| (name.clone(), refilled(value, with, next))).collect()
            }
            _ => {
                *next += 1;
                with.get((*next - 1) % with.len().max(1)).cloned().unwrap_or_default()
            }
        }
    }

    fn leaves<'v>(value: &'v Json, out: &mut Vec<&'v Json>) {
        match value {
            Json::Object(members) if !members.is_empty() => members.values().for_each(|value| leaves(value, out)),
            value => out.push(value),
        }
    }

    proptest! {
        /// The values of records with the same outline are those of a tree, wherever the record stands.
        #[test]
        fn values_are_those_of_a_tree(
            record in json(), with in prop::collection::vec(json(), 1..6), before in "[a-z]{0,40}", behind in "[,\\]}a-z]{0,40}",
        ) {
            let Some(outline) = Outline::of(&record.to_string()).filter(|outline| !outline.values.is_empty()) else {
                return Ok(());
            };
            let other = refilled(&record, &with, &mut 0);
            let text = format!("{before}{other}{behind}");
            let mut spans = Vec::new();
            let end = outline.read(text.as_bytes(), before.len(), 1, &mut spans);
            let mut expected = Vec::new();
            leaves(&other, &mut expected);
            let has_objects = with.iter().any(Json::is_object);
            prop_assert!(has_objects || end.is_some(), "{}", text);
            if end.is_some() && !has_objects {
                prop_assert_eq!(end, Some(before.len() + other.to_string().len()));
                prop_assert_eq!(spans.len(), expected.len());
                for (span, expected) in spans.iter().zip(expected) {
                    let found = &text[before.len()..][span.start as usize..span.end as usize];
                    prop_assert_eq!(found, expected.to_string());
                    let plain = |text: &str| !text.contains([',', '"', '\\']) && !expected.to_string().contains('\\');
                    let kind = match expected {
                        Json::Null => SpanKind::Null,
                        Json::String(text) if plain(text) => SpanKind::Plain,
                        Json::String(_) => SpanKind::Text,
                        Json::Array(_) => SpanKind::Array,
                        _ => SpanKind::Scalar,
                    };
                    prop_assert_eq!(span.kind, kind, "{}", found);
                }
            }
        }

        /// An outline accepts only well-formed records.
        #[test]
        fn only_json_is_read(
            record in json(), at in any::<prop::sample::Index>(), byte in prop::sample::select(b"\"\\{}[]:,0-e.ntu \n\x01".to_vec()),
        ) {
            let text = record.to_string();
            let Some(outline) = Outline::of(&text) else { return Ok(()) };
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let mut spans = Vec::new();
            if let (Some(end), Ok(text)) = (outline.read(&bytes, 0, 0, &mut spans), std::str::from_utf8(&bytes)) {
                let end = text.get(..end).unwrap_or_default();
                let theirs = serde_json::from_str::<Json>(end);
                let too_large = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
                prop_assert!(too_large || theirs.is_ok(), "{}", end);
            }
        }
    }

    #[test]
    fn records_that_have_no_outline() {
        for text in ["[1]", "7", "{ \"a\":1}", "{\"a\": 1}", "{\"a\":1 }", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1}"] {
            assert!(Outline::of(text).is_none(), "{text}");
        }
        let many: Vec<String> = (0..=MOST_VALUES).map(|at| format!("\"{at}\":1")).collect();
        assert!(Outline::of(&format!("{{{}}}", many.join(","))).is_none());
        assert!(Outline::of(&format!("{{{}}}", many[1..].join(","))).is_some());
        assert!(Outline::of("{\"a b\":\"c d\",\"e\":{}}").is_some());
    }

    #[test]
    fn a_few_outlines_are_remembered() {
        let mut outlines = Outlines::<usize>::default();
        let texts: Vec<String> = (0..10).map(|number| format!("{{\"name {number}\":\"a value of it\"}}")).collect();
        for (number, text) in texts.iter().enumerate() {
            assert!(outlines.read(text.as_bytes(), 0, 0).is_none());
            outlines.learn(text, |_| Some(number));
        }
        let mut found = |text: &str| outlines.read(text.as_bytes(), 0, 0).map(|(_, number, _)| *number);
        let remembered: Vec<usize> = texts.iter().filter_map(|text| found(text)).collect();
        assert_eq!(remembered, [4, 5, 6, 7]);
        (10..PATIENCE).for_each(|_| outlines.learn(&texts[9], |_| Some(9)));
        let mut found = |text: &str| outlines.read(text.as_bytes(), 0, 0).map(|(_, number, _)| *number);
        assert_eq!((found(&texts[9]), found(&texts[4]), found(&texts[5])), (Some(9), None, Some(5)));
    }
}
