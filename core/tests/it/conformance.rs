//! Proofs of the statements of the specification (tests/scenarios/README.md). Each observed statement is named by a
//! scenario or a test, or is in the list of what is not served. `UPDATE=1 cargo test -p elementkit --test it
//! conformance` rewrites docs/conformance.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::served_paths;

const REASONS: [&str; 3] = ["not offered by this element", "stage 2", "needs the vendor"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> Value {
    let path = root().join("tests/scenarios").join(path);
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap())
}

/// Returns the statements that scenarios name, with the scenarios.
fn named_by_scenarios() -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in ["contract", "client"] {
        for entry in std::fs::read_dir(root().join("tests/scenarios").join(kind)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            for id in texts(&read(&format!("{kind}/{name}"))["covers"]) {
                named.entry(id.to_owned()).or_default().push(format!("{kind}/{name}"));
            }
        }
    }
    named
}

#[test]
fn every_observed_statement_is_named_or_not_served() {
    let observed = read("observed.json");
    let observed = observed.as_object().unwrap();
    assert_eq!(observed.len(), 285);
    let mut proven = named_by_scenarios();
    for (id, entry) in observed {
        for test in texts(&entry["tests"]) {
            let (file, name) = test.split_once(' ').unwrap();
            let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {name}(")), "{id}: there is no test {name} in {file}");
            proven.entry(id.clone()).or_default().push(test.to_owned());
        }
    }
    for (id, by) in &proven {
        assert!(observed.contains_key(id), "{id} does not exist; it is named by {by:?}");
    }
    let not_served = read("not_served.json");
    let excused: BTreeSet<&str> =
        not_served.as_array().unwrap().iter().flat_map(|entry| texts(&entry["statements"])).collect();
    for id in &excused {
        assert!(observed.contains_key(*id), "{id} does not exist");
        assert!(!proven.contains_key(*id), "{id} is proven by {:?}: take it from not_served.json", proven[*id]);
    }
    let open: Vec<&String> =
        observed.keys().filter(|id| !proven.contains_key(*id) && !excused.contains(id.as_str())).collect();
    eprintln!(
        "observed statements: {} proven, {} not served, {} open: {open:?}",
        proven.len(),
        excused.len(),
        open.len()
    );
    let allowed = read("uncovered.json");
    let allowed: BTreeSet<&str> = texts(&allowed).collect();
    let lost: Vec<&&String> = open.iter().filter(|id| !allowed.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "no longer named by any scenario or test: {lost:?}");
    let done: Vec<&&str> = allowed.iter().filter(|id| !open.iter().any(|open| open == *id)).collect();
    assert!(done.is_empty(), "named now, so take them from uncovered.json: {done:?}");
}

#[test]
fn the_page_of_what_is_not_served_is_that_of_the_list() {
    let mut page = String::from(
        "# Conformance\n\nThe parts of the platform's contract that are not served, the reason, and the response instead. All \
         others are\nserved; each statement of the specification that was observed on the running platform is named by a \
         scenario or a test.\nGenerated from `tests/scenarios/not_served.json`, the route table and the index of the \
         specification (P 15); do not edit.\n",
    );
    let entries = read("not_served.json");
    for reason in REASONS {
        write!(page, "\n## {}{}\n\n", reason[..1].to_uppercase(), &reason[1..]).unwrap();
        page.push_str("| part | section | response | statements |\n| --- | --- | --- | --- |\n");
        for entry in entries.as_array().unwrap().iter().filter(|entry| entry["reason"] == reason) {
            let text = |name: &str| entry[name].as_str().unwrap_or_else(|| panic!("{entry} has no {name}")).to_owned();
            let statements = texts(&entry["statements"]).collect::<Vec<_>>().join(" ");
            writeln!(page, "| {} | {} | {} | {statements} |", text("what"), text("section"), text("answers")).unwrap();
        }
    }
    write_paths(&mut page);
    write_clients(&mut page);
    for entry in entries.as_array().unwrap() {
        assert!(REASONS.contains(&entry["reason"].as_str().unwrap()), "{entry}: no such reason");
    }
    let path = root().join("docs/conformance.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/conformance.md has drifted; run this test with UPDATE=1");
}

/// The clients of others that were run against a served engine.
fn write_clients(page: &mut String) {
    page.push_str(
        "\n## Clients that were run\n\nClients of others against `elementkit serve` and the simulator. Generated ones run with \
         every `./test`; the\nothers were run by hand.\n\n| client | calls that were run | what works | what does not |\n\
         | --- | --- | --- | --- |\n",
    );
    for entry in read("clients_run.json").as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap_or_else(|| panic!("{entry} has no {name}")).to_owned();
        let cells = ["client", "calls", "works", "fails"].map(text).join(" | ");
        writeln!(page, "| {cells} |").unwrap();
    }
}

/// Every path that is not served.
fn write_paths(page: &mut String) {
    page.push_str("\n## Paths that are known and not served\n\n| path | verbs | response |\n| --- | --- | --- |\n");
    for (path, verbs, answer) in served_paths::refused() {
        writeln!(page, "| `{path}` | {verbs} | {answer} |").unwrap();
    }
    page.push_str("\n## Paths of the specification that are unknown\n\n");
    match served_paths::unknown() {
        none if none.is_empty() => page.push_str("None: every call of its index (P 15) is known.\n"),
        some => some.iter().for_each(|call| writeln!(page, "- `{call}`: 404").unwrap()),
    }
}
