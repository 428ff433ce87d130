//! Phrases that `docs/style.md` rejects do not occur in the tree.

use crate::files;

/// Phrases, in lower case; each is matched at word boundaries.
const PHRASES: &[&str] =
    &["a date that is none", "in the house", "keep the database", "a house is", "language's dress"];
/// The files that quote the phrases on purpose.
const QUOTING: &[&str] = &["docs/style.md", "xtask/src/prose.rs"];

pub fn check() -> Vec<String> {
    let sources = files::texts(&["rs", "py", "pyi", "js", "mjs", "ts", "swift", "kt", "md", "sh"]);
    let mut findings = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| !QUOTING.contains(&path.as_str())) {
        for (index, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            let found = PHRASES.iter().filter(|phrase| occurs(&lower, phrase));
            findings.extend(found.map(|phrase| format!("{path}:{}: \"{phrase}\"", index + 1)));
        }
    }
    findings
}

/// Returns whether a phrase occurs between word boundaries.
fn occurs(line: &str, phrase: &str) -> bool {
    let boundary = |char: Option<char>| char.is_none_or(|char| !char.is_alphanumeric());
    line.match_indices(phrase).any(|(start, _)| {
        boundary(line[..start].chars().next_back()) && boundary(line[start + phrase.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_match_at_word_boundaries() {
        assert!(occurs("keep the database.", "keep the database"));
        assert!(!occurs("housekeep the databases", "keep the database"));
    }
}
