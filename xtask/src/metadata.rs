//! All packages have the same description in the registries: repository, license, keywords.
//!
//! The repository in `Cargo.toml` (`[workspace.package]`) is the only definition of the organization; every other file
//! is compared with it, and rewritten by `UPDATE=1 cargo run -p xtask -- metadata`.

use crate::files;

/// Name of the repository, by which its addresses are found.
const NAME: &str = "/elementkit";
const HOST: &str = "https://github.com/";

/// Required contents of the description of each package; `{repository}` is the one of the workspace.
const REQUIRED: &[(&str, &[&str])] = &[
    ("core/Cargo.toml", INHERITED),
    ("cli/Cargo.toml", INHERITED),
    (
        "bindings-python/pyproject.toml",
        &[
            "license = \"Apache-2.0\"",
            "authors = [",
            "keywords = [",
            "classifiers = [",
            "Repository = \"{repository}\"",
            "Homepage = \"{repository}\"",
            "Documentation = \"{repository}/",
            "Changelog = \"{repository}/blob/main/CHANGELOG.md\"",
            "Issues = \"{repository}/issues\"",
        ],
    ),
    (
        "bindings-node/package.json",
        &[
            "\"license\": \"Apache-2.0\"",
            "\"author\":",
            "\"keywords\":",
            "\"homepage\": \"{repository}#readme\"",
            "\"bugs\": \"{repository}/issues\"",
            "\"url\": \"git+{repository}.git\"",
            "\"directory\": \"bindings-node\"",
            "\"provenance\": true",
        ],
    ),
    (
        "bindings-kotlin/pom.xml",
        &[
            "<url>{repository}</url>",
            "<name>Apache-2.0</name>",
            "<developers>",
            "<connection>scm:git:{repository}.git</connection>",
            "<issueManagement>",
            "<url>{repository}/issues</url>",
        ],
    ),
    ("bindings-swift/README.md", &["{repository}"]),
    (".github/ISSUE_TEMPLATE/config.yml", &["{repository}/security/advisories/new"]),
];

/// Keys that a crate inherits from the workspace.
const INHERITED: &[&str] = &[
    "license.workspace = true",
    "repository.workspace = true",
    "homepage.workspace = true",
    "keywords.workspace = true",
    "categories.workspace = true",
    "authors.workspace = true",
    "readme = ",
];

pub fn check() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let Some(repository) = value(&manifest, "repository") else {
        return vec!["Cargo.toml has no repository".to_owned()];
    };
    let update = std::env::var_os("UPDATE").is_some();
    let mut findings = Vec::new();
    if value(&manifest, "homepage").as_deref() != Some(&repository) && !update {
        findings.push("Cargo.toml has a homepage that is not its repository".to_owned());
    }
    for (path, text) in files::texts(&["toml", "json", "xml", "yml", "md", "swift", "py"]) {
        let wanted = renamed(&text, &repository);
        if wanted == text {
            continue;
        }
        if !update || std::fs::write(files::root().join(&path), wanted).is_err() {
            findings.push(format!("{path} names another repository than Cargo.toml, {repository}"));
        }
    }
    for (path, needs) in REQUIRED {
        let text = read(path);
        let needs = needs.iter().map(|need| need.replace("{repository}", &repository));
        findings.extend(needs.filter(|need| !text.contains(need)).map(|need| format!("{path} lacks {need}")));
    }
    findings
}

fn read(path: &str) -> String {
    std::fs::read_to_string(files::root().join(path)).unwrap_or_default()
}

/// Returns the value of a key in a manifest.
fn value(manifest: &str, key: &str) -> Option<String> {
    let line = manifest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
    Some(line.split('"').next()?.to_owned())
}

/// Returns the text with every address of the project replaced by the current one.
fn renamed(text: &str, repository: &str) -> String {
    let mut parts = text.split(HOST);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let organization = part.find('/').filter(|end| part[..*end].chars().all(is_of_a_name));
        let ours =
            organization.and_then(|end| part[end..].strip_prefix(NAME)).filter(|rest| !rest.starts_with(is_of_a_name));
        match ours {
            Some(rest) => out += &format!("{repository}{rest}"),
            None => out += &format!("{HOST}{part}"),
        }
    }
    out
}

fn is_of_a_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '-' || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_project_are_renamed_and_no_others() {
        let text =
            "https://github.com/a-b/elementkit.git, https://github.com/c/elementkit-x and https://github.com/d/e";
        let renamed = renamed(text, "https://github.com/new/elementkit");
        assert_eq!(
            renamed,
            "https://github.com/new/elementkit.git, https://github.com/c/elementkit-x and https://github.com/d/e"
        );
    }

    #[test]
    fn values_of_a_manifest_are_read() {
        assert_eq!(value("[a]\nb = \"c\"\n", "b").as_deref(), Some("c"));
        assert_eq!(value("[a]\nbb = \"c\"\n", "b"), None);
    }
}
