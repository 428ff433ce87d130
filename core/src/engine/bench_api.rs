//! Single steps of calls and jobs, so that a benchmark can measure each alone.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::bulk::{Format, Found, Layout, Selected, Style};
use super::failure::Failure;
use super::script::{Configuration, Phase, Runner, ScriptLimits, Scripts};
use super::transform::{BoundMapping, MappingSpec, Shown};
use super::vault::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::record::shape::Shape;
use crate::record::{Batch, Schema, Value};

/// Returns the position of the first of two bytes, as the tokens of XML pages are found.
#[inline]
pub fn markup(bytes: &[u8]) -> Option<usize> {
    crate::search::markup(bytes)
}

/// Returns whether there is a comma or a control character, as values of CSV files are checked.
#[inline]
pub fn has_comma_or_control(bytes: &[u8]) -> bool {
    crate::search::has_comma_or_control(bytes)
}

/// Returns the position of the first quote, backslash or control character from `at` on, or the length.
#[inline]
pub fn string_stop(bytes: &[u8], at: usize) -> usize {
    crate::search::string_stop(bytes, at)
}

/// Returns whether bytes are UTF-8, as pages are checked.
#[inline]
pub fn is_utf8(bytes: &[u8]) -> bool {
    crate::utf8::is_utf8(bytes)
}

/// A mapping with its compiled scripts.
pub struct Shaping {
    applied: BoundMapping,
    runner: Option<Runner>,
    _scripts: Scripts,
}

impl Shaping {
    /// Creates a mapping from the form that bulk jobs store, for an object with these columns.
    ///
    /// # Errors
    /// Returns an error if `recipe` is not a mapping.
    pub fn new(recipe: Json, model: &Schema) -> Result<Self> {
        let recipe: MappingSpec = serde_json::from_value(recipe).map_err(|error| internal(&error.to_string()))?;
        let scripts = Scripts::new(ScriptLimits::default());
        let runner = recipe.runner_in(&scripts, 0, Phase::Bulk, Configuration::default());
        Ok(Self { applied: BoundMapping::new(recipe, model), runner, _scripts: scripts })
    }

    /// Appends the records of a batch as JSON objects separated by commas.
    ///
    /// # Errors
    /// Returns an error if a script fails.
    pub async fn write_json(&mut self, batch: &Batch, out: &mut Vec<u8>) -> Result<()> {
        let shown = Shown { fields: None, nulls: false };
        let outcome = self.applied.write_records(batch, self.runner.as_mut(), shown, out).await;
        outcome.map(drop).map_err(|failure: Failure| internal(&failure.message))
    }
}

/// Conversion of the rows of a bulk job to a file.
pub struct Writing(Layout);

impl Writing {
    /// Writes `text/csv`.
    pub fn csv(schema: &Schema) -> Self {
        Self::of(Format::Csv, schema)
    }

    /// Writes an Arrow stream.
    #[cfg(feature = "arrow")]
    pub fn arrow(schema: &Schema) -> Self {
        Self::of(Format::ArrowStream, schema)
    }

    /// Writes `text/csv` with the columns that are found in a batch of documents.
    pub fn documents(batch: &Batch) -> Self {
        let mut shape = Shape::default();
        for row in batch.rows() {
            if let Value::Json(record) = row.get(0) {
                shape.add(record);
            }
        }
        let (additional, columns) = (BTreeSet::new(), shape.columns());
        let found = Found::columns(&additional, Some(columns));
        let selected = Selected { applied: None, schema: Schema::documents(), fields: None };
        Self(Layout::of(Format::Csv, &selected, &found, Style::default()))
    }

    fn of(format: Format, schema: &Schema) -> Self {
        Self(Layout::new(format, schema, None, &BTreeSet::new(), Style::default()))
    }

    /// Appends a file of these rows.
    ///
    /// # Errors
    /// Returns an error if the format cannot represent a row.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) -> Result<()> {
        let write = || {
            let mut writer = self.0.writer(true, out)?;
            writer.rows(batch)?;
            writer.finish()
        };
        write().map_err(|error: std::io::Error| internal(&error.to_string()))
    }
}

/// Seals the pages of a bulk job.
pub struct Sealing(Key);

impl Sealing {
    /// Creates a random key.
    ///
    /// # Errors
    /// Returns an error if the system provides no random bytes.
    pub fn new() -> Result<Self> {
        Key::random().map(Self)
    }

    /// Seals a page.
    ///
    /// # Errors
    /// Returns an error as [`new`](Self::new) does.
    pub fn seal(&self, page: &[u8]) -> Result<Vec<u8>> {
        self.0.seal("page", page)
    }
}

fn internal(text: &str) -> Error {
    Error::new(ErrorKind::Internal, text)
}
