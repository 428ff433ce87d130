//! Every cited section of a specification and every cited rule of the architecture exists.

use std::collections::{HashMap, HashSet};

use crate::files;

/// The documents, by the abbreviation under which they are cited.
const DOCUMENTS: &[(&str, &str)] = &[
    ("P", "docs/spec/platform-api.md"),
    ("BT", "docs/spec/brighttalk-api.md"),
    ("E", "docs/spec/element-definition.md"),
    ("EV", "docs/spec/events.md"),
    ("AD", "docs/spec/administration.md"),
];
const ARCHITECTURE: &str = "docs/design/README.md";

pub fn check() -> Vec<String> {
    let sources = files::texts(&["rs", "py", "pyi", "js", "mjs", "ts", "swift", "kt", "md", "sh", "toml", "json"]);
    let content = |path: &str| sources.iter().find(|(each, _)| each == path).map_or("", |(_, text)| text.as_str());
    let known: HashMap<&str, HashSet<String>> =
        DOCUMENTS.iter().map(|(short, path)| (*short, sections(short, content(path)))).collect();
    let rules: HashSet<String> = content(ARCHITECTURE).lines().filter_map(numbered).collect();
    let mut findings = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| !path.starts_with("docs/spec/")) {
        for (index, line) in text.lines().enumerate() {
            let missing = cited(line).into_iter().filter(|(document, section)| {
                known.get(document.as_str()).is_none_or(|sections| !sections.contains(section))
            });
            let missing_rules = rules_cited(line).into_iter().filter(|rule| !rules.contains(rule));
            findings
                .extend(missing.map(|(document, section)| format!("{path}:{}: no {document} {section}", index + 1)));
            findings.extend(missing_rules.map(|rule| format!("{path}:{}: no architecture rule {rule}", index + 1)));
        }
    }
    findings
}

/// Returns the numbers that a document defines: those of headings, of list items and of table rows. Item `3.` of an
/// ordered list in section 14 is 14.3.
fn sections(short: &str, text: &str) -> HashSet<String> {
    let own = format!("{short} ");
    let mut found = HashSet::new();
    let mut heading = String::new();
    for line in text.lines() {
        if let Some(item) = numbered(line) {
            found.insert(format!("{heading}.{item}"));
        }
        if !line.starts_with(['#', '*', '|', '-']) {
            continue;
        }
        let rest = line.trim_start_matches(['#', '*', '-', '|', ' ']);
        let Some(number) = leading_number(rest.strip_prefix(&own).unwrap_or(rest)) else { continue };
        if line.starts_with('#') {
            heading.clone_from(&number);
        }
        found.insert(number);
    }
    found
}

/// Returns `N` for a line `N. …`.
fn numbered(line: &str) -> Option<String> {
    let (number, _) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.to_owned())
}

/// Returns the number with dots at the start of a text.
fn leading_number(text: &str) -> Option<String> {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    number.starts_with(|char: char| char.is_ascii_digit()).then(|| number.to_owned())
}

/// Returns the citations of a line: `spec P 10.6, 16.5` cites two sections of one document.
fn cited(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (start, _) in line.match_indices("spec ") {
        let mut rest = &line[start + "spec ".len()..];
        let mut document = "";
        loop {
            if let Some((name, after)) = rest.split_once(' ')
                && DOCUMENTS.iter().any(|(short, _)| *short == name)
            {
                (document, rest) = (name, after);
            }
            let Some(number) = leading_number(rest).filter(|_| !document.is_empty()) else { break };
            rest = &rest[number.len()..];
            found.push((document.to_owned(), number));
            let Some(after) = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" and ")) else { break };
            rest = after;
        }
    }
    found
}

/// Returns the rules that a line cites: `architecture, rules 10 and 11`.
fn rules_cited(line: &str) -> Vec<String> {
    let Some((_, rest)) = line.split_once("architecture, rule") else { return Vec::new() };
    let rest = rest.trim_start_matches('s').trim_start();
    rest.split(", ").flat_map(|part| part.split(" and ")).map_while(leading_number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_citation_of_a_line() {
        let found = cited("/// (spec P 10.6, 16.5) and spec BT 2.6, P 3.");
        let pairs = [("P", "10.6"), ("P", "16.5"), ("BT", "2.6"), ("P", "3")];
        assert_eq!(found, pairs.map(|(document, section)| (document.to_owned(), section.to_owned())));
        assert!(cited("spec of the vendor 7").is_empty());
        assert_eq!(rules_cited("(architecture, rules 10 and 11)."), ["10", "11"]);
    }

    #[test]
    fn reads_the_numbers_of_a_document() {
        let text = "## 1. One\n7. Item\n### 1.2 Two\n* 5.9 Item\n* E 2.35 Item\n| 4.1 | GET |\n1.3 no item of a list";
        let found = sections("E", text);
        for number in ["1", "1.7", "1.2", "5.9", "2.35", "4.1"] {
            assert!(found.contains(number), "{number}");
        }
        assert!(!found.contains("1.3"));
    }

    #[test]
    fn all_citations_resolve() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
