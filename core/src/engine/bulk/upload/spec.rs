//! Specification of an upload, as it is stored with its job.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::engine::transform::MappingSpec;

/// Number of records sent at a time, unless the caller sets it (spec E 9.24).
pub(crate) const CONCURRENCY: usize = 4;
/// Maximum number of records sent at a time.
pub(crate) const MOST_CONCURRENT: usize = 10;

/// Effect of an upload (spec E 9.22).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    /// Creates every record.
    #[default]
    Create,
    /// Changes the fields of records that the file has, by their keys.
    Update,
    /// Replaces records by their keys [X].
    Replace,
    /// Changes records with a key, and creates those that have none or do not exist.
    Upsert,
    /// Deletes records by their keys.
    Delete,
}

impl Action {
    const ALL: [(&'static str, Self); 5] = [
        ("create", Self::Create),
        ("update", Self::Update),
        ("replace", Self::Replace),
        ("upsert", Self::Upsert),
        ("delete", Self::Delete),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, action)| action).ok_or(())
    }
}

/// An upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UploadSpec {
    /// Name of the object in the element.
    pub object: String,
    /// Transformation towards the vendor, if records are those of a common resource.
    pub recipe: Option<MappingSpec>,
    pub is_csv: bool,
    pub action: Action,
    /// Field with the key of a record. `None` if every record is created.
    pub key: Option<String>,
    /// Path of the list with its values, if the caller named it.
    pub path: Option<String>,
    /// Values of variables in the path of the list that the caller gave by name.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Number of records sent at a time.
    pub concurrency: usize,
    /// Whether columns that the object does not have are sent too [X].
    pub sends_unknown: bool,
}
