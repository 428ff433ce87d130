//! Folders of definitions.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Returns the definitions of a folder: of each folder in it its `element.json`, or each JSON file.
pub fn definitions(folder: &Path) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = if path.is_dir() { path.join("element.json") } else { path.clone() };
        if file.extension().is_some_and(|extension| extension == "json") && file.is_file() {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.push((name, serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// Returns the folder of definitions that were written for the checks.
pub fn own_definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vendor-sim/definitions")
}

/// Returns the folder of examples.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/elements")
}

/// Returns the folder of exported definitions that `ELEMENTKIT_ELEMENTS_DIR` names. Without it the caller skips,
/// visibly.
pub fn exported_definitions() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ELEMENTKIT_ELEMENTS_DIR").map(PathBuf::from) else {
        eprintln!("SKIPPED: set ELEMENTKIT_ELEMENTS_DIR to the folder of exported definitions");
        return None;
    };
    assert!(folder.is_dir(), "ELEMENTKIT_ELEMENTS_DIR: no folder at {}", folder.display());
    Some(folder)
}

/// Returns an example.
pub fn example(name: &str) -> Value {
    let path = examples().join(name).with_extension("json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
