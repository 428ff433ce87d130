//! Splitting of a file into records, whose text is not interpreted: one record in memory at a time.

use std::io::Read;

use crate::error::Error;

/// Maximum size of a record. A missing quote makes the rest of a file one record.
pub(super) const LONGEST_RECORD: usize = 4 << 20;
/// Number of bytes read at a time.
const CHUNK: usize = 64 << 10;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Arrangement of the records in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Records end with a line break that is not quoted.
    Csv,
    /// One JSON value in each line.
    Lines,
    /// The elements of a JSON array.
    Array,
}

/// Place in a file between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub offset: u64,
    /// Number of the line, from 1.
    pub line: u64,
}

impl Place {
    pub const START: Self = Self { offset: 0, line: 1 };
}

/// Text of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Place of its first byte.
    pub place: Place,
    pub text: Vec<u8>,
}

/// Reason why a file cannot be split.
#[derive(Debug)]
pub(super) enum Broken {
    /// The file cannot be read.
    Storage(Error),
    /// The file is not what it claims to be.
    File(String),
}

/// Splits a file.
pub(super) struct Splitter<R> {
    source: R,
    layout: Layout,
    buffer: Vec<u8>,
    /// Beginning of the current record in the buffer; its place in the file is `place`.
    start: usize,
    /// End of what was read of it.
    at: usize,
    place: Place,
    /// Number of line breaks in the current record.
    lines: u64,
    /// Whether the source has no more bytes.
    ended: bool,
    /// Whether the opening bracket of an array was read.
    opened: bool,
    /// Whether the closing bracket of an array was read.
    closed: bool,
}

impl<R: Read> Splitter<R> {
    /// Splits a JSON file: an array, or one value in each line.
    pub fn json(source: R) -> Result<Self, Broken> {
        let mut splitter = Self::new(source, Layout::Lines, Place::START)?;
        while let Some(byte) = splitter.peek()? {
            if !byte.is_ascii_whitespace() {
                break;
            }
            splitter.bump();
        }
        if splitter.peek()? == Some(b'[') {
            splitter.layout = Layout::Array;
        }
        splitter.skip();
        Ok(splitter)
    }

    pub fn csv(source: R) -> Result<Self, Broken> {
        Self::new(source, Layout::Csv, Place::START)
    }

    /// Continues after a record; the source begins there.
    pub fn resume(source: R, layout: Layout, place: Place) -> Result<Self, Broken> {
        let mut splitter = Self::new(source, layout, place)?;
        splitter.opened = true;
        Ok(splitter)
    }

    fn new(source: R, layout: Layout, place: Place) -> Result<Self, Broken> {
        let buffer = Vec::with_capacity(CHUNK);
        let (start, at, lines, ended) = (0, 0, 0, false);
        let mut splitter =
            Self { source, layout, buffer, start, at, place, lines, ended, opened: false, closed: false };
        if place.offset == 0 {
            while splitter.buffer.len() < BOM.len() && splitter.fill()? {}
            if splitter.buffer.starts_with(BOM) {
                splitter.at = BOM.len();
                splitter.skip();
            } else if matches!(splitter.buffer[..], [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) {
                return Err(Broken::File("The file is UTF-16; it must be UTF-8".to_owned()));
            }
        }
        Ok(splitter)
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Returns the place after the last record.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Returns the next record, or `None` at the end of the file.
    pub fn next(&mut self) -> Result<Option<Piece>, Broken> {
        match self.layout {
            Layout::Csv => self.csv_record(),
            Layout::Lines => self.line(),
            Layout::Array => self.element(),
        }
    }

    fn csv_record(&mut self) -> Result<Option<Piece>, Broken> {
        // The rules are those of the parser: a quote begins a quoted value only at the beginning of a value.
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            Start,
            Plain,
            Quoted,
            /// After a quote in a quoted value.
            Quote,
        }
        loop {
            let mut state = State::Start;
            while let Some(byte) = self.peek()? {
                self.bump();
                state = match (state, byte) {
                    (State::Quoted, b'"') => State::Quote,
                    (State::Quoted, _) => State::Quoted,
                    (State::Start | State::Quote, b'"') => State::Quoted,
                    (_, b',') => State::Start,
                    (_, b'\n') => break,
                    (_, b'\r') => {
                        self.line_feed()?;
                        break;
                    }
                    _ => State::Plain,
                };
            }
            if self.at == self.start {
                return Ok(None);
            }
            if state == State::Quoted {
                let line = self.place.line;
                return Err(Broken::File(format!("The record in line {line} has a quote that does not end")));
            }
            if let Some(piece) = self.piece() {
                return Ok(Some(piece));
            }
        }
    }

    fn line(&mut self) -> Result<Option<Piece>, Broken> {
        loop {
            while let Some(byte) = self.peek()? {
                self.bump();
                if byte == b'\n' {
                    break;
                }
            }
            if self.at == self.start {
                return Ok(None);
            }
            if let Some(piece) = self.piece() {
                return Ok(Some(piece));
            }
        }
    }

    /// Returns the record unless it is blank.
    fn piece(&mut self) -> Option<Piece> {
        let text = self.text();
        let piece = (!text.trim_ascii().is_empty()).then(|| Piece { place: self.place, text: text.to_vec() });
        self.skip();
        piece
    }

    fn element(&mut self) -> Result<Option<Piece>, Broken> {
        if self.closed {
            return self.after_array();
        }
        let mut byte = self.token()?;
        let first = !self.opened;
        if first {
            // The first token was looked at when the file was opened.
            self.bump();
            self.opened = true;
            byte = self.token()?;
        }
        if byte == Some(b']') {
            self.bump();
            self.closed = true;
            return self.after_array();
        }
        if !first {
            if byte != Some(b',') {
                return Err(self.no_array());
            }
            self.bump();
            self.token()?;
        }
        self.skip();
        if matches!(self.peek()?, None | Some(b',' | b']' | b'}')) {
            return Err(self.no_array());
        }
        self.value()?;
        let piece = Piece { place: self.place, text: self.text().trim_ascii_end().to_vec() };
        self.skip();
        Ok(Some(piece))
    }

    /// Passes over one JSON value. Only its brackets and strings are looked at.
    fn value(&mut self) -> Result<(), Broken> {
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        while let Some(byte) = self.peek()? {
            let is_end = matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
            if depth == 0 && !quoted && is_end {
                return Ok(());
            }
            self.bump();
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        Err(self.no_array())
    }

    fn after_array(&mut self) -> Result<Option<Piece>, Broken> {
        match self.token()? {
            None => {
                self.skip();
                Ok(None)
            }
            Some(_) => Err(Broken::File(format!("Line {} follows the end of the array", self.place.line + self.lines))),
        }
    }

    fn no_array(&self) -> Broken {
        let line = self.place.line + self.lines;
        Broken::File(format!("The file is not a complete JSON array: it cannot be read from line {line} on"))
    }

    /// Passes over white space. Returns the byte that follows.
    fn token(&mut self) -> Result<Option<u8>, Broken> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.bump();
        }
        Ok(None)
    }

    fn line_feed(&mut self) -> Result<(), Broken> {
        match self.peek()? {
            Some(b'\n') => self.bump(),
            // A carriage return alone ends a line too.
            _ => self.lines += 1,
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        while self.at == self.buffer.len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(Some(self.buffer[self.at]))
    }

    fn bump(&mut self) {
        self.lines += u64::from(self.buffer[self.at] == b'\n');
        self.at += 1;
    }

    /// Returns what was read of the current record.
    fn text(&self) -> &[u8] {
        &self.buffer[self.start..self.at]
    }

    /// Ends the current record.
    fn skip(&mut self) {
        let length = (self.at - self.start) as u64;
        self.place = Place { offset: self.place.offset + length, line: self.place.line + self.lines };
        (self.start, self.lines) = (self.at, 0);
    }

    /// Reads more bytes. Returns `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, Broken> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.at -= self.start;
        self.start = 0;
        if self.buffer.len() >= LONGEST_RECORD {
            let (line, most) = (self.place.line, LONGEST_RECORD >> 20);
            let why = if self.layout == Layout::Csv { "; a quote may be missing" } else { "" };
            return Err(Broken::File(format!("The record in line {line} is longer than {most} MiB{why}")));
        }
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let read = self.source.read(&mut self.buffer[before..]);
        self.buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
        let read = read.map_err(|error| Broken::Storage(super::input::cause(error)))?;
        self.ended = read == 0;
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source that returns a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn message(broken: Broken) -> String {
        match broken {
            Broken::File(message) => message,
            Broken::Storage(error) => panic!("{error}"),
        }
    }

    /// Splits a file and continues after each of its records. Returns line and text of the records.
    fn split(text: &[u8], csv: bool) -> Result<Vec<(u64, String)>, String> {
        let open = |step| {
            let source = Trickle(text, step);
            if csv { Splitter::csv(source) } else { Splitter::json(source) }
        };
        let mut all = Vec::new();
        for step in [1, 7, 1 << 20] {
            let mut found = Vec::new();
            let mut splitter = open(step).map_err(message)?;
            while let Some(piece) = splitter.next().map_err(message)? {
                let place = splitter.place();
                let rest = Trickle(&text[usize::try_from(place.offset).unwrap_or_default()..], step);
                let mut again = Splitter::resume(rest, splitter.layout(), place).map_err(message)?;
                let (mut twin, mut next) = (open(step).map_err(message)?, None);
                for _ in 0..found.len() + 2 {
                    next = twin.next().map_err(message)?;
                }
                assert_eq!(again.next().map_err(message)?, next, "after {piece:?}");
                let range = piece.place.offset as usize..piece.place.offset as usize + piece.text.len();
                assert_eq!(&text[range], &piece.text[..]);
                found.push((piece.place.line, String::from_utf8_lossy(&piece.text).trim_end().to_owned()));
            }
            assert!(all.is_empty() || all == found, "{step}");
            all = found;
        }
        Ok(all)
    }

    fn csv(text: &[u8]) -> Result<Vec<(u64, String)>, String> {
        split(text, true)
    }

    fn json(text: &[u8]) -> Result<Vec<(u64, String)>, String> {
        split(text, false)
    }

    fn rows(rows: &[(u64, &str)]) -> Result<Vec<(u64, String)>, String> {
        Ok(rows.iter().map(|(line, text)| (*line, (*text).to_owned())).collect())
    }

    #[test]
    fn csv_records_end_with_line_breaks_that_are_not_quoted() {
        let file = b"\xEF\xBB\xBFa,b\n1,\"x\ny\"\r\n\n2,\"say \"\"hi\"\"\"\n3,a\"b";
        let expected = rows(&[(1, "a,b"), (2, "1,\"x\ny\""), (5, "2,\"say \"\"hi\"\"\""), (6, "3,a\"b")]);
        assert_eq!(csv(file), expected);
        assert_eq!(csv(b"a\rb\rc"), rows(&[(1, "a"), (2, "b"), (3, "c")]));
        assert_eq!(csv(b""), rows(&[]));
        assert_eq!(csv(b"\n\n"), rows(&[]));
        let broken = csv(b"a\n1\n\"x\n2\n");
        assert_eq!(broken, Err("The record in line 3 has a quote that does not end".to_owned()));
        assert_eq!(csv(b"\xFF\xFEa\0"), Err("The file is UTF-16; it must be UTF-8".to_owned()));
    }

    #[test]
    fn json_files_are_arrays_or_lines() {
        let lines = b"\xEF\xBB\xBF {\"a\":1}\n\n{\"a\":\"[\"}\r\nbroken";
        assert_eq!(json(lines), rows(&[(1, "{\"a\":1}"), (3, "{\"a\":\"[\"}"), (4, "broken")]));
        let array = b" [ {\"a\":[1,{}]} ,\n{\"b\":\"]\\\"}\"}, 3 ]\n ";
        assert_eq!(json(array), rows(&[(1, "{\"a\":[1,{}]}"), (2, "{\"b\":\"]\\\"}\"}"), (2, "3")]));
        assert_eq!(json(b"[]"), rows(&[]));
        assert_eq!(json(b" \n"), rows(&[]));
        for broken in ["[", "[{}", "[{},", "[{} {}]", "[,]", "[{},]", "[{\"a\":\"}]"] {
            assert!(
                json(broken.as_bytes()).is_err_and(|error| error.contains("not a complete JSON array")),
                "{broken}"
            );
        }
        assert_eq!(json(b"[1]\n2"), Err("Line 2 follows the end of the array".to_owned()));
    }

    #[test]
    fn a_record_is_never_as_long_as_the_file() {
        let file = [b"a\n\"".to_vec(), vec![b'x'; LONGEST_RECORD + CHUNK]].concat();
        let mut splitter = Splitter::csv(&file[..]).map_err(message).expect("a file");
        assert!(splitter.next().is_ok());
        let error = splitter.next().err().map(message);
        assert_eq!(error.as_deref(), Some("The record in line 2 is longer than 4 MiB; a quote may be missing"));
    }
}
