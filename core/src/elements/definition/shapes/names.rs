//! Names of folders and script files (spec E 1.92, E 1.93).

use serde_json::Value;

use super::super::document::{boolean, caller_path};

/// A script of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// JSON pointer of the entry.
    pub pointer: String,
    /// File of the script in the folder of the element.
    pub file: String,
}

/// Returns the scripts of a definition with the names of their files. A script whose name no file can have is left out.
pub fn scripts(document: &Value) -> Vec<Script> {
    let mut scripts = of(document, "", "", "");
    let resources = document.get("resources").and_then(Value::as_array).into_iter().flatten();
    for (index, resource) in resources.enumerate() {
        let member = |key| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let path = caller_path(member("path")).trim_start_matches('/').replace('/', "-").replace(['{', '}'], "");
        let prefix = format!("{}-{path}-", member("method").trim().to_ascii_uppercase());
        scripts.extend(of(resource, &format!("/resources/{index}"), "resources/", &prefix));
    }
    scripts
}

fn of(owner: &Value, pointer: &str, folder: &str, prefix: &str) -> Vec<Script> {
    let hooks = owner.get("hooks").and_then(Value::as_array).into_iter().flatten().enumerate();
    let script = |(index, hook): (usize, &Value)| {
        let kind = hook.get("type")?.as_str()?;
        let file = format!("{prefix}{kind}Hook.js");
        let pointer = format!("{pointer}/hooks/{index}");
        is_plain(&file).then(|| Script { pointer, file: format!("{folder}{file}") })
    };
    hooks.filter_map(script).collect()
}

/// Returns whether a name leads to a file in its folder, on every system.
pub fn is_plain(name: &str) -> bool {
    let leads_away =
        |next: char| matches!(next, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || next.is_control();
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && !name.contains(leads_away)
}

/// Returns the name of an element's folder: its name without the characters that file systems reserve (spec E 1.93). The
/// key, if the name leaves nothing that can be a file name. `others` are the names of the elements of the same backup.
pub fn folder_name(document: &Value, others: &[&str]) -> String {
    let member = |key| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = member("name");
    let blank = name.replace(['?', '>', '-', '|', '/'], " ");
    let mut folder = blank.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    if !is_plain(&folder) {
        folder = if is_plain(member("key")) { member("key").to_owned() } else { "element".to_owned() };
    }
    let is_extended = document.get("extended").and_then(boolean) == Some(true);
    if is_extended && others.iter().filter(|other| **other == name).count() > 1 {
        folder.push_str("_extended");
    }
    folder
}
