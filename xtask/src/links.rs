//! Relative links of Markdown files, and paths of the repository in their code, point to existing files or folders.

use std::path::Path;

use crate::files;

/// The folders at the root whose files documents name.
const FOLDERS: &[&str] = &["bench", "cli", "core", "docs", "fuzz", "tests", "vendor", "xtask"];

/// Pages and files that exist on the documentation site only, made by `docs/site/build`.
const GENERATED: &[&str] =
    &["docs/reference/command.md", "docs/reference/rest.md", "docs/reference/openapi.json", "docs/api/"];

pub fn check() -> Vec<String> {
    let root = files::root();
    let mut findings = Vec::new();
    for (path, text) in files::texts(&["md"]) {
        let folder = root.join(&path).parent().map(Path::to_owned).unwrap_or_default();
        for target in targets(&text) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !folder.join(file).exists() && !is_generated(&path, file) {
                findings.push(format!("{path}: {target} does not exist"));
            }
        }
        // The changelog names files of earlier versions.
        if path != "CHANGELOG.md" {
            let gone = paths_in_code(&text).into_iter().filter(|named| !root.join(named).exists());
            findings.extend(gone.map(|named| format!("{path}: {named} does not exist")));
        }
    }
    findings
}

/// Returns whether a target of a page is made for the site.
fn is_generated(page: &str, target: &str) -> bool {
    let mut full: Vec<&str> = page.split('/').collect();
    full.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(full.pop()),
            part => full.push(part),
        }
    }
    let full = full.join("/");
    GENERATED.iter().any(|known| full == *known || known.ends_with('/') && full.starts_with(known))
}

/// Returns the paths from the root of the repository in code spans: `core/src/lib.rs`, also before arguments or `:
/// name`.
fn paths_in_code(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        if in_block {
            continue;
        }
        let spans = line.split('`').skip(1).step_by(2);
        let paths = spans.filter_map(|span| span.split([' ', ':']).next()).map(|path| path.trim_start_matches("./"));
        let plain = |path: &str| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
        found.extend(paths.filter(|path| {
            path.split_once('/').is_some_and(|(first, _)| FOLDERS.contains(&first) || first.starts_with("bindings-"))
                && plain(path)
        }));
    }
    found
}

/// Returns the relative targets of the inline links of a text, outside of code.
fn targets(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        let outside = |start: &usize| line[..*start].matches('`').count() % 2 == 0;
        let links = line.match_indices("](").map(|(start, _)| start).filter(outside).filter_map(|start| {
            let rest = &line[start + 2..];
            rest.find(')').map(|end| &rest[..end])
        });
        found
            .extend(links.filter(|link| !link.contains("://") && !link.starts_with(['#', '<']) && !link.contains(' ')));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_code_do_not_count() {
        let text = "see [a](b.md#c) and `[q](r`\n```\n[x](y.md)\n```\n[z](https://example.org)";
        assert_eq!(targets(text), ["b.md#c"]);
    }

    #[test]
    fn paths_in_code_count_from_the_root() {
        let text = "`core/src/lib.rs: name` and `./fuzz/run TARGET`, `text/csv`, core/x, `tests/*.sh`, `bindings-node`";
        assert_eq!(paths_in_code(text), ["core/src/lib.rs", "fuzz/run"]);
    }

    #[test]
    fn pages_of_the_site_alone_count_as_there() {
        assert!(is_generated("docs/guides/a.md", "../reference/command.md"));
        assert!(is_generated("docs/reference/index.md", "../api/python/elementkit.html"));
        assert!(!is_generated("docs/reference/index.md", "other.md"));
    }

    #[test]
    fn all_links_resolve() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
