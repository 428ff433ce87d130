//! The forms in which definitions are kept: one JSON, an array, a whole backup, a folder with scripts in files, a
//! connector folder of UiPath, each as JSON or YAML (spec E 1.91 to 1.95, E 1.101).

mod connector;
mod distinct;
mod file;
mod folder;
mod names;
mod write;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use file::{Format, parse};
pub use names::folder_name;
pub use write::write_folder;

use super::document::Finding;
use crate::error::{Error, ErrorKind, Result};

/// A definition that was read from a file or folder, as one JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The document, with its scripts inside.
    pub document: Value,
    /// The file of the document.
    pub file: PathBuf,
    /// Remarks about files that were not used.
    pub remarks: Vec<Finding>,
}

/// Reads all definitions of a file or folder, which may have any of the forms.
///
/// # Errors
/// `storage` if a file cannot be read; `config` if one is no definition, or if a script file is missing. Both name the
/// file.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Loaded>> {
    let path = path.as_ref();
    if path.is_dir() {
        return folder::read(path);
    }
    let documents = documents(file::read(path)?).ok_or_else(|| unknown_form(path))?;
    let loaded = |document| Loaded { document, file: path.to_owned(), remarks: Vec::new() };
    Ok(documents.into_iter().map(loaded).collect())
}

/// Returns the definitions of a parsed file: it is one, an array of some, or a backup (spec E 1.91). `None` for another
/// form, or if there is none.
pub fn documents(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(documents) => {
            let are_there = !documents.is_empty() && documents.iter().all(Value::is_object);
            are_there.then_some(documents)
        }
        Value::Object(mut members) => match members.get("elements") {
            Some(Value::Array(_)) if !members.contains_key("authentication") => {
                documents(members.remove("elements").unwrap_or_default())
            }
            _ => Some(vec![Value::Object(members)]),
        },
        _ => None,
    }
}

fn unknown_form(path: &Path) -> Error {
    wrong(path, "it has no element definition")
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{}: {why}", path.display())).with_hint(
        "Give a JSON or YAML file with a definition, or a folder with element.json and its scripts in files.",
    )
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be read: {error}", path.display()))
}
