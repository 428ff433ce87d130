//! Files of tables: only by a plain name, only in the folders that are allowed, and never through a link.

use std::io::Write;
use std::path::{Path, PathBuf};

use elementkit::{Error, ErrorKind, Record, Result};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::failure::{Failure, Outcome};

/// Form of the names of files, as schemas have it.
pub const NAME: &str = r"^[A-Za-z0-9_][A-Za-z0-9 _-]{0,99}\.(csv|jsonl)$";

/// Returns the folders by their real paths.
///
/// # Errors
/// `storage` if one is no folder.
pub fn real_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let real = |folder: &PathBuf| match folder.canonicalize() {
        Ok(real) if real.is_dir() => Ok(real),
        _ => Err(Error::new(ErrorKind::Storage, format!("{} is not a folder", folder.display()))),
    };
    folders.iter().map(real).collect()
}

/// A place to write a table to.
#[derive(Debug)]
pub struct Destination {
    folder: PathBuf,
    /// Path of the file.
    pub path: PathBuf,
    overwrite: bool,
}

impl Destination {
    /// Finds the place of a file in one of the folders, of which the first is the default.
    pub fn find(folders: &[PathBuf], folder: Option<&str>, file: &str, overwrite: bool) -> Outcome<Self> {
        if !is_name(file) {
            let hint =
                "Give a name such as leads.csv or leads.jsonl: letters, digits, blanks, _ and -, without folders.";
            return Err(Failure::wrong("`file` is not a name of a file", hint));
        }
        let wanted = |known: &&PathBuf| folder.is_none_or(|folder| Path::new(folder) == known.as_path());
        let Some(known) = folders.iter().find(wanted) else {
            let listed: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Failure::wrong("the folder is not allowed", format!("Use one of: {}", listed.join(", "))));
        };
        let found = Self { folder: known.clone(), path: known.join(file), overwrite };
        found.check()?;
        Ok(found)
    }

    /// Returns the place of a file beside this one that belongs to it.
    pub fn beside(&self, ending: &str) -> Outcome<Self> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(ending);
        let beside = Self { folder: self.folder.clone(), path: PathBuf::from(name), overwrite: true };
        beside.check()?;
        Ok(beside)
    }

    /// Fails if the folder is another one by now, or the file must not be replaced.
    fn check(&self) -> Outcome<()> {
        if self.folder.canonicalize().ok().as_ref() != Some(&self.folder) {
            return Err(Failure::of_kind(ErrorKind::Storage, "the folder was moved", "Ask who runs this server."));
        }
        match self.path.symlink_metadata() {
            Err(_) => Ok(()),
            Ok(found) if !found.is_file() => {
                Err(Failure::of_kind(ErrorKind::Conflict, "the name is taken by a link or folder", "Use another name."))
            }
            Ok(_) if !self.overwrite => {
                let hint = "Use another name, or set overwrite to true if the user wants the file replaced.";
                Err(Failure::of_kind(ErrorKind::Conflict, "the file exists", hint))
            }
            Ok(_) => Ok(()),
        }
    }

    /// Starts the file. It has another name until it is kept, and is removed if it is not.
    pub fn create(&self) -> Outcome<NamedTempFile> {
        self.check()?;
        NamedTempFile::new_in(&self.folder).map_err(|error| failed(&error))
    }

    /// Gives the file its name. A link that has appeared there is replaced, not followed. Returns the size.
    pub fn keep(&self, file: NamedTempFile) -> Outcome<u64> {
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        let length = file.as_file().metadata().map_err(|error| failed(&error))?.len();
        self.check()?;
        let kept = if self.overwrite { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        kept.map_err(|error| failed(&error.error))?;
        Ok(length)
    }

    /// Writes a whole file.
    pub fn write(&self, content: &[u8]) -> Outcome<()> {
        let mut file = self.create()?;
        file.write_all(content).map_err(|error| failed(&error))?;
        self.keep(file).map(drop)
    }

    /// Returns whether the table is one of comma-separated values.
    pub fn is_csv(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "csv")
    }
}

/// Returns whether a text has the form of [`NAME`].
fn is_name(file: &str) -> bool {
    let stem = file.strip_suffix(".csv").or_else(|| file.strip_suffix(".jsonl")).unwrap_or_default();
    let may_begin = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (1..=100).contains(&stem.len())
        && stem.starts_with(may_begin)
        && stem.chars().all(|c| may_begin(c) || matches!(c, ' ' | '-'))
}

fn failed(error: &std::io::Error) -> Failure {
    let hint = "Check the folder and its free space with who runs this server.";
    Failure::of_kind(ErrorKind::Storage, format!("the file cannot be written: {}", error.kind()), hint)
}

/// Writes the records of a table.
pub enum TableWriter {
    /// Lines of JSON.
    Lines(std::io::BufWriter<NamedTempFile>),
    /// Comma-separated values of these columns.
    Csv(Vec<String>, Box<csv::Writer<NamedTempFile>>),
}

impl TableWriter {
    /// Starts a table. Only comma-separated values need columns.
    pub fn new(file: NamedTempFile, columns: Option<Vec<String>>) -> Outcome<Self> {
        let Some(columns) = columns else { return Ok(Self::Lines(std::io::BufWriter::new(file))) };
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(&columns).map_err(|error| failed(&error.into()))?;
        Ok(Self::Csv(columns, Box::new(writer)))
    }

    /// Writes a record.
    pub fn push(&mut self, record: &Record) -> Outcome<()> {
        let written = match self {
            Self::Lines(out) => serde_json::to_writer(&mut *out, record)
                .map_err(std::io::Error::from)
                .and_then(|()| out.write_all(b"\n")),
            Self::Csv(columns, writer) => {
                let cells = columns.iter().map(|column| cell(record, column));
                writer.write_record(cells).map_err(std::io::Error::from)
            }
        };
        written.map_err(|error| failed(&error))
    }

    /// Returns the written file.
    pub fn finish(self) -> Outcome<NamedTempFile> {
        match self {
            Self::Lines(out) => out.into_inner().map_err(|error| failed(error.error())),
            Self::Csv(_, writer) => writer.into_inner().map_err(|error| failed(error.error())),
        }
    }
}

fn cell(record: &Record, column: &str) -> String {
    let value = record.get(column).or_else(|| {
        let mut parts = column.split('.');
        let first = record.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    });
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_plain_names_are_names() {
        for name in ["a.csv", "Leads of 2026.jsonl", "_x-1.csv"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            ".csv",
            "a",
            "a.txt",
            "../a.csv",
            "/etc/a.csv",
            "a/b.csv",
            "a\\b.csv",
            "a\0.csv",
            "-a.csv",
            "a..csv",
            "ü.csv",
            "a.csv.state",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn tables_have_cells_of_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let place = Destination::find(&real_folders(&[folder.path().into()]).unwrap(), None, "a.csv", false).unwrap();
        let columns = vec!["id".to_owned(), "at.x".to_owned(), "text".to_owned()];
        let mut writer = TableWriter::new(place.create().unwrap(), Some(columns)).unwrap();
        writer.push(json!({"id": 7, "at": {"x": [1]}, "text": "a \"b\", c"}).as_object().unwrap()).unwrap();
        place.keep(writer.finish().unwrap()).unwrap();
        assert_eq!(std::fs::read_to_string(&place.path).unwrap(), "id,at.x,text\n7,[1],\"a \"\"b\"\", c\"\n");
        assert!(Destination::find(&real_folders(&[folder.path().into()]).unwrap(), None, "a.csv", false).is_err());
    }
}
