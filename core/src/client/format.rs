//! Formats in which a result can be read (spec P 10.6, 16.5).

use std::path::Path;

use super::capabilities::Extension;
use crate::error::{Error, ErrorKind, Result};

/// Format of a result (spec P 10.6, 16.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON array.
    Json,
    /// One JSON object on each line.
    JsonLines,
    /// A Parquet file; requires `format-parquet`.
    Parquet,
    /// An Arrow IPC stream; requires `format-arrow`.
    Arrow,
}

impl Format {
    /// All formats.
    pub const ALL: &[Self] = &[Self::Csv, Self::Json, Self::JsonLines, Self::Parquet, Self::Arrow];

    /// Returns the media type to request. A JSON array is made from lines, since platforms send lines as JSON.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    /// Returns the extension that a platform needs for the format.
    pub(super) fn needs(self) -> Option<Extension> {
        match self {
            Self::Parquet => Some(Extension::FormatParquet),
            Self::Arrow => Some(Extension::FormatArrow),
            _ => None,
        }
    }

    /// Returns the usual extension of a file of this format, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
            Self::Arrow => "arrows",
        }
    }

    /// Returns the format of a name: its file extension, or `ndjson`, or `arrow`; in any letter case.
    ///
    /// # Errors
    /// `config` for any other name.
    pub fn named(name: &str) -> Result<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "ndjson" => Ok(Self::JsonLines),
            "arrow" => Ok(Self::Arrow),
            _ => Self::ALL.iter().copied().find(|format| format.ending() == name).ok_or_else(|| {
                Error::new(ErrorKind::Config, format!("{name:?} is not a format"))
                    .with_hint("Use csv, json, jsonl, parquet or arrow.")
            }),
        }
    }

    /// Returns the format that the extension of a file name stands for.
    pub fn of_file(path: &Path) -> Option<Self> {
        Self::named(path.extension()?.to_str()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_end_in_their_format() {
        let of = |name: &str| Format::of_file(Path::new(name));
        assert_eq!(
            (of("a.CSV"), of("b.x.jsonl"), of("c.ndjson")),
            (Some(Format::Csv), Some(Format::JsonLines), of("c.jsonl"))
        );
        assert_eq!(
            (of("a.parquet"), of("a.arrow"), of("a.arrows")),
            (Some(Format::Parquet), Some(Format::Arrow), of("x.arrow"))
        );
        assert_eq!((of("a"), of("a.txt"), of(".csv")), (None, None, None));
    }
}
