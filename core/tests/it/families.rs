//! The families of tests in this folder, and the elements that each runs over.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::subject::{Subject, skip};

/// The elements that a family runs over.
enum Over {
    /// Each element: the family takes the element as a parameter.
    Each,
    /// Scenarios as data, each over the element whose paths it calls; the others are skipped.
    Scenarios,
    /// BrightTALK only, for this reason.
    Brighttalk(&'static str),
    /// Another element only, since BrightTALK lacks what the family is about.
    Testbed(&'static str),
}

/// Families that run over each native element, and not over a definition, with the reason.
const DEFINED: [(&str, &str); 1] = [("sync", "a definition has no state to synchronize by but its date fields")];

/// Families that run over each element, and those that have reasons to run over one. All others use BrightTALK for tests
/// of the engine and the client.
fn table() -> BTreeMap<&'static str, Over> {
    use Over::{Brighttalk, Each, Scenarios, Testbed};
    BTreeMap::from([
        ("access", Each),
        ("chaos", Each),
        ("fault_matrix", Each),
        ("leaks", Each),
        ("live_reads", Each),
        ("sync", Each),
        ("transformations", Each),
        ("ceql", Brighttalk("conditions that its vendor filters by")),
        ("client_scenarios", Scenarios),
        ("contract_scenarios", Scenarios),
        ("conformance", Brighttalk("statements of the specification that were observed with it")),
        ("hostile", Brighttalk("XML that harms a parser")),
        ("missing_parents", Brighttalk("lists below channels, webcasts and surveys")),
        ("overlaps", Brighttalk("lists that share records")),
        ("sync_partitions", Brighttalk("channels that are refused and appear")),
        ("vendor_bytes", Brighttalk("bytes of XML documents")),
        ("vendor_recorded", Brighttalk("recorded responses")),
        ("oauth", Testbed("logins with OAuth 2")),
        ("streams", Testbed("files of any size")),
        ("text_ids", Testbed("ids that are texts, and records with members of their own")),
    ])
}

#[test]
fn each_family_runs_over_the_elements_of_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    let modules: Vec<&str> = main
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .filter(|name| *name != "support")
        .collect();
    let table = table();
    for name in table.keys() {
        assert!(modules.contains(name), "there is no family {name}");
    }
    let mut others = Vec::new();
    for name in modules {
        let file = [format!("{name}.rs"), format!("{name}/mod.rs")].into_iter().map(|file| folder.join(file));
        let source = file.filter_map(|file| std::fs::read_to_string(file).ok()).collect::<String>();
        let runs_over = |subject: &str| source.contains(&format!("Subject::{subject}"));
        let each = runs_over("ALL") || runs_over("Brighttalk") && runs_over("Testbed");
        let defined = runs_over("ALL") || runs_over("Defined");
        match DEFINED.iter().find(|(family, _)| *family == name) {
            Some((_, reason)) => {
                assert!(!defined, "{name} runs over a definition, unlike the table says");
                skip(Subject::Defined, name, reason);
            }
            None => assert!(!each || defined, "{name} does not run over a definition"),
        }
        match table.get(name) {
            Some(Over::Each) => assert!(each, "{name} does not run over each element"),
            Some(Over::Scenarios) => assert!(source.contains("skip_scenarios("), "{name} does not say what it skips"),
            Some(Over::Testbed(reason)) => {
                assert!(runs_over("Testbed") && !each, "{name}");
                skip(Subject::Brighttalk, name, reason);
            }
            Some(Over::Brighttalk(reason)) => {
                assert!(!runs_over("Testbed"), "{name} runs over more than the table says");
                skip(Subject::Testbed, name, reason);
            }
            None if name == "families" => {}
            None => {
                assert!(!runs_over("Testbed"), "{name} runs over more elements: add it to the table");
                others.push(name);
            }
        }
    }
    skip(Subject::Testbed, &others.join(", "), "they take no element as a parameter");
}
