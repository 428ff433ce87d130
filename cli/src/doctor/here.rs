//! Checks of this machine alone: version, system and variables.

use elementkit::VaultKey;
use elementkit::elements::options;
use elementkit::environment::VARIABLES;

use super::Finding;

/// Returns the version of the command.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Returns the operating system and the processor.
pub fn system() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Returns a text in which the home folder is `~`, since its name is often that of a person.
pub fn without_home(text: String) -> String {
    match std::env::home_dir() {
        Some(home) if home.components().count() > 1 => text.replace(&home.display().to_string(), "~"),
        _ => text,
    }
}

pub fn checks() -> Vec<Finding> {
    let known: Vec<String> =
        options::variables().iter().chain(VARIABLES).map(|variable| variable.name.to_string()).collect();
    let set: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    let mut findings = vec![variables(&known, &set)];
    findings.extend(unknown(&known, &set));
    if let Some((_, text)) = set.iter().find(|(name, text)| name == "ELEMENTKIT_VAULT_KEY" && !text.trim().is_empty()) {
        findings.push(match VaultKey::from_base64(text) {
            Ok(_) => Finding::ok("vault key", "ELEMENTKIT_VAULT_KEY is a key"),
            Err(error) => Finding::of_error("vault key", "ELEMENTKIT_VAULT_KEY", &error)
                .with_hint("It has 32 random bytes in Base64: openssl rand -base64 32"),
        });
    }
    findings
}

/// Names the variables that have an effect, without their values.
fn variables(known: &[String], set: &[(String, String)]) -> Finding {
    let has_effect = |(name, value): &&(String, String)| {
        !value.trim().is_empty() && known.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let mut names: Vec<&str> = set.iter().filter(has_effect).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.is_empty() {
        Finding::ok("environment", "no variables are set")
    } else {
        Finding::ok("environment", format!("set: {}", names.join(", ")))
    }
}

/// Names variables that look like ours and are not read.
fn unknown(known: &[String], set: &[(String, String)]) -> Option<Finding> {
    let is_unknown =
        |(name, _): &&(String, String)| name.starts_with("ELEMENTKIT_") && !known.iter().any(|known| known == name);
    let mut names: Vec<&str> = set.iter().filter(is_unknown).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| {
        let text = format!("not read by ElementKit: {}", names.join(", "));
        Finding::note("environment", text).with_hint("docs/environment.md lists all variables; compare the spelling.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_without_values() {
        let known = ["ELEMENTKIT_DATABASE".to_owned(), "HTTPS_PROXY".to_owned()];
        let set = [
            ("ELEMENTKIT_DATABASE", "a"),
            ("https_proxy", "http://u:hush@p"),
            ("ELEMENTKIT_TEST_TYPO", "b"),
            ("X", "c"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables(&known, &set).text, "set: ELEMENTKIT_DATABASE, https_proxy");
        assert_eq!(unknown(&known, &set).unwrap().text, "not read by ElementKit: ELEMENTKIT_TEST_TYPO");
        assert_eq!(variables(&known, &[]).text, "no variables are set");
        assert!(unknown(&known, &set[..2]).is_none());
    }
}
