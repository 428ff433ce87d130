//! Every file of an integration test binary is compiled: a file next to `tests/NAME/main.rs` is a module of it.

use std::fs;
use std::path::Path;

use crate::files;

/// The crates whose integration tests are one binary, so that the library is linked once.
const ONE_BINARY: &[&str] = &["core", "cli", "console", "mcp"];

pub fn check() -> Vec<String> {
    let mut findings = Vec::new();
    for krate in ONE_BINARY {
        let folder = files::root().join(krate).join("tests");
        for name in entries(&folder).into_iter().filter(|name| name != "it") {
            findings.push(format!("{krate}/tests/{name}: move it into {krate}/tests/it, as a module of main.rs"));
        }
        let main = fs::read_to_string(folder.join("it/main.rs")).unwrap_or_default();
        let forgotten = forgotten(&main, &entries(&folder.join("it")));
        findings
            .extend(forgotten.into_iter().map(|name| format!("{krate}/tests/it/main.rs: `mod {name};` is missing")));
    }
    findings
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns the modules of files and folders that `main.rs` does not declare.
fn forgotten(main: &str, entries: &[String]) -> Vec<String> {
    let modules = entries.iter().filter_map(|name| match name.split_once('.') {
        Some((stem, "rs")) => Some(stem),
        Some(_) => None,
        None => Some(name.as_str()),
    });
    let mut missing: Vec<String> = modules
        .filter(|name| *name != "main" && !main.lines().any(|line| line == format!("mod {name};")))
        .map(str::to_owned)
        .collect();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_module_is_found() {
        let entries = ["a.rs", "b", "c.rs", "c", "ceql.proptest-regressions", "main.rs"].map(str::to_owned);
        assert_eq!(forgotten("mod a;\nmod bb;\n// mod c;\n", &entries), ["b", "c"]);
    }

    #[test]
    fn no_test_file_is_forgotten() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
