//! Definitions and mappings as files: imports what an account exported, and exports them again (spec P 9.10).

mod export;
mod import;
mod read;

use std::collections::{BTreeMap, BTreeSet};

pub use import::{ImportOptions, ImportReport};

use crate::model::vdr::Vdr;

/// Object definitions and transformations of all levels, read from the forms that accounts export, or from a platform.
///
/// Reads both forms of a JSON file: the asset form of version 1, `{"objectDefinitions": …, "transformations": …}`, and
/// the export form of version 2, `{"vdrName": …, "definition": …, "transformation": …}`; also an array of them. Writes
/// the form of version 2, with members `levels` next to the fields, so that nothing is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assets {
    objects: BTreeMap<String, Vdr>,
}

impl Assets {
    /// Returns the names of the objects.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// Returns whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Returns the elements that have a mapping.
    pub fn elements(&self) -> BTreeSet<&str> {
        self.objects.values().flat_map(|object| object.mappings.keys().map(|(element, _)| element.as_str())).collect()
    }
}
