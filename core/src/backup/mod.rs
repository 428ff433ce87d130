//! Backups: definitions, transformations, elements and formulas as files. Imports what an account exported, and exports
//! it again (spec P 9.10).

mod check;
mod export;
mod folders;
mod import;
mod layouts;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use import::{ImportOptions, ImportReport};
pub use layouts::Layout;

use crate::model::vdr::Vdr;

/// Object definitions and transformations of all levels, elements and formulas, read from the forms that accounts export,
/// or from a platform.
///
/// Reads the files and folders of public backup tools: the asset form of version 1, `{"objectDefinitions": …,
/// "transformations": …}`, the export form of version 2, `{"vdrName": …, "definition": …, "transformation": …}`, an array
/// or an object of them by name, `{"elements": …, "formulas": …, "vdrs": …}`, and folders with scripts in files. Writes
/// each [`Layout`] with members `levels` next to the fields, so that nothing is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assets {
    objects: BTreeMap<String, Vdr>,
    /// Definitions of elements by key.
    elements: BTreeMap<String, Value>,
    /// Formulas by name; several may have the same, which are numbered from 0.
    formulas: BTreeMap<FormulaKey, Value>,
}

/// Name of a formula, and its number among those of that name.
type FormulaKey = (String, usize);

impl Assets {
    /// Returns the names of the objects.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.elements.is_empty() && self.formulas.is_empty()
    }

    /// Returns the elements that have a mapping.
    pub fn elements(&self) -> BTreeSet<&str> {
        self.objects.values().flat_map(|object| object.mappings.keys().map(|(element, _)| element.as_str())).collect()
    }

    /// Returns the keys of the elements whose definitions are in it.
    pub fn element_keys(&self) -> impl Iterator<Item = &str> {
        self.elements.keys().map(String::as_str)
    }

    /// Returns the names of the formulas.
    pub fn formula_names(&self) -> impl Iterator<Item = &str> {
        self.formulas.keys().map(|(name, _)| name.as_str())
    }
}
