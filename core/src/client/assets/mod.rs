//! Definitions and mappings as files: imports what an account exported, and exports them again (spec P 9.10).

mod export;
mod import;
mod read;

use std::collections::{BTreeMap, BTreeSet};

pub use import::{ImportOptions, ImportReport};

use crate::model::{FieldDefinition, Transformation};

/// Object definitions and transformations of all levels, read from the forms that accounts export, or from a platform.
///
/// Reads both forms of a JSON file: the asset form of version 1, `{"objectDefinitions": …, "transformations": …}`, and
/// the export form of version 2, `{"vdrName": …, "definition": …, "transformation": …}`; also an array of them. Writes
/// the form of version 2, with members `levels` next to the fields, so that nothing is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assets {
    objects: BTreeMap<String, Object>,
}

/// One custom object.
#[derive(Clone, Debug, Default, PartialEq)]
struct Object {
    definitions: BTreeMap<FileLevel, Vec<FieldDefinition>>,
    /// Mappings by element key and level.
    mappings: BTreeMap<(String, FileLevel), Transformation>,
    created: Option<String>,
}

/// A level of a file; the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FileLevel {
    Organization,
    Account,
    Instance,
    /// The file has no level; the caller chooses it.
    Unspecified,
}

impl FileLevel {
    const ALL: [Self; 3] = [Self::Organization, Self::Account, Self::Instance];

    fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Account => "account",
            Self::Instance => "instance",
            Self::Unspecified => "",
        }
    }

    /// Parses a level; one that users cannot set, like `system`, counts as unspecified.
    fn of(word: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|place| Some(place.word()) == word).unwrap_or(Self::Unspecified)
    }
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
