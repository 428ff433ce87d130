//! What people and programs read: tables, JSON, CSV.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use comfy_table::{ContentArrangement, Table};
use elementkit::Record;
use elementkit::atomic_file::AtomicFile;
use serde::Serialize;
use serde_json::Value;

use crate::exit::{Failure, Outcome};

/// Prints bytes; a reader that left ends the command quietly.
pub fn bytes(bytes: &[u8]) -> Outcome {
    let mut stdout = io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::reader_left()),
        outcome => Ok(outcome?),
    }
}

/// Prints a line.
pub fn line(text: &str) -> Outcome {
    bytes(format!("{text}\n").as_bytes())
}

/// Finds out that a file cannot be written before hours are spent on what is to be in it.
pub fn check_place(path: &Path) -> Outcome {
    Ok(AtomicFile::check(path)?)
}

/// Says what was written where: beside the data, when that may have gone to standard output.
pub fn written(path: &Path, text: &str) -> Outcome {
    if path.is_file() {
        return line(text);
    }
    eprintln!("{text}");
    Ok(())
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string(value).map_err(|error| Failure::new(error.to_string()))?;
    line(&text)
}

/// Prints rows under a header, as wide as the terminal allows.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Outcome {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(header.iter().map(|name| name.to_uppercase()));
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.add_rows(rows);
    let text = table.to_string();
    text.lines().try_for_each(|text| line(text.trim_end()))
}

/// The text of a value in a table or a CSV cell.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Prints records as a table of all fields that occur in them, in order of appearance.
pub fn records_table(records: &[Record]) -> Outcome {
    let columns = columns(records);
    let header: Vec<&str> = columns.iter().map(String::as_str).collect();
    let short = |text: String| match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text[..end].replace('\n', " ")),
        None => text.replace('\n', " "),
    };
    table(&header, records.iter().map(|record| columns.iter().map(|name| short(cell(record.get(name)))).collect()))
}

/// Prints a line of CSV.
pub fn csv_line(cells: impl Iterator<Item = String>) -> Outcome {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(cells).map_err(|error| Failure::new(error.to_string()))?;
    bytes(&writer.into_inner().map_err(|error| Failure::new(error.to_string()))?)
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
