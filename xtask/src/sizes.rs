//! No file has more than 500 lines and no Rust function more than 60, unless a comment gives the reason
//! (`docs/style.md`).

use crate::files;

const FILE: usize = 500;
const FUNCTION: usize = 60;
/// Start of the comment of a file or function that is longer, after `//` or `#`.
const WHY: &str = " long: ";
/// Number of first lines of a file that may contain that comment.
const HEAD: usize = 10;

const EXTENSIONS: &[&str] = &["rs", "py", "pyi", "js", "mjs", "ts", "mts", "swift", "kt", "sql", "sh", "html", "css"];

/// Generated files, by `core/tests`, `bindings-python/tools/make_sync.py` and `core/assets/scripts/build`.
const GENERATED: &[&str] = &[
    "core/assets/scripts/",
    "core/src/elements/brighttalk/records.rs",
    "bindings-kotlin/src/main/kotlin/io/elementkit/Records.kt",
    "bindings-node/records.d.ts",
    "bindings-python/python/elementkit/_records.py",
    "bindings-python/python/elementkit/_sync/",
    "bindings-swift/Sources/ElementKit/Records.swift",
];

pub fn check() -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files::texts(EXTENSIONS) {
        if is_test(&path) || GENERATED.iter().any(|each| path.starts_with(each)) {
            continue;
        }
        let lines: Vec<&str> = shipped(&text).lines().collect();
        if lines.len() > FILE && !lines.iter().take(HEAD).any(|line| says_why(line)) {
            findings.push(format!("{path} has {} lines, {FILE} are the most", lines.len()));
        }
        if path.ends_with(".rs") {
            findings.extend(long_functions(&lines).map(|(at, length)| {
                format!("{path}:{} is a function of {length} lines, {FUNCTION} are the most", at + 1)
            }));
        }
    }
    findings
}

/// Returns whether a file belongs to tests and is not shipped.
fn is_test(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| matches!(part, "test" | "tests" | "Tests" | "tests.rs")) || path.ends_with("_tests.rs")
}

/// Returns the part of a file before its unit tests.
fn shipped(text: &str) -> &str {
    text.split_once("\n#[cfg(test)]\nmod tests {").map_or(text, |(before, _)| before)
}

fn says_why(line: &str) -> bool {
    let line = line.trim_start();
    let comment = line.strip_prefix("//").or_else(|| line.strip_prefix('#'));
    comment.and_then(|text| text.strip_prefix(WHY)).is_some_and(|why| !why.trim().is_empty())
}

/// Returns the start and length of functions that are too long. The formatter aligns the closing brace of a function
/// with the start of its signature, so that no parser is needed.
fn long_functions<'a>(lines: &'a [&str]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let starts = lines.iter().enumerate().filter(|(_, line)| is_signature(line));
    let sized = starts.filter_map(|(at, line)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        // The second is the end of a signature without a body, in a trait.
        let closes = |rest: &str| rest == "}" || (rest.starts_with(')') && rest.ends_with(';'));
        let ends = |line: &&str| line.strip_prefix(indent).is_some_and(closes);
        let length = if line.ends_with(['}', ';']) { 1 } else { lines[at..].iter().position(ends)? + 1 };
        Some((at, length))
    });
    sized.filter(|(at, length)| *length > FUNCTION && !has_reason(&lines[..*at]))
}

/// Returns whether a line starts a function: qualifiers, then `fn`.
fn is_signature(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.find(|word| {
        !(word.starts_with("pub") || matches!(*word, "default" | "const" | "async" | "unsafe" | "extern" | "\"C\""))
    }) == Some("fn")
}

/// Returns whether the comments and attributes at the end of these lines contain the reason.
fn has_reason(before: &[&str]) -> bool {
    let above = before
        .iter()
        .rev()
        .take_while(|line| line.trim_start().starts_with("//") || line.trim_start().starts_with("#["));
    above.into_iter().any(|line| says_why(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(length: usize, above: &str) -> String {
        let body = "        work();\n".repeat(length - 2);
        format!("impl A {{\n{above}    pub(crate) async fn b(&self) {{\n{body}    }}\n\n    fn c(&self) {{}}\n}}\n")
    }

    fn found(text: &str) -> Vec<(usize, usize)> {
        long_functions(&text.lines().collect::<Vec<_>>()).collect()
    }

    #[test]
    fn functions_are_counted_from_the_signature_to_the_brace() {
        assert_eq!(found(&function(60, "")), []);
        assert_eq!(found(&function(61, "")), [(1, 61)]);
        assert_eq!(found(&function(61, "    // long: one table.\n    #[inline]\n")), []);
        assert_eq!(found(&function(61, "    // long: \n")), [(2, 61)]);
    }

    #[test]
    fn tests_are_told_from_what_is_shipped() {
        assert!(is_test("core/tests/sync.rs") && is_test("core/src/query/tests.rs") && !is_test("core/src/attests.rs"));
        assert_eq!(shipped("a\n\n#[cfg(test)]\nmod tests {\n}\n"), "a\n");
        assert_eq!(shipped("a\n"), "a\n");
    }
}
