//! Tables of the options of a platform, of bulk queries and of uploads. The packages' option types are generated from them
//! (`core/tests/it/generated.rs`), and options that other languages pass as JSON are parsed with them, so an option is
//! described once.

#[cfg(feature = "embedded")]
mod embedded;
mod hosted;
mod query;
mod upload;

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

#[cfg(feature = "embedded")]
pub use embedded::EMBEDDED_OPTIONS;
pub use hosted::HOSTED_OPTIONS;
pub use query::QUERY_OPTIONS;
pub use upload::UPLOAD_OPTIONS;

use super::bulk::BulkQuery;
use super::bulk_upload::BulkUpload;
use super::options::{EmbeddedOptions, HostedOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::warning::{Warnings, nearest};

/// Maximum duration, to which longer ones are clamped: 100 years.
const LONGEST_MS: u64 = 100 * 365 * 24 * 3600 * 1000;

/// One option of a platform or a call.
#[derive(Clone, Debug)]
pub struct OptionInfo<T: 'static> {
    /// The name, in snake case. Those of durations end in `_ms`, their unit in JSON.
    pub name: Cow<'static, str>,
    /// Its description, with its default; without the unit of a duration, which depends on the language.
    pub doc: Cow<'static, str>,
    /// The environment variable that is read if the option is not given.
    pub variable: Option<&'static str>,
    set: Setter<T>,
}

/// Type and setter of an option.
#[derive(Clone, Copy, Debug)]
// Hosted platforms alone do not need every type.
#[cfg_attr(not(feature = "embedded"), allow(dead_code))]
enum Setter<T> {
    Text(fn(T, String) -> T),
    /// A text that belongs to the element with this key.
    #[cfg(feature = "embedded")]
    OfElement(&'static str, fn(T, &'static str, String) -> T),
    Secret(fn(T, String) -> T),
    Flag(fn(T, bool) -> T),
    Path(fn(T, PathBuf) -> T),
    /// Called once for each path.
    Paths(fn(T, PathBuf) -> T),
    Duration(fn(T, Duration) -> T),
    Timeout(fn(T, Duration) -> T),
    Count(fn(T, usize) -> T),
    Positive(fn(T, usize) -> T),
    Warnings(fn(T, Warnings) -> T),
    Json(fn(T, Value) -> T),
    /// One of several words.
    Choice(&'static [&'static str], fn(T, &str) -> T),
}

/// Type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// A string.
    Text,
    /// A string that no message shows.
    Secret,
    /// A truth value.
    Flag,
    /// A path in the file system.
    Path,
    /// One path or several.
    Paths,
    /// A whole number of milliseconds, zero included.
    Duration,
    /// A whole number of milliseconds from 1 on.
    Timeout,
    /// A whole number, zero included.
    Count,
    /// A whole number from 1 on.
    Positive,
    /// The name of a policy for warnings: `report`, `deny` or `ignore`.
    Warnings,
    /// Any JSON but `null`.
    Json,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl<T> OptionInfo<T> {
    const fn new(name: &'static str, set: Setter<T>, doc: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), doc: Cow::Borrowed(doc), variable: None, set }
    }

    const fn or(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    /// Returns the type of the option.
    pub fn kind(&self) -> OptionKind {
        match self.set {
            Setter::Text(_) => OptionKind::Text,
            #[cfg(feature = "embedded")]
            Setter::OfElement(..) => OptionKind::Text,
            Setter::Secret(_) => OptionKind::Secret,
            Setter::Flag(_) => OptionKind::Flag,
            Setter::Path(_) => OptionKind::Path,
            Setter::Paths(_) => OptionKind::Paths,
            Setter::Duration(_) => OptionKind::Duration,
            Setter::Timeout(_) => OptionKind::Timeout,
            Setter::Count(_) => OptionKind::Count,
            Setter::Positive(_) => OptionKind::Positive,
            Setter::Warnings(_) => OptionKind::Warnings,
            Setter::Json(_) => OptionKind::Json,
            Setter::Choice(words, _) => OptionKind::Choice(words),
        }
    }

    fn apply(&self, options: T, value: &Value) -> Result<T> {
        Ok(match self.set {
            Setter::Text(set) | Setter::Secret(set) => set(options, self.text(value)?),
            #[cfg(feature = "embedded")]
            Setter::OfElement(key, set) => set(options, key, self.text(value)?),
            Setter::Flag(set) => set(options, value.as_bool().ok_or_else(|| self.wrong("true or false", value))?),
            Setter::Path(set) => set(options, self.text(value)?.into()),
            Setter::Paths(set) => match value {
                Value::Array(paths) => {
                    let set = |options, path| self.text(path).map(|path| set(options, path.into()));
                    paths.iter().try_fold(options, set)?
                }
                path => set(options, self.text(path)?.into()),
            },
            Setter::Duration(set) => set(options, self.duration(value, 0)?),
            Setter::Timeout(set) => set(options, self.duration(value, 1)?),
            Setter::Count(set) => set(options, self.count(value, 0)?),
            Setter::Positive(set) => set(options, self.count(value, 1)?),
            Setter::Warnings(set) => set(options, self.text(value)?.parse()?),
            Setter::Json(set) => set(options, value.clone()),
            Setter::Choice(words, set) => set(options, self.choice(value, words)?),
        })
    }

    fn text(&self, value: &Value) -> Result<String> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.wrong("a text", value))
    }

    fn choice<'a>(&self, value: &'a Value, words: &[&str]) -> Result<&'a str> {
        let word = value.as_str().ok_or_else(|| self.wrong("a text", value))?;
        if words.contains(&word) {
            return Ok(word);
        }
        let all = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let hint = nearest(word, words.iter().copied()).map(|nearest| format!("Did you mean `{nearest}`?"));
        let error = Error::new(ErrorKind::Config, format!("`{}` cannot be {word:?}", self.name));
        Err(error.with_hint(hint.unwrap_or_else(|| format!("Use one of {all}."))))
    }

    fn count(&self, value: &Value, least: usize) -> Result<usize> {
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok()).filter(|count| *count >= least);
        count.ok_or_else(|| self.wrong(&format!("a whole number, {least} or more"), value))
    }

    fn duration(&self, value: &Value, least: u64) -> Result<Duration> {
        let milliseconds = value.as_u64().filter(|milliseconds| *milliseconds >= least);
        let wrong = || self.wrong(&format!("a whole number of milliseconds, {least} or more"), value);
        milliseconds.map(|number| Duration::from_millis(number.min(LONGEST_MS))).ok_or_else(wrong)
    }

    /// Returns an error that shows the value only if it is a number: a string may be a secret.
    fn wrong(&self, expected: &str, value: &Value) -> Error {
        let shown = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "a truth value".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(_) => "a text".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        Error::new(ErrorKind::Config, format!("`{}` must be {expected}, not {shown}", self.name))
    }
}

/// Sets the options that are given; `null` counts as not given.
fn read<T>(table: &[OptionInfo<T>], options: T, given: &Map<String, Value>) -> Result<T> {
    given.iter().filter(|(_, value)| !value.is_null()).try_fold(options, |options, (name, value)| {
        let info = table.iter().find(|info| info.name == *name).ok_or_else(|| unknown(name, table))?;
        info.apply(options, value)
    })
}

fn unknown<T>(name: &str, table: &[OptionInfo<T>]) -> Error {
    let names = || table.iter().map(|info| &*info.name);
    let hint = match nearest(name, names()) {
        Some(nearest) => format!("Did you mean `{nearest}`?"),
        None => format!("The options are {}.", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Error::new(ErrorKind::Config, format!("there is no option {name:?}")).with_hint(hint)
}

impl HostedOptions {
    /// Reads options from JSON, by the names of [`HOSTED_OPTIONS`].
    ///
    /// # Errors
    /// `config` for an unknown option, with the nearest name, or a value of the wrong type.
    pub fn from_json(given: &Map<String, Value>) -> Result<Self> {
        read(HOSTED_OPTIONS, Self::new(), given)
    }
}

impl EmbeddedOptions {
    /// Reads options from JSON, by the names of [`EMBEDDED_OPTIONS`]; without `database`, as
    /// [`from_env`](Self::from_env).
    ///
    /// # Errors
    /// `config` for an unknown option, with the nearest name, or a value of the wrong type.
    #[cfg(feature = "embedded")]
    pub fn from_json(given: &Map<String, Value>) -> Result<Self> {
        read(&EMBEDDED_OPTIONS, Self::from_env(), given)
    }
}

impl BulkQuery {
    /// Reads the options of a query from JSON, by the names of [`QUERY_OPTIONS`].
    ///
    /// # Errors
    /// `config` for an unknown option, with the nearest name, or a value of the wrong type.
    pub fn from_json(statement: impl Into<String>, given: &Map<String, Value>) -> Result<Self> {
        read(QUERY_OPTIONS, Self::new(statement), given)
    }
}

impl BulkUpload {
    /// Sets the options of an upload that are given as JSON, by the names of [`UPLOAD_OPTIONS`].
    ///
    /// # Errors
    /// `config` for an unknown option, with the nearest name, or a value of the wrong type.
    pub fn with_json(self, given: &Map<String, Value>) -> Result<Self> {
        read(UPLOAD_OPTIONS, self, given)
    }
}

impl<'de> Deserialize<'de> for HostedOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for EmbeddedOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
