//! The two layouts of JSON in result files: most platforms send one object on each line, some send an array. The client
//! reads both (spec P 10.6).

use bytes::Bytes;
use memchr::memchr;

/// Converts lines into the items of one array, chunk by chunk; an array passes unchanged.
#[derive(Default)]
pub(super) struct ToArray {
    state: State,
}

#[derive(Default, PartialEq)]
enum State {
    #[default]
    Start,
    /// The source is an array.
    Passing,
    /// The source has lines, and the last one is incomplete.
    Line,
    /// The source has lines, and the last one is complete.
    Between,
}

impl ToArray {
    /// Returns the next part of the array.
    pub fn push(&mut self, chunk: &Bytes) -> Bytes {
        if self.state == State::Start {
            match chunk.trim_ascii_start().first() {
                None => return Bytes::new(),
                Some(b'[') => self.state = State::Passing,
                Some(_) => {}
            }
        }
        if self.state == State::Passing {
            return chunk.clone();
        }
        let mut out = Vec::with_capacity(chunk.len() + 64);
        for line in chunk.split_inclusive(|&byte| byte == b'\n') {
            self.push_line(line, &mut out);
        }
        out.into()
    }

    fn push_line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let (content, ended) = match line.strip_suffix(b"\n") {
            Some(content) => (content, true),
            None => (line, false),
        };
        // White space between records is dropped; within a record it is kept.
        if self.state == State::Line || !content.trim_ascii().is_empty() {
            match self.state {
                State::Start => out.push(b'['),
                State::Between => out.extend_from_slice(b",\n"),
                State::Passing | State::Line => {}
            }
            out.extend_from_slice(content);
            self.state = State::Line;
        }
        if ended && self.state == State::Line {
            self.state = State::Between;
        }
    }

    /// Returns the end of the array.
    pub fn finish(self) -> Bytes {
        match self.state {
            State::Start => Bytes::from_static(b"[]"),
            State::Passing => Bytes::new(),
            State::Line | State::Between => Bytes::from_static(b"]"),
        }
    }
}

/// Converts the items of one array into lines, chunk by chunk; lines pass unchanged.
#[derive(Default)]
pub(super) struct ToLines {
    source: Source,
    /// Nesting depth inside an item.
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// Whether an item is incomplete.
    open: bool,
}

#[derive(Default, PartialEq)]
enum Source {
    #[default]
    Unknown,
    Lines,
    Array,
    /// After the array.
    Ended,
}

impl ToLines {
    /// Returns the next lines, or parts of them.
    pub fn push(&mut self, chunk: &Bytes) -> Bytes {
        let mut rest = &chunk[..];
        if self.source == Source::Unknown {
            rest = rest.trim_ascii_start();
            match rest.first() {
                None => return Bytes::new(),
                Some(b'[') => self.source = Source::Array,
                Some(_) => self.source = Source::Lines,
            }
            rest = if self.source == Source::Array { &rest[1..] } else { rest };
        }
        if self.source == Source::Lines {
            return chunk.slice_ref(rest);
        }
        let mut out = Vec::with_capacity(rest.len());
        rest.iter().for_each(|&byte| self.push_byte(byte, &mut out));
        out.into()
    }

    fn push_byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.in_text {
            self.in_text = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return out.push(byte);
        }
        match byte {
            _ if self.source == Source::Ended || byte.is_ascii_whitespace() => return,
            b',' if self.depth == 0 => return self.end_line(out),
            b']' if self.depth == 0 => {
                self.source = Source::Ended;
                return self.end_line(out);
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            b'"' => self.in_text = true,
            _ => {}
        }
        self.open = true;
        out.push(byte);
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.open) {
            out.push(b'\n');
        }
    }

    /// Returns the end of the last line if it is incomplete.
    pub fn finish(mut self) -> Bytes {
        let mut out = Vec::new();
        self.end_line(&mut out);
        out.into()
    }
}

/// Collects lines into pages: arrays with a maximum number of items.
pub(super) struct Pager {
    limit: usize,
    page: Vec<u8>,
    items: usize,
    /// An incomplete line.
    line: Vec<u8>,
}

impl Pager {
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), page: Vec::new(), items: 0, line: Vec::new() }
    }

    /// Returns the pages that a chunk of lines completes.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Bytes> {
        let mut pages = Vec::new();
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            pages.extend(self.push_line(&line));
        }
        self.line.extend_from_slice(rest);
        pages
    }

    fn push_line(&mut self, line: &[u8]) -> Option<Bytes> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return None;
        }
        self.page.push(if self.items == 0 { b'[' } else { b',' });
        self.page.extend_from_slice(line);
        self.items += 1;
        if self.items < self.limit { None } else { self.turn() }
    }

    fn turn(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.items) == 0 {
            return None;
        }
        let mut page = std::mem::take(&mut self.page);
        page.push(b']');
        Some(page.into())
    }

    /// Returns the last page, or `None` if it would be empty.
    pub fn finish(mut self) -> Option<Bytes> {
        let line = std::mem::take(&mut self.line);
        self.push_line(&line).or_else(|| self.turn())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{Pager, ToArray, ToLines};

    fn array(source: &str, chunk: usize) -> String {
        let mut array = ToArray::default();
        let mut out = Vec::new();
        for part in source.as_bytes().chunks(chunk) {
            out.extend(array.push(&Bytes::copy_from_slice(part)));
        }
        out.extend(array.finish());
        String::from_utf8(out).unwrap_or_default()
    }

    fn lines(source: &str, chunk: usize) -> String {
        let mut lines = ToLines::default();
        let mut out = Vec::new();
        for part in source.as_bytes().chunks(chunk) {
            out.extend(lines.push(&Bytes::copy_from_slice(part)));
        }
        out.extend(lines.finish());
        String::from_utf8(out).unwrap_or_default()
    }

    fn pages(source: &str, chunk: usize, limit: usize) -> Vec<String> {
        let mut pager = Pager::new(limit);
        let mut pages: Vec<Bytes> = source.as_bytes().chunks(chunk).flat_map(|part| pager.push(part)).collect();
        pages.extend(pager.finish());
        pages.iter().map(|page| String::from_utf8_lossy(page).into_owned()).collect()
    }

    /// Returns any JSON, including strings full of brackets and quotes.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            r#"[\[\]{}",:\\\n aé]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((r#"[a"\\\[,]{0,3}"#, inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Records are objects, which distinguishes the layouts.
    fn record() -> impl Strategy<Value = Value> {
        prop::collection::btree_map("[a-c]{1,2}", any_json(), 0..3)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn layouts_hold_the_same_records(
            records in prop::collection::vec(record(), 0..6), chunk in 1..50usize, limit in 1..4usize
        ) {
            let text = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
            let read = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default();
            let expected: String = records.iter().map(|record| format!("{record}\n")).collect();
            for source in [text(serde_json::to_string(&records)), text(serde_json::to_string_pretty(&records))] {
                prop_assert_eq!(lines(&source, chunk), expected.as_str());
                prop_assert_eq!(read(&array(&source, chunk)), records.as_slice());
            }
            prop_assert_eq!(read(&array(&expected, chunk)), records.as_slice());
            let pages = pages(&expected, chunk, limit);
            prop_assert_eq!(pages.iter().flat_map(|page| read(page)).collect::<Vec<_>>(), records.as_slice());
            prop_assert!(pages.iter().all(|page| (1..=limit).contains(&read(page).len())));
        }
    }

    #[test]
    fn lines_become_items_however_they_are_cut() {
        for chunk in 1..20 {
            assert_eq!(array("{\"a\":1}\n{\"b\":2}\n", chunk), "[{\"a\":1},\n{\"b\":2}]", "{chunk}");
            assert_eq!(array("{\"a\":\"é\"}", chunk), "[{\"a\":\"é\"}]");
            assert_eq!(array("", chunk), "[]");
            assert_eq!(array(" [1,\n2]", chunk).trim(), "[1,\n2]");
        }
    }

    #[test]
    fn items_become_lines_however_they_are_cut() {
        let pretty = " [ {\"a\": [1, {\"x\": \"],[ \\\\\\\" \\n\"}]} ,\n {\"b\":\n\"é\"}\n]\n";
        for chunk in 1..20 {
            assert_eq!(lines(pretty, chunk), "{\"a\":[1,{\"x\":\"],[ \\\\\\\" \\n\"}]}\n{\"b\":\"é\"}\n", "{chunk}");
            assert_eq!(lines("{\"a\": 1}\n{\"b\": 2}", chunk), "{\"a\": 1}\n{\"b\": 2}");
            assert_eq!((lines("", chunk), lines(" [ ]", chunk), lines("[]\n", chunk)), Default::default());
        }
    }

    #[test]
    fn lines_become_pages_however_they_are_cut() {
        for chunk in 1..12 {
            assert_eq!(pages("{\"a\":1}\n\n2\r\n3", chunk, 2), ["[{\"a\":1},2]", "[3]"]);
            assert_eq!(pages("1\n2\n", chunk, 2), ["[1,2]"]);
            assert!(pages("", chunk, 2).is_empty() && pages("\n \n", chunk, 2).is_empty());
        }
    }
}
