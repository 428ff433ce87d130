//! The snippets of the documentation: every topic is there in every language and has an expected result, pages name
//! existing ones, and the guide to errors has every kind.

use std::collections::BTreeSet;

use crate::files;

/// Folder and file extension of each language.
const LANGUAGES: &[(&str, &str)] =
    &[("python", "py"), ("node", "mjs"), ("swift", "swift"), ("kotlin", "kt"), ("rust", "rs"), ("command", "sh")];
/// Files that run the snippets of a language.
const RUNNERS: &[&str] = &["main", "mod"];

pub fn check() -> Vec<String> {
    let root = files::root();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let expected = read("docs/snippets/expected.txt");
    let topics: BTreeSet<&str> =
        expected.lines().filter_map(|line| line.split(' ').next()).filter(|word| *word != "#").collect();
    let mut findings = Vec::new();
    for (folder, extension) in LANGUAGES {
        let tracked = files::texts(&[extension]);
        let prefix = format!("docs/snippets/{folder}/");
        let mut found = BTreeSet::new();
        for (path, text) in &tracked {
            let Some(name) = path.strip_prefix(&prefix).and_then(|name| name.split('.').next()) else { continue };
            let topic = name.to_lowercase();
            if RUNNERS.contains(&topic.as_str()) {
                continue;
            }
            let is_marked =
                |word: &str| text.lines().any(|line| line.trim().trim_start_matches(['/', '#', ' ']) == word);
            if !is_marked("show") || !is_marked("end") {
                findings.push(format!("{path} has no part between `show` and `end`"));
            }
            found.insert(topic);
        }
        let known: BTreeSet<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        findings.extend(known.difference(&found).map(|topic| format!("{prefix} has no snippet {topic}")));
        findings.extend(
            found
                .difference(&known)
                .map(|topic| format!("docs/snippets/expected.txt has no line for {topic} ({prefix})")),
        );
    }
    for (path, text) in files::texts(&["md"]) {
        let named = text.lines().filter_map(|line| line.strip_prefix("[snippet: ")?.split([',', ']']).next());
        findings.extend(
            named.filter(|topic| !topics.contains(topic)).map(|topic| format!("{path}: there is no snippet {topic}")),
        );
    }
    let guide = read("docs/guides/troubleshooting.md");
    // The second table of the page has the codes of warnings.
    let errors = read("docs/errors.md");
    let table = errors.split("# Warning codes").next().unwrap_or_default();
    let codes = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let lacking = codes.filter(|code| !guide.lines().any(|line| line.strip_prefix("## ") == Some(code)));
    findings.extend(lacking.map(|code| format!("docs/guides/troubleshooting.md has no section {code}")));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_there_in_every_language() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
