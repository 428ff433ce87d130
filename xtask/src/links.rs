//! Every relative link of a Markdown file leads to a file or folder.

use std::path::Path;

use crate::files;

pub fn check() -> Vec<String> {
    let root = files::root();
    let mut findings = Vec::new();
    for (path, text) in files::texts(&["md"]) {
        let folder = root.join(&path).parent().map(Path::to_owned).unwrap_or_default();
        for target in targets(&text) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !folder.join(file).exists() {
                findings.push(format!("{path}: {target} does not exist"));
            }
        }
    }
    findings
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
    fn all_links_resolve() {
        assert_eq!(check(), Vec::<String>::new());
    }
}
