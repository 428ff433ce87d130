//! Output for people and programs: tables, JSON, CSV.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use elementkit::Record;
use elementkit::atomic_file::AtomicFile;
use serde::Serialize;
use serde_json::Value;

use crate::escape::{escaped, escaped_json};
use crate::exit::{Failure, Outcome};
use crate::table::{self, Extent};

/// Prints bytes; a reader that closed the output ends the command quietly.
pub fn bytes(bytes: &[u8]) -> Outcome {
    let mut stdout = io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::reader_left()),
        outcome => Ok(outcome?),
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
    let text = serde_json::to_string(value).map_err(|error| Failure::new(error.to_string()))?;
    bytes(format!("{}\n", escaped_json(&text)).as_bytes())
}

/// Returns the text of a value in a table or a CSV cell.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Prints records as a table of all fields that occur in them, in order of appearance.
pub fn records_table(records: &[Record], wide: bool) -> Outcome {
    let columns = columns(records);
    let header: Vec<&str> = columns.iter().map(String::as_str).collect();
    let rows = records.iter().map(|record| columns.iter().map(|name| cell(record.get(name))).collect());
    table::print(&header, rows, Extent::of(wide))
}

fn columns(records: &[Record]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for name in records.iter().flat_map(Record::keys) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}
