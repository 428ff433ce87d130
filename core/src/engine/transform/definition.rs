//! Object definitions in the forms of requests, the store and responses (spec P 9.2).

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::path::MAX_STEPS;
use crate::engine::store::{DefinitionRow, micros_text};
use crate::model::{FieldDefinition, ObjectDefinition, Other};

/// Field of an object definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DefinitionField {
    pub path: String,
    /// `None` if the request declared no type; values are not converted then.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `displayName` and any other members of the request.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Type of a field that declares none.
pub(crate) const DEFAULT_TYPE: &str = "string";
const MAX_NAME: usize = 255;

/// Field types that a response shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Types {
    /// A type on every field, as the contract requires.
    All,
    /// Declared types only, so that an export can be imported again unchanged [X].
    Declared,
}

impl Types {
    /// Returns the type to show for a field that declares `own` and whose definition declares `defined`.
    pub fn shown<'a>(self, own: Option<&'a str>, defined: Option<&'a str>) -> Option<&'a str> {
        match self {
            Self::All => own.or(defined).or(Some(DEFAULT_TYPE)),
            Self::Declared => own,
        }
    }
}

/// Members determined by the location where a definition is stored, not by its fields.
const PLACES: [&str; 3] = ["level", "associatedLevel", "associatedId"];

impl DefinitionField {
    /// Creates a field with a type.
    pub fn new(path: &str, kind: Option<&str>) -> Self {
        Self { path: path.to_owned(), kind: kind.map(str::to_owned), other: Map::new() }
    }

    /// Parses the fields of a request.
    pub fn read_all(fields: Option<&Value>) -> Result<Vec<Self>, String> {
        let fields = fields.filter(|fields| !fields.is_null()).ok_or("fields is required")?;
        let mut fields: Vec<Self> =
            serde_json::from_value(fields.clone()).map_err(|error| format!("fields: {error}"))?;
        for field in &mut fields {
            field.other.retain(|name, value| !PLACES.contains(&name.as_str()) && !value.is_null());
        }
        check_paths(fields.iter().map(|field| field.path.as_str()))?;
        Ok(fields)
    }

    /// Returns the field as responses show it, without its level.
    pub fn view(&self, types: Types) -> FieldDefinition {
        FieldDefinition {
            path: self.path.clone(),
            kind: types.shown(self.kind.as_deref(), None).map(str::to_owned),
            other: self.other.clone(),
            ..FieldDefinition::default()
        }
    }
}

/// Checks that a path is short enough to be followed.
pub(super) fn check_length(path: &str) -> Result<(), String> {
    let steps = path.split(['.', '[']).count();
    if steps <= MAX_STEPS { Ok(()) } else { Err(format!("A path has at most {MAX_STEPS} steps, and one has {steps}")) }
}

/// Returns a path in normal form: without quotes, and without the optional `[*]`.
pub(super) fn bare(path: &str) -> String {
    path.replace("[*]", "").replace('`', "")
}

/// Checks that every path occurs once and is not blank.
pub(super) fn check_paths<'a>(paths: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut known = HashSet::new();
    for path in paths {
        if path.trim().is_empty() {
            return Err("A field needs a path".to_owned());
        }
        check_length(path)?;
        if !known.insert(bare(path)) {
            return Err(format!("Field {path} is given twice"));
        }
    }
    Ok(())
}

/// Checks that an object may have this name.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.');
    if name == "level" {
        return Err("An object cannot be named level".to_owned());
    }
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
        return Err(format!("An object name has 1 to {MAX_NAME} letters, digits, _, - or ."));
    }
    Ok(())
}

/// Returns a definition as responses show it.
pub(crate) fn definition_view(row: &DefinitionRow, types: Types) -> ObjectDefinition {
    ObjectDefinition {
        object_name: Some(row.name.clone()),
        level: Some(row.owner.level().to_owned()),
        created_date: Some(micros_text(row.created_us)),
        fields: row.fields.iter().map(|field| field.view(types)).collect(),
        other: Other::new(),
    }
}

/// Fields of an object, with their declared types, where a set of definitions is visible.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape(HashMap<String, Option<String>>);

impl Shape {
    /// Merges the definitions of one name, the most specific last.
    pub fn of(rows: &[DefinitionRow]) -> Self {
        let fields = rows.iter().flat_map(|row| &row.fields);
        Self(fields.map(|field| (field.path.clone(), field.kind.clone())).collect())
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Returns the declared type of a field.
    pub fn kind(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }
}
