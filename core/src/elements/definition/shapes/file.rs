//! Files of JSON and YAML.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::super::document::LARGEST_DOCUMENT;
use super::distinct::Distinct;
use super::{unreadable, wrong};
use crate::error::{Error, ErrorKind, Result};
use crate::text;

/// Largest file: a backup has several documents.
const LARGEST_FILE: u64 = 16 * LARGEST_DOCUMENT as u64;

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML 1.2.
    Yaml,
}

impl Format {
    /// Returns the format that the extension of a file names; JSON for others.
    pub fn of(path: &Path) -> Self {
        let is_yaml =
            |extension: &std::ffi::OsStr| ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        if path.extension().is_some_and(is_yaml) { Self::Yaml } else { Self::Json }
    }
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Value> {
    parse(&read_text(path)?, Format::of(path)).map_err(|error| wrong(path, error.message()))
}

/// Reads the text of a file.
pub fn read_text(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut bytes = Vec::new();
    // Some files have no size, and some no end.
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(wrong(path, &format!("it is larger than {} MiB", LARGEST_FILE / 1024 / 1024)));
    }
    text::decode(bytes).map_err(|error| wrong(path, error.message()))
}

/// Parses a text.
///
/// # Errors
/// `config` with the line and column of the fault, for instance of a member that an object has twice.
pub fn parse(text: &str, format: Format) -> Result<Value> {
    let failure = |message: String| Error::new(ErrorKind::Config, message);
    match format {
        Format::Json => {
            let value: Result<Distinct, _> = serde_json::from_str(text);
            value.map(|Distinct(value)| value).map_err(|error| failure(error.to_string()))
        }
        Format::Yaml => {
            // Only what YAML 1.2 calls a boolean or number is one; the text of the file may hold secrets.
            let options = serde_saphyr::options! {
                strict_booleans: true,
                leading_zero_numbers_as_strings: true,
                underscored_numbers_as_strings: true,
                with_snippet: false,
            };
            serde_saphyr::from_str_with_options(text, options).map_err(|error| failure(error.to_string()))
        }
    }
}
