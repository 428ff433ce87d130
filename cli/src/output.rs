//! Output for people and programs: tables, JSON, CSV.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use elementkit::atomic_file::AtomicFile;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::escape::{escaped, escaped_json};
use crate::exit::{Failure, Outcome};
use crate::table::{self, Extent};

/// Prints bytes; a reader that closed the output ends the command quietly.
pub fn bytes(bytes: &[u8]) -> Outcome {
    let mut stdout = io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::reader_left()),
        Err(error) => Err(Failure::unwritten(&error)),
        Ok(()) => Ok(()),
    }
}

/// Prints a line for people.
pub fn line(text: &str) -> Outcome {
    bytes(format!("{}\n", escaped(text, &['\n', '\t'])).as_bytes())
}

/// Prints a line for people on standard error; failing to print it is ignored.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", escaped(text, &['\n', '\t']));
}

/// Prints a question that is answered on the same line.
pub fn ask(text: &str) -> Outcome {
    let mut stderr = io::stderr();
    write!(stderr, "{}", escaped(text, &[]))?;
    Ok(stderr.flush()?)
}

/// Prints bytes unchanged, but escaped on a terminal.
pub fn content(chunk: &[u8]) -> Outcome {
    if !io::stdout().is_terminal() {
        return bytes(chunk);
    }
    bytes(escaped(&String::from_utf8_lossy(chunk), &['\n', '\t']).as_bytes())
}

/// Returns whether standard output is a file, so that writing to it never waits for a reader.
pub fn never_waits() -> bool {
    #[cfg(unix)]
    let standard_output = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let standard_output = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    let file = standard_output.map(std::fs::File::from).and_then(|file| file.metadata());
    file.is_ok_and(|metadata| metadata.is_file())
}

/// Checks that a file can be written, before hours are spent on its content.
pub fn check_place(path: &Path) -> Outcome {
    Ok(AtomicFile::check(path)?)
}

/// Prints what was written to which file: on standard error if the data may have gone to standard output.
pub fn written(path: &Path, text: &str) -> Outcome {
    if path.is_file() {
        return line(text);
    }
    note(text);
    Ok(())
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl Serialize) -> Outcome {
    json_line(&serde_json::to_string(value).map_err(|error| Failure::new(error.to_string()))?)
}

/// Prints JSON that is one line.
pub fn json_line(text: &str) -> Outcome {
    bytes(format!("{}\n", escaped_json(text)).as_bytes())
}

/// Returns the text of a value in a table or a CSV cell.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Prints records, which are lines of JSON, as a table of all fields that occur in them, in order of appearance.
pub fn records_table(records: &[String], wide: bool) -> Outcome {
    let records: Vec<Vec<(String, String)>> = records.iter().map(|record| cells(record)).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in records.iter().flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let text = |record: &[(String, String)], name: &str| {
        record.iter().rfind(|(known, _)| known == name).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let rows = records.iter().map(|record| columns.iter().map(|name| text(record, name)).collect());
    table::print(&columns, rows, Extent::of(wide))
}

/// Returns the names and texts of the members of a record. One that is no object is a member `value`.
fn cells(record: &str) -> Vec<(String, String)> {
    let members: Result<Members, _> = serde_json::from_str(record);
    match members {
        Ok(Members(members)) => members.into_iter().map(|(name, value)| (name, text_of(value.get()))).collect(),
        Err(_) => vec![("value".to_owned(), text_of(record))],
    }
}

/// Returns a value as the text of a cell: numbers with all their digits.
fn text_of(value: &str) -> String {
    match serde_json::from_str(value) {
        Ok(Value::Null) => String::new(),
        Ok(Value::String(text)) => text,
        _ => value.to_owned(),
    }
}

/// The members of an object in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        source.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_all_digits_and_records_need_not_be_objects() {
        let shown =
            |record: &str| cells(record).iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>();
        let record = r#"{"id":123456789012345678901,"far":1e400,"text":"a\"b","none":null,"list":[1.50]}"#;
        assert_eq!(shown(record), ["id=123456789012345678901", "far=1e400", "text=a\"b", "none=", "list=[1.50]"]);
        assert_eq!([shown("7"), shown("[1]"), shown("null")].concat(), ["value=7", "value=[1]", "value="]);
    }
}
