//! All packages have the version of the workspace.

use crate::files;

/// Files that repeat the version, with the text before it.
const COPIES: &[(&str, &str)] = &[
    ("bindings-node/package.json", "\n  \"version\": \""),
    ("bindings-kotlin/pom.xml", "<artifactId>elementkit</artifactId>\n  <version>"),
];

pub fn check() -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(files::root().join(path)).unwrap_or_default();
    let Some(version) = after(&read("Cargo.toml"), "[workspace.package]\nversion = \"") else {
        return vec!["Cargo.toml has no version".to_owned()];
    };
    let differs = |(path, prefix): &(&str, &str)| match after(&read(path), prefix) {
        Some(copy) if copy == version => None,
        copy => Some(format!("{path} has {}, Cargo.toml has {version}", copy.as_deref().unwrap_or("no version"))),
    };
    COPIES.iter().filter_map(differs).collect()
}

/// Returns the version that follows a prefix.
fn after(text: &str, prefix: &str) -> Option<String> {
    let (_, rest) = text.split_once(prefix)?;
    let end = rest.find(|char: char| char != '.' && !char.is_ascii_digit())?;
    Some(rest[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_versions_agree() {
        assert_eq!(check(), Vec::<String>::new());
        assert_eq!(after("x = \"1.2.3\"", "x = \"").as_deref(), Some("1.2.3"));
    }
}
