//! Writing of a folder with scripts in files (spec E 1.92, E 1.101).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::names::scripts;
use crate::atomic_file::{self, Readers};
use crate::error::Result;

/// Writes a definition as `element.json` with its scripts in files, into a folder that is created if it is missing.
/// Reading the folder gives the same document. Returns the files.
///
/// A script stays in the document if its file would have the name of another one's, or a name that file systems refuse.
///
/// # Errors
/// `storage` if a file cannot be written.
pub fn write_folder(document: &Value, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut document = document.clone();
    // By the name in lower case, since some file systems do not distinguish.
    let mut files: BTreeMap<String, (String, String)> = BTreeMap::new();
    for script in scripts(&document) {
        let Some(hook) = document.pointer_mut(&script.pointer).and_then(Value::as_object_mut) else { continue };
        match hook.get("body").and_then(Value::as_str).map(str::to_owned) {
            // A reader would take the byte order mark off.
            Some(body) if body.starts_with('\u{feff}') => {}
            Some(body) if !body.trim().is_empty() && !hook.contains_key("ref") => {
                let own = (script.file.clone(), body);
                let stored = files.entry(script.file.to_lowercase()).or_insert_with(|| own.clone());
                if *stored == own {
                    hook.shift_remove("body");
                }
            }
            Some(_) => {}
            // An entry without script: `null` tells the reader that there is no file.
            None => {
                hook.insert("body".to_owned(), Value::Null);
            }
        }
    }
    let mut written = Vec::new();
    let mut write = |name: &str, text: &str| -> Result<()> {
        let file = folder.join(name);
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| atomic_file::failed(parent, &error))?;
        atomic_file::write(&file, text.as_bytes(), Readers::Umask)?;
        written.push(file);
        Ok(())
    };
    write("element.json", &format!("{document:#}\n"))?;
    for (name, body) in files.values() {
        write(name, body)?;
    }
    Ok(written)
}
