//! Reading of files that accounts and backup tools export.

use std::collections::BTreeSet;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Assets, folders};
use crate::error::{Error, ErrorKind, Result};
use crate::model::vdr::{self, PartLevel, Vdr};
use crate::model::{FieldDefinition, Transformation};
use crate::text;

/// Members of a document with several kinds of assets.
const KINDS: [&str; 5] = ["objectDefinitions", "transformations", "elements", "formulas", "vdrs"];

impl Assets {
    /// Reads a file, or a folder in any of the layouts.
    ///
    /// # Errors
    /// `storage` if a file cannot be read, `config` if it has none of the forms; both name the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut assets = Self::default();
        if path.is_dir() {
            folders::read(&mut assets, path)?;
        } else {
            assets.add_file(path)?;
        }
        if assets.is_empty() {
            return Err(wrong(path, "there is no object definition and no transformation in it"));
        }
        Ok(assets)
    }

    /// Adds the assets of a file.
    pub(super) fn add_file(&mut self, file: &Path) -> Result<()> {
        let json = parsed(file)?;
        self.add(&json).map_err(|error| wrong(file, error.message()))
    }

    /// Adds the assets of a document in any form, or of an array of such documents.
    ///
    /// # Errors
    /// `config` if the document has none of the forms.
    pub fn add(&mut self, document: &Value) -> Result<()> {
        let unknown = || malformed("it is not an export of object definitions and transformations");
        match document {
            Value::Array(documents) => documents.iter().try_for_each(|document| self.add(document)),
            Value::Object(members) if members.contains_key("definition") || members.contains_key("vdrName") => {
                self.add_export(None, members)
            }
            Value::Object(members) if members.contains_key("triggers") && members.contains_key("steps") => {
                self.add_formula(document)
            }
            Value::Object(members) if members.contains_key("authentication") || members.contains_key("hub") => {
                self.add_element(document)
            }
            Value::Object(members) if KINDS.iter().any(|kind| members.contains_key(*kind)) => self.add_backup(members),
            Value::Object(members) if !members.is_empty() => {
                for (name, vdr) in members {
                    self.add_export(Some(name), vdr.as_object().filter(|vdr| is_vdr(vdr)).ok_or_else(unknown)?)?;
                }
                Ok(())
            }
            _ => Err(unknown()),
        }
    }

    /// Adds a document with several kinds of assets.
    fn add_backup(&mut self, members: &Map<String, Value>) -> Result<()> {
        for kind in ["elements", "formulas"] {
            match members.get(kind) {
                None | Some(Value::Null) => {}
                Some(Value::Object(none)) if none.is_empty() => {}
                Some(Value::Array(documents)) => {
                    for document in documents {
                        match kind {
                            "elements" => self.add_element(document)?,
                            _ => self.add_formula(document)?,
                        }
                    }
                }
                Some(_) => return Err(malformed(&format!("{kind} must be an array"))),
            }
        }
        if let Some(Value::Array(vdrs)) = members.get("vdrs") {
            vdrs.iter().try_for_each(|vdr| self.add(vdr))?;
        } else {
            for (name, vdr) in inner(members, "vdrs")? {
                let vdr = vdr.as_object().ok_or_else(|| malformed("vdrs must be an object of objects"))?;
                self.add_export(Some(name), vdr)?;
            }
        }
        self.add_assets(members)
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
                self.add_mapping(name, element, mapping)?;
            }
        }
        Ok(())
    }

    /// Adds a mapping: that of one level, or one with the parts of several levels.
    pub(super) fn add_mapping(&mut self, name: &str, element: &str, mapping: &Value) -> Result<()> {
        let object = self.objects.entry(name.to_owned()).or_default();
        match mapping {
            Value::Object(members) if members.contains_key("levels") || members.contains_key("scripts") => {
                let parts = vdr::split_mapping(members).map_err(|why| malformed(&why))?;
                object.mappings.extend(parts.into_iter().map(|(place, part)| ((element.to_owned(), place), part)));
            }
            _ => {
                let mapping: Transformation = typed(mapping.clone(), "transformations")?;
                object.mappings.insert((element.to_owned(), PartLevel::Unspecified), mapping);
            }
        }
        Ok(())
    }

    /// Adds the form of version 2: one object, with levels on everything.
    pub(super) fn add_export(&mut self, name: Option<&str>, members: &Map<String, Value>) -> Result<()> {
        let name = Vdr::name(members).or(name).ok_or_else(|| malformed("the object has no name"))?;
        self.objects.entry(name.to_owned()).or_default().add(members).map_err(|why| malformed(&why))
    }

    /// Adds the definition of an element.
    pub(super) fn add_element(&mut self, document: &Value) -> Result<()> {
        let key = document.get("key").and_then(Value::as_str).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| malformed("an element has no key"))?;
        self.elements.insert(key.to_owned(), document.clone());
        Ok(())
    }

    /// Adds a formula.
    pub(super) fn add_formula(&mut self, document: &Value) -> Result<()> {
        let name = document.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| malformed("a formula has no name"))?;
        let same = self.formulas.keys().filter(|(known, _)| known == name).count();
        // Platforms order the members of a formula differently after each change.
        let mut members: Vec<(String, Value)> = document.as_object().cloned().unwrap_or_default().into_iter().collect();
        members.sort_by(|left, right| left.0.cmp(&right.0));
        self.formulas.insert((name.to_owned(), same), Value::Object(members.into_iter().collect()));
        Ok(())
    }
}

fn is_vdr(members: &Map<String, Value>) -> bool {
    ["vdrVersion", "vdrName", "definition"].iter().any(|member| members.contains_key(*member))
}

/// Reads the JSON of a file.
pub(super) fn parsed(file: &Path) -> Result<Value> {
    serde_json::from_str(&content(file)?).map_err(|error| wrong(file, &error.to_string()))
}

/// Reads the text of a file.
pub(super) fn content(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    text::decode(bytes).map_err(|error| wrong(file, error.message()))
}

/// Returns the names of the entries of a folder in order.
pub(super) fn entries(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// Returns the entries of a member that is an object; a missing one counts as empty.
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

pub(super) fn wrong(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{} cannot be imported: {why}", path.display()))
        .with_hint("Give a file or folder of JSON that Cloud Elements or `elementkit export` has written.")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be read: {error}", path.display()))
        .with_hint("Give the path of a file or folder of JSON that can be read.")
}
