//! Files and folders that backups are written to.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::Assets;
use super::folders::{DEFINITION, FORMULA, SCRIPT, TRANSFORMATION, folder_name, script_of};
use crate::atomic_file::{self, Readers};
use crate::error::{Error, ErrorKind, Result};

/// The files of a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// A folder with a file for each object, and the folders `elements` and `formulas`.
    #[default]
    Objects,
    /// One file with the objects by name.
    Vdrs,
    /// One file with elements, formulas and objects.
    Backup,
    /// The folders `elements`, `vdrs` and `formulas`, with scripts in files; `vdrs` has a folder for each object.
    Folders,
    /// The folders `elements`, `commonResources` and `formulas`, with scripts in files; `commonResources` has definitions and
    /// transformations apart, as older backup tools read them.
    OlderFolders,
}

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 5] = [Self::Objects, Self::Vdrs, Self::Backup, Self::Folders, Self::OlderFolders];

    /// Returns the name of the layout on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Vdrs => "vdrs",
            Self::Backup => "backup",
            Self::Folders => "folders",
            Self::OlderFolders => "older-folders",
        }
    }

    /// Returns the layout of a name.
    ///
    /// # Errors
    /// `config` for any other name.
    pub fn named(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|layout| layout.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::new(ErrorKind::Config, format!("{name:?} is not a layout")).with_hint(format!("Use one of {names}."))
        })
    }
}

impl Assets {
    /// Writes one file for each object, named after it, into a folder, which is created if it is missing, and the folders
    /// `elements` and `formulas` if there are any. Returns the files of the objects.
    ///
    /// # Errors
    /// `storage` if a file cannot be written; `config` if the name of an object is not a valid file name, in which case
    /// nothing was written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        self.write_as(folder, Layout::Objects)
    }

    /// Writes a layout to a file or into a folder, which is created if it is missing. Returns the files of the objects.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_as(&self, path: impl AsRef<Path>, layout: Layout) -> Result<Vec<PathBuf>> {
        let path = path.as_ref();
        let names = self.objects.keys().map(|name| (name.as_str(), name.clone()));
        let formulas = self.formulas.keys().map(|(name, _)| (name.as_str(), folder_name(name)));
        for (name, file) in names.chain(formulas) {
            check_file_name(name, &file)?;
        }
        let vdrs = || self.documents().into_iter().collect::<Map<String, Value>>();
        match layout {
            Layout::Vdrs => write_json(path, &vdrs().into()).map(|()| vec![path.to_owned()]),
            Layout::Backup => {
                let elements: Vec<&Value> = self.elements.values().collect();
                let formulas: Vec<&Value> = self.formulas.values().collect();
                let backup = json!({"elements": elements, "formulas": formulas, "vdrs": vdrs()});
                write_json(path, &backup).map(|()| vec![path.to_owned()])
            }
            Layout::Objects | Layout::Folders | Layout::OlderFolders => {
                self.write_elements(&path.join("elements"))?;
                self.write_formulas(&path.join("formulas"))?;
                let folder = match layout {
                    Layout::Objects => path.to_owned(),
                    Layout::Folders => path.join("vdrs"),
                    _ => path.join("commonResources"),
                };
                std::fs::create_dir_all(&folder).map_err(|error| atomic_file::failed(&folder, &error))?;
                let documents = self.documents().into_iter();
                let write = |(name, document): (String, Value)| match layout {
                    Layout::Objects => {
                        let file = folder.join(format!("{name}.json"));
                        write_json(&file, &document).map(|()| file)
                    }
                    Layout::Folders => write_object(&folder, &name, &document),
                    _ => write_parts(&folder, &name, &document),
                };
                documents.map(write).collect()
            }
        }
    }

    /// Returns the objects as documents of the export form, by name.
    pub fn documents(&self) -> Vec<(String, Value)> {
        self.objects.iter().map(|(name, object)| (name.clone(), object.document(name))).collect()
    }

    #[cfg(feature = "embedded")]
    fn write_elements(&self, folder: &Path) -> Result<()> {
        use crate::elements::definition::shapes;
        let names: Vec<&str> =
            self.elements.values().filter_map(|document| document.get("name").and_then(Value::as_str)).collect();
        for document in self.elements.values() {
            let mut own = folder.join(shapes::folder_name(document, &names));
            let is_other = |own: &Path| {
                self.elements.values().filter(|other| folder.join(shapes::folder_name(other, &names)) == own).count()
                    > 1
            };
            if is_other(&own)
                && let Some(key) = document.get("key").and_then(Value::as_str)
            {
                check_file_name(key, key)?;
                own = folder.join(key);
            }
            shapes::write_folder(document, &own)?;
        }
        Ok(())
    }

    #[cfg(not(feature = "embedded"))]
    fn write_elements(&self, folder: &Path) -> Result<()> {
        for (key, document) in &self.elements {
            check_file_name(key, key)?;
            write_json(&folder.join(key).join("element.json"), document)?;
        }
        Ok(())
    }

    fn write_formulas(&self, folder: &Path) -> Result<()> {
        let mut taken: Vec<String> = Vec::new();
        for ((name, _), formula) in &self.formulas {
            let mut own = folder_name(name);
            let mut number = 2;
            while taken.contains(&own.to_lowercase()) {
                own = format!("{}-{number}", folder_name(name));
                number += 1;
            }
            taken.push(own.to_lowercase());
            let folder = folder.join(own);
            let mut formula = formula.clone();
            let mut known: Vec<String> = Vec::new();
            for step in formula.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
                let Some(file) = script_of(step) else { continue };
                // Steps whose files would have the same name keep their scripts inside.
                if known.contains(&file.to_lowercase()) || check_file_name(&file, &file).is_err() {
                    continue;
                }
                known.push(file.to_lowercase());
                write_script(&folder.join(file), step.get_mut("properties"))?;
            }
            write_json(&folder.join(FORMULA), &formula)?;
        }
        Ok(())
    }
}

/// Writes an object into a folder of its own: the whole document, and its parts with scripts in files.
fn write_object(folder: &Path, name: &str, document: &Value) -> Result<PathBuf> {
    let folder = folder.join(name);
    let file = folder.join(format!("{name}.json"));
    write_json(&file, document)?;
    write_json(&folder.join("definition").join(DEFINITION), &document["definition"])?;
    for (element, mapping) in document["transformation"].as_object().into_iter().flatten() {
        check_file_name(element, element)?;
        let place = folder.join("transformation").join(element);
        let mut mapping = mapping.clone();
        for script in mapping.get_mut("scripts").and_then(Value::as_array_mut).into_iter().flatten() {
            let level = script["level"].as_str().unwrap_or_default().to_owned();
            write_script(&place.join(format!("{level}-{SCRIPT}")), Some(script))?;
        }
        write_json(&place.join(TRANSFORMATION), &mapping)?;
    }
    Ok(file)
}

/// Writes an object into folders of definitions and of transformations. The most specific script is in a file.
fn write_parts(folder: &Path, name: &str, document: &Value) -> Result<PathBuf> {
    let file = folder.join("objectDefinitions").join(name).join(DEFINITION);
    write_json(&file, &document["definition"])?;
    for (element, mapping) in document["transformation"].as_object().into_iter().flatten() {
        check_file_name(element, element)?;
        let place = folder.join("transformations").join(element).join(name);
        let mut mapping = mapping.clone();
        write_script(&place.join(SCRIPT), mapping.get_mut("script"))?;
        write_json(&place.join(TRANSFORMATION), &mapping)?;
    }
    Ok(file)
}

/// Moves the body of a script into a file. A reader takes a byte order mark off, so a script with one stays inside.
fn write_script(file: &Path, script: Option<&mut Value>) -> Result<()> {
    let Some(script) = script.and_then(Value::as_object_mut) else { return Ok(()) };
    let is_text = |body: &Value| body.as_str().is_some_and(|body| !body.starts_with('\u{feff}'));
    if !script.get("body").is_some_and(is_text) {
        return Ok(());
    }
    let body = script.shift_remove("body").unwrap_or_default();
    write_text(file, body.as_str().unwrap_or_default())
}

fn write_json(file: &Path, document: &Value) -> Result<()> {
    write_text(file, &format!("{document:#}\n"))
}

fn write_text(file: &Path, text: &str) -> Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| atomic_file::failed(parent, &error))?;
    }
    atomic_file::write(file, text.as_bytes(), Readers::Umask)
}

/// Rejects a name that cannot be that of a file. A platform may send any name, but none may point outside the folder.
fn check_file_name(name: &str, file: &str) -> Result<()> {
    let leads_away = |next: char| matches!(next, '/' | '\\' | ':') || next.is_control();
    if file.is_empty() || file.contains(leads_away) || file.starts_with('.') {
        return Err(Error::new(ErrorKind::Config, format!("the object name {name:?} cannot be the name of a file")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() -> Result<()> {
        check_file_name("my contacts.v2", "my contacts.v2")?;
        for away in ["../../evil", "/etc/evil", r"..\evil", "c:evil", "..", ".hidden", "a\nb", ""] {
            let refused = check_file_name(away, away);
            assert!(refused.is_err_and(|error| error.kind() == ErrorKind::Config), "{away}");
        }
        Ok(())
    }
}
