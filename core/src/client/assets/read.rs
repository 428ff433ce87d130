//! Reading of files that accounts export.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Assets;
use crate::error::{Error, ErrorKind, Result};
use crate::model::vdr::{self, PartLevel, Vdr};
use crate::model::{FieldDefinition, Transformation};
use crate::text;

impl Assets {
    /// Reads a file, or every `.json` file of a folder in the order of their names.
    ///
    /// # Errors
    /// `storage` if a file cannot be read, `config` if it has neither of the two forms; both name the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut assets = Self::default();
        for file in files(path)? {
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            let text = text::decode(bytes).map_err(|error| wrong(&file, error.message()))?;
            let json = serde_json::from_str(&text).map_err(|error| wrong(&file, &error.to_string()))?;
            assets.add(&json).map_err(|error| wrong(&file, error.message()))?;
        }
        if assets.is_empty() {
            return Err(wrong(path, "there is no object definition and no transformation in it"));
        }
        Ok(assets)
    }

    /// Adds the objects of a document in either form, or of an array of such documents.
    ///
    /// # Errors
    /// `config` if the document has neither form.
    pub fn add(&mut self, document: &Value) -> Result<()> {
        match document {
            Value::Array(documents) => documents.iter().try_for_each(|document| self.add(document)),
            Value::Object(members) if members.contains_key("definition") || members.contains_key("vdrName") => {
                self.add_export(members)
            }
            Value::Object(members)
                if members.contains_key("objectDefinitions") || members.contains_key("transformations") =>
            {
                self.add_assets(members)
            }
            _ => Err(malformed("it is not an export of object definitions and transformations")),
        }
    }

    /// Adds the objects of the form of version 1.
    fn add_assets(&mut self, members: &Map<String, Value>) -> Result<()> {
        for (name, definition) in inner(members, "objectDefinitions")? {
            let Value::Object(definition) = definition else { continue };
            let fields: Vec<FieldDefinition> = part(definition, "fields")?;
            self.objects.entry(name.clone()).or_default().definitions.insert(PartLevel::Unspecified, fields);
        }
        for (element, mappings) in inner(members, "transformations")? {
            let mappings = mappings.as_object().ok_or_else(|| malformed("transformations must be keyed by element"))?;
            for (name, mapping) in mappings {
                let mapping: Transformation = typed(mapping.clone(), "transformations")?;
                let object = self.objects.entry(name.clone()).or_default();
                object.mappings.insert((element.clone(), PartLevel::Unspecified), mapping);
            }
        }
        Ok(())
    }

    /// Adds the form of version 2: one object, with levels on everything.
    fn add_export(&mut self, members: &Map<String, Value>) -> Result<()> {
        let name = Vdr::name(members).ok_or_else(|| malformed("the object has no name"))?;
        self.objects.entry(name.to_owned()).or_default().add(members).map_err(|why| malformed(&why))
    }
}

/// Returns the files of a folder, or the file itself.
fn files(path: &Path) -> Result<BTreeSet<PathBuf>> {
    if !path.is_dir() {
        return Ok(BTreeSet::from([path.to_owned()]));
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut files = BTreeSet::new();
    for entry in entries {
        let file = entry.map_err(|error| unreadable(path, &error))?.path();
        if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            files.insert(file);
        }
    }
    Ok(files)
}

fn inner<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Vec<(&'a String, &'a Value)>> {
    vdr::inner(members, name).map_err(|why| malformed(&why))
}

fn part<T: DeserializeOwned + Default>(members: &Map<String, Value>, name: &str) -> Result<T> {
    vdr::part(members, name).map_err(|why| malformed(&why))
}

fn typed<T: DeserializeOwned>(value: Value, name: &str) -> Result<T> {
    serde_json::from_value(value).map_err(|error| malformed(&format!("{name}: {error}")))
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::Config, why)
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{} cannot be imported: {why}", path.display()))
        .with_hint("Give a file or folder of JSON that Cloud Elements or `elementkit export` has written.")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be read: {error}", path.display()))
        .with_hint("Give the path of a file or folder of JSON that can be read.")
}
