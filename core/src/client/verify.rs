//! Verification that a result is what was requested: its media type, its first bytes and the number of its records. A
//! sign-in page or a truncated file must not pass for a result.

use memchr::{memchr, memchr2};

use super::format::Format;
use crate::error::{Error, ErrorKind, Result};

/// Distinguishable kinds of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Markup,
    Csv,
    Json,
    Parquet,
    Arrow,
}

impl Kind {
    fn of_format(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Json | Format::JsonLines => Self::Json,
            Format::Parquet => Self::Parquet,
            Format::Arrow => Self::Arrow,
        }
    }

    /// Returns the kind of a media type; `None` for unspecific ones, such as `application/octet-stream`.
    fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" => Some(Self::Markup),
            "text/csv" | "txt/csv" | "application/csv" => Some(Self::Csv),
            "application/json" | "application/jsonl" | "application/x-ndjson" | "application/x-jsonlines" => {
                Some(Self::Json)
            }
            "application/vnd.apache.parquet" => Some(Self::Parquet),
            "application/vnd.apache.arrow.stream" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// Returns whether a body of this kind can begin with these bytes, of which there is at least one.
    fn begins_with(self, bytes: &[u8]) -> bool {
        let starts = |magic: &[u8]| bytes.iter().zip(magic).all(|(left, right)| left == right);
        match self {
            Self::Markup => bytes[0] == b'<',
            Self::Csv => !matches!(bytes[0], b'<' | b'[' | b'{'),
            Self::Json => matches!(bytes[0], b'[' | b'{'),
            Self::Parquet => starts(b"PAR1"),
            Self::Arrow => starts(&[0xff; 4]),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Markup => "an HTML page",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Parquet => "a Parquet file",
            Self::Arrow => "an Arrow stream",
        }
    }
}

/// Checks a result while it is read.
pub(super) struct Verifier {
    kind: Kind,
    begun: bool,
    records: Records,
}

impl Verifier {
    /// Creates a verifier for a body in a format.
    ///
    /// # Errors
    /// `decode` if the media type is that of something else.
    pub fn new(format: Format, media_type: Option<&str>) -> Result<Self> {
        let kind = Kind::of_format(format);
        match media_type.and_then(Kind::of_media_type) {
            Some(other) if other != kind => Err(unlike(kind, other)),
            _ => Ok(Self { kind, begun: false, records: Records::of(kind) }),
        }
    }

    /// Checks the next part of the body.
    ///
    /// # Errors
    /// `decode` if the body begins like something else.
    pub fn push(&mut self, chunk: &[u8]) -> Result<()> {
        if !self.begun {
            let text = chunk.strip_prefix(b"\xef\xbb\xbf").unwrap_or(chunk);
            let head = if matches!(self.kind, Kind::Csv | Kind::Json) { text.trim_ascii_start() } else { chunk };
            if head.is_empty() {
                return Ok(());
            }
            if !self.kind.begins_with(head) {
                let all = [Kind::Markup, Kind::Json, Kind::Parquet, Kind::Arrow, Kind::Csv];
                let found = all.into_iter().find(|other| other.begins_with(head)).unwrap_or(Kind::Csv);
                return Err(unlike(self.kind, found));
            }
            self.begun = true;
        }
        self.records.push(chunk);
        Ok(())
    }

    /// Compares the number of records with the number that the platform reported for a finished job.
    ///
    /// # Errors
    /// `decode` if there are fewer.
    pub fn finish(self, stated: Option<u64>) -> Result<()> {
        match (self.records.finish(), stated) {
            (Some(found), Some(stated)) if found < stated => {
                let message = format!("the result has {found} records, but the job has written {stated}");
                Err(Error::new(ErrorKind::Decode, message)
                    .with_hint("Download it again; if that does not help, start the job again."))
            }
            _ => Ok(()),
        }
    }
}

fn unlike(asked: Kind, found: Kind) -> Error {
    let message = format!("the platform sent {} instead of {}", found.name(), asked.name());
    let hint = match found {
        Kind::Markup => "Check the base URL and the proxy: the response may not come from a platform.",
        _ => "Request a format that the platform supports.",
    };
    Error::new(ErrorKind::Decode, message).with_hint(hint)
}

/// Counts the records of a body.
enum Records {
    /// Line ends outside of quotes; the first line is the header.
    Csv { lines: u64, quoted: bool, open: bool },
    /// One object on each line.
    Lines { lines: u64, open: bool },
    /// The items of an array.
    Items(Items),
    /// Lines or an array; no byte has been read yet.
    Json,
    /// Formats that declare their own length.
    Uncounted,
}

impl Records {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Csv => Self::Csv { lines: 0, quoted: false, open: false },
            Kind::Json => Self::Json,
            _ => Self::Uncounted,
        }
    }

    fn push(&mut self, chunk: &[u8]) {
        match self {
            Self::Csv { lines, quoted, open } => {
                let mut rest = chunk;
                while let Some(at) = memchr2(b'"', b'\n', rest) {
                    match rest[at] {
                        b'"' => (*quoted, *open) = (!*quoted, true),
                        _ if !*quoted => (*lines, *open) = (*lines + 1, false),
                        _ => {}
                    }
                    rest = &rest[at + 1..];
                }
                *open |= !rest.is_empty();
            }
            Self::Lines { lines, open } => {
                let mut rest = chunk;
                while let Some(end) = memchr(b'\n', rest) {
                    *lines += u64::from(*open || !rest[..end].trim_ascii().is_empty());
                    *open = false;
                    rest = &rest[end + 1..];
                }
                *open |= !rest.trim_ascii().is_empty();
            }
            Self::Items(items) => chunk.iter().for_each(|&byte| items.push(byte)),
            Self::Json => {
                let array = chunk.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
                *self = if array { Self::Items(Items::default()) } else { Self::Lines { lines: 0, open: false } };
                self.push(chunk);
            }
            Self::Uncounted => {}
        }
    }

    fn finish(self) -> Option<u64> {
        match self {
            Self::Csv { lines, open, .. } => Some((lines + u64::from(open)).saturating_sub(1)),
            Self::Lines { lines, open } => Some(lines + u64::from(open)),
            Self::Items(items) => Some(items.count),
            Self::Json => Some(0),
            Self::Uncounted => None,
        }
    }
}

/// Counter of the items of an array.
#[derive(Default)]
struct Items {
    count: u64,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Items {
    fn push(&mut self, byte: u8) {
        if self.in_text {
            self.in_text = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return;
        }
        match byte {
            b'{' | b'[' => {
                self.count += u64::from(self.depth == 1);
                self.depth += 1;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b'"' => self.in_text = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(format: Format, body: &str) -> Option<u64> {
        let whole = count(format, body, body.len().max(1));
        for size in 1..8 {
            assert_eq!(count(format, body, size), whole, "{body:?} in parts of {size}");
        }
        whole
    }

    fn count(format: Format, body: &str, size: usize) -> Option<u64> {
        let mut verifier = Verifier::new(format, None).ok()?;
        body.as_bytes().chunks(size).try_for_each(|chunk| verifier.push(chunk)).ok()?;
        verifier.records.finish()
    }

    #[test]
    fn records_are_counted_however_they_are_cut() {
        for (body, records) in [
            ("id\n1\n2\n", 2),
            ("id\r\n1\r\n2", 2),
            ("a,b\n\"x\ny\",\"\"\"\"\n\"\",2\n", 2),
            ("id\n", 0),
            ("id", 0),
            ("id\n\"\"\n\"\"", 2),
        ] {
            assert_eq!(counted(Format::Csv, body), Some(records), "{body:?}");
        }
        for (body, records) in [
            ("{\"a\":1}\n\n{\"b\":2}", 2),
            (" \n{\"a\":1}\r\n", 1),
            ("[{\"a\":[1,{}]},\n{\"b\":\"]\\\"{\"}]", 2),
            (" [ ] ", 0),
        ] {
            assert_eq!(counted(Format::JsonLines, body), Some(records), "{body:?}");
            assert_eq!(counted(Format::Json, body), Some(records), "{body:?}");
        }
        assert_eq!((counted(Format::Csv, ""), counted(Format::Json, "")), (Some(0), Some(0)));
        assert_eq!(counted(Format::Parquet, "PAR1..PAR1"), None);
    }

    #[test]
    fn another_kind_of_body_is_refused() {
        let outcome = |format, media_type, body: &[u8]| {
            let mut verifier = Verifier::new(format, media_type)?;
            verifier.push(body)
        };
        let refused = |format, media_type, body: &[u8]| {
            outcome(format, media_type, body).err().map(|error| error.message().to_owned()).unwrap_or_default()
        };
        let page = b"<html>Please sign in</html>".as_slice();
        for format in Format::ALL {
            assert!(refused(*format, Some("text/html"), page).contains("an HTML page instead of"), "{format:?}");
            assert!(refused(*format, Some("application/octet-stream"), page).contains("an HTML page"), "{format:?}");
        }
        assert!(refused(Format::Json, Some("text/csv; charset=utf-8"), b"id").contains("CSV instead of JSON"));
        assert!(refused(Format::JsonLines, None, b"id\n1").contains("CSV instead of JSON"));
        assert!(refused(Format::Csv, Some("application/json"), b"[]").contains("JSON instead of CSV"));
        assert!(refused(Format::Csv, None, b" [{").contains("JSON instead of CSV"));
        assert!(refused(Format::Parquet, None, b"PAR2").contains("instead of a Parquet file"));
        for (format, media_type, body) in [
            (Format::Csv, Some("text/plain"), b"\xef\xbb\xbfid\n".as_slice()),
            (Format::Json, Some("Application/JSON;charset=UTF-8"), b"\n {".as_slice()),
            (Format::JsonLines, Some("application/json"), b"[".as_slice()),
            (Format::Parquet, None, b"PA".as_slice()),
            (Format::Arrow, None, b"\xff\xff\xff\xff\x10".as_slice()),
            (Format::Csv, Some("text/csv"), b"".as_slice()),
        ] {
            assert!(outcome(format, media_type, body).is_ok(), "{format:?} {media_type:?}");
        }
    }

    #[test]
    fn fewer_records_than_stated_are_an_error() {
        let verdict = |stated| {
            let mut verifier = Verifier::new(Format::Csv, None)?;
            verifier.push(b"id\n1\n")?;
            verifier.finish(stated)
        };
        assert!(verdict(Some(1)).is_ok() && verdict(None).is_ok() && verdict(Some(0)).is_ok());
        let error = verdict(Some(2)).map_err(|error| error.message().to_owned());
        assert_eq!(error, Err("the result has 1 records, but the job has written 2".to_owned()));
    }
}
