//! Checks of the repository that cargo does not make: `cargo run -p xtask -- [CHECK…]`.
//!
//! Checks: `references` (cited sections exist), `links` (links and paths in documents have targets), `layers` (imports
//! between the modules of core), `tests` (every file of an integration test is compiled), `budgets` (every suite of
//! `./test` has one), `prose` (phrases that `docs/style.md` rejects), `commits` (length of recent subjects), `versions`
//! (the same for all packages), `metadata` (descriptions of packages in registries), `sizes` (length of files and
//! functions), `snippets` (those of the documentation are there in all languages), `vendors` (no vendor is named outside its element's folder). Without arguments all of them run.
#![allow(clippy::print_stdout)] // Findings are the output.

mod budgets;
mod commits;
mod files;
mod layers;
mod links;
mod metadata;
mod prose;
mod references;
mod sizes;
mod snippets;
mod test_files;
mod vendors;
mod versions;

use std::process::ExitCode;

/// A check: the name on the command line, and the function that lists its findings, one line each.
type Check = (&'static str, fn() -> Vec<String>);

const CHECKS: &[Check] = &[
    ("references", references::check),
    ("links", links::check),
    ("layers", layers::check),
    ("tests", test_files::check),
    ("budgets", budgets::check),
    ("prose", prose::check),
    ("commits", commits::check),
    ("versions", versions::check),
    ("metadata", metadata::check),
    ("sizes", sizes::check),
    ("snippets", snippets::check),
    ("vendors", vendors::check),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| CHECKS.iter().all(|(check, _)| check != name)) {
        println!("unknown check: {unknown}");
        return ExitCode::from(2);
    }
    let mut failed = false;
    for (name, check) in CHECKS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|each| each == name)) {
        let findings = check();
        findings.iter().for_each(|finding| println!("{name}: {finding}"));
        failed |= !findings.is_empty();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
