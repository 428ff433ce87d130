//! Folders of backup tools, with scripts in files.

use std::path::Path;

use serde_json::{Map, Value};

use super::Assets;
use super::read::{content, entries, parsed, wrong};
use crate::error::Result;

/// File of a definition.
pub(super) const DEFINITION: &str = "objectDefinition.json";
/// File of a transformation.
pub(super) const TRANSFORMATION: &str = "transformation.json";
/// File of the script of a transformation without levels.
pub(super) const SCRIPT: &str = "script.js";
/// File of a formula.
pub(super) const FORMULA: &str = "formula.json";

/// Depth to which folders are searched.
const DEEPEST: usize = 4;

/// Reads a folder: files in any form, folders of objects, elements and formulas, and folders of these.
pub(super) fn read(assets: &mut Assets, folder: &Path) -> Result<()> {
    read_within(assets, folder, DEEPEST)
}

fn read_within(assets: &mut Assets, folder: &Path, depth: usize) -> Result<()> {
    for name in entries(folder)? {
        let path = folder.join(&name);
        if !path.is_dir() {
            if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
                assets.add_file(&path)?;
            }
            continue;
        }
        match name.as_str() {
            // The tool keeps what it found in the folder before.
            _ if name.starts_with("backup-") || name.starts_with('.') => {}
            "objectDefinitions" => definitions(assets, &path)?,
            "transformations" => transformations(assets, &path)?,
            _ if path.join(format!("{name}.json")).is_file() || path.join("definition").is_dir() => {
                object(assets, &name, &path)?;
            }
            _ if path.join("element.json").is_file() => element(assets, &path)?,
            _ if path.join(FORMULA).is_file() => formula(assets, &path)?,
            _ if depth > 0 => read_within(assets, &path, depth - 1)?,
            _ => {}
        }
    }
    Ok(())
}

/// Reads `<object>/objectDefinition.json`, the older layout.
fn definitions(assets: &mut Assets, folder: &Path) -> Result<()> {
    for name in entries(folder)? {
        let file = folder.join(&name).join(DEFINITION);
        if file.is_file() {
            let members = Map::from_iter([("definition".to_owned(), parsed(&file)?)]);
            assets.add_export(Some(&name), &members).map_err(|error| wrong(&file, error.message()))?;
        }
    }
    Ok(())
}

/// Reads `<element>/<object>/transformation.json` with its script beside it, the older layout.
fn transformations(assets: &mut Assets, folder: &Path) -> Result<()> {
    for element in entries(folder)?.iter().filter(|element| folder.join(element).is_dir()) {
        for name in entries(&folder.join(element))? {
            let place = folder.join(element).join(&name);
            let file = place.join(TRANSFORMATION);
            if file.is_file() {
                let mapping = mapping(&place)?;
                let object = mapping.get("objectName").and_then(Value::as_str).unwrap_or(&name);
                assets.add_mapping(object, element, &mapping).map_err(|error| wrong(&file, error.message()))?;
            }
        }
    }
    Ok(())
}

/// Reads `<object>.json` and the parts of the object in folders beside it, which go before it: the newer layout.
fn object(assets: &mut Assets, name: &str, folder: &Path) -> Result<()> {
    let file = folder.join(format!("{name}.json"));
    let mut members = match file.is_file().then(|| parsed(&file)).transpose()? {
        None => Map::new(),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(wrong(&file, "it is not an export of an object")),
    };
    let definition = folder.join("definition").join(DEFINITION);
    if definition.is_file() {
        members.insert("definition".to_owned(), parsed(&definition)?);
    }
    let place = folder.join("transformation");
    if place.is_dir() {
        let mut mappings = match members.remove("transformation") {
            Some(Value::Object(mappings)) => mappings,
            _ => Map::new(),
        };
        for element in entries(&place)?.iter().filter(|element| place.join(element).join(TRANSFORMATION).is_file()) {
            mappings.insert(element.clone(), mapping(&place.join(element))?);
        }
        members.insert("transformation".to_owned(), mappings.into());
    }
    assets.add_export(Some(name), &members).map_err(|error| wrong(folder, error.message()))
}

/// Reads a transformation and puts the scripts beside it into it.
fn mapping(folder: &Path) -> Result<Value> {
    let file = folder.join(TRANSFORMATION);
    let mut mapping = parsed(&file)?;
    let Some(members) = mapping.as_object_mut() else { return Err(wrong(&file, "it is not a transformation")) };
    if let Some(scripts) = members.get_mut("scripts").and_then(Value::as_array_mut) {
        for script in scripts.iter_mut().filter_map(Value::as_object_mut) {
            let level = script.get("level").and_then(Value::as_str).unwrap_or_default();
            let file = folder.join(format!("{level}-{SCRIPT}"));
            if file.is_file() {
                script.insert("body".to_owned(), content(&file)?.into());
            }
        }
    }
    let own = folder.join(SCRIPT);
    if own.is_file() {
        let body: Value = content(&own)?.into();
        if let Some(last) = members.get_mut("scripts").and_then(Value::as_array_mut).and_then(|all| all.last_mut()) {
            last["body"] = body.clone();
        }
        if let Some(script) = members.get_mut("script").and_then(Value::as_object_mut) {
            script.insert("body".to_owned(), body);
        }
    }
    Ok(mapping)
}

/// Reads `formula.json` with the scripts of its steps beside it.
fn formula(assets: &mut Assets, folder: &Path) -> Result<()> {
    let file = folder.join(FORMULA);
    let mut formula = parsed(&file)?;
    for step in formula.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(script) = script_of(step).map(|name| folder.join(name)).filter(|script| script.is_file()) {
            let body = content(&script)?;
            if !step.get("properties").is_some_and(Value::is_object) {
                step["properties"] = Map::new().into();
            }
            step["properties"]["body"] = body.into();
        }
    }
    assets.add_formula(&formula).map_err(|error| wrong(&file, error.message()))
}

/// Returns the file of the script of a step.
pub(super) fn script_of(step: &Value) -> Option<String> {
    let is_script = matches!(step.get("type").and_then(Value::as_str), Some("script" | "filter"));
    let name = folder_name(step.get("name").and_then(Value::as_str)?);
    is_script.then(|| format!("{name}.js"))
}

/// Returns the name of a folder or file for a formula or a step, as the tool makes it.
pub(super) fn folder_name(name: &str) -> String {
    let blank = name.replace(['?', '>', '-', '|', '/'], " ");
    blank.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(feature = "embedded")]
fn element(assets: &mut Assets, folder: &Path) -> Result<()> {
    for loaded in crate::elements::definition::shapes::read(folder)? {
        assets.add_element(&loaded.document).map_err(|error| wrong(&loaded.file, error.message()))?;
    }
    Ok(())
}

#[cfg(not(feature = "embedded"))]
fn element(_: &mut Assets, folder: &Path) -> Result<()> {
    Err(wrong(folder, "this build has no engine, which knows the folders of elements"))
}
