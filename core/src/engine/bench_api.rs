//! Single steps of the engine, as its calls and jobs take them; so that a benchmark can count each alone.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::bulk::{Format, Layout, Style};
use super::failure::Failure;
use super::script::{Configuration, Phase, Runner, ScriptLimits, Scripts};
use super::transform::{BoundMapping, MappingSpec, Shown};
use super::vault::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Batch, Schema};

/// A mapping with its scripts, made ready.
pub struct Shaping {
    applied: BoundMapping,
    runner: Option<Runner>,
    _scripts: Scripts,
}

impl Shaping {
    /// A recipe, as bulk jobs store it, on an object with these columns.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(recipe: Json, model: &Schema) -> Result<Self> {
        let recipe: MappingSpec = serde_json::from_value(recipe).map_err(|error| internal(&error.to_string()))?;
        let scripts = Scripts::new(ScriptLimits::default());
        let runner = recipe.runner_in(&scripts, 0, Phase::Bulk, Configuration::default());
        Ok(Self { applied: BoundMapping::new(recipe, model), runner, _scripts: scripts })
    }

    /// Appends the records of a batch as JSON objects, with a comma between them.
    ///
    /// # Errors
    /// When a script fails.
    pub async fn write_json(&mut self, batch: &Batch, out: &mut Vec<u8>) -> Result<()> {
        let shown = Shown { fields: None, nulls: false };
        let outcome = self.applied.write_records(batch, self.runner.as_mut(), shown, out).await;
        outcome.map(drop).map_err(|failure: Failure| internal(&failure.message))
    }
}

/// How the rows of a bulk job become a file.
pub struct Writing(Layout);

impl Writing {
    /// As `text/csv`.
    pub fn csv(schema: &Schema) -> Self {
        Self::of(Format::Csv, schema)
    }

    /// As an Arrow stream.
    #[cfg(feature = "arrow")]
    pub fn arrow(schema: &Schema) -> Self {
        Self::of(Format::ArrowStream, schema)
    }

    fn of(format: Format, schema: &Schema) -> Self {
        Self(Layout::new(format, schema, None, &BTreeSet::new(), Style::default()))
    }

    /// Appends a file of these rows.
    ///
    /// # Errors
    /// When a row has no place in it.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) -> Result<()> {
        let write = || {
            let mut writer = self.0.writer(true, out)?;
            writer.rows(batch)?;
            writer.finish()
        };
        write().map_err(|error: std::io::Error| internal(&error.to_string()))
    }
}

/// What seals the pages of a bulk job.
pub struct Sealing(Key);

impl Sealing {
    /// With a key of its own.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new() -> Result<Self> {
        Key::random().map(Self)
    }

    /// Seals a page.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn seal(&self, page: &[u8]) -> Result<Vec<u8>> {
        self.0.seal("page", page)
    }
}

fn internal(text: &str) -> Error {
    Error::new(ErrorKind::Internal, text)
}
