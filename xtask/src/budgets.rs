//! Every suite of `./test` has a time budget, and the sum of all of them is bounded.

use std::fs;

use crate::files;

const FILE: &str = "tests/suites/budgets.txt";
/// Maximum of the sum of all budgets, in seconds.
const LIMIT: u64 = 1500;

pub fn check() -> Vec<String> {
    let suites = files::root().join("tests/suites");
    let entries = fs::read_dir(&suites).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| suite(&entry.file_name().to_string_lossy()).map(str::to_owned)).collect();
    names.sort();
    findings(&names, &fs::read_to_string(files::root().join(FILE)).unwrap_or_default())
}

/// Returns the name of a suite from its file name: `20-rust.sh` is `rust`.
fn suite(file: &str) -> Option<&str> {
    let (number, name) = file.strip_suffix(".sh")?.split_once('-')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}

fn findings(suites: &[String], text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut budgets = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ').map(|(name, seconds)| (name, seconds.parse::<u64>())) {
            Some((name, Ok(seconds))) => budgets.push((name, seconds)),
            _ => findings.push(format!("{FILE}: expected `NAME SECONDS`: {line}")),
        }
    }
    for name in suites.iter().filter(|name| budgets.iter().filter(|(each, _)| each == name).count() != 1) {
        findings.push(format!("{FILE}: expected one line for the suite {name}"));
    }
    for (name, _) in budgets.iter().filter(|(name, _)| !suites.iter().any(|suite| suite == name)) {
        findings.push(format!("{FILE}: there is no suite {name}"));
    }
    let sum: u64 = budgets.iter().map(|(_, seconds)| seconds).sum();
    if sum > LIMIT {
        findings.push(format!("{FILE}: the budgets are {sum} s in all; at most {LIMIT} s are allowed"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_suites_without_a_budget_and_budgets_that_are_too_large() {
        let suites = ["lint", "rust"].map(str::to_owned);
        assert_eq!(findings(&suites, "# seconds\nlint 300\nrust 1200\n"), Vec::<String>::new());
        assert_eq!(findings(&suites, "lint 300\nrust 1201\n").len(), 1);
        assert_eq!(findings(&suites, "lint 300\ndemo 1\n").len(), 2);
        assert_eq!(findings(&suites, "lint 300\nrust many\n").len(), 2);
        assert_eq!((suite("20-rust.sh"), suite("common.sh"), suite("long.sh")), (Some("rust"), None, None));
    }

    #[test]
    fn every_suite_has_a_budget() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
