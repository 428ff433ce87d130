//! Object definitions as they are sent, stored and answered (spec P 9.2).

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::path::MAX_STEPS;
use crate::engine::store::{DefinitionRow, micros_text};

/// A field of an object definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DefinitionField {
    pub path: String,
    /// None when it was not declared; then nothing is converted to it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `displayName` and whatever else was sent.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The type of a field that declares none.
pub(crate) const DEFAULT_TYPE: &str = "string";
const MAX_NAME: usize = 255;

/// Which types of fields an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Types {
    /// One on every field, as the contract wants it.
    All,
    /// Only those that were declared, so that what is taken out can be brought in again unchanged [X].
    Declared,
}

impl Types {
    /// The type of a field that declares `own`, where its definition says `defined`.
    pub fn shown<'a>(self, own: Option<&'a str>, defined: Option<&'a str>) -> Option<&'a str> {
        match self {
            Self::All => own.or(defined).or(Some(DEFAULT_TYPE)),
            Self::Declared => own,
        }
    }
}

/// Said by the place where a definition is stored, not by its fields.
const PLACES: [&str; 3] = ["level", "associatedLevel", "associatedId"];

impl DefinitionField {
    /// A field with a type.
    pub fn new(path: &str, kind: Option<&str>) -> Self {
        Self { path: path.to_owned(), kind: kind.map(str::to_owned), other: Map::new() }
    }

    /// The fields of a request.
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

    /// The field as answers show it, without its level.
    pub fn view(&self, types: Types) -> Map<String, Value> {
        let mut view = Map::from_iter([("path".to_owned(), json!(self.path))]);
        if let Some(kind) = types.shown(self.kind.as_deref(), None) {
            view.insert("type".to_owned(), json!(kind));
        }
        view.extend(self.other.clone());
        view
    }
}

/// Whether a path is short enough to be followed.
pub(super) fn check_length(path: &str) -> Result<(), String> {
    let steps = path.split(['.', '[']).count();
    if steps <= MAX_STEPS { Ok(()) } else { Err(format!("A path has at most {MAX_STEPS} steps, and one has {steps}")) }
}

/// A path in one form: without quotes, and without `[*]`, which may be left out.
pub(super) fn bare(path: &str) -> String {
    path.replace("[*]", "").replace('`', "")
}

/// Every path once, and none of them blank.
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

/// Whether an object may have this name.
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

/// A definition as answers show it.
pub(crate) fn definition_view(row: &DefinitionRow, types: Types) -> Value {
    json!({
        "objectName": row.name,
        "level": row.owner.level(),
        "createdDate": micros_text(row.created_us),
        "fields": row.fields.iter().map(|field| field.view(types)).collect::<Vec<_>>(),
    })
}

/// The fields an object has where these definitions are visible, with their declared types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape(HashMap<String, Option<String>>);

impl Shape {
    /// The definitions of one name, the most specific last.
    pub fn of(rows: &[DefinitionRow]) -> Self {
        let fields = rows.iter().flat_map(|row| &row.fields);
        Self(fields.map(|field| (field.path.clone(), field.kind.clone())).collect())
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The declared type of a field.
    pub fn kind(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }
}
