//! Reading of files that accounts export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Assets, FileLevel, Object};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{FieldDefinition, FieldMapping, Script, Setting, Transformation};
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
            self.objects.entry(name.clone()).or_default().definitions.insert(FileLevel::Unspecified, fields);
        }
        for (element, mappings) in inner(members, "transformations")? {
            let mappings = mappings.as_object().ok_or_else(|| malformed("transformations must be keyed by element"))?;
            for (name, mapping) in mappings {
                let mapping: Transformation = typed(mapping.clone(), "transformations")?;
                let object = self.objects.entry(name.clone()).or_default();
                object.mappings.insert((element.clone(), FileLevel::Unspecified), mapping);
            }
        }
        Ok(())
    }

    /// Adds the form of version 2: one object, with levels on everything.
    fn add_export(&mut self, members: &Map<String, Value>) -> Result<()> {
        let none = Map::new();
        let definition = members.get("definition").and_then(Value::as_object).unwrap_or(&none);
        let name = ["vdrName", "objectName"].into_iter().find_map(|name| members.get(name).or(definition.get(name)));
        let name = name.and_then(Value::as_str).ok_or_else(|| malformed("the object has no name"))?;
        let object = self.objects.entry(name.to_owned()).or_default();
        object.created = definition.get("createdDate").and_then(Value::as_str).map(str::to_owned);
        for level in part::<Vec<String>>(definition, "levels")? {
            object.definitions.entry(FileLevel::of(Some(&level))).or_default();
        }
        for mut field in part::<Vec<FieldDefinition>>(definition, "fields")? {
            let level = field.other.remove("level");
            let place = FileLevel::of(level.as_ref().and_then(Value::as_str).or(field.associated_level.as_deref()));
            field.display_name = field.display_name.filter(|name| !name.is_empty());
            field.other.retain(|name, _| name != "id" && name != "associatedId");
            object.definitions.entry(place).or_default().push(field);
        }
        if object.definitions.len() > 1
            && let Some(rest) = object.definitions.remove(&FileLevel::Unspecified)
            && let Some(mut first) = object.definitions.first_entry()
        {
            first.get_mut().extend(rest);
        }
        if object.definitions.is_empty() && members.contains_key("definition") {
            object.definitions.insert(FileLevel::Unspecified, Vec::new());
        }
        for (element, mapping) in inner(members, "transformation")? {
            let mapping = mapping.as_object().ok_or_else(|| malformed("transformation must be keyed by element"))?;
            add_mapping(object, element, mapping)?;
        }
        Ok(())
    }
}

/// Adds the mapping of an element, split by level.
fn add_mapping(object: &mut Object, element: &str, mapping: &Map<String, Value>) -> Result<()> {
    let mut scripts = part::<Vec<Script>>(mapping, "scripts")?;
    if scripts.is_empty() {
        scripts.extend(part::<Option<Script>>(mapping, "script")?);
    }
    let common = Transformation {
        vendor_name: part(mapping, "vendorName")?,
        is_legacy: part(mapping, "isLegacy")?,
        ..Transformation::default()
    };
    let mut parts: BTreeMap<FileLevel, Transformation> = BTreeMap::new();
    for level in part::<Vec<Map<String, Value>>>(mapping, "levels")? {
        let place = FileLevel::of(level.get("level").and_then(Value::as_str));
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.vendor_name = part::<Option<String>>(&level, "vendorName")?.or_else(|| common.vendor_name.clone());
        part_of.is_legacy = part::<Option<bool>>(&level, "isLegacy")?.or(common.is_legacy);
    }
    for field in part::<Vec<FieldMapping>>(mapping, "fields")? {
        let place = FileLevel::of(field.level.as_deref());
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.fields.push(FieldMapping { level: None, ..field });
    }
    for setting in part::<Vec<Setting>>(mapping, "configuration")? {
        let place = FileLevel::of(setting.level.as_deref());
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.configuration.push(Setting { level: None, ..setting });
    }
    for mut script in scripts {
        let level = script.other.remove("level");
        let place = FileLevel::of(level.as_ref().and_then(Value::as_str));
        parts.entry(place).or_insert_with(|| common.clone()).script = Some(script);
    }
    // Parts without a level belong to the most specific level that occurs.
    if parts.len() > 1
        && let Some(rest) = parts.remove(&FileLevel::Unspecified)
        && let Some(mut last) = parts.last_entry()
    {
        let last = last.get_mut();
        last.fields.extend(rest.fields);
        last.configuration.extend(rest.configuration);
        last.script = last.script.take().or(rest.script);
    }
    if parts.is_empty() {
        parts.insert(FileLevel::Unspecified, common);
    }
    object.mappings.extend(parts.into_iter().map(|(place, part)| ((element.to_owned(), place), part)));
    Ok(())
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

/// Returns the entries of a member that is an object; a missing one counts as empty.
fn inner<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Vec<(&'a String, &'a Value)>> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(inner)) => Ok(inner.iter().collect()),
        Some(_) => Err(malformed(&format!("{name} must be an object"))),
    }
}

fn part<T: DeserializeOwned + Default>(members: &Map<String, Value>, name: &str) -> Result<T> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => typed(value.clone(), name),
    }
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
