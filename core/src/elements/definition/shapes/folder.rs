//! Folders of elements with scripts in files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::check::rules::{SCRIPT_MISSING, UNUSED_FILE};
use super::super::document::Finding;
use super::names::{Script, is_plain, scripts};
use super::{Loaded, connector, documents, file, unknown_form, unreadable, wrong};
use crate::error::Result;

/// Names of an element's document.
const DOCUMENTS: &[&str] = &["element.json", "element.yaml", "element.yml"];
/// Folder of the document in a connector of UiPath.
const CONNECTOR: &str = "app/element";
/// Depth to which a backup is searched for elements.
const DEEPEST: usize = 4;

/// Reads a folder: an element, a connector, or a backup with such folders.
pub fn read(folder: &Path) -> Result<Vec<Loaded>> {
    let mut files = Vec::new();
    find(folder, DEEPEST, &mut files)?;
    if files.is_empty() {
        return Err(wrong(folder, "there is no element.json in it"));
    }
    let mut loaded = Vec::new();
    for file in files {
        loaded.extend(read_element(&file)?);
    }
    Ok(loaded)
}

/// Collects the documents of a folder and of those below, in the order of their names.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let connector = folder.join(CONNECTOR);
    let candidates = DOCUMENTS.iter().flat_map(|name| [folder.join(name), connector.join(name)]);
    if let Some(file) = candidates.into_iter().find(|file| file.is_file()) {
        found.push(file);
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for name in names(folder)?.iter().filter(|name| !name.starts_with('.')) {
        let below = folder.join(name);
        if below.is_dir() {
            find(&below, depth - 1, found)?;
        }
    }
    Ok(())
}

/// Returns the names of the entries of a folder in order; nothing of a folder that is missing.
pub fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    if !folder.is_dir() {
        return Ok(names);
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// Reads a document and the scripts beside it.
fn read_element(path: &Path) -> Result<Vec<Loaded>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut documents = documents(file::read(path)?).ok_or_else(|| unknown_form(path))?;
    let loaded = |document| Loaded { document, file: path.to_owned(), remarks: Vec::new() };
    let [document] = &mut documents[..] else { return Ok(documents.into_iter().map(loaded).collect()) };
    let mut files = Files::of(folder)?;
    let mut remarks = Vec::new();
    for script in scripts(document) {
        if let Some(hook) = document.pointer_mut(&script.pointer) {
            files.fill(hook, &script, &mut remarks)?;
        }
    }
    files.used.extend(connector::fill_fields(document, folder)?);
    remarks.extend(files.unused());
    Ok(vec![Loaded { document: document.take(), file: path.to_owned(), remarks }])
}

/// The files beside a document.
struct Files {
    folder: PathBuf,
    /// Files in the folder: scripts, and the parts of a connector.
    present: BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Files {
    fn of(folder: &Path) -> Result<Self> {
        let mut present = BTreeSet::new();
        present.extend(names(folder)?.into_iter().filter(|name| name.ends_with("Hook.js")));
        for (below, extension) in [("resources", ".js"), ("hooks", ".js"), (connector::FOLDER, ".json")] {
            let names = names(&folder.join(below))?.into_iter().filter(|name| name.ends_with(extension));
            present.extend(names.map(|name| format!("{below}/{name}")));
        }
        Ok(Self { folder: folder.to_owned(), present, used: BTreeSet::new() })
    }

    /// Returns whether this is the folder of a backup: some scripts are in files.
    fn has_scripts(&self) -> bool {
        self.present.iter().any(|name| name.ends_with("Hook.js") && !name.starts_with("hooks/"))
    }

    /// Puts the text of its file into an entry that has none.
    fn fill(&mut self, hook: &mut Value, script: &Script, remarks: &mut Vec<Finding>) -> Result<()> {
        let Some(members) = hook.as_object_mut() else { return Ok(()) };
        let reference = members.get("ref").and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = reference.filter(|_| !members.get("body").is_some_and(Value::is_string)) {
            if !is_plain(&name) {
                return Err(wrong(&self.folder, &format!("{name:?} cannot be the name of a script file")));
            }
            let text = self.text(&format!("hooks/{name}"))?;
            members.shift_remove("bodyOrRef");
            members.shift_remove("ref");
            members.insert("body".to_owned(), text.into());
        } else if members.get("body").is_some_and(Value::is_null) {
            // Written for an entry that never had a script.
            members.shift_remove("body");
        } else if !members.contains_key("body") {
            if self.present.contains(&script.file) || self.has_scripts() {
                members.insert("body".to_owned(), self.text(&script.file)?.into());
            } else {
                let message = format!("the script has neither a body nor a file {}", script.file);
                remarks.push(SCRIPT_MISSING.finding(&script.pointer, message));
            }
        }
        Ok(())
    }

    fn text(&mut self, name: &str) -> Result<String> {
        let path = self.folder.join(name);
        if !path.is_file() {
            return Err(wrong(&path, "the script file is missing"));
        }
        if !self.is_within(&path) {
            return Err(wrong(&path, "the script file is a link that leads out of the folder"));
        }
        self.used.insert(name.to_owned());
        file::read_text(&path)
    }

    /// Returns whether a file is in the folder itself, so that the folder of somebody else reads no other file of this
    /// machine into its scripts.
    fn is_within(&self, path: &Path) -> bool {
        // The folder of a file in the current one has no name.
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        match (folder.canonicalize(), path.canonicalize()) {
            (Ok(folder), Ok(path)) => path.starts_with(folder),
            _ => false,
        }
    }

    /// Remarks the files that nothing refers to (spec E 1.95).
    fn unused(&self) -> impl Iterator<Item = Finding> {
        let unused = self.present.difference(&self.used);
        unused.map(|name| UNUSED_FILE.finding("", format!("nothing refers to the file {name}")))
    }
}
