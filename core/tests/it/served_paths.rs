//! The paths of the contract that are not served, from the OpenAPI document and the index of the specification (P 15).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use elementkit::engine::Engine;
use serde_json::Value;

const PREFIX: &str = "/elements/api-v2";
const HUB: &str = "/hubs/{hub}";
/// Beginnings of the summaries of calls that are not served.
const REFUSALS: [&str; 3] = ["Not available", "Fails with 40", "Lists nothing"];

/// Every path, and by verb what its call does.
type Paths = BTreeMap<String, BTreeMap<String, String>>;

/// Paths that answer every call, some or all of their verbs, without serving it: path, verbs and what is answered.
pub fn refused() -> Vec<(String, String, String)> {
    let known = known();
    let mut found = Vec::new();
    for (path, verbs) in &known {
        let in_hub = path.strip_prefix(HUB).is_some_and(|plain| known.contains_key(plain));
        let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (verb, summary) in verbs.iter().filter(|(_, summary)| !in_hub && is_refusal(summary)) {
            answers.entry(summary).or_default().push(verb);
        }
        found.extend(answers.into_iter().map(|(answer, verbs)| (path.clone(), verbs.join(", "), answer.to_owned())));
    }
    found
}

/// Calls that the index of the specification names and that the route table does not have.
pub fn unknown() -> Vec<String> {
    let known = known();
    let calls = indexed(&known).into_iter();
    let missing = calls.filter(|(verb, path)| {
        let of_path = known.iter().filter(|(other, _)| generic(other) == generic(path));
        !of_path.into_iter().any(|(_, verbs)| verbs.contains_key(verb))
    });
    missing.map(|(verb, path)| format!("{verb} {path}")).collect()
}

fn is_refusal(summary: &str) -> bool {
    REFUSALS.iter().any(|refusal| summary.starts_with(refusal))
}

fn known() -> Paths {
    let document = Engine::openapi();
    let mut known = Paths::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix(PREFIX).unwrap_or(path).to_owned();
        let verbs = verbs.as_object().unwrap().iter().filter(|(_, call)| call["responses"].is_object());
        for (verb, call) in verbs {
            let summary = call["summary"].as_str().unwrap().to_owned();
            assert!(
                is_refusal(&summary) || has_success(call),
                "{verb} {path} never succeeds, and its summary does not say so: {summary}"
            );
            known.entry(path.clone()).or_default().insert(verb.to_uppercase(), summary);
        }
    }
    known
}

fn has_success(call: &Value) -> bool {
    call["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'))
}

/// A path without the names of its variables.
fn generic(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The calls of the index. It shortens paths: a verb of a row counts for the path that is nearest to how it is written.
fn indexed(known: &Paths) -> BTreeSet<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/platform-api.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, index) = text.split_once("\n## 15. ").unwrap();
    let (index, _) = index.split_once("\n## 16. ").unwrap();
    let known = calls_known(known);
    let rows = index.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let calls: BTreeSet<_> = rows.flat_map(|row| calls_of(row, &known)).collect();
    assert!(calls.len() > 200, "the index was read in part: {}", calls.len());
    calls
}

/// Verb and generic path of every call.
fn calls_known(known: &Paths) -> BTreeSet<(String, String)> {
    let calls = known.iter().flat_map(|(path, verbs)| verbs.keys().map(|verb| (verb.clone(), generic(path))));
    calls.collect()
}

fn calls_of(row: &str, known: &BTreeSet<(String, String)>) -> Vec<(String, String)> {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let (verbs, paths) = (cells[1].split(" / ").map(verbs), cells[2].split(" / ").map(quoted));
    let (verbs, mut paths): (Vec<_>, Vec<_>) = (verbs.collect(), paths.collect());
    if paths.len() == 1 && verbs.len() > 1 {
        paths = paths.remove(0).into_iter().map(|path| vec![path]).collect();
    }
    assert_eq!(verbs.len(), paths.len(), "{row}");
    let (mut calls, mut before) = (Vec::new(), String::new());
    for (verbs, paths) in verbs.iter().zip(paths) {
        for path in paths {
            for whole in wholes(&path, &before, verbs[0], known) {
                calls.extend(verbs.iter().map(|verb| ((*verb).to_owned(), whole.clone())));
                before = whole;
            }
        }
    }
    calls
}

fn verbs(cell: &str) -> Vec<&str> {
    cell.split(|char: char| !char.is_ascii_uppercase()).filter(|word| word.len() > 2).collect()
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The paths that one of the index stands for, of which a verb is known: itself, the end of the one before it with another last part, or, with
/// `[/hubs/{hub}]`, its two forms. One that ends with an ellipsis names a family, whose paths stand in other rows.
fn wholes(path: &str, before: &str, verb: &str, known: &BTreeSet<(String, String)>) -> Vec<String> {
    if path.ends_with('…') {
        let family = path.trim_end_matches('…');
        assert!(known.iter().any(|(_, known)| known.starts_with(family)), "nothing of {path} is known");
        return Vec::new();
    }
    if let Some(plain) = path.strip_prefix("[/hubs/{hub}]") {
        return vec![plain.to_owned(), format!("{HUB}{plain}")];
    }
    let rest = path.trim_start_matches('…');
    let starts = before.match_indices('/').map(|(at, _)| &before[..at]).chain([before]);
    let mut candidates: Vec<String> = starts.map(|start| format!("{start}{rest}")).collect();
    candidates.reverse();
    if path == rest {
        candidates.insert(0, rest.to_owned());
    }
    let found = candidates.iter().find(|candidate| known.contains(&(verb.to_owned(), generic(candidate))));
    vec![found.unwrap_or(&candidates[0]).clone()]
}

#[test]
fn the_index_is_read_as_it_is_written() {
    let known = calls_known(&known());
    let calls = |row: &str| {
        let calls = calls_of(row, &known).into_iter();
        calls.map(|(verb, path)| format!("{verb} {path}")).collect::<Vec<_>>()
    };
    assert_eq!(calls("| GET | `/nowhere/{id}` | U+O | 200 | 1 |"), ["GET /nowhere/{id}"]);
    assert_eq!(
        calls("| GET | `/instances/docs`, `/instances/docs/{operationId}`, `…/definitions` | U+E | 200 | 5.5 |"),
        ["GET /instances/docs", "GET /instances/docs/{operationId}", "GET /instances/docs/{operationId}/definitions"]
    );
    assert_eq!(
        calls("| POST / PUT, DELETE | `/accounts` / `/accounts/{id}` | U+O | 200, S2 | 11.2 |"),
        ["POST /accounts", "PUT /accounts/{id}", "DELETE /accounts/{id}"]
    );
    assert_eq!(
        calls("| GET | `/elements/{keyOrId}/objects`, `/transformations` | U+O | 200 | 5.2 |"),
        ["GET /elements/{keyOrId}/objects", "GET /elements/{keyOrId}/transformations"]
    );
    assert_eq!(calls("| GET | `[/hubs/{hub}]/ping` | U+E | 200 | 7.10 |"), ["GET /ping", "GET /hubs/{hub}/ping"]);
}
