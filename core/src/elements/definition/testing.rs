//! Real definitions, which are not part of the repository.

use std::path::PathBuf;

use serde_json::Value;

/// Returns the exported definitions of the folder that `ELEMENTKIT_ELEMENTS_DIR` names, by the name of their folder.
/// Without it the caller skips, visibly.
pub fn real_definitions() -> Option<Vec<(String, Value)>> {
    let Some(dir) = std::env::var_os("ELEMENTKIT_ELEMENTS_DIR").map(PathBuf::from) else {
        eprintln!("SKIPPED: set ELEMENTKIT_ELEMENTS_DIR to the folder of exported definitions");
        return None;
    };
    let folders = std::fs::read_dir(&dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut definitions: Vec<(String, Value)> = folders
        .filter_map(|folder| {
            let name = folder.file_name()?.to_string_lossy().into_owned();
            let text = std::fs::read(folder.join("element.json")).ok()?;
            Some((name, serde_json::from_slice(&text).expect("JSON")))
        })
        .collect();
    definitions.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(!definitions.is_empty(), "ELEMENTKIT_ELEMENTS_DIR: no definitions in {}", dir.display());
    Some(definitions)
}
