//! Every definition runs, and every request of every resource is compared with the specification by a checker that is
//! not the engine's code.

use std::collections::BTreeMap;

use elementkit::elements::definition::check::remarks;
use futures::StreamExt;
use serde_json::Value;
use vendor_sim::Options;
use vendor_sim::check::{Call, Demanded, compare, demanded};

use super::folders::{definitions, examples, exported_definitions, own_definitions};
use super::played::World;
use super::tried::{Outcome, tried};

/// A line of the table.
struct Line {
    key: String,
    what: String,
    outcome: Outcome,
}

/// Runs a definition: import, instance, system resources, each resource, deletion.
async fn run(key: String, definition: Value) -> Vec<Line> {
    let line = |what: &str, outcome| Line { key: key.clone(), what: what.to_owned(), outcome };
    let world = match World::new(&definition, Options::default()).await {
        Ok(world) => world,
        Err(why) => return vec![line("import and instance", Outcome::Wrong(vec![why]))],
    };
    let mut lines = vec![line("system resources", system(&world, &["provisionAuthValidation", "onProvision"]))];
    for resource in world.document.resources.clone() {
        let what = format!("{} {}", resource.method, resource.path);
        let outcome = tried(&world, &resource).await;
        let outcome = unremarked(&definition, resource.position, &outcome).map_or(outcome, Outcome::Wrong);
        lines.push(line(&what, outcome));
    }
    world.simulator.clear_requests();
    let answer = world.delete().await;
    lines.push(line(
        "deletion",
        if answer.status == 200 { system(&world, &["onDelete"]) } else { Outcome::Wrong(vec![answer.text()]) },
    ));
    lines
}

/// Remarks of resources that do not run.
const STOPS: [&str; 4] = ["java-kind", "resource-type", "chain-target", "chain-length"];

/// Returns what a check does not say of a resource that does not run, or wrongly says of one that does (spec E 1.10).
fn unremarked(definition: &Value, position: usize, outcome: &Outcome) -> Option<Vec<String>> {
    let place = format!("/resources/{position}/");
    let remarks = remarks(definition).into_iter().filter(|remark| remark.pointer.starts_with(&place));
    let stops: Vec<&str> = remarks.map(|remark| remark.code).filter(|code| STOPS.contains(code)).collect();
    let is_right = match outcome {
        Outcome::Ran(_) => stops.is_empty(),
        Outcome::Left(reason) => !reason.contains("Java") || !stops.is_empty(),
        // A value that nothing gives is a matter of the call.
        Outcome::Refused(rule) => ["E 5.51", "E 5.58"].contains(rule) || !stops.is_empty(),
        Outcome::Wrong(_) => true,
    };
    (!is_right).then(|| vec![format!("E 1.10: the check remarks {stops:?}, the engine: {outcome:?}")])
}

/// Compares the requests of system resources with the demanded ones.
fn system(world: &World, kinds: &[&str]) -> Outcome {
    let (entries, mut wrong, mut count) = (world.simulator.requests(), Vec::new(), 0);
    // Logins of OAuth 2 are no calls of resources.
    let mut rest = entries.iter().filter(|entry| entry.resource.is_some());
    for kind in kinds {
        for resource in world.document.resources.iter().filter(|resource| resource.kind == *kind) {
            let Some(entry) = rest.next() else {
                wrong.push(format!("E 4.7: {} {} was not called", resource.method, resource.path));
                continue;
            };
            count += 1;
            if resource.scripts || world.document.scripts {
                // What a script makes of a request is known to the test of that definition alone.
                continue;
            }
            match demanded(&world.document, &entry.configuration, resource, &Call::default()) {
                Demanded::Request(wanted) => {
                    let found = compare(&wanted, entry).into_iter();
                    wrong.extend(found.map(|difference| format!("{}: {}", difference.rule, difference.text)));
                }
                Demanded::Refusal { message, rule, .. } => wrong.push(format!("{rule}: {message}")),
            }
        }
    }
    if wrong.is_empty() { Outcome::Ran(count) } else { Outcome::Wrong(wrong) }
}

/// Runs definitions and prints the table. Returns what is wrong, and the numbers of the outcomes.
async fn table(definitions: Vec<(String, Value)>) -> (Vec<String>, BTreeMap<&'static str, usize>) {
    let only = std::env::var("DEFINITION").ok();
    let chosen = definitions.into_iter().filter(|(key, _)| only.as_ref().is_none_or(|only| only == key));
    let lines: Vec<Vec<Line>> =
        futures::stream::iter(chosen.map(|(key, definition)| run(key, definition))).buffered(4).collect().await;
    let (mut wrong, mut counts) = (Vec::new(), BTreeMap::new());
    for line in lines.iter().flatten() {
        let (word, text) = match &line.outcome {
            Outcome::Ran(requests) => ("ran", format!("{requests} requests")),
            Outcome::Refused(rule) => ("refused", format!("as {rule} demands")),
            Outcome::Left(reason) => ("left", (*reason).to_owned()),
            Outcome::Wrong(differences) => {
                wrong.extend(differences.iter().map(|text| format!("{} {}: {text}", line.key, line.what)));
                ("WRONG", differences[0].clone())
            }
        };
        *counts.entry(word).or_default() += 1;
        eprintln!("{:<20} {:<60} {word}: {text}", line.key, line.what);
    }
    eprintln!("{counts:?}");
    (wrong, counts)
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_definitions_run_as_specified() {
    let Some(folder) = exported_definitions() else { return };
    let (wrong, counts) = table(definitions(&folder)).await;
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(std::env::var_os("DEFINITION").is_some() || counts["ran"] > 200, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn written_definitions_run_as_specified() {
    let (wrong, counts) = table(definitions(&own_definitions())).await;
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(std::env::var_os("DEFINITION").is_some() || counts["ran"] > 100, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_run_as_specified() {
    let (wrong, counts) = table(definitions(&examples())).await;
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(std::env::var_os("DEFINITION").is_some() || counts["ran"] > 10, "{counts:?}");
}
