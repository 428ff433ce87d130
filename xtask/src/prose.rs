//! Phrases and beginnings of documentation that `docs/style.md` rejects do not occur in the tree.

use crate::files;

/// Phrases that occur nowhere, in lower case; each is matched at word boundaries.
const PHRASES: &[&str] =
    &["a date that is none", "in the house", "keep the database", "a house is", "language's dress"];
/// Phrases that do not occur in comments and documents. In code some are names or keywords: `None if …`.
const COMMENT_PHRASES: &[&str] = &[
    "nobody",
    "whoever",
    "somebody else's",
    "told",
    "is said",
    "are said",
    "said otherwise",
    "none when",
    "none where",
    "none if",
    "answers none",
    "for good",
    "made ready",
    "is of its own",
    "asks for what",
    "put back",
    "taken in",
    "now and again",
    "does no harm",
    "whatever it does",
    "dressed for",
    "behind the last",
    "as good as none",
];
/// Words that do not begin the first line of a documentation comment.
const FIRST_WORDS: &[&str] = &["What", "How", "Which", "Who", "Whose", "Where", "Why", "None", "Nothing"];

/// The files that quote the phrases on purpose.
const QUOTING: &[&str] = &["docs/style.md", "xtask/src/prose.rs"];
/// Ends of the paths of record types. Their documentation is that of the contract, which stays as it is.
const RECORDS: &[&str] = &["/Records.kt", "/Records.swift", "/_records.py", "/records.d.ts", "/brighttalk/records.rs"];

pub fn check() -> Vec<String> {
    let sources = files::texts(&["rs", "py", "pyi", "js", "mjs", "ts", "mts", "swift", "kt", "java", "md", "sh"]);
    sources
        .iter()
        .filter(|(path, _)| !QUOTING.contains(&path.as_str()))
        .flat_map(|(path, text)| of(path, text))
        .collect()
}

/// Returns the findings of a file.
fn of(path: &str, text: &str) -> Vec<String> {
    let language = Language::of(path);
    let is_checked = |word: &&str| FIRST_WORDS.contains(word) && !RECORDS.iter().any(|end| path.ends_with(end));
    let (mut findings, mut before, mut in_string) = (Vec::new(), "", false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let quotes = line.matches("\"\"\"").count();
        let prose = language.prose(line, in_string || quotes > 0).to_lowercase();
        in_string ^= quotes % 2 == 1;
        let lower = line.to_lowercase();
        let anywhere = PHRASES.iter().filter(|phrase| occurs(&lower, phrase));
        let found = anywhere.chain(COMMENT_PHRASES.iter().filter(|phrase| occurs(&prose, phrase)));
        findings.extend(found.map(|phrase| format!("{path}:{}: \"{phrase}\"", index + 1)));
        if let Some(word) = language.first_word(before, line).filter(is_checked) {
            findings.push(format!("{path}:{}: documentation that begins with \"{word}\"", index + 1));
        }
        before = line;
    }
    findings
}

/// Syntax of the comments of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Markdown,
    /// Comments begin with `//` or are in `/* */`.
    Slashes,
    /// Comments begin with `#`.
    Hashes,
    /// Comments begin with `#`, documentation is in strings.
    Python,
}

impl Language {
    fn of(path: &str) -> Self {
        match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "md" => Self::Markdown,
            "py" | "pyi" => Self::Python,
            "sh" => Self::Hashes,
            _ => Self::Slashes,
        }
    }

    /// Returns the part of a line that is prose. `in_string`: the line has a part of a string of several lines.
    fn prose(self, line: &str, in_string: bool) -> &str {
        let marker = match self {
            Self::Markdown => return line,
            Self::Python if in_string => return line,
            Self::Slashes if line.starts_with(['*', '/']) => return line,
            Self::Slashes => " // ",
            Self::Python | Self::Hashes if line.starts_with('#') => return line,
            Self::Python | Self::Hashes => "  # ",
        };
        line.split_once(marker).map_or("", |(_, comment)| comment)
    }

    /// Returns the first word of a documentation comment that begins in this line.
    fn first_word<'a>(self, before: &str, line: &'a str) -> Option<&'a str> {
        let text = match self {
            Self::Markdown | Self::Hashes => None,
            Self::Python => line.strip_prefix("\"\"\""),
            Self::Slashes => {
                let begins =
                    |marker: &str| line.strip_prefix(marker).filter(|_| !before.starts_with(marker.trim_end()));
                let block = line.strip_prefix("/** ").or_else(|| line.strip_prefix("* ").filter(|_| before == "/**"));
                block.or_else(|| begins("/// ")).or_else(|| begins("//! "))
            }
        };
        text?.split(|char: char| !char.is_alphanumeric()).next()
    }
}

/// Reports whether a phrase occurs between word boundaries.
fn occurs(line: &str, phrase: &str) -> bool {
    let boundary = |char: Option<char>| char.is_none_or(|char| !char.is_alphanumeric() && char != '_');
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
        assert!(!occurs("fn nobody_waits()", "nobody"));
    }

    #[test]
    fn phrases_are_found_in_comments_and_not_in_code() {
        let code = "/// Lets nobody in.\nfn nobody() -> bool { true } // whoever calls\n";
        assert_eq!(of("a.rs", code), ["a.rs:1: \"nobody\"", "a.rs:2: \"whoever\""]);
        let code =
            "def a(b):\n    \"\"\"Returns b.\n\n    Nobody calls it.\n    \"\"\"\n    return None if b else nobody\n";
        assert_eq!(of("a.py", code), ["a.py:4: \"nobody\""]);
        assert_eq!(of("a.md", "It is told.\n"), ["a.md:1: \"told\""]);
        assert_eq!(of("a.sh", "# For good.\necho for good\n"), ["a.sh:1: \"for good\""]);
    }

    #[test]
    fn documentation_does_not_begin_with_a_question() {
        let begins = |path: &str, code: &str| of(path, code).len() == 1;
        assert!(begins("a.rs", "/// What it does.\nfn a() {}\n"));
        assert!(begins("a.rs", "//! How it works.\n"));
        assert!(begins("a.kt", "/**\n * Where it is.\n */\n"));
        assert!(begins("a.ts", "/** Who calls it. */\n"));
        assert!(begins("a.py", "\"\"\"Nothing.\"\"\"\n"));
        assert!(!begins("a.rs", "/// Returns it.\n///\n/// What else.\n"));
        assert!(!begins("a.rs", "/// Whether it works.\n"));
    }
}
