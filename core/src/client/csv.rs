//! Conversion of pages of JSON into lines of CSV without building values: each record is scanned once, and its cells
//! are copied to their columns.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::record::write_csv_text;
use crate::search::{first_of, has_comma_or_control};

/// The fields of the lines.
pub(super) struct Lines {
    fields: Vec<String>,
}

impl Lines {
    pub fn new(fields: Vec<String>) -> Self {
        Self { fields }
    }

    /// Fails if a field is listed twice: CSV readers could not distinguish the columns.
    pub fn check(&self) -> Result<()> {
        let twice = self.fields.iter().enumerate().find(|(at, field)| self.fields[..*at].contains(field));
        match twice {
            None => Ok(()),
            Some((at, field)) => {
                let message = format!("the fields name {field:?} twice, at positions {} and", self.first(field) + 1);
                Err(Error::new(ErrorKind::InvalidRequest, format!("{message} {}", at + 1)))
            }
        }
    }

    fn first(&self, field: &str) -> usize {
        self.fields.iter().position(|known| known == field).unwrap_or_default()
    }

    /// Returns the fields as the parameter `fields` (spec P 7.5), or `None` if it would mean anything other than these
    /// members of a record.
    pub fn as_parameter(&self) -> Option<String> {
        let plain = |field: &String| {
            let first = field.starts_with(|first: char| first.is_ascii_alphabetic());
            first && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let usable = !self.fields.is_empty() && self.fields.iter().all(plain);
        usable.then(|| self.fields.join(","))
    }

    /// Returns the header line.
    pub fn head(&self) -> Bytes {
        let mut out = Vec::new();
        self.write(self.fields.iter().map(|field| Cell::Text(field)), &mut out);
        out.into()
    }

    /// Returns a line for each record of a page.
    pub fn of(&self, page: &[u8]) -> Result<Bytes> {
        let wrong = || Error::new(ErrorKind::Decode, "the page is not an array of records");
        let text = std::str::from_utf8(page).map_err(|_| wrong())?;
        let mut out = Vec::with_capacity(page.len() / 2);
        self.records(&mut Scanner { text, at: 0 }, &mut out).ok_or_else(wrong)?;
        Ok(out.into())
    }

    fn records(&self, scanner: &mut Scanner<'_>, out: &mut Vec<u8>) -> Option<()> {
        let mut cells = vec![Cell::Blank; self.fields.len()];
        let mut members = Members::default();
        scanner.take(b'[')?;
        if !scanner.has(b']') {
            loop {
                cells.fill(Cell::Blank);
                self.record(scanner, &mut members, &mut cells)?;
                self.write(cells.iter().copied(), out);
                if !scanner.has(b',') {
                    break;
                }
            }
            scanner.take(b']')?;
        }
        scanner.is_over().then_some(())
    }

    fn record<'a>(&self, scanner: &mut Scanner<'a>, members: &mut Members<'a>, cells: &mut [Cell<'a>]) -> Option<()> {
        scanner.take(b'{')?;
        if scanner.has(b'}') {
            return Some(());
        }
        members.next = 0;
        loop {
            let key = scanner.string()?;
            scanner.take(b':')?;
            let value = scanner.value()?;
            if let Some(at) = self.position(key, members)? {
                cells[at] = value;
            }
            if !scanner.has(b',') {
                return scanner.take(b'}');
            }
        }
    }

    /// Returns the index of the cell that a member fills, if any.
    fn position<'a>(&self, key: Cell<'a>, members: &mut Members<'a>) -> Option<Option<usize>> {
        let field = |key: &str| self.fields.iter().position(|field| field == key);
        match key {
            Cell::Text(key) => Some(members.find(key, field)),
            other => Some(field(&other.decoded()?)),
        }
    }

    fn write<'a>(&self, cells: impl Iterator<Item = Cell<'a>>, out: &mut Vec<u8>) {
        let start = out.len();
        for (position, cell) in cells.enumerate() {
            if position > 0 {
                out.push(b',');
            }
            match cell {
                Cell::Blank => {}
                // A string without JSON escapes needs quotes in CSV only if it has a comma: JSON has no raw line ends.
                Cell::Text(text) if !has_comma_or_control(text.as_bytes()) => out.extend_from_slice(text.as_bytes()),
                Cell::Text(text) | Cell::Json(text) => write_csv_text(text.as_bytes(), out),
                Cell::Escaped(_) => write_csv_text(cell.decoded().unwrap_or_default().as_bytes(), out),
            }
        }
        // A blank line would not count as a record.
        if self.fields.len() == 1 && out.len() == start {
            out.extend_from_slice(b"\"\"");
        }
        out.push(b'\n');
    }
}

/// The members of the records of a page in order of appearance, with the cells they fill: the members of the next
/// record usually come in the same order.
#[derive(Default)]
struct Members<'a> {
    known: Vec<(&'a str, Option<usize>)>,
    /// Index after the member found last.
    next: usize,
}

impl<'a> Members<'a> {
    /// More members than any record has. Bounds each search in a page that keeps adding members.
    const MOST: usize = 256;

    fn find(&mut self, key: &'a str, field: impl FnOnce(&str) -> Option<usize>) -> Option<usize> {
        let (before, behind) = self.known.split_at(self.next);
        let is_it = |(known, _): &(&str, Option<usize>)| *known == key;
        let found = behind.iter().position(is_it).map(|at| self.next + at).or_else(|| before.iter().position(is_it));
        if let Some(at) = found {
            self.next = at + 1;
            return self.known[at].1;
        }
        let cell = field(key);
        if self.known.len() < Self::MOST {
            self.known.push((key, cell));
            self.next = self.known.len();
        }
        cell
    }
}

/// Value of a member.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Blank,
    /// A string without escapes and without its quotes.
    Text(&'a str),
    /// A string with escapes, quotes included.
    Escaped(&'a str),
    /// Any other value.
    Json(&'a str),
}

impl Cell<'_> {
    fn decoded(self) -> Option<String> {
        match self {
            Self::Escaped(text) => serde_json::from_str(text).ok(),
            Self::Text(text) | Self::Json(text) => Some(text.to_owned()),
            Self::Blank => None,
        }
    }
}

/// Scans JSON.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at)?, b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
        Some(bytes[self.at])
    }

    /// Consumes this byte if it is the next one, and returns whether it was.
    fn has(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.has(byte).then_some(())
    }

    fn is_over(&mut self) -> bool {
        self.peek().is_none()
    }

    fn string(&mut self) -> Option<Cell<'a>> {
        self.take(b'"')?;
        let start = self.at;
        self.at += quote_or_escape(&self.text.as_bytes()[start..])?;
        if self.text.as_bytes()[self.at] == b'"' {
            self.at += 1;
            return Some(Cell::Text(&self.text[start..self.at - 1]));
        }
        while self.text.as_bytes()[self.at] == b'\\' {
            self.at += 2;
            self.at += quote_or_escape(self.text.as_bytes().get(self.at..)?)?;
        }
        self.at += 1;
        let text = &self.text[start - 1..self.at];
        // Validated here, so that an invalid escape is found before anything is written.
        serde_json::from_str::<String>(text).ok().map(|_| Cell::Escaped(text))
    }

    fn value(&mut self) -> Option<Cell<'a>> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => {
                let start = self.at;
                let mut values = serde_json::Deserializer::from_str(&self.text[start..]).into_iter::<&RawValue>();
                let value = values.next()?.ok()?;
                self.at += values.byte_offset();
                Some(Cell::Json(value.get()))
            }
            _ => {
                let bytes = &self.text.as_bytes()[self.at..];
                let end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
                let text = &self.text[self.at..self.at + bytes.iter().position(end)?];
                self.at += text.len();
                match text {
                    "null" => Some(Cell::Blank),
                    "true" | "false" => Some(Cell::Json(text)),
                    _ => is_number(text.as_bytes()).then_some(Cell::Json(text)),
                }
            }
        }
    }
}

/// Returns whether a token looks like a JSON number. Approximate, but it accepts no other JSON value.
fn is_number(text: &[u8]) -> bool {
    let known = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    matches!(text.first(), Some(b'0'..=b'9' | b'-')) && text.iter().all(known)
}

fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    first_of(bytes, b'"', b'\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn lines(fields: &[&str], page: &str) -> Option<String> {
        let lines = Lines::new(fields.iter().map(ToString::to_string).collect());
        lines.of(page.as_bytes()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Converts records through values, as the reference to compare with.
    fn expected(fields: &[&str], records: &[Map<String, Value>]) -> String {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        for record in records {
            let text = |field: &&str| match record.get(*field) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            writer.write_record(fields.iter().map(text)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z\"\\\\,é\n{}\\[\\]:]{0,12}".prop_map(Value::from),
            Just(json!({"b": [1, {"c": "]}\""}], "d": null})),
            Just(json!([])),
        ]
    }

    proptest! {
        #[test]
        fn lines_are_what_the_records_say(
            records in prop::collection::vec(prop::collection::btree_map("[a-e\"]", value(), 0..6), 0..6)
        ) {
            let records: Vec<Map<String, Value>> = records.into_iter().map(|record| record.into_iter().collect()).collect();
            for fields in [&["a", "b", "c\"", "e"][..], &["e", "a"], &["d"], &["\""]] {
                let found = lines(fields, &serde_json::to_string(&records).unwrap());
                prop_assert_eq!(found, Some(expected(fields, &records)));
            }
        }

        #[test]
        fn blanks_between_do_not_matter(
            records in prop::collection::vec(prop::collection::btree_map("[a-c]", any::<i16>(), 0..4), 0..4)
        ) {
            let pages = [serde_json::to_string(&records).unwrap(), serde_json::to_string_pretty(&records).unwrap()];
            let [plain, pretty] = pages.map(|page| lines(&["a", "c"], &page));
            prop_assert_eq!(plain, pretty);
        }

        #[test]
        fn any_bytes_are_read_or_refused(page in "[\\[\\]{}\",:\\\\a1tn ]{0,30}") {
            if lines(&["a"], &page).is_some() {
                prop_assert!(page.trim_start().starts_with('['));
            }
        }
    }

    #[test]
    fn a_raw_line_end_breaks_no_line() {
        for end in ["\n", "\r", "\r\n"] {
            for text in [format!("a{end}b"), format!("a longer text{end}"), format!("{end}and one behind it")] {
                let page = format!("[{{\"a\":\"{text}\",\"b\":1}}]");
                assert_eq!(lines(&["a", "b"], &page), Some(format!("\"{text}\",1\n")), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_array_of_records_is_refused() {
        for page in [
            "",
            "[",
            "{}",
            "[1]",
            "[{}",
            "[{}] x",
            "[{\"a\":}]",
            "[{\"a\":1,}]",
            "[{\"a\" 1}]",
            "[{\"a\":x}]",
            "[{\"a\":\"\\q\"}]",
            "[{},]",
        ] {
            assert_eq!(lines(&["a"], page), None, "{page}");
        }
        assert_eq!(lines(&["a"], " [ ] ").as_deref(), Some(""));
        assert_eq!(lines(&["a"], "[{}]").as_deref(), Some("\"\"\n"));
    }
}
