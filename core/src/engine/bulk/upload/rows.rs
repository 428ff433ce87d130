//! Records of an uploaded file, in order.

use std::collections::HashMap;

use csv_core::ReadRecordResult;
use serde_json::{Map, Value};

use super::columns::Columns;
use super::input::{InputFile, InputReader};
use super::split::{Broken, Layout, Piece, Place, Splitter};
use crate::record::Kind;

/// Format of a file.
#[derive(Clone, Debug)]
pub(super) struct FileForm {
    pub is_csv: bool,
    /// Types of the fields that columns may name. Empty if they are not known.
    pub fields: HashMap<String, Kind>,
}

/// Number of records before a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub place: Place,
    pub index: u64,
}

/// Record of a file.
#[derive(Debug)]
pub(super) struct Row {
    /// Number of records before it.
    pub index: u64,
    /// Number by which callers know it: its line, or its position in an array from 1 (spec E 9.25).
    pub number: u64,
    /// Offset and length of its text in the file.
    pub range: (u64, u64),
    /// The record, or the reason why the text is not a record.
    pub record: Result<Record, String>,
}

/// Record as the file has it.
#[derive(Debug)]
pub(super) struct Record {
    /// Text of the JSON object, as it was written.
    pub text: String,
    pub members: Map<String, Value>,
}

/// Reads the records of a file. Blocks.
pub(super) struct Rows {
    splitter: Splitter<InputReader>,
    columns: Option<Columns>,
    parser: Parser,
    index: u64,
}

impl Rows {
    /// Opens a file, at a position that an earlier reader has returned or at its first record.
    pub fn open(input: &InputFile, form: &FileForm, position: Option<Position>) -> Result<Self, Broken> {
        let start = input.read_from(0);
        let mut splitter = if form.is_csv { Splitter::csv(start)? } else { Splitter::json(start)? };
        let mut parser = Parser::default();
        let columns = match form.is_csv {
            true => Some(header(&mut splitter, &mut parser, form)?),
            false => None,
        };
        let index = position.map_or(0, |position| position.index);
        if let Some(Position { place, .. }) = position.filter(|position| position.index > 0) {
            splitter = Splitter::resume(input.read_from(place.offset), splitter.layout(), place)?;
        }
        Ok(Self { splitter, columns, parser, index })
    }

    /// Returns the columns of a CSV file.
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
    }

    /// Returns the position after the last record.
    pub fn position(&self) -> Position {
        Position { place: self.splitter.place(), index: self.index }
    }

    /// Returns the next record, or `None` at the end of the file.
    pub fn next(&mut self) -> Result<Option<Row>, Broken> {
        let Some(piece) = self.splitter.next()? else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let number = if self.splitter.layout() == Layout::Array { self.index } else { piece.place.line };
        let range = (piece.place.offset, piece.text.len() as u64);
        Ok(Some(Row { index, number, range, record: self.record(piece) }))
    }

    /// Passes over all remaining records. Returns their number.
    pub fn count(&mut self, limit: u64) -> Result<u64, Broken> {
        let mut count = 0;
        while count <= limit && self.splitter.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    fn record(&mut self, piece: Piece) -> Result<Record, String> {
        let text = String::from_utf8(piece.text).map_err(|_| "The record is not UTF-8".to_owned())?;
        let members = match &self.columns {
            Some(columns) => {
                let members = columns.record(self.parser.values(&text).into_iter())?;
                let text = serde_json::to_string(&members).unwrap_or_default();
                return Ok(Record { text, members });
            }
            None => serde_json::from_str(&text).map_err(|error| format!("The record is malformed JSON: {error}"))?,
        };
        match members {
            Value::Object(members) => Ok(Record { text: text.trim().to_owned(), members }),
            _ => Err("The record is not a JSON object".to_owned()),
        }
    }
}

fn header(splitter: &mut Splitter<InputReader>, parser: &mut Parser, form: &FileForm) -> Result<Columns, Broken> {
    let Some(piece) = splitter.next()? else { return Err(Broken::File("The file has no header line".to_owned())) };
    let text = String::from_utf8(piece.text).map_err(|_| Broken::File("The header is not UTF-8".to_owned()))?;
    if text.contains('\0') {
        return Err(Broken::File("The header has NUL characters; the file must be UTF-8".to_owned()));
    }
    let names: Vec<String> = parser.values(&text).into_iter().map(str::to_owned).collect();
    Columns::of(&names, |name| form.fields.get(name).copied()).map_err(Broken::File)
}

/// Parser of the values of a line (RFC 4180).
struct Parser {
    csv: csv_core::Reader,
    values: Vec<u8>,
    ends: Vec<usize>,
}

impl Default for Parser {
    fn default() -> Self {
        Self { csv: csv_core::Reader::new(), values: Vec::new(), ends: vec![0; 64] }
    }
}

impl Parser {
    fn values(&mut self, text: &str) -> Vec<&str> {
        self.csv.reset();
        self.values.resize(text.len() + 1, 0);
        let (mut input, mut written, mut count) = (text.as_bytes(), 0, 0);
        loop {
            let (values, ends) = (&mut self.values[written..], &mut self.ends[count..]);
            let (result, read, wrote, ended) = self.csv.read_record(input, values, ends);
            (input, written, count) = (&input[read..], written + wrote, count + ended);
            match result {
                // The next call has no input, which is the end of the line.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::OutputFull => self.values.resize(2 * self.values.len(), 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let starts = std::iter::once(0).chain(self.ends[..count].iter().copied());
        // Values are separated by ASCII characters, so that each is UTF-8 as the line is.
        let value = |(start, end): (usize, &usize)| std::str::from_utf8(&self.values[start..*end]).unwrap_or_default();
        starts.zip(&self.ends[..count]).map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bulk::upload::input::InputWriter;
    use crate::engine::vault::Key;
    use crate::error::Result;

    fn rows(text: &[u8], is_csv: bool) -> Result<Vec<(u64, std::result::Result<String, String>)>> {
        let folder = tempfile::tempdir().map_err(super::super::input::cause)?;
        let key = Key::random()?;
        let mut writer = InputWriter::new(folder.path().into(), key.clone());
        writer.add(text)?;
        let input = InputFile { folder: folder.path().into(), key, row: writer.finish()? };
        let form = FileForm { is_csv, fields: HashMap::from([("n".to_owned(), Kind::Int)]) };
        let open = |position| match Rows::open(&input, &form, position) {
            Ok(rows) => rows,
            Err(Broken::File(message)) => panic!("{message}"),
            Err(Broken::Storage(error)) => panic!("{error}"),
        };
        let (mut reader, mut found) = (open(None), Vec::new());
        while let Ok(Some(row)) = reader.next() {
            let (start, length) = (row.range.0 as usize, row.range.1 as usize);
            assert!(!text[start..start + length].is_empty());
            assert_eq!(row.index, found.len() as u64);
            found.push((row.number, row.record.map(|record| record.text)));
            // A reader that continues finds the same.
            let (mut again, mut twin) = (open(Some(reader.position())), open(None));
            assert_eq!(again.count(u64::MAX).ok(), twin.count(u64::MAX).ok().map(|all| all - found.len() as u64));
        }
        Ok(found)
    }

    fn texts(found: Vec<(u64, std::result::Result<String, String>)>) -> Vec<(u64, String)> {
        found
            .into_iter()
            .map(|(number, record)| (number, record.unwrap_or_else(|error| format!("! {error}"))))
            .collect()
    }

    #[test]
    fn broken_records_do_not_end_a_file() -> Result<()> {
        let csv = b"name,n\r\n\"a, \"\"b\"\"\",1\r\nx\r\ny,z\n\xFF,2\nlast,3";
        let found = texts(rows(csv, true)?);
        let expected = [
            (2, "{\"name\":\"a, \\\"b\\\"\",\"n\":1}"),
            (3, "! The line has 1 values, the header 2"),
            (4, "! The value \"z\" of n is not a number"),
            (5, "! The record is not UTF-8"),
            (6, "{\"name\":\"last\",\"n\":3}"),
        ];
        assert_eq!(found, expected.map(|(number, text)| (number, text.to_owned())));
        let lines = texts(rows(b"{\"a\": 1.0}\n[1]\n{\"a\"\n", false)?);
        assert_eq!(lines[0], (1, "{\"a\": 1.0}".to_owned()));
        assert_eq!(lines[1], (2, "! The record is not a JSON object".to_owned()));
        assert!(lines[2].1.starts_with("! The record is malformed JSON: EOF"), "{lines:?}");
        let array = texts(rows(b"[{\"a\":1},\n\n{\"a\":2}]", false)?);
        assert_eq!(array, [(1, "{\"a\":1}".to_owned()), (2, "{\"a\":2}".to_owned())]);
        Ok(())
    }

    #[test]
    fn many_columns_are_read() {
        let line = (0..500).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let mut parser = Parser::default();
        assert_eq!(parser.values(&line).len(), 500);
        assert_eq!(parser.values("a,\"\",\n"), ["a", "", ""]);
    }
}
