//! docs/environment.md lists every variable that is read, and no other. `UPDATE=1 cargo test -p elementkit --test it
//! environment::` rewrites it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use elementkit::elements::options;
use elementkit::environment::{Reader, VARIABLES, Variable};

const SOURCES: [&str; 9] = [
    "core/src",
    "cli/src",
    "bindings-python/src",
    "bindings-python/python",
    "bindings-node/src",
    "bindings-node/lib",
    "bindings-swift/src",
    "bindings-swift/Sources",
    "bindings-kotlin/src/main",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns all variables in the order of the page.
fn variables() -> Vec<Variable> {
    options::variables().into_iter().chain(VARIABLES.iter().cloned()).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|ending| {
            ["rs", "py", "js", "cjs", "mjs", "ts", "swift", "kt"].iter().any(|known| ending == *known)
        }) {
            found.push(entry);
        }
    }
}

/// Returns words in capitals that begin like names of variables.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !(char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_'));
    let prefixes = ["ELEMENTKIT_", "BRIGHTTALK_API_", "SSL_CERT_"];
    // Unit tests have their own variables; the patch of QuickJS has a constant.
    let own = |word: &&str| {
        !word.starts_with("ELEMENTKIT_TEST_")
            && !["ELEMENTKIT_PATCH", "ELEMENTKIT_ELEMENTS_DIR"].contains(word)
            && prefixes.iter().any(|prefix| word.starts_with(prefix))
    };
    words.filter(own).map(str::to_owned).collect()
}

#[test]
fn every_variable_that_is_read_is_listed_and_read() {
    let mut found = Vec::new();
    SOURCES.iter().for_each(|folder| files(&root().join(folder), &mut found));
    let list = root().join("core/src/environment.rs").canonicalize().unwrap();
    let (mut all, variables) = (BTreeSet::new(), variables());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for name in named(&text) {
            // Names that are composed with a prefix.
            let known = variables
                .iter()
                .any(|known| known.name == name || (name.ends_with('_') && known.name.starts_with(&name)));
            assert!(
                known,
                "{} reads {name}, which neither core/src/environment.rs nor an element lists",
                path.display()
            );
            if path.canonicalize().unwrap() != list {
                all.insert(name);
            }
        }
    }
    let library = std::fs::read_to_string(list).unwrap();
    for variable in variables.iter().filter(|variable| !variable.name.ends_with("_PROXY")) {
        let constant = library.contains(&format!("= \"{}\"", variable.name));
        let read =
            all.iter().any(|name| *name == variable.name || (name.ends_with('_') && variable.name.starts_with(name)));
        assert!(constant || read, "nothing reads {}", variable.name);
    }
}

#[test]
fn the_page_is_that_of_the_list() {
    let mut page = String::from(
        "# Environment variables\n\nValues that are set in code or as an option of the command take precedence. A blank variable \
         counts as not set, and\nline ends after a value are ignored. Generated from `core/src/environment.rs` and the elements; do not edit.\n",
    );
    let variables = variables();
    let sections = [
        ("Read by the library, and so by the command and all packages", Reader::Library),
        ("Read by the command", Reader::Command),
        ("Read by the Node package", Reader::Node),
    ];
    for (title, reader) in sections {
        write!(page, "\n## {title}\n\n| variable | purpose; default |\n| --- | --- |\n").unwrap();
        for variable in variables.iter().filter(|variable| variable.reader == reader) {
            writeln!(page, "| `{}` | {} |", variable.name, variable.purpose).unwrap();
        }
    }
    let path = root().join("docs/environment.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/environment.md has drifted; run this test with UPDATE=1");
}
